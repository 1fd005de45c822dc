//! Durable background work: rows in the catalogue, run by one process at a time.
//! Knows nothing of what any job does.

mod context;
mod handle;
mod job;
mod priority;
mod progress;
mod queue;
mod registry;
mod runner;
mod status;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use context::JobContext;
pub use handle::{JobHandle, JobSubscription, JobUpdate};
pub use job::{Interrupt, Job, JobError, JobHandler, JobId, JobResult};
pub use priority::Priority;
pub use progress::{Progress, Unit};
pub(crate) use queue::insert;
pub use queue::{JobManager, Running};
pub use registry::Registry;
pub use runner::Runner;
pub(crate) use runner::RunnerLock;
pub use status::JobStatus;
