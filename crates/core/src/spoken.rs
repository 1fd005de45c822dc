//! What the catalogue says of a thumbnail's file: nothing, or which versions of it may lie in its place just now.
//! Knows rows; opens no file.
//!
//! A rendition is noted before its files are put in their places, and its note goes in the transaction that writes its
//! rows. So whoever holds the catalogue's writer and finds neither row nor note can be sure that nobody is about to put
//! a file there; and a file that is there is what its row says, or what the note says.

use crate::cas::CasId;
use crate::catalogue::{Reading, ThumbnailRow};
use crate::error::Result;
use crate::thumbnail_job::being_published;

/// The versions that the file of a content's thumbnail may be.
pub(crate) fn versions(rows: &Reading<'_>, content: i64, size: u32) -> Result<Vec<ThumbnailRow>> {
    let mut versions = being_published(rows, content)?;
    versions.retain(|row| row.size == size);
    versions.extend(rows.thumbnail(content, size)?);
    Ok(versions)
}

/// Whether anything is said of a thumbnail, by its name.
pub(crate) fn is_spoken_of(rows: &Reading<'_>, cas_id: &CasId, size: u32) -> Result<bool> {
    match rows.content_by_cas_id(cas_id.as_str())? {
        Some(content) => Ok(!versions(rows, content.id, size)?.is_empty()),
        None => Ok(false),
    }
}
