//! What JSON says of jobs and failures: times as RFC 3339, paths as text.
//! Knows the core's words; nothing of any command.

use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use tintype_core::{
    FailedContent,
    jobs::{JobStatus, JobUpdate, Priority, Progress},
    rfc3339,
};

/// A job.
#[derive(Debug, Serialize)]
pub(crate) struct JobView {
    pub(crate) id: i64,
    pub(crate) parent_id: Option<i64>,
    pub(crate) name: String,
    pub(crate) status: JobStatus,
    pub(crate) priority: Priority,
    pub(crate) progress: Progress,
    pub(crate) error: Option<String>,
    pub(crate) output: Option<Value>,
    pub(crate) created_at: String,
    pub(crate) started_at: Option<String>,
    pub(crate) updated_at: String,
    pub(crate) finished_at: Option<String>,
}

impl From<JobUpdate> for JobView {
    fn from(job: JobUpdate) -> Self {
        Self {
            id: job.id,
            parent_id: job.parent_id,
            name: job.name,
            status: job.status,
            priority: job.priority,
            progress: job.progress,
            error: job.error,
            output: job.output,
            created_at: rfc3339(job.created_at),
            started_at: job.started_at.map(rfc3339),
            updated_at: rfc3339(job.updated_at),
            finished_at: job.finished_at.map(rfc3339),
        }
    }
}

/// A content that failed.
#[derive(Debug, Serialize)]
pub(crate) struct FailureView {
    pub(crate) cas_id: String,
    pub(crate) path: Option<String>,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) attempts: u32,
    pub(crate) kills: u32,
    pub(crate) quarantined: bool,
    pub(crate) next_attempt_at: Option<String>,
    pub(crate) advice: &'static str,
}

impl From<FailedContent> for FailureView {
    fn from(failed: FailedContent) -> Self {
        Self {
            cas_id: failed.cas_id,
            path: failed.path.as_deref().map(lossy),
            reason: failed.reason,
            detail: failed.detail,
            attempts: failed.attempts,
            kills: failed.kills,
            quarantined: failed.quarantined,
            next_attempt_at: failed.next_attempt_at.map(rfc3339),
            advice: failed.advice,
        }
    }
}

/// A path as text; what is not UTF-8 becomes �.
pub(crate) fn lossy(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
