//! The catalogue from outside: every row of it as text, and its jobs.
//! Knows the tables; nothing of who wrote them.

use rusqlite::{Connection, OpenFlags, types::ValueRef};
use serde_json::Value;
use std::{fmt::Write, fs, path::Path, time::Duration};
use tempfile::TempDir;

/// Every table that says what a library holds. `cas` and `held` stand for keys.
const HELD: &[&str] = &[
    "SELECT e.*, c.cas_id AS cas, h.cas_id AS held FROM entries e LEFT JOIN content_identities c ON c.id = e.content_id
     LEFT JOIN content_identities h ON h.id = e.held_before",
    "SELECT * FROM content_identities",
    "SELECT t.*, c.cas_id AS cas FROM thumbnails t JOIN content_identities c ON c.id = t.content_id",
    "SELECT f.*, c.cas_id AS cas FROM failures f JOIN content_identities c ON c.id = f.content_id",
    "SELECT s.content_id AS staged FROM staged_renditions s",
    "SELECT s.content_id AS lost, s.size FROM lost_thumbnails s",
    "SELECT * FROM totals WHERE number <> 0 OR bytes <> 0",
    "SELECT path FROM locations",
    "SELECT name, status FROM jobs",
];

/// What differs from run to run: keys and times of our own making.
const OURS: &[&str] = &["id", "uuid", "content_id", "location_id", "held_before", "created_at", "updated_at"];

/// Every row that says what a library holds, keys and times aside.
pub(crate) fn rows(library: &Path) -> Vec<String> {
    let database = Connection::open(library.join("database.db")).unwrap();
    let mut lines = Vec::new();
    for sql in HELD {
        let mut statement = database.prepare(sql).unwrap();
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let mut line = sql.split(" FROM ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
            for (column, name) in names.iter().enumerate().filter(|(_, name)| !OURS.contains(&name.as_str()))
            {
                write!(line, " {name}={}", text(row.get_ref(column).unwrap())).unwrap();
            }
            lines.push(line);
        }
    }
    lines.sort();
    lines
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "-".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.escape_ascii().to_string(),
    }
}

/// A job's row.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) error: Option<String>,
    pub(crate) state: Value,
    pub(crate) progress: Value,
    pub(crate) output: Value,
}

/// The jobs of a library that somebody may be working on, oldest first; `None` while it is being made.
pub(crate) fn jobs(library: &Path) -> Option<Vec<Job>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(library.join("database.db"), flags).ok()?;
    database.busy_timeout(Duration::from_secs(1)).ok()?;
    let mut statement = database
        .prepare("SELECT id, name, status, error, state, progress, output FROM jobs ORDER BY id")
        .ok()?;
    let rows = statement.query_map([], |row| {
        let json =
            |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(Job {
            id: row.get(0)?,
            name: row.get(1)?,
            status: row.get(2)?,
            error: row.get(3)?,
            state: json(row.get(4)?),
            progress: json(row.get(5)?),
            output: json(row.get(6)?),
        })
    });
    rows.ok()?.collect::<Result<_, _>>().ok()
}

/// The same of a library that somebody died over. Looks at a copy: opening the database would tidy up after the dead.
pub(crate) fn jobs_left(library: &Path) -> Option<Vec<Job>> {
    let copy = TempDir::new().unwrap();
    for name in ["database.db", "database.db-wal"] {
        let _ = fs::copy(library.join(name), copy.path().join(name)); // there may be none
    }
    let database = Connection::open(copy.path().join("database.db")).ok()?;
    drop(database);
    jobs(copy.path())
}
