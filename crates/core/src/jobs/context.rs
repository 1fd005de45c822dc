//! What a running job sees of the world: its library, its row, and whether it is to stop.
//! Knows nothing of who runs it.

use super::runner::Control;
use super::{
    Interrupt, Job, JobError, JobHandle, JobHandler, JobId, JobManager, JobResult, Priority, Progress,
};
use crate::catalogue::{JobRow, Writing};
use crate::clock::now_ms;
use crate::error::Result;
use crate::library::Library;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often progress is written down at most: as often as an eye can use it.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// How often a job looks whether its children are done.
const CHILDREN_EVERY: Duration = Duration::from_millis(50);

/// How often a job that makes way looks round: a pause or a cancel must act within a second.
const WAIT_EVERY: Duration = Duration::from_millis(100);

/// What a running job sees of the world. Cheap to clone; may be used from the job's own threads.
#[derive(Clone)]
pub struct JobContext<'a> {
    inner: &'a ContextInner,
}

/// What all clones of one job's context share.
pub(crate) struct ContextInner {
    pub(crate) id: JobId,
    pub(crate) library: Library,
    pub(crate) priority: Priority,
    pub(crate) control: std::sync::Arc<Control>,
    latest: Mutex<(Progress, Option<Instant>)>,
}

impl ContextInner {
    pub(crate) fn new(row: &JobRow, library: Library, control: std::sync::Arc<Control>) -> Self {
        let progress = serde_json::from_str(&row.progress).unwrap_or_default();
        Self { id: row.id, library, priority: row.priority, control, latest: Mutex::new((progress, None)) }
    }

    pub(crate) fn context(&self) -> JobContext<'_> {
        JobContext { inner: self }
    }
}

impl JobContext<'_> {
    /// This job's key.
    pub fn id(&self) -> JobId {
        self.inner.id
    }

    /// Who waits for it.
    pub fn priority(&self) -> Priority {
        self.inner.priority
    }

    /// The library it works on.
    pub fn library(&self) -> &Library {
        &self.inner.library
    }

    /// Tells how far it is. Cheap to call for every item: it is written down at most four times a second.
    pub fn progress(&self, progress: Progress) {
        let due = {
            let mut latest = self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner);
            latest.0 = progress;
            let due = latest.1.is_none_or(|at| at.elapsed() >= PROGRESS_EVERY);
            if due {
                latest.1 = Some(Instant::now());
            }
            due
        };
        if due {
            let json = self.progress_json();
            let written =
                self.library().catalogue().write(|rows| rows.save_job_progress(self.id(), &json, now_ms()));
            if let Err(error) = written {
                tracing::warn!(job = self.id().0, %error, "progress could not be written down");
            }
        }
    }

    /// Fails when the job is to stop. Costs next to nothing: call it between any two files.
    pub fn check_interrupt(&self) -> JobResult<()> {
        match self.interrupted() {
            Some(interrupt) => Err(JobError::Interrupted(interrupt)),
            None => Ok(()),
        }
    }

    /// Whether, and why, the job is to stop.
    pub fn interrupted(&self) -> Option<Interrupt> {
        self.inner.control.interrupt()
    }

    /// What it waits for, if it is bulk work and to make way now. Costs next to nothing.
    pub fn waits_for(&self) -> Option<String> {
        if self.inner.control.is_hurried() {
            return None;
        }
        self.library().gate().waits_for(self.priority())
    }

    /// Bulk work waits here while it is to make way, and says for what. Fails when the job is to stop.
    pub fn give_way(&self) -> JobResult<()> {
        let before = self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner).0.clone();
        let mut waited = false;
        while let Some(why) = self.waits_for() {
            self.check_interrupt()?;
            self.progress(before.clone().waiting_for(&why));
            waited = true;
            std::thread::sleep(WAIT_EVERY);
        }
        if waited {
            self.progress(before);
        }
        self.check_interrupt()
    }

    /// Fails when hardly any room is left on the library's disk: the job is paused then, and says so.
    pub fn check_room(&self) -> JobResult<()> {
        Ok(crate::room::check(self.library().root(), 0)?)
    }

    /// Writes the state down: from here the next run goes on.
    pub fn checkpoint(&self, state: &impl Job) -> JobResult<()> {
        self.commit(state, |_| Ok(()))
    }

    /// Writes results, progress and the state that follows from them down together.
    pub(crate) fn commit<T>(
        &self,
        state: &impl Job,
        work: impl FnOnce(&Writing<'_>) -> Result<T>,
    ) -> JobResult<T> {
        let state = serde_json::to_string(state)
            .map_err(|error| JobError::Failed(format!("the state cannot be written down: {error}")))?;
        let progress = self.progress_json();
        let answer = self.library().catalogue().write(|rows| {
            let answer = work(rows)?;
            rows.save_job_state(self.id(), &state, &progress, now_ms())?;
            Ok(answer)
        })?;
        Ok(answer)
    }

    /// Notes something that went wrong with one thing while the job goes on.
    pub fn add_non_critical_error(&self, message: impl Into<String>) {
        let message = message.into();
        let written =
            self.library().catalogue().write(|rows| rows.insert_job_error(self.id(), &message, now_ms()));
        if let Err(error) = written {
            tracing::warn!(job = self.id().0, %error, message, "an error could not be written down");
        }
    }

    /// Says something to the log.
    pub fn log(&self, message: impl AsRef<str>) {
        tracing::info!(job = self.id().0, "{}", message.as_ref());
    }

    /// Queues a job to start after this one, or when this one waits for it.
    pub fn spawn_child<J: JobHandler>(&self, job: J) -> JobResult<JobHandle> {
        Ok(JobManager::new(self.library().clone()).dispatch_after(job, self.id())?)
    }

    /// Lets the children start now, and waits until all are over. Fails when one of them failed.
    pub async fn wait_for_children(&self) -> JobResult<()> {
        let catalogue = self.library().catalogue();
        catalogue.write(|rows| super::queue::release_children(rows, self.id()))?;
        self.inner.control.set_parked(true);
        let waited = loop {
            if let Err(interrupted) = self.check_interrupt() {
                break Err(interrupted);
            }
            let children = catalogue.read(|rows| rows.job_children(self.id()))?;
            if let Some(failed) = children.iter().find(|child| child.status == super::JobStatus::Failed) {
                let why = failed.error.as_deref().unwrap_or("no reason given");
                break Err(JobError::Failed(format!("child job {} failed: {why}", failed.id)));
            }
            if children.iter().any(|child| child.status == super::JobStatus::Waiting) {
                // Somebody paused and resumed one: it waits for its parent again.
                catalogue.write(|rows| super::queue::release_children(rows, self.id()))?;
            }
            if children.iter().all(|child| child.status.is_over()) {
                break Ok(());
            }
            tokio::time::sleep(CHILDREN_EVERY).await;
        };
        self.inner.control.set_parked(false);
        waited
    }

    fn progress_json(&self) -> String {
        let latest = self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_string(&latest.0).unwrap_or_else(|_| "{}".to_owned())
    }
}
