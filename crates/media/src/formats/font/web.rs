//! Fonts as web pages pack them, unpacked.
//! Knows how much they say they unpack to; what they are packed by is wuff's business.

use crate::formats::inside;
use crate::{Fault, Limits, Reason, Source};

/// Of WOFF: where the number of tables stands, where the tables begin, how long a line of theirs is, and where in it
/// the length of the unpacked table stands.
const TABLES_AT: usize = 12;
const FIRST_TABLE: usize = 44;
const TABLE_LEN: usize = 20;
const UNPACKED_AT: usize = 12;
/// Of both: where the length of the whole font stands.
const FONT_LEN_AT: usize = 16;

/// The font as programs use it.
pub(super) fn unpacked(source: &Source<'_>, limits: &Limits) -> Result<Vec<u8>, Fault> {
    let file = source.copied(limits)?;
    let unpack = match file.first_chunk() {
        Some(b"wOFF") => wuff::decompress_woff1,
        Some(b"wOF2") => wuff::decompress_woff2,
        _ => return Ok(file),
    };
    let (announced, most) = (announced(&file), inside::most_bytes(limits));
    if announced > most {
        return Err(Reason::TooLarge.says(format!(
            "Font: it unpacks to {announced} bytes, of which limits.worker_memory_mib allows {most}"
        )));
    }
    unpack(&file).map_err(|error| Reason::Corrupt.says(format!("Font: unpack: {error:?}")))
}

/// The most that the header, or the tables of a WOFF together, say they have.
fn announced(file: &[u8]) -> u64 {
    let header = u64::from(number(file, FONT_LEN_AT).unwrap_or_default());
    if !file.starts_with(b"wOFF") {
        return header;
    }
    let count = number(file, TABLES_AT).unwrap_or_default() >> 16;
    let tables = (0..count as usize).filter_map(|table| {
        let at = FIRST_TABLE.checked_add(table.checked_mul(TABLE_LEN)?)?.checked_add(UNPACKED_AT)?;
        number(file, at).map(u64::from)
    });
    tables.fold(0, u64::saturating_add).max(header)
}

fn number(file: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*file.get(at..)?.first_chunk()?))
}
