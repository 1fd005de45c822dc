//! The job that looks at a location: what is new, changed, moved or gone, and what the files hold.
//! Knows the order of its phases; each is a file. Knows nothing of thumbnails.

mod compare;
mod examine;
mod gone;
mod identify;
mod output;
mod root;
mod seen;
mod walk;

pub use output::IndexerOutput;

use crate::{
    clock,
    jobs::{Job, JobContext, JobHandler, JobResult},
};
use root::Root;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Looks at a location, or a folder in it, and brings the catalogue up to date.
///
/// Phases: *walk* compares names, sizes and times with the catalogue and takes out what is gone; *identify* reads the
/// new and changed files. Cut off in the first, it walks again, which reads no file; in the second, it goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexerJob {
    /// Which location.
    #[serde(default)]
    pub location: i64,
    /// The folder in it, as hex digits because a path is bytes; empty for all of it.
    #[serde(default, with = "hex")]
    scope: Vec<u8>,
    #[serde(default)]
    phase: Phase,
    #[serde(default)]
    output: IndexerOutput,
}

/// Where a job goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    #[default]
    Walk,
    Identify,
}

impl IndexerJob {
    /// Looks at a location, or at the folder `scope` in it if that is not empty.
    pub fn new(location: i64, scope: impl Into<Vec<u8>>) -> Self {
        Self { location, scope: scope.into(), ..Self::default() }
    }

    /// Whether another job looks at the same place.
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.location == other.location && self.scope == other.scope
    }
}

impl Job for IndexerJob {
    const NAME: &'static str = "indexer";
    const DESCRIPTION: &'static str = "looks for new, changed, moved and gone files";
}

impl JobHandler for IndexerJob {
    type Output = IndexerOutput;

    async fn run(&mut self, ctx: JobContext<'_>) -> JobResult<IndexerOutput> {
        let root = Root::find(&ctx, self.location)?;
        let mut run = Run { job: self, ctx: &ctx, root: &root, clock: Clock::default() };
        if run.job.phase == Phase::Walk {
            let seen = run.walk()?;
            run.take_out_gone(&seen)?;
        }
        run.identify()?;
        run.finish()?;
        Ok(self.output.clone())
    }
}

/// One run of the job, from wherever it goes on.
struct Run<'a> {
    job: &'a mut IndexerJob,
    ctx: &'a JobContext<'a>,
    root: &'a Root,
    clock: Clock,
}

/// Messages about single files that are written down; the rest is only counted. A folder without rights can hold
/// a million of them, and nobody reads more than a few.
const MOST_MESSAGES: u64 = 1000;

impl Run<'_> {
    /// Counts an error of one file or folder, and notes the first of them.
    fn note_error(&mut self, message: String) {
        self.job.output.errors += 1;
        if self.job.output.errors <= MOST_MESSAGES {
            self.ctx.add_non_critical_error(message);
        }
    }

    /// Adds the time since the last call, so that a job that was cut off counts all its runs.
    fn note_time(&mut self) {
        self.job.output.duration_ms += self.clock.lap_ms();
    }

    fn finish(&mut self) -> JobResult<()> {
        self.note_time();
        let (location, device, whole) = (self.job.location, self.root.device, self.job.scope.is_empty());
        self.ctx.commit(&*self.job, |rows| {
            if whole { rows.set_location_indexed(location, device, clock::now_ms()) } else { Ok(()) }
        })
    }
}

struct Clock {
    last: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { last: Instant::now() }
    }
}

impl Clock {
    fn lap_ms(&mut self) -> u64 {
        let elapsed = self.last.elapsed().as_millis() as u64;
        self.last += std::time::Duration::from_millis(elapsed);
        elapsed
    }
}

/// Bytes in JSON, as hex digits.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Write;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            let _ = write!(digits, "{byte:02x}"); // a String has room
        }
        serializer.serialize_str(&digits)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let pairs =
            digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().filter(|p| p.len() == 2));
        let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
        bytes.ok_or_else(|| D::Error::custom("a path is an even number of hex digits"))
    }
}

#[cfg(test)]
pub(crate) mod tests;
