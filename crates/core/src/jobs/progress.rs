//! How far a job is.
//! Knows no clock: who reports says how long it took.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the numbers of a progress count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// How much there is, nobody knows yet.
    #[default]
    Indeterminate,
    /// Things.
    Count,
    /// Bytes.
    Bytes,
}

/// How the phase of a job begins that makes way.
const WAITING: &str = "waiting: ";

/// How far a job is: phase, place, rate and time left.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// What is being done: `discovery`, `processing`.
    pub phase: String,
    /// What `done` and `total` count.
    pub unit: Unit,
    /// How much is done.
    pub done: u64,
    /// How much there is; 0 while nobody knows.
    pub total: u64,
    /// What is in hand.
    pub item: Option<String>,
    /// Units a second, in this run.
    pub rate: Option<f64>,
    /// Seconds left at that rate.
    pub eta_s: Option<u64>,
}

impl Progress {
    /// Busy in `phase`; nobody knows for how long.
    pub fn indeterminate(phase: impl Into<String>) -> Self {
        Self { phase: phase.into(), ..Self::default() }
    }

    /// `done` of `total` things.
    pub fn count(phase: impl Into<String>, done: u64, total: u64) -> Self {
        Self { phase: phase.into(), unit: Unit::Count, done, total, ..Self::default() }
    }

    /// `done` of `total` bytes.
    pub fn bytes(phase: impl Into<String>, done: u64, total: u64) -> Self {
        Self { phase: phase.into(), unit: Unit::Bytes, done, total, ..Self::default() }
    }

    /// With the thing in hand.
    #[must_use]
    pub fn at(self, item: impl Into<String>) -> Self {
        Self { item: Some(item.into()), ..self }
    }

    /// With rate and time left, from how much of `done` fell into the last `elapsed`.
    #[must_use]
    pub fn measured(self, done_in_run: u64, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64();
        if done_in_run == 0 || seconds <= 0.0 {
            return self;
        }
        let rate = done_in_run as f64 / seconds;
        let left = self.total.saturating_sub(self.done) as f64 / rate;
        let eta_s = (self.total > 0).then(|| left.ceil() as u64);
        Self { rate: Some(rate), eta_s, ..self }
    }

    /// The same place, but nothing is being done.
    #[must_use]
    pub fn waiting_for(self, why: &str) -> Self {
        Self { phase: format!("{WAITING}{why}"), item: None, rate: None, eta_s: None, ..self }
    }

    /// What the job waits for, if it makes way for something.
    pub fn waits_for(&self) -> Option<&str> {
        self.phase.strip_prefix(WAITING)
    }

    /// The part that is done, 0 to 1, where that is known.
    pub fn fraction(&self) -> Option<f64> {
        (self.total > 0).then(|| (self.done as f64 / self.total as f64).min(1.0))
    }
}
