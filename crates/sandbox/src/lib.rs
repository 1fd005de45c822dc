//! Both ends of the pipe to a worker process, and the jail round it.
//! Knows nothing of images, SQL or libraries.
//!
//! A program holds a [`Pool`] and calls [`Pool::render`]; a worker's `main` calls [`serve`].

mod allocator;
mod fault;
mod find;
mod frame;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod jail;
mod limits;
mod local_time;
mod manners;
mod mapped;
mod memory;
mod passing;
mod pool;
mod probe;
mod protocol;
mod serve;

pub use fault::{Fault, Reason};
pub use find::{WorkerNotFound, find_worker};
pub use jail::Level;
pub use limits::{Limits, Terms};
pub use local_time::local_minute_of_day;
pub use manners::{IoClass, Manners};
pub use mapped::MappedFile;
pub use pool::{Executable, Pool, PoolSettings, Priority, RenderError, Request, WorkerInfo};
pub use probe::{Attempted, ProbeReport, probe};
pub use protocol::{
    Capabilities, Effort, Extras, Facts, Film, FormatInfo, JailStep, Metrics, Order, PROTOCOL_VERSION,
    Rendition, Scrub, ScrubSheet, Thumbnail, Tiles,
};
pub use serve::{About, Task, cpu_time, serve};
