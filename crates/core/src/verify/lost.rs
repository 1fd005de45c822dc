//! Thumbnails that were damaged and are still not made again, and why.
//! Knows rows; changes nothing.

use crate::error::Result;
use crate::library::Library;
use crate::source_file;
use serde::Serialize;
use std::path::PathBuf;

/// A thumbnail that was damaged and taken away, and could not be made again yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostThumbnail {
    /// Its key, to go on from.
    #[serde(skip)]
    pub key: (i64, u32),
    /// The content it is of.
    pub cas_id: String,
    /// Its size, pixels.
    pub size: u32,
    /// One of the files that hold the content; `None`: none does any more.
    pub path: Option<PathBuf>,
    /// Why, if it was tried: reason and detail. Otherwise its file cannot be reached, or no job has come by yet.
    pub failure: Option<(String, String)>,
}

impl Library {
    /// Thumbnails that [`Library::repair`] took away and no job has made again yet, after the one with key `after`
    /// ((0, 0) for the first), `limit` at most.
    pub fn lost_thumbnails(&self, after: (i64, u32), limit: usize) -> Result<Vec<LostThumbnail>> {
        self.catalogue().read(|rows| {
            let mut lost = Vec::new();
            for (content, cas_id, size) in rows.lost_page(after, limit)? {
                let source = rows.sources_of(content, 1)?.pop();
                let failure = rows.failure(content)?.map(|failure| (failure.reason, failure.detail));
                lost.push(LostThumbnail {
                    key: (content, size),
                    cas_id,
                    size,
                    path: source.map(|source| source_file::join(&source.location, &source.path)),
                    failure,
                });
            }
            Ok(lost)
        })
    }
}
