//! The rows of locations: the roots a library indexes.
//! Knows which may lie where; nothing of what lies below them.

use super::{Catalogue, Reading, Writing};
use crate::{
    error::{Error, Result},
    paths,
};
use rusqlite::{OptionalExtension, Row, params};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// A root that the library indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its key.
    pub id: i64,
    /// Names it outside of this database.
    pub uuid: Uuid,
    /// Absolute.
    pub path: PathBuf,
    /// The file system it was on when it was last indexed.
    pub(crate) device: u64,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// The end of the last complete look; milliseconds since 1970.
    pub indexed_at: Option<i64>,
}

/// Where a path that somebody wants indexed belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placement {
    /// It becomes a location.
    New,
    /// It is this location, or the folder `scope` in it; empty means all of it.
    Within { location: i64, scope: Vec<u8> },
}

/// Entries deleted in one transaction: enough to be fast, few enough that nobody waits for long.
const DELETED_AT_ONCE: usize = 10_000;

pub(super) const BY_ID: &str =
    "SELECT id, uuid, path, device, created_at, indexed_at FROM locations WHERE id = ?1";
pub(super) const DELETE_ENTRIES: &str = "DELETE FROM entries WHERE id IN
    (SELECT id FROM entries WHERE location_id = ?1 ORDER BY path LIMIT ?2)";

/// Where an absolute path belongs, given the locations there are. Locations never overlap, so that a file has one entry.
pub(crate) fn place(path: &Path, locations: &[Location]) -> Result<Placement> {
    for location in locations {
        if let Ok(rest) = path.strip_prefix(&location.path) {
            return Ok(Placement::Within { location: location.id, scope: paths::to_bytes(rest) });
        }
    }
    let inside: Vec<_> = locations.iter().filter(|location| location.path.starts_with(path)).collect();
    match inside.first() {
        None => Ok(Placement::New),
        Some(first) => Err(Error::Invalid(format!(
            "{} holds the location {}; remove that with `tintype locations remove {}` first: its thumbnails are kept \
             and found again",
            path.display(),
            first.path.display(),
            first.id
        ))),
    }
}

impl Reading<'_> {
    /// Every location, the oldest first. There are few.
    pub(crate) fn locations(&self) -> Result<Vec<Location>> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, uuid, path, device, created_at, indexed_at FROM locations ORDER BY id",
        )?;
        let rows = statement.query_map([], location_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One location.
    pub(crate) fn location(&self, id: i64) -> Result<Location> {
        let found = self.0.prepare_cached(BY_ID)?.query_row([id], location_row).optional()?;
        found.ok_or_else(|| no_location(id))
    }
}

impl Writing<'_> {
    /// Adds a location at an absolute path that [`place`] calls new.
    pub(crate) fn add_location(&self, path: &Path, device: u64, now: i64) -> Result<i64> {
        self.0
            .0
            .prepare_cached("INSERT INTO locations (uuid, path, device, created_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![Uuid::now_v7().to_string(), paths::to_bytes(path), device as i64, now])?;
        Ok(self.0.0.last_insert_rowid())
    }

    /// Notes that a location is somewhere else now: a renamed folder, a drive under another name.
    pub(crate) fn relink_location(&self, id: i64, path: &Path, device: u64) -> Result<()> {
        let others: Vec<_> = self.locations()?.into_iter().filter(|location| location.id != id).collect();
        if place(path, &others)? != Placement::New {
            return Err(Error::Invalid(format!("{} lies in another location", path.display())));
        }
        let changed = self
            .0
            .0
            .prepare_cached("UPDATE locations SET path = ?2, device = ?3 WHERE id = ?1")?
            .execute(params![id, paths::to_bytes(path), device as i64])?;
        if changed == 0 { Err(no_location(id)) } else { Ok(()) }
    }

    /// Notes that a location was looked at from end to end, and on which device it was found.
    pub(crate) fn set_location_indexed(&self, id: i64, device: u64, now: i64) -> Result<()> {
        self.0
            .0
            .prepare_cached("UPDATE locations SET device = ?2, indexed_at = ?3 WHERE id = ?1")?
            .execute(params![id, device as i64, now])?;
        Ok(())
    }
}

impl Catalogue {
    /// Forgets a location and its entries, in steps that nobody has to wait for. Contents and thumbnails stay until
    /// they are cleaned up. Cut off, it can be repeated.
    pub(crate) fn remove_location(&self, id: i64) -> Result<()> {
        self.read(|rows| rows.location(id))?;
        let some = |rows: &Writing<'_>| {
            Ok(rows.0.0.prepare_cached(DELETE_ENTRIES)?.execute(params![id, DELETED_AT_ONCE as i64])?)
        };
        while self.write(some)? == DELETED_AT_ONCE {}
        self.write(|rows| {
            // An indexer that was at work may have added some meanwhile; the row takes them along.
            rows.0.0.prepare_cached("DELETE FROM locations WHERE id = ?1")?.execute([id])?;
            Ok(())
        })
    }
}

fn no_location(id: i64) -> Error {
    Error::Invalid(format!("there is no location {id}; `tintype locations` lists them"))
}

fn location_row(row: &Row<'_>) -> rusqlite::Result<Location> {
    let uuid: String = row.get(1)?;
    Ok(Location {
        id: row.get(0)?,
        uuid: Uuid::try_parse(&uuid).unwrap_or_default(),
        path: paths::from_bytes(row.get_ref(2)?.as_blob()?),
        device: row.get::<_, i64>(3)? as u64,
        created_at: row.get(4)?,
        indexed_at: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;
    use crate::catalogue::testing::{catalogue, entry};

    fn at(path: &str) -> Result<Placement> {
        let location = |id, path| Location {
            id,
            uuid: Uuid::nil(),
            path: PathBuf::from(path),
            device: 1,
            created_at: 0,
            indexed_at: None,
        };
        place(Path::new(path), &[location(1, "/photos"), location(2, "/home/ann/films")])
    }

    #[track_caller]
    fn check_within(path: &str, location: i64, scope: &str) {
        assert_eq!(at(path).unwrap(), Placement::Within { location, scope: scope.into() });
    }

    #[test]
    fn a_path_in_a_location_is_a_part_of_it() {
        check_within("/photos", 1, "");
        check_within("/photos/2024/may", 1, "2024/may");
        check_within("/home/ann/films/x", 2, "x");
    }

    #[test]
    fn locations_do_not_overlap() {
        assert_eq!(at("/photos2").unwrap(), Placement::New);
        let message = at("/home/ann").unwrap_err().to_string();
        assert!(message.contains("tintype locations remove 2"), "{message}");
        assert!(at("/").is_err());
    }

    #[test]
    fn a_location_is_added_found_relinked_and_removed() {
        let (_folder, catalogue) = catalogue();
        let id = catalogue.write(|rows| rows.add_location(Path::new("/photos"), 7, 1)).unwrap();
        let other = catalogue.write(|rows| rows.add_location(Path::new("/films"), 7, 1)).unwrap();
        catalogue.write(|rows| rows.relink_location(id, Path::new("/pictures"), u64::MAX)).unwrap();
        catalogue.write(|rows| rows.set_location_indexed(id, u64::MAX, 5)).unwrap();
        let found = catalogue.read(|rows| rows.location(id)).unwrap();
        assert_eq!((found.path, found.device), (PathBuf::from("/pictures"), u64::MAX));
        assert_eq!(found.indexed_at, Some(5));
        assert!(catalogue.write(|rows| rows.relink_location(id, Path::new("/films/x"), 7)).is_err());
        assert!(catalogue.write(|rows| rows.relink_location(99, Path::new("/x"), 7)).is_err());
        for location in [id, other] {
            catalogue.write(|rows| rows.insert_entry(&entry(location, b"a.jpg"))).unwrap();
        }
        catalogue.remove_location(id).unwrap();
        assert!(catalogue.read(|rows| rows.location(id)).is_err());
        assert_eq!(catalogue.read(|rows| Ok(rows.locations()?.len())).unwrap(), 1);
        let left = catalogue.read(|rows| rows.entries_after(other, b"", 9)).unwrap();
        assert_eq!(left.len(), 1);
        assert!(catalogue.remove_location(id).unwrap_err().to_string().contains("no location"));
    }
}
