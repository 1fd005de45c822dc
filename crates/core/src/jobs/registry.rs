//! Which jobs this process can run: a name in the catalogue, and how its state comes to life.
//! Knows nothing of when they run.

use super::{JobContext, JobError, JobHandler, JobResult};
use std::{collections::BTreeMap, future::Future, pin::Pin};

/// A loaded job, its type forgotten.
pub(crate) trait Runnable: Send {
    /// Runs it; the output comes as JSON.
    fn run<'a>(&'a mut self, ctx: JobContext<'a>) -> Pin<Box<dyn Future<Output = JobResult<String>> + 'a>>;
}

impl<J: JobHandler> Runnable for J {
    fn run<'a>(&'a mut self, ctx: JobContext<'a>) -> Pin<Box<dyn Future<Output = JobResult<String>> + 'a>> {
        Box::pin(async move {
            let output = JobHandler::run(self, ctx).await?;
            serde_json::to_string(&output)
                .map_err(|error| JobError::Failed(format!("the output cannot be written down: {error}")))
        })
    }
}

/// One kind of job.
pub(crate) struct JobKind {
    description: &'static str,
    pub(crate) resumable: bool,
    version: u32,
    load: fn(&str) -> serde_json::Result<Box<dyn Runnable>>,
}

impl JobKind {
    /// The job of a row, its state as of the last checkpoint.
    pub(crate) fn load(&self, version: u32, state: &str) -> Result<Box<dyn Runnable>, String> {
        if version > self.version {
            return Err(format!(
                "its state has version {version}, this program knows up to {}; use a newer tintype",
                self.version
            ));
        }
        (self.load)(state).map_err(|error| format!("its state cannot be read: {error}"))
    }
}

/// Every kind of job this process can run. An embedder adds its own before it opens the library.
pub struct Registry {
    kinds: BTreeMap<&'static str, JobKind>,
}

impl Default for Registry {
    /// The library's own jobs.
    fn default() -> Self {
        let none = Self { kinds: BTreeMap::new() };
        none.with::<crate::indexer::IndexerJob>().with::<crate::thumbnail_job::ThumbnailJob>()
    }
}

impl Registry {
    /// The library's own jobs.
    pub fn new() -> Self {
        Self::default()
    }

    /// The kinds of job, each with its name and what it does in one line.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.kinds.iter().map(|(name, kind)| (*name, kind.description))
    }

    /// Adds a kind of job.
    #[must_use]
    pub fn with<J: JobHandler>(mut self) -> Self {
        let kind = JobKind {
            description: J::DESCRIPTION,
            resumable: J::RESUMABLE,
            version: J::VERSION,
            load: |state| Ok(Box::new(serde_json::from_str::<J>(state)?)),
        };
        self.kinds.insert(J::NAME, kind);
        self
    }

    /// What a name stands for.
    pub(crate) fn kind(&self, name: &str) -> Option<&JobKind> {
        self.kinds.get(name)
    }
}
