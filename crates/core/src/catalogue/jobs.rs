//! The rows of jobs: states, requests, progress.
//! Knows which status may follow which, nothing of threads.

use super::{Reading, Writing};
use crate::error::{Error, Result};
use crate::jobs::{Interrupt, JobId, JobStatus, Priority};
use rusqlite::{OptionalExtension, Row, params};

/// One job as it lies in the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct JobRow {
    pub(crate) id: JobId,
    pub(crate) parent: Option<JobId>,
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) state: String,
    pub(crate) status: JobStatus,
    pub(crate) requested: Option<Interrupt>,
    pub(crate) priority: Priority,
    pub(crate) progress: String,
    pub(crate) output: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) updated_at: i64,
    pub(crate) finished_at: Option<i64>,
}

/// What a job's row says at first.
pub(crate) struct NewJob<'a> {
    pub(crate) parent: Option<JobId>,
    pub(crate) name: &'a str,
    pub(crate) version: u32,
    pub(crate) state: &'a str,
    pub(crate) priority: Priority,
}

macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "SELECT id, parent_id, name, version, state, status, requested, priority, ",
            "progress, output, error, created_at, started_at, updated_at, finished_at FROM jobs ",
            $rest
        )
    };
}

pub(super) const BY_ID: &str = select_jobs!("WHERE id = ?1");
pub(super) const NEWEST: &str = select_jobs!("WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
pub(super) const IN_STATUS: &str = select_jobs!("WHERE status = ?1 ORDER BY priority, id");
pub(super) const NEXT_QUEUED: &str =
    select_jobs!("WHERE status = 'queued' AND priority = ?1 ORDER BY id LIMIT 1");
pub(super) const CHILDREN: &str = select_jobs!("WHERE parent_id = ?1 ORDER BY id");
pub(super) const REQUESTED: &str = select_jobs!("WHERE requested IS NOT NULL");

pub(super) const ERRORS: &str =
    "SELECT at, message FROM job_errors WHERE job_id = ?1 ORDER BY id DESC LIMIT ?2";

impl Reading<'_> {
    /// One job.
    pub(crate) fn job(&self, id: JobId) -> Result<Option<JobRow>> {
        Ok(self.0.prepare_cached(BY_ID)?.query_row([id.0], job_row).optional()?)
    }

    /// The newest jobs before `before`, newest first.
    pub(crate) fn jobs_page(&self, before: JobId, limit: usize) -> Result<Vec<JobRow>> {
        self.job_rows(NEWEST, params![before.0, limit as i64])
    }

    /// Every job in one of `statuses`, first to run first.
    pub(crate) fn jobs_in(&self, statuses: &[JobStatus]) -> Result<Vec<JobRow>> {
        let mut rows = Vec::new();
        for status in statuses {
            rows.extend(self.job_rows(IN_STATUS, [status.word()])?);
        }
        Ok(rows)
    }

    /// Every job that is not over, first to run first within each status.
    pub(crate) fn open_jobs(&self) -> Result<Vec<JobRow>> {
        let open: Vec<_> = JobStatus::ALL.into_iter().filter(|status| !status.is_over()).collect();
        self.jobs_in(&open)
    }

    /// The queued job of this priority whose turn it is.
    pub(crate) fn next_queued(&self, priority: Priority) -> Result<Option<JobRow>> {
        Ok(self.0.prepare_cached(NEXT_QUEUED)?.query_row([priority.rank()], job_row).optional()?)
    }

    /// The children of a job, oldest first.
    pub(crate) fn job_children(&self, parent: JobId) -> Result<Vec<JobRow>> {
        self.job_rows(CHILDREN, [parent.0])
    }

    /// Jobs that somebody wants stopped.
    pub(crate) fn jobs_requested(&self) -> Result<Vec<(JobId, Interrupt)>> {
        let rows = self.job_rows(REQUESTED, [])?;
        Ok(rows.into_iter().filter_map(|row| Some((row.id, row.requested?))).collect())
    }

    /// The newest messages of a job, newest first.
    pub(crate) fn job_errors(&self, id: JobId, limit: usize) -> Result<Vec<(i64, String)>> {
        let mut statement = self.0.prepare_cached(ERRORS)?;
        let rows = statement.query_map(params![id.0, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn job_rows(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<JobRow>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params, job_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Adds a job: queued, or waiting if it has a parent that is not over, or skipped if that did not complete.
    pub(crate) fn insert_job(&self, job: &NewJob<'_>, now: i64) -> Result<JobId> {
        let (status, why) = match job.parent {
            Some(parent) => self.start_of_child(parent)?,
            None => (JobStatus::Queued, None),
        };
        self.0.0.execute(
            "INSERT INTO jobs (parent_id, name, version, state, status, priority, progress, created_at, updated_at, error)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, '{}', ?7, ?7, ?8)",
            params![
                job.parent.map(|parent| parent.0),
                job.name,
                job.version,
                job.state,
                status.word(),
                job.priority.rank(),
                now,
                why
            ],
        )?;
        Ok(JobId(self.0.0.last_insert_rowid()))
    }

    /// A child waits for its parent, need not when the parent has completed, and is skipped when that never will.
    pub(crate) fn start_of_child(&self, parent: JobId) -> Result<(JobStatus, Option<String>)> {
        let row = self.job(parent)?.ok_or_else(|| no_job(parent))?;
        Ok(match row.status {
            JobStatus::Completed => (JobStatus::Queued, None),
            JobStatus::Failed | JobStatus::Cancelled => {
                let why = row.error.unwrap_or_else(|| row.status.to_string());
                (JobStatus::Cancelled, Some(format!("skipped: job {parent} did not complete: {why}")))
            }
            _ => (JobStatus::Waiting, None),
        })
    }

    /// Moves a job to `next`, with words where there is a reason. Refused when that may not follow.
    pub(crate) fn set_job_status(
        &self,
        id: JobId,
        next: JobStatus,
        why: Option<&str>,
        now: i64,
    ) -> Result<()> {
        let row = self.job(id)?.ok_or_else(|| no_job(id))?;
        if !row.status.may_become(next) {
            return Err(Error::Invalid(format!("job {id} is {} and cannot become {next}", row.status)));
        }
        self.0
            .0
            .prepare_cached(
                "UPDATE jobs SET status = ?2, error = ?3, requested = NULL, updated_at = ?4,
                    started_at = CASE WHEN ?2 = 'running' THEN coalesce(started_at, ?4) ELSE started_at END,
                    finished_at = CASE WHEN ?5 THEN ?4 ELSE NULL END
             WHERE id = ?1",
            )?
            .execute(params![id.0, next.word(), why, now, next.is_over()])?;
        Ok(())
    }

    /// Puts a job that nobody is running behind another one.
    pub(crate) fn set_job_parent(&self, id: JobId, parent: JobId, now: i64) -> Result<()> {
        let (status, why) = self.start_of_child(parent)?;
        if self.job(id)?.is_some_and(|row| row.status != status) {
            self.set_job_status(id, status, why.as_deref(), now)?;
        }
        self.0.0.execute("UPDATE jobs SET parent_id = ?2 WHERE id = ?1", params![id.0, parent.0])?;
        Ok(())
    }

    /// Puts a job among those of another priority.
    pub(crate) fn set_job_priority(&self, id: JobId, priority: Priority) -> Result<()> {
        self.0.0.execute("UPDATE jobs SET priority = ?2 WHERE id = ?1", params![id.0, priority.rank()])?;
        Ok(())
    }

    /// Writes down what a running job is to do as soon as it can. A cancel is not weakened to a pause.
    pub(crate) fn request_interrupt(&self, id: JobId, interrupt: Interrupt) -> Result<()> {
        let word = match interrupt {
            Interrupt::Pause => "pause",
            Interrupt::Cancel => "cancel",
            Interrupt::Shutdown => return Ok(()), // a process' own affair: never durable
        };
        self.0.0.execute("UPDATE jobs SET requested = CASE requested WHEN 'cancel' THEN requested ELSE ?2 END WHERE id = ?1",
            params![id.0, word],)?;
        Ok(())
    }

    /// Takes back a request, as when somebody resumes a job before it came to pause.
    pub(crate) fn clear_request(&self, id: JobId) -> Result<()> {
        self.0.0.execute("UPDATE jobs SET requested = NULL WHERE id = ?1", [id.0])?;
        Ok(())
    }

    /// The checkpoint: state and progress as of this transaction.
    pub(crate) fn save_job_state(&self, id: JobId, state: &str, progress: &str, now: i64) -> Result<()> {
        self.0
            .0
            .prepare_cached("UPDATE jobs SET state = ?2, progress = ?3, updated_at = ?4 WHERE id = ?1")?
            .execute(params![id.0, state, progress, now])?;
        Ok(())
    }

    /// How far it is, for whoever watches.
    pub(crate) fn save_job_progress(&self, id: JobId, progress: &str, now: i64) -> Result<()> {
        self.0
            .0
            .prepare_cached("UPDATE jobs SET progress = ?2, updated_at = ?3 WHERE id = ?1")?
            .execute(params![id.0, progress, now])?;
        Ok(())
    }

    /// What it had to say in the end.
    pub(crate) fn save_job_output(&self, id: JobId, output: &str) -> Result<()> {
        self.0.0.execute("UPDATE jobs SET output = ?2 WHERE id = ?1", params![id.0, output])?;
        Ok(())
    }

    /// Notes something that went wrong without ending the job.
    pub(crate) fn insert_job_error(&self, id: JobId, message: &str, now: i64) -> Result<()> {
        self.0
            .0
            .prepare_cached("INSERT INTO job_errors (job_id, at, message) VALUES (?1, ?2, ?3)")?
            .execute(params![id.0, now, message])?;
        Ok(())
    }
}

fn no_job(id: JobId) -> Error {
    Error::Invalid(format!("there is no job {id}; `tintype jobs` lists them"))
}

fn job_row(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let requested: Option<String> = row.get(6)?;
    Ok(JobRow {
        id: JobId(row.get(0)?),
        parent: row.get::<_, Option<i64>>(1)?.map(JobId),
        name: row.get(2)?,
        version: row.get(3)?,
        state: row.get(4)?,
        status: parse(row, 5)?,
        requested: requested.and_then(|word| match word.as_str() {
            "pause" => Some(Interrupt::Pause),
            "cancel" => Some(Interrupt::Cancel),
            _ => None,
        }),
        priority: Priority::from_rank(row.get(7)?),
        progress: row.get(8)?,
        output: row.get(9)?,
        error: row.get(10)?,
        created_at: row.get(11)?,
        started_at: row.get(12)?,
        updated_at: row.get(13)?,
        finished_at: row.get(14)?,
    })
}

fn parse(row: &Row<'_>, column: usize) -> rusqlite::Result<JobStatus> {
    let word: String = row.get(column)?;
    word.parse().map_err(|message: String| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, message.into())
    })
}
