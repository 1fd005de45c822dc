//! The scrub sheet of a film, and its index for players: which picture is shown when.
//! Knows rows and `WebVTT`; nothing of how sheets are made.

use super::Library;
use crate::cas::{CasId, SCRUB_SHEET};
use crate::catalogue::ThumbnailRow;
use crate::error::Result;
use crate::render::{Facts, ScrubSheet};
use crate::thumbnail_job::is_stale;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// A scrub sheet that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SheetInfo {
    /// Columns of pixels of the whole sheet.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
    /// Bytes of its file.
    pub bytes: u64,
    /// How many pictures are side by side; the next follow below, from the left again.
    pub columns: u32,
    /// From when on each is shown, in milliseconds from the start of the film.
    pub starts_ms: Vec<u64>,
    /// How long the film plays, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Whether it is an older one, served until the new one is there.
    pub stale: bool,
}

impl Library {
    /// What the catalogue knows of a film's scrub sheet.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// let film = "cc2104c68d62617f".parse()?;
    /// if let Some(sheet) = library.scrub_sheet(&film)? {
    ///     println!("{}", sheet.web_vtt(&format!("/thumbnails/{film}_scrub.webp")));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn scrub_sheet(&self, cas_id: &CasId) -> Result<Option<SheetInfo>> {
        self.catalogue().read(|rows| {
            let Some(content) = rows.content_by_cas_id(cas_id.as_str())? else { return Ok(None) };
            let Some(row) = rows.thumbnail(content.id, SCRUB_SHEET)? else { return Ok(None) };
            let stale = is_stale(rows, &row, &self.settings().thumbnails)?;
            let duration_ms = rows.facts(content.id)?.and_then(|facts| facts.duration_ms);
            let ThumbnailRow { width, height, file_size: bytes, tiles, .. } = row;
            let tiles = tiles.unwrap_or_default();
            let (columns, starts_ms) = (tiles.columns, tiles.starts_ms);
            Ok(Some(SheetInfo { width, height, bytes, columns, starts_ms, duration_ms, stale }))
        })
    }

    /// Where the scrub sheet of this content lies, once it is made, in a store that is a directory.
    pub fn scrub_sheet_path(&self, cas_id: &CasId) -> PathBuf {
        self.thumbnail_path(cas_id, SCRUB_SHEET)
    }

    /// The scrub sheet of this content: a whole WebP file, or nothing.
    pub fn get_scrub_sheet(&self, cas_id: &CasId) -> Result<Option<Vec<u8>>> {
        self.get_thumbnail(cas_id, SCRUB_SHEET)
    }
}

/// What the last picture is shown for where nobody knows how long the film plays.
const LAST_MS: u64 = 1000;

impl SheetInfo {
    /// Of a sheet that was just made, and what was learnt on the way.
    pub fn of(sheet: &ScrubSheet, facts: &Facts) -> Self {
        let ScrubSheet { width, height, ref webp, ref tiles } = *sheet;
        let (columns, starts_ms) = (tiles.columns, tiles.starts_ms.clone());
        let (bytes, duration_ms) = (webp.len() as u64, facts.duration_ms);
        Self { width, height, bytes, columns, starts_ms, duration_ms, stale: false }
    }

    /// The index for players: a `WebVTT` file (W3C, "`WebVTT`: The Web Video Text Tracks Format") whose cues name a part of
    /// the sheet at `url` (as it is to stand there, escaped) by a media fragment (W3C, "Media Fragments URI 1.0", 4.2.2).
    pub fn web_vtt(&self, url: &str) -> String {
        let count = u32::try_from(self.starts_ms.len()).unwrap_or(u32::MAX);
        let columns = self.columns.max(1);
        let (width, height) = (self.width / columns, self.height / count.div_ceil(columns).max(1));
        let mut text = "WEBVTT\n".to_owned();
        for (place, start) in (0..count).zip(&self.starts_ms) {
            // The first is shown from the beginning, wherever it was found.
            let start = if place == 0 { 0 } else { *start };
            let next = self.starts_ms.get(place as usize + 1).copied();
            let end = next.unwrap_or(self.duration_ms.unwrap_or(0).max(start + LAST_MS));
            let (x, y) = (place % columns * width, place / columns * height);
            let (from, to) = (clock(start), clock(end));
            let _ = write!(text, "\n{from} --> {to}\n{url}#xywh={x},{y},{width},{height}\n");
        }
        text
    }
}

/// Hours, minutes, seconds and thousandths, as `WebVTT` has them.
fn clock(ms: u64) -> String {
    let (seconds, minutes) = (ms / 1000, ms / 60_000);
    format!("{:02}:{:02}:{:02}.{:03}", minutes / 60, minutes % 60, seconds % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(columns: u32, starts_ms: &[u64], duration_ms: Option<u64>, index: &str) {
        let (width, height) = (160 * columns, 90 * (starts_ms.len() as u32).div_ceil(columns));
        let starts_ms = starts_ms.to_vec();
        let sheet = SheetInfo { width, height, bytes: 1, columns, starts_ms, duration_ms, stale: false };
        assert_eq!(sheet.web_vtt("a.webp"), index);
    }

    #[test]
    fn each_picture_is_shown_until_the_next() {
        check(
            2,
            &[40, 2000, 3_723_004],
            Some(3_724_000),
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\na.webp#xywh=0,0,160,90\n\n\
             00:00:02.000 --> 01:02:03.004\na.webp#xywh=160,0,160,90\n\n\
             01:02:03.004 --> 01:02:04.004\na.webp#xywh=0,90,160,90\n",
        );
        check(1, &[0], None, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na.webp#xywh=0,0,160,90\n");
        check(1, &[0], Some(9000), "WEBVTT\n\n00:00:00.000 --> 00:00:09.000\na.webp#xywh=0,0,160,90\n");
    }
}
