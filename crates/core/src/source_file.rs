//! Opening somebody's file: only a regular one, never blocking, never through a link in its last part.
//! Knows nothing of what the file holds.

use crate::paths;
use crate::settings::IndexSettings;
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

/// What a file was when it was indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    /// Bytes.
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) mtime: i64,
}

/// What to do when the last part of a path is a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// It is an error: the indexer saw a file there.
    Refuse,
    /// Open what it points at, because the settings say so.
    Follow,
}

impl Links {
    /// As the settings say.
    pub(crate) fn of(settings: &IndexSettings) -> Self {
        if settings.follow_symlinks { Self::Follow } else { Self::Refuse }
    }
}

/// Opens a file for reading. A FIFO of the same name is not waited for, and a terminal never becomes ours.
pub(crate) fn open(path: &Path, links: Links) -> io::Result<File> {
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    flags.set(OFlags::NOFOLLOW, links == Links::Refuse);
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Opens a regular file if it still has this size and time of change; `None` if it has not.
pub(crate) fn open_unchanged(path: &Path, links: Links, version: Version) -> io::Result<Option<File>> {
    let file = open(path, links)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(is_version(&file, version).then_some(file))
}

/// Whether an open file still is what it was.
pub(crate) fn is_version(file: &File, version: Version) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.len() == version.size && mtime_ns(&metadata) == version.mtime)
}

/// When a file was changed last, nanoseconds since 1970, as the catalogue keeps it.
pub(crate) fn mtime_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}
