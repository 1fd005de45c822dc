//! A library of thumbnails on disk.
#![forbid(unsafe_code)]

mod atomic;
mod cas;
mod clock;
mod error;
mod kind;
mod paths;
mod settings;
mod store;

pub use cas::{Cas, CasId, NotACasId};
pub use clock::rfc3339;
pub use error::{Error, Result};
pub use kind::Kind;
pub use settings::{BulkOrder, IndexSettings, JobSettings, LimitSettings, Settings, ThumbnailSettings};
pub use store::{LocalStore, MemoryStore, Page, Staged, StoreDescription, Stored, ThumbnailStore, checksum};
