//! Thumbnails in memory: for tests, and for embedders who keep nothing.
//! Knows nothing of disks; what it calls durable lasts as long as it does.

use super::{Found, Page, Staged, StoreDescription, Stored, ThumbnailStore, What};
use crate::{
    cas::{CasId, parse_file_name},
    error::{Error, Result},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

type Shelf = BTreeMap<(CasId, u32), Vec<u8>>;

/// Thumbnails in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Shelves>);

#[derive(Debug, Default)]
struct Shelves {
    published: Shelf,
    staged: Shelf,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every change is one step, so a panic elsewhere leaves nothing half done.
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ThumbnailStore for MemoryStore {
    fn get(&self, cas_id: &CasId, size: u32) -> Result<Option<Vec<u8>>> {
        Ok(self.shelves().published.get(&(cas_id.clone(), size)).cloned())
    }

    fn delete(&self, cas_id: &CasId, size: u32) -> Result<bool> {
        Ok(self.shelves().published.remove(&(cas_id.clone(), size)).is_some())
    }

    fn list(&self, page: &Page<'_>) -> Result<Vec<Stored>> {
        let shelves = self.shelves();
        let wanted = shelves
            .published
            .iter()
            .filter(|((cas_id, size), _)| page.after.is_none_or(|after| (cas_id, *size) > after))
            .filter(|((cas_id, _), _)| cas_id.as_str().starts_with(page.prefix))
            .take(page.limit);
        let stored = |((cas_id, size), bytes): (&(CasId, u32), &Vec<u8>)| Stored {
            cas_id: cas_id.clone(),
            size: *size,
            len: bytes.len() as u64,
        };
        Ok(wanted.map(stored).collect())
    }

    fn stage(&self, cas_id: &CasId, size: u32, bytes: &[u8]) -> Result<Staged> {
        self.shelves().staged.insert((cas_id.clone(), size), bytes.to_vec());
        Ok(Staged::of(cas_id, size, bytes))
    }

    fn publish(&self, batch: &[Staged]) -> Result<()> {
        let mut shelves = self.shelves();
        for staged in batch {
            let key = (staged.cas_id.clone(), staged.size);
            match shelves.staged.remove(&key) {
                Some(bytes) => drop(shelves.published.insert(key, bytes)),
                None if shelves.published.get(&key).is_some_and(|bytes| staged.is(bytes)) => {}
                None => return Err(Error::Invalid(format!("{} was never staged", key.0.file_name(key.1)))),
            }
        }
        Ok(())
    }

    fn adopt(&self, staged: &Staged) -> Result<bool> {
        let shelves = self.shelves();
        let key = (staged.cas_id.clone(), staged.size);
        Ok([&shelves.staged, &shelves.published]
            .iter()
            .any(|shelf| shelf.get(&key).is_some_and(|b| staged.is(b))))
    }

    fn clear_staging(&self, kept: &[Staged]) -> Result<()> {
        self.shelves().staged.retain(|(cas_id, size), _| {
            kept.iter().any(|staged| staged.cas_id == *cas_id && staged.size == *size)
        });
        Ok(())
    }

    /// What is published is called as on disk, what is staged `tmp/` and its name.
    fn walk(&self, visit: &mut dyn FnMut(&Found) -> Result<()>) -> Result<()> {
        let all: Vec<Found> = {
            let shelves = self.shelves();
            let published = shelves.published.iter().map(|((cas_id, size), bytes)| Found {
                name: cas_id.thumbnail_path(*size),
                len: bytes.len() as u64,
                what: What::Thumbnail(cas_id.clone(), *size),
            });
            let staged = shelves.staged.iter().map(|((cas_id, size), bytes)| Found {
                name: PathBuf::from("tmp").join(cas_id.file_name(*size)),
                len: bytes.len() as u64,
                what: What::Temporary,
            });
            published.chain(staged).collect()
        };
        all.iter().try_for_each(visit)
    }

    fn staged_name(&self, staged: &Staged) -> PathBuf {
        PathBuf::from("tmp").join(staged.cas_id.file_name(staged.size))
    }

    /// Nothing is ever misplaced here.
    fn put_in_place(&self, _name: &Path, _whole: &Staged) -> Result<bool> {
        Ok(false)
    }

    fn remove(&self, name: &Path) -> Result<bool> {
        let last = name.file_name().and_then(|last| last.to_str()).and_then(parse_file_name);
        let Some(key) = last else { return Ok(false) };
        let mut all = self.shelves();
        let is_staged = name.starts_with("tmp");
        Ok(if is_staged { all.staged.remove(&key) } else { all.published.remove(&key) }.is_some())
    }

    fn describe(&self, _description: &StoreDescription) -> Result<()> {
        Ok(())
    }
}
