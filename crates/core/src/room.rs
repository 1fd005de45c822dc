//! Room on the library's disk: work stops while enough is left to say so.
//! Knows bytes; nothing of who needs them.

use crate::error::{Error, Result};
use std::path::Path;

/// So much stays free. The largest transaction, of an index job, takes some 4 MiB; the rest is for the end of every job
/// and for whoever else writes to this disk meanwhile.
pub(crate) const KEPT_FREE: u64 = 16 << 20;

/// Fails when hardly any room is left for `wanted` more bytes. A system that does not say has room until a write fails.
pub(crate) fn check(library: &Path, wanted: u64) -> Result<()> {
    let Ok(disk) = rustix::fs::statvfs(library) else { return Ok(()) };
    decide(library, disk.f_bavail.saturating_mul(disk.f_frsize), wanted)
}

fn decide(library: &Path, free: u64, wanted: u64) -> Result<()> {
    if free >= KEPT_FREE.saturating_add(wanted) {
        return Ok(());
    }
    Err(Error::NoRoom { path: library.to_owned(), free, kept: KEPT_FREE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(free: u64, wanted: u64, is_room: bool) {
        let decided = decide(Path::new("/library"), free, wanted);
        assert_eq!(decided.is_ok(), is_room);
        assert!(decided.err().is_none_or(|error| error.is_disk_full()));
    }

    #[test]
    fn some_room_stays_free() {
        check(KEPT_FREE, 0, true);
        check(KEPT_FREE, 1, false);
        check(KEPT_FREE + 10, 10, true);
        check(0, 0, false);
        check(u64::MAX, u64::MAX, true);
    }
}
