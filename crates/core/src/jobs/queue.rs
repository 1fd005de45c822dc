//! The library's jobs: putting them in, asking things of them, and becoming the process that runs them.
//! Knows rows and the runner's lock; nothing of threads or of what jobs do.

use super::runner::{self, Runner, RunnerLock};
use super::{Interrupt, JobHandle, JobHandler, JobId, JobStatus, JobUpdate, Priority};
use crate::catalogue::{JobRow, NewJob, Writing};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::library::Library;
use std::io;

/// The library's jobs.
#[derive(Clone)]
pub struct JobManager {
    library: Library,
}

/// Who runs the library's jobs.
pub enum Running {
    /// This process, until the runner is dropped.
    Here(Runner),
    /// Another process, which has the lock.
    Elsewhere,
}

impl JobManager {
    pub(crate) fn new(library: Library) -> Self {
        Self { library }
    }

    /// Tries to become the process that runs this library's jobs. Jobs whose process died go on from their checkpoint.
    pub fn start(&self) -> Result<Running> {
        match RunnerLock::try_take(self.library.root())? {
            Some(lock) => Ok(Running::Here(Runner::start(self.library.clone(), lock)?)),
            None => Ok(Running::Elsewhere),
        }
    }

    /// Puts a job in at bulk priority. It runs when its turn comes, in whichever process runs this library's jobs.
    pub fn dispatch<J: JobHandler>(&self, job: J) -> Result<JobHandle> {
        self.dispatch_with(job, Priority::Bulk)
    }

    /// Puts a job in at a priority of the caller's choice.
    #[expect(clippy::needless_pass_by_value, reason = "a job is handed over, though only its state is kept")]
    pub fn dispatch_with<J: JobHandler>(&self, job: J, priority: Priority) -> Result<JobHandle> {
        self.insert(&job, None, priority)
    }

    /// Puts a job in that starts when `parent` completes, is cancelled with it, and is skipped when it fails.
    #[expect(clippy::needless_pass_by_value, reason = "a job is handed over, though only its state is kept")]
    pub fn dispatch_after<J: JobHandler>(&self, job: J, parent: JobId) -> Result<JobHandle> {
        let row = self.row(parent)?;
        self.insert(&job, Some(parent), row.priority)
    }

    /// A job by its key.
    pub fn handle(&self, id: JobId) -> Result<JobHandle> {
        self.row(id).map(|row| JobHandle::new(self.library.clone(), row.id))
    }

    /// The newest jobs, newest first.
    pub fn list(&self, limit: usize) -> Result<Vec<JobUpdate>> {
        let rows = self.library.catalogue().read(|rows| rows.jobs_page(JobId(i64::MAX), limit))?;
        Ok(rows.into_iter().map(JobUpdate::from).collect())
    }

    /// Every job that is not over, first to run first.
    pub fn open(&self) -> Result<Vec<JobUpdate>> {
        let rows = self.library.catalogue().read(|rows| rows.open_jobs())?;
        Ok(rows.into_iter().map(JobUpdate::from).collect())
    }

    /// The jobs that `parent` put in, oldest first.
    pub fn children(&self, parent: JobId) -> Result<Vec<JobUpdate>> {
        let rows = self.library.catalogue().read(|rows| rows.job_children(parent))?;
        Ok(rows.into_iter().map(JobUpdate::from).collect())
    }

    /// The newest messages of a job with their times, newest first.
    pub fn errors(&self, id: JobId, limit: usize) -> Result<Vec<(i64, String)>> {
        self.library.catalogue().read(|rows| rows.job_errors(id, limit))
    }

    /// Whether any process runs this library's jobs at this moment.
    pub fn is_running(&self) -> Result<bool> {
        match RunnerLock::try_take(self.library.root()) {
            // Where not even the lock can be made, nobody runs anything.
            Err(Error::Io { source, .. }) if cannot_write(&source) => Ok(false),
            lock => Ok(lock?.is_none()),
        }
    }

    /// The first job of this kind that is not over and is meant.
    pub(crate) fn unfinished<J: JobHandler>(
        &self,
        is_meant: impl Fn(&J) -> bool,
    ) -> Result<Option<JobHandle>> {
        self.settle_if_nobody_runs()?;
        let rows = self.library.catalogue().read(|rows| rows.open_jobs())?;
        let found = rows
            .into_iter()
            .filter(|row| row.name == J::NAME)
            .find(|row| serde_json::from_str(&row.state).is_ok_and(|job| is_meant(&job)));
        Ok(found.map(|row| JobHandle::new(self.library.clone(), row.id)))
    }

    /// Asks a job to pause or to stop for good. A running one obeys within a second; any other changes at once.
    pub fn request(&self, id: JobId, interrupt: Interrupt) -> Result<()> {
        self.library.catalogue().write(|rows| {
            let row = rows.job(id)?.ok_or_else(|| unknown(id))?;
            match (row.status, interrupt) {
                (JobStatus::Running, _) => rows.request_interrupt(id, interrupt),
                (JobStatus::Paused, Interrupt::Pause) => Ok(()),
                _ => obey(rows, id, interrupt),
            }
        })?;
        self.settle_if_nobody_runs()
    }

    /// Lets a paused job go on.
    pub fn resume(&self, id: JobId) -> Result<()> {
        self.library.catalogue().write(|rows| {
            let row = rows.job(id)?.ok_or_else(|| unknown(id))?;
            match row.status {
                JobStatus::Running => rows.clear_request(id),
                JobStatus::Queued | JobStatus::Waiting => Ok(()),
                _ => rows.set_job_status(id, start_status(rows, &row)?, None, now_ms()),
            }
        })
    }

    /// Gives a failed or cancelled job another go from its last checkpoint, and its skipped children with it.
    pub fn retry(&self, id: JobId) -> Result<()> {
        self.library.catalogue().write(|rows| {
            let row = rows.job(id)?.ok_or_else(|| unknown(id))?;
            rows.set_job_status(id, start_status(rows, &row)?, None, now_ms())?;
            revive_children(rows, id)
        })
    }

    fn insert<J: JobHandler>(&self, job: &J, parent: Option<JobId>, priority: Priority) -> Result<JobHandle> {
        let id = self.library.catalogue().write(|rows| insert(rows, job, parent, priority))?;
        Ok(JobHandle::new(self.library.clone(), id))
    }

    fn row(&self, id: JobId) -> Result<JobRow> {
        self.library.catalogue().read(|rows| rows.job(id))?.ok_or_else(|| unknown(id))
    }

    /// A running row whose process died obeys nobody: when the lock is free, its request is carried out here.
    pub(crate) fn settle_if_nobody_runs(&self) -> Result<()> {
        match RunnerLock::try_take(self.library.root())? {
            Some(_lock) => runner::recover(&self.library),
            None => Ok(()),
        }
    }
}

/// Puts a job in, in a transaction of the caller's.
pub(crate) fn insert<J: JobHandler>(
    rows: &Writing<'_>,
    job: &J,
    parent: Option<JobId>,
    priority: Priority,
) -> Result<JobId> {
    let state = serde_json::to_string(job)
        .map_err(|error| Error::Invalid(format!("the state of a {} job: {error}", J::NAME)))?;
    let new = NewJob { parent, name: J::NAME, version: J::VERSION, state: &state, priority };
    rows.insert_job(&new, now_ms())
}

/// Where a job goes that may start: it still waits for a parent that has not completed. One whose parent never will
/// goes with that or not at all.
fn start_status(rows: &Writing<'_>, row: &JobRow) -> Result<JobStatus> {
    let Some(parent) = row.parent else { return Ok(JobStatus::Queued) };
    match rows.start_of_child(parent)?.0 {
        JobStatus::Cancelled => Err(Error::Invalid(format!(
            "job {} comes after job {parent}, which did not complete; `tintype jobs retry {parent}` takes both along",
            row.id
        ))),
        status => Ok(status),
    }
}

/// Carries out a request on a job that nobody is running.
pub(crate) fn obey(rows: &Writing<'_>, id: JobId, interrupt: Interrupt) -> Result<()> {
    match interrupt {
        Interrupt::Pause => rows.set_job_status(id, JobStatus::Paused, None, now_ms()),
        Interrupt::Shutdown => rows.set_job_status(id, JobStatus::Queued, None, now_ms()),
        Interrupt::Cancel => {
            rows.set_job_status(id, JobStatus::Cancelled, None, now_ms())?;
            end_children(rows, id, &format!("cancelled with job {id}"))
        }
    }
}

/// Lets descendants wait again that ended with their parent. One that a person cancelled has no words and stays.
fn revive_children(rows: &Writing<'_>, parent: JobId) -> Result<()> {
    for child in rows.job_children(parent)? {
        if child.status == JobStatus::Cancelled && child.error.is_some() {
            rows.set_job_status(child.id, JobStatus::Waiting, None, now_ms())?;
            revive_children(rows, child.id)?;
        }
    }
    Ok(())
}

/// Lets the children start that waited for `parent`.
pub(crate) fn release_children(rows: &Writing<'_>, parent: JobId) -> Result<()> {
    for child in rows.job_children(parent)? {
        if child.status == JobStatus::Waiting {
            rows.set_job_status(child.id, JobStatus::Queued, None, now_ms())?;
        }
    }
    Ok(())
}

/// Cancels every descendant that has not started, and says why.
pub(crate) fn end_children(rows: &Writing<'_>, parent: JobId, why: &str) -> Result<()> {
    for child in rows.job_children(parent)? {
        match child.status {
            JobStatus::Waiting | JobStatus::Queued | JobStatus::Paused => {
                rows.set_job_status(child.id, JobStatus::Cancelled, Some(why), now_ms())?;
                end_children(rows, child.id, why)?;
            }
            JobStatus::Running => rows.request_interrupt(child.id, Interrupt::Cancel)?,
            JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => {}
        }
    }
    Ok(())
}

fn cannot_write(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

fn unknown(id: JobId) -> Error {
    Error::Invalid(format!("there is no job {id}; `tintype jobs` lists them"))
}
