//! The index of a scrub sheet as a file beside it: `film.vtt` beside `film.webp`.
//! Knows names of files; what an index says is the library's business.

use crate::whole_file;
use anyhow::Result;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::Path;
use tintype_core::SheetInfo;

/// What may stand in a name of a URL as it is: RFC 3986, 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes the index of the sheet that is at `sheet_file`.
pub(crate) fn write(sheet_file: &Path, sheet: &SheetInfo) -> Result<()> {
    let name = sheet_file.file_name().unwrap_or_default().to_string_lossy();
    let url = utf8_percent_encode(&name, ESCAPED).to_string();
    whole_file::write(&sheet_file.with_extension("vtt"), sheet.web_vtt(&url).as_bytes())
}
