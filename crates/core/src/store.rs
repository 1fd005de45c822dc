//! The port behind which thumbnails are kept: a local directory, memory, later an object store.
//! Knows names and bytes; nothing of pictures, or of what the catalogue says.

#[cfg(test)]
mod conformance;
mod durable;
mod local;
mod memory;
mod metadata;
mod walk;

pub use local::LocalStore;
pub use memory::MemoryStore;
pub use metadata::StoreDescription;
#[cfg(any(test, fuzzing))]
pub(crate) use metadata::check_notes;

use crate::{cas::CasId, error::Result};
use std::path::{Path, PathBuf};

/// Somewhere thumbnails are kept. What is got is always what was put, whole: a thumbnail is there or it is not, for
/// this process and any other, also after a power cut.
pub trait ThumbnailStore: Send + Sync {
    /// A thumbnail's bytes; `None` when there is none.
    fn get(&self, cas_id: &CasId, size: u32) -> Result<Option<Vec<u8>>>;

    /// Keeps a thumbnail, over an older one. It is durable when this returns. For many, use [`ThumbnailStore::stage`]
    /// and [`ThumbnailStore::publish`].
    fn put(&self, cas_id: &CasId, size: u32, bytes: &[u8]) -> Result<()> {
        let staged = self.stage(cas_id, size, bytes)?;
        self.publish(&[staged])
    }

    /// Removes a thumbnail. Says whether there was one.
    fn delete(&self, cas_id: &CasId, size: u32) -> Result<bool>;

    /// At most `page.limit` thumbnails whose CAS ID starts with `page.prefix`, in order of ID and size, after
    /// `page.after`.
    fn list(&self, page: &Page<'_>) -> Result<Vec<Stored>>;

    /// Writes a thumbnail where nobody sees it yet. Not durable; nothing is left when it fails.
    fn stage(&self, cas_id: &CasId, size: u32, bytes: &[u8]) -> Result<Staged>;

    /// Makes staged thumbnails visible. All are durable when this returns; when it fails, some may be visible, and it
    /// can be repeated.
    fn publish(&self, batch: &[Staged]) -> Result<()>;

    /// Whether what was staged before a crash, and may have been published, is there as it was written. If so, it can
    /// be published (again).
    fn adopt(&self, staged: &Staged) -> Result<bool>;

    /// Removes everything that is staged, but not `kept`. What is not ours stays.
    fn clear_staging(&self, kept: &[Staged]) -> Result<()>;

    /// Shows everything that lies here, in no order, and what cannot be looked at. Ends with the first error of
    /// `visit`, which may remove what it is shown.
    fn walk(&self, visit: &mut dyn FnMut(&Found) -> Result<()>) -> Result<()>;

    /// The name under which a walk shows what is staged.
    fn staged_name(&self, staged: &Staged) -> PathBuf;

    /// Moves what [`ThumbnailStore::walk`] found under a wrong name to where it belongs. Says whether it was what it
    /// should be; otherwise nothing happens.
    fn put_in_place(&self, name: &Path, whole: &Staged) -> Result<bool>;

    /// Removes what [`ThumbnailStore::walk`] found. Says whether it was there.
    fn remove(&self, name: &Path) -> Result<bool>;

    /// Leaves a note for people and other programs on what is kept here.
    fn describe(&self, description: &StoreDescription) -> Result<()>;
}

/// Which thumbnails to list.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// What the CAS ID starts with; empty for all.
    pub prefix: &'a str,
    /// The last one seen.
    pub after: Option<(&'a CasId, u32)>,
    /// How many at most.
    pub limit: usize,
}

/// A thumbnail that is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// Of which content.
    pub cas_id: CasId,
    /// Longest edge asked for, pixels.
    pub size: u32,
    /// Bytes.
    pub len: u64,
}

/// Something that lies in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name, below the store.
    pub name: PathBuf,
    /// Bytes.
    pub len: u64,
    /// What it is.
    pub what: What,
}

/// What something in a store is, as far as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A thumbnail in its place.
    Thumbnail(CasId, u32),
    /// What is called like a thumbnail and lies where it does not belong.
    Misplaced(CasId, u32),
    /// What is staged, or was left by somebody who died while writing.
    Temporary,
    /// Not ours.
    Strange,
    /// A folder, or a file, that cannot be looked at, and why.
    Unreadable(String),
}

/// A thumbnail that is written but not yet visible: what it has to be when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Of which content.
    pub cas_id: CasId,
    /// Longest edge asked for, pixels.
    pub size: u32,
    /// Bytes.
    pub len: u64,
    /// BLAKE3 of the bytes, hex.
    pub checksum: String,
}

impl Staged {
    fn of(cas_id: &CasId, size: u32, bytes: &[u8]) -> Self {
        Self { cas_id: cas_id.clone(), size, len: bytes.len() as u64, checksum: checksum(bytes) }
    }

    pub(crate) fn is(&self, bytes: &[u8]) -> bool {
        self.len == bytes.len() as u64 && self.checksum == checksum(bytes)
    }
}

/// The checksum of a thumbnail's bytes: BLAKE3, hex.
pub fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
