//! A job as seen from outside: what it does, and what it is told.
//! Reads the catalogue, so it works the same in the process that runs the job and in any other.

use super::{Interrupt, JobHandler, JobId, JobManager, JobStatus, Priority, Progress};
use crate::catalogue::JobRow;
use crate::error::{Error, Result};
use crate::library::Library;
use serde::Serialize;
use std::time::Duration;

/// How often a watcher looks: fast enough for the eye, slow enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// One look at a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobUpdate {
    /// Its key.
    pub id: i64,
    /// Its parent's.
    pub parent_id: Option<i64>,
    /// Its kind: `indexer`, `thumbnail`.
    pub name: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Who goes first.
    pub priority: super::Priority,
    /// How far it is.
    pub progress: Progress,
    /// Why it failed, was cancelled, skipped or paused by itself.
    pub error: Option<String>,
    /// What it had to say in the end.
    pub output: Option<serde_json::Value>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub started_at: Option<i64>,
    /// Milliseconds since 1970.
    pub updated_at: i64,
    /// Milliseconds since 1970.
    pub finished_at: Option<i64>,
}

impl From<JobRow> for JobUpdate {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id.0,
            parent_id: row.parent.map(|parent| parent.0),
            name: row.name,
            status: row.status,
            priority: row.priority,
            progress: serde_json::from_str(&row.progress).unwrap_or_default(),
            error: row.error,
            output: row.output.and_then(|output| serde_json::from_str(&output).ok()),
            created_at: row.created_at,
            started_at: row.started_at,
            updated_at: row.updated_at,
            finished_at: row.finished_at,
        }
    }
}

/// A job as seen from outside.
#[derive(Clone)]
pub struct JobHandle {
    library: Library,
    id: JobId,
}

impl JobHandle {
    pub(crate) fn new(library: Library, id: JobId) -> Self {
        Self { library, id }
    }

    /// Its key.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Where it stands.
    pub fn status(&self) -> Result<JobStatus> {
        Ok(self.look()?.status)
    }

    /// Everything about it, now.
    pub fn look(&self) -> Result<JobUpdate> {
        let row = self.library.catalogue().read(|rows| rows.job(self.id))?;
        row.map(JobUpdate::from).ok_or_else(|| Error::Invalid(format!("there is no job {}", self.id)))
    }

    /// Every change from now on.
    pub fn subscribe(&self) -> JobSubscription {
        JobSubscription { handle: self.clone(), seen: None }
    }

    /// Asks it to pause; it stays paused until somebody resumes it.
    pub fn pause(&self) -> Result<()> {
        self.manager().request(self.id, Interrupt::Pause)
    }

    /// Lets a paused job go on.
    pub fn resume(&self) -> Result<()> {
        self.manager().resume(self.id)
    }

    /// A person wants it now: from here on it makes way for nothing, wherever it runs.
    pub fn hurry(&self) -> Result<()> {
        self.library.catalogue().write(|rows| rows.set_job_priority(self.id, Priority::Asked))
    }

    /// Asks it to stop for good. What it has done stays.
    pub fn cancel(&self) -> Result<()> {
        self.manager().request(self.id, Interrupt::Cancel)
    }

    /// Waits until it is over or paused; somebody must be running the library's jobs.
    pub async fn wait(&self) -> Result<JobUpdate> {
        loop {
            let update = self.look()?;
            if update.status.is_over() || update.status == JobStatus::Paused {
                return Ok(update);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What it had to say, once completed.
    pub fn output<J: JobHandler>(&self) -> Result<Option<J::Output>> {
        let Some(output) = self.look()?.output else { return Ok(None) };
        serde_json::from_value(output)
            .map(Some)
            .map_err(|error| Error::Invalid(format!("the output of job {} cannot be read: {error}", self.id)))
    }

    fn manager(&self) -> JobManager {
        JobManager::new(self.library.clone())
    }
}

/// The changes of one job, one after the other.
pub struct JobSubscription {
    handle: JobHandle,
    seen: Option<JobUpdate>,
}

impl JobSubscription {
    /// The next change; `None` once the job is over and that has been told.
    pub async fn next(&mut self) -> Result<Option<JobUpdate>> {
        if self.seen.as_ref().is_some_and(|update| update.status.is_over()) {
            return Ok(None);
        }
        loop {
            let update = self.handle.look()?;
            if self.seen.as_ref() != Some(&update) {
                self.seen = Some(update.clone());
                return Ok(Some(update));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
