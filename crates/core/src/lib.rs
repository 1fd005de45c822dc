//! A library of thumbnails on disk: catalogue, store, indexer, durable jobs. The crate that others embed.
//! Knows nothing of decoders, HTTP or terminals.
//!
//! ```no_run
//! # async fn embed() -> Result<(), Box<dyn std::error::Error>> {
//! use tintype_core::{Library, jobs::Running};
//!
//! let library = Library::create("/var/lib/photos", "Photos")?;
//! let added = library.add_location("/home/me/Pictures")?;
//! let runner = library.jobs().start()?;
//! if let Running::Elsewhere = runner {
//!     println!("another process runs this library's jobs; they are followed all the same");
//! }
//! let done = added.thumbnails.wait().await?;
//! println!("{:?}", done.status);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod atomic;
mod cas;
mod catalogue;
mod clean;
mod clock;
mod detect;
mod error;
pub mod forecast;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod gentle;
mod indexer;
pub mod jobs;
mod kind;
mod library;
mod paths;
pub mod render;
mod room;
mod settings;
mod source_file;
mod spoken;
pub mod store;
mod thumbnail_job;
mod verify;

pub use cas::{Cas, CasId, NotACasId, SCRUB_SHEET};
pub use catalogue::{Location, SizeTotals};
pub use clean::{CleanAmount, CleanKept, CleanReport, CleanWhy};
pub use clock::rfc3339;
pub use detect::mime_type_of;
pub use error::{Error, Result};
pub use gentle::{SensorReport, Sensors};
pub use indexer::{IndexerJob, IndexerOutput};
pub use kind::Kind;
pub use library::{
    Added, ContentInfo, Experience, FailedContent, FailureFilter, FoundEntry, KindCoverage, Library,
    LibraryStatus, Options, PendingType, SheetInfo, SheetTotals, ThumbnailInfo,
};
pub use settings::{
    BulkOrder, GentleSettings, IndexSettings, JobSettings, LimitSettings, QuietHours, Settings,
    ThumbnailSettings,
};
pub use thumbnail_job::{Checkpoint, Folder, ThumbnailJob, ThumbnailMetrics, ThumbnailOutput};
pub use tintype_sandbox::IoClass;
pub use verify::{Damage, Finding, LostThumbnail, Repair, VerifyReport};
