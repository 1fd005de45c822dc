//! The states of a job and which may follow which.
//! Knows nothing of who changes them.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Ready to run when its turn comes.
    Queued,
    /// Starts when its parent completes.
    Waiting,
    /// Being run, or was when its process died.
    Running,
    /// Stopped by a person, or because it cannot go on now; starts again when resumed.
    Paused,
    /// Done.
    Completed,
    /// Gave up; the row says why.
    Failed,
    /// Stopped for good by a person, or skipped because its parent did not complete.
    Cancelled,
}

impl JobStatus {
    /// Every status, in the order of a job's life.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Waiting,
        Self::Running,
        Self::Paused,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word for it in SQL, JSON and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing will happen to it any more unless a person retries it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// Whether a job may go from this status to `next`.
    pub fn may_become(self, next: Self) -> bool {
        use JobStatus::{Cancelled, Completed, Failed, Paused, Queued, Running, Waiting};
        match self {
            Waiting => matches!(next, Queued | Paused | Cancelled),
            Queued => matches!(next, Running | Waiting | Paused | Cancelled),
            Running => matches!(next, Queued | Paused | Completed | Failed | Cancelled),
            Paused => matches!(next, Queued | Waiting | Cancelled),
            Failed | Cancelled => matches!(next, Queued | Waiting),
            Completed => false,
        }
    }
}

impl FromStr for JobStatus {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|status| status.word() == word)
            .ok_or_else(|| format!("unknown job status {word:?}"))
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
