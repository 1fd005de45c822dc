//! What a job is to whoever writes one: a state that survives, and a handler that goes on from it.
//! Knows nothing of how jobs are stored or run.

use super::JobContext;
use crate::error::Error;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// A job's key in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Background work that survives its process. The implementing type *is* the state: parameters, cursor, counters,
/// kept as JSON with named fields. Give new fields a `#[serde(default)]`, so that rows written before them still load.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// The name in the catalogue; never changes once rows exist.
    const NAME: &'static str;
    /// Whether a run that was cut off goes on from its checkpoint. If not, it fails with a reason instead.
    const RESUMABLE: bool = true;
    /// One line for people.
    const DESCRIPTION: &'static str;
    /// Version of the state's layout. A row of a newer version is refused, not guessed at.
    const VERSION: u32 = 1;
}

/// What a job does.
pub trait JobHandler: Job {
    /// What it has to say in the end.
    type Output: Serialize + DeserializeOwned + Send + 'static;

    /// Does the work, or goes on with it from the state in `self`. Runs on a thread of its own, so it may block;
    /// it calls [`JobContext::check_interrupt`] at least several times a second, and returns its error at once.
    #[expect(
        async_fn_in_trait,
        reason = "each job has its own thread, so nobody needs the future to be Send"
    )]
    async fn run(&mut self, ctx: JobContext<'_>) -> JobResult<Self::Output>;
}

/// Why a job is to stop before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// Somebody asked for a pause; it stays paused until somebody resumes it, across restarts too.
    Pause,
    /// Somebody does not want it any more.
    Cancel,
    /// The process is leaving; the next runner goes on from the checkpoint.
    Shutdown,
}

/// Why a handler returned without an output.
#[derive(Debug)]
#[non_exhaustive]
pub enum JobError {
    /// It was asked to stop, and did.
    Interrupted(Interrupt),
    /// It cannot go on now, but can later: the disk is full, a drive is away. The job is paused with these words.
    Blocked(String),
    /// Another process held the database for longer than anybody waits. It goes on by itself when that lets go.
    Locked(String),
    /// It cannot be done.
    Failed(String),
    /// The library itself failed.
    Library(Error),
}

/// Shorthand for results of handlers.
pub type JobResult<T> = std::result::Result<T, JobError>;

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        if error.is_disk_full() {
            Self::Blocked(format!("the disk is full: {error}; make room, then resume the job"))
        } else if error.is_locked() {
            Self::Locked(error.to_string())
        } else {
            Self::Library(error)
        }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted(Interrupt::Pause) => f.write_str("paused"),
            Self::Interrupted(Interrupt::Cancel) => f.write_str("cancelled"),
            Self::Interrupted(Interrupt::Shutdown) => f.write_str("interrupted"),
            Self::Blocked(message) | Self::Locked(message) | Self::Failed(message) => f.write_str(message),
            Self::Library(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JobError {}
