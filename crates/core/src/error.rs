//! What can go wrong with a library as a whole. A single bad file is never an error here: it is a failure row.
//! Knows nothing of exit codes or of how errors are shown.

use std::{io, path::PathBuf};

/// What can go wrong with a library as a whole.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The database could not be used.
    Database {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A query failed.
    Query(rusqlite::Error),
    /// A file or folder could not be used.
    Io {
        /// What was tried: `open`, `create`, `rename`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no library at this place.
    NoLibrary(PathBuf),
    /// The library's database is gone, or empty as none of ours ever is.
    NoDatabase(PathBuf),
    /// There is a library at this place already.
    LibraryExists(PathBuf),
    /// The library was written by a newer version.
    Newer {
        /// What is too new: `database`, `store`.
        what: &'static str,
        /// Its version.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// `library.toml` cannot be used.
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// So little room is left on the library's disk that nothing more is written there but what brings things to an end.
    NoRoom {
        /// The library.
        path: PathBuf,
        /// Bytes that are free.
        free: u64,
        /// Bytes that stay free.
        kept: u64,
    },
    /// Something the caller named does not exist, or is not what it should be.
    Invalid(String),
    /// Rendering is not possible at all: no worker starts.
    NoRenderer(String),
}

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Wraps an I/O error with what was tried on what.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// Whether another process holds the database for so long that we gave up waiting.
    pub fn is_locked(&self) -> bool {
        match self {
            Self::Query(source) | Self::Database { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            ),
            _ => false,
        }
    }

    /// Whether the disk is full: a job pauses then instead of failing.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::NoRoom { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            Self::Query(source) | Self::Database { source, .. } => is_full(source),
            _ => false,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database { path, source } => {
                write!(f, "database {}: {source}{}", path.display(), meaning_of(source))
            }
            Self::Query(source) => write!(f, "database: {source}{}", meaning_of(source)),
            Self::NoRoom { path, free, kept } => write!(
                f,
                "{} has {:.1} MiB of free space left, and {} stay free for the catalogue",
                path.display(),
                *free as f64 / f64::from(1 << 20),
                kept >> 20
            ),
            Self::NoDatabase(path) => write!(
                f,
                "the database {} is gone; put a backup in its place, or run `tintype add` on all your folders again, \
                 before any `tintype clean`: the thumbnails on disk are not touched",
                path.display()
            ),
            Self::Io { action, path, source } => write!(f, "{action} {}: {source}", path.display()),
            Self::NoLibrary(path) => {
                write!(f, "no library at {}; `tintype add FOLDER` makes one", path.display())
            }
            Self::LibraryExists(path) => write!(f, "{} holds a library already", path.display()),
            Self::Newer { what, found, known } => write!(
                f,
                "the {what} has version {found}, this program knows up to {known}; use a newer tintype"
            ),
            Self::Settings { path, message } => write!(f, "{}: {message}", path.display()),
            Self::Invalid(message) | Self::NoRenderer(message) => f.write_str(message),
        }
    }
}

/// SQLite's memory beside the database lies in a file too, and its error for that does not say that the disk is full.
fn is_full(source: &rusqlite::Error) -> bool {
    source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
        || source
            .sqlite_error()
            .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// What SQLite's words mean to somebody who does not know it.
fn meaning_of(source: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, ReadOnly};
    match source.sqlite_error_code() {
        _ if is_full(source) => {
            " (the disk is full, and even reading needs a few hundred KiB; make room there: nothing is lost)"
        }
        Some(DatabaseBusy | DatabaseLocked) => " (another process holds it)",
        Some(ReadOnly) => " (the library is read-only: it, or its disk, cannot be written)",
        _ => "",
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database { source, .. } | Self::Query(source) => Some(source),
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        Self::Query(source)
    }
}
