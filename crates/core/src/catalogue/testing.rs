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

impl Catalogue {
    /// Forgets all files and contents, as if nothing had been looked at yet.
    pub(crate) fn forget_files(&self) {
        self.batch("DELETE FROM entries; DELETE FROM content_identities");
    }

    /// As if the system had given drives other numbers: of all locations and entries.
    pub(crate) fn renumber_devices(&self, device: u64) {
        self.batch(&format!("UPDATE locations SET device = {device}; UPDATE entries SET device = {device}"));
    }

    /// As if one entry had been seen on a drive of its own.
    pub(crate) fn renumber_device_of(&self, entry: i64, device: u64) {
        self.batch(&format!("UPDATE entries SET device = {device} WHERE id = {entry}"));
    }

    /// From now on, transactions that a job writes its state in fail after so many: as if its process died.
    pub(crate) fn light_fuse(&self, commits: usize) {
        self.batch(&format!(
            "CREATE TABLE fuse AS SELECT {commits} AS left;
             CREATE TRIGGER burn AFTER UPDATE OF state ON jobs BEGIN
                 UPDATE fuse SET left = left - 1;
                 SELECT RAISE(ABORT, 'the process died') FROM fuse WHERE left < 0;
             END"
        ));
    }

    /// Takes [`Catalogue::light_fuse`] back.
    pub(crate) fn put_out_fuse(&self) {
        self.batch("DROP TRIGGER burn; DROP TABLE fuse");
    }

    fn batch(&self, sql: &str) {
        self.write(|rows| Ok(rows.0.0.execute_batch(sql)?)).unwrap();
    }
}
