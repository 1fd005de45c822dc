//! Opening somebody's file: only a regular one, never blocking, never through a link in its last part.
//! Knows nothing of what the file holds.

use crate::paths;
use rustix::fs::{Mode, OFlags};
use std::{

    fs::{File, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The path of an entry: a location's path and the path below it, both bytes.
pub(crate) fn join(location: &[u8], path: &[u8]) -> PathBuf {
    paths::from_bytes(location).join(paths::from_bytes(path))
}

/// Opens a regular file for reading. A FIFO or device of the same name is an error, and is not waited for.
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok((file, metadata))
}

/// Opens a file if it still has this size and time of change; `None` if it has not.
pub(crate) fn open_unchanged(path: &Path, size: u64, mtime: i64) -> io::Result<Option<File>> {
    let (file, metadata) = open(path)?;
    Ok((metadata.len() == size && mtime_ns(&metadata) == mtime).then_some(file))
}

/// When a file was changed last, nanoseconds since 1970, as the catalogue keeps it.
pub(crate) fn mtime_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}
