//! What tests of the catalogue start from.
//! Knows nothing of what they test.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::{Catalogue, NewEntry, Stat};
use tempfile::TempDir;

/// A new catalogue, and the folder that has to outlive it.
pub(crate) fn catalogue() -> (TempDir, Catalogue) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::open(&folder.path().join("database.db")).unwrap();
    (folder, catalogue)
}

/// A file of a hundred bytes.
pub(crate) fn entry(location: i64, path: &[u8]) -> NewEntry<'_> {
    let stat = Stat { size: 100, mtime: 1, device: 7, inode: 1 };
    NewEntry { location, path, stat, mime_type: None, content: None }
}
