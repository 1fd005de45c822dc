//! Opening the database file, to write where that is possible; and what to tell people where SQLite cannot go on.
//! Knows SQLite and files; nothing of tables.

use crate::error::{Error, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a statement waits for another process' transaction: ours take milliseconds, a slow disk's seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Settings of every connection. Measured (DEPENDENCIES, section 14): the writer's large cache and the late checkpoint
/// make bulk inserts six times faster. NORMAL in WAL never corrupts; a power cut may take back the last transactions,
/// which only means doing that work again.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
     PRAGMA wal_autocheckpoint = 10000; PRAGMA temp_store = MEMORY;";

/// Pages that a reader keeps, in KiB: readers go by key or page by page, there are several of them, and the main process
/// is to stay below 200 MiB however large the library is.
const READER_CACHE_KIB: i64 = 8192;

/// How the database can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    /// Its disk, its folder or its rights allow no more.
    Read,
    /// The same, and what SQLite needs beside the file is not there and cannot be made. Nobody else can write, so the
    /// file stays as it is.
    ReadUnchanging,
}

impl Access {
    /// The most that is possible. A database that is not there is made.
    pub(super) fn open(path: &Path) -> Result<(Self, Connection)> {
        let create = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let refused = match connect(path, create, PRAGMAS) {
            Ok(connection) => return Ok((Self::Write, connection)),
            Err(error) if is_refusal(&error) && path.is_file() => error,
            Err(error) => return Err(in_words(path, error)),
        };
        if let Ok(connection) = Self::Read.connect(path) {
            return Ok((Self::Read, connection));
        }
        if fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
            // What is in there would be missing, and nobody would know.
            return Err(Error::Invalid(format!(
                "{} was not closed by who used it last, and nothing can be written beside it ({refused}); make it \
                 writable once and run `tintype status`",
                path.display()
            )));
        }
        Ok((Self::ReadUnchanging, Self::ReadUnchanging.connect(path)?))
    }

    /// Another connection of the same kind.
    pub(super) fn connect(self, path: &Path) -> Result<Connection> {
        let opened = match self {
            Self::Write => connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, PRAGMAS),
            Self::Read => connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, ""),
            Self::ReadUnchanging => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                connect(&uri(path), flags, "")
            }
        };
        opened.map_err(|error| in_words(path, error))
    }
}

fn connect(path: &Path, flags: OpenFlags, pragmas: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(pragmas)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Some of what can be wrong shows only now.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn is_refusal(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
    )
}

/// The file as SQLite takes it when there is more to say: that nobody writes to it.
fn uri(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        let _ = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                write!(uri, "{}", *byte as char)
            }
            _ => write!(uri, "%{byte:02x}"),
        }; // a String has room
    }
    (uri + "?immutable=1").into()
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// What to tell people when SQLite cannot go on with this file.
pub(super) fn in_words(path: &Path, source: rusqlite::Error) -> Error {
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Invalid(format!(
            "the database {path} is damaged ({source}); put a backup in its place, or move it away and run \
             `tintype add` on your folders again: the thumbnails on disk are not touched",
            path = path.display()
        )),
        _ => Error::Database { path: path.to_owned(), source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_can_be_said_to_sqlite() {
        let path = Path::new("/a b/100%/ü?x=1#y/database.db");
        assert_eq!(uri(path), Path::new("file:/a%20b/100%25/%c3%bc%3fx%3d1%23y/database.db?immutable=1"));
    }
}
