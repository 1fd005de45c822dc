//! Brings a database to the layout this program knows. Shipped migrations never change; a new one is its file and its
//! line here. Knows nothing of what the tables are for.

use super::connection::in_words;
use crate::error::{Error, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// In order. The number of those applied is the database's `user_version`.
const ALL: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_trust.sql"),
    include_str!("migrations/0003_held_before.sql"),
    include_str!("migrations/0004_rates.sql"),
    include_str!("migrations/0005_totals.sql"),
    include_str!("migrations/0006_films.sql"),
];

/// Says in the file's header whose database it is: "tint".
const APPLICATION_ID: i64 = 0x7469_6e74;

/// Applies what is missing, each migration in a transaction of its own.
pub(super) fn apply(connection: &mut Connection, path: &Path) -> Result<()> {
    while apply_next(connection).map_err(|error| match error {
        Error::Query(source) => in_words(path, source),
        other => other,
    })? {}
    Ok(())
}

/// Whether there was one. Two processes may do this at once: the version is read in the transaction.
fn apply_next(connection: &mut Connection) -> Result<bool> {
    let known = ALL.len() as i64;
    if version(connection)? == known {
        return Ok(false);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > known {
        return Err(Error::Newer { what: "database", found, known });
    }
    let Some(migration) = ALL.get(found as usize) else { return Ok(false) };
    if found == 0 {
        refuse_foreign(&transaction)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    transaction.execute_batch(migration)?;
    transaction.pragma_update(None, "user_version", found + 1)?;
    transaction.commit()?;
    Ok(true)
}

fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// A database without a version that holds tables belongs to somebody else.
fn refuse_foreign(connection: &Connection) -> Result<()> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(());
    }
    Err(Error::Invalid(
        "the database belongs to another program; choose another folder for the library".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;
    use std::fs;

    fn apply_to(prepare: &str) -> (Connection, Result<()>) {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(prepare).unwrap();
        let applied = apply(&mut connection, Path::new("database.db"));
        (connection, applied)
    }

    #[test]
    fn an_empty_database_gets_every_migration_once() {
        let (mut connection, applied) = apply_to("");
        applied.unwrap();
        assert_eq!(version(&connection).unwrap(), ALL.len() as i64);
        apply(&mut connection, Path::new("database.db")).unwrap();
        let entries: i64 =
            connection.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).unwrap();
        assert_eq!(entries, 0);
    }

    #[track_caller]
    fn check_refused(prepare: &str, words: &str) {
        let message = apply_to(prepare).1.unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }

    #[test]
    fn newer_and_foreign_databases_are_refused() {
        check_refused("PRAGMA user_version = 9999", "version 9999");
        check_refused("PRAGMA user_version = 9999", "use a newer tintype");
        check_refused("CREATE TABLE recipes (id)", "another program");
    }

    #[test]
    fn a_refused_database_is_left_alone() {
        let (connection, applied) = apply_to("PRAGMA user_version = 9999; CREATE TABLE future (id)");
        assert!(matches!(applied, Err(Error::Newer { found: 9999, .. })));
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).unwrap();
        assert_eq!(tables, 1);
    }

    #[test]
    fn a_damaged_database_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("database.db");
        fs::write(&path, [7; 8192]).unwrap();
        let mut connection = Connection::open(&path).unwrap();
        let message = apply(&mut connection, &path).unwrap_err().to_string();
        assert!(message.contains("is damaged") && message.contains("backup"), "{message}");
    }
}
