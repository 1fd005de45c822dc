//! What an index job has to say in the end.
//! Knows how to count; nothing of what is counted.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an index job has to say in the end, and keeps while it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexerOutput {
    /// Files that are there.
    pub found: u64,
    /// Of these, not known before; another name of a known file is one too.
    pub new: u64,
    /// Written to since they were last seen.
    pub changed: u64,
    /// Known under another path.
    pub moved: u64,
    /// As they were.
    pub unchanged: u64,
    /// Known, but no longer there.
    pub gone: u64,
    /// Files whose content was read and named.
    pub identified: u64,
    /// Left for later, by reason.
    pub deferred: BTreeMap<String, u64>,
    /// Not looked at, by kind: links, FIFOs, other libraries, …
    pub skipped: BTreeMap<String, u64>,
    /// Files and folders that could not be read.
    pub errors: u64,
    /// How much was read of all files together.
    pub bytes_read: u64,
    /// Of all runs together.
    pub duration_ms: u64,
}

impl IndexerOutput {
    /// Starts a walk over: what is counted by walking is counted again, what was done stays done.
    pub(super) fn begin_walk(&mut self) {
        (self.found, self.unchanged, self.errors) = (0, 0, 0);
        self.skipped.clear();
        self.deferred.clear();
    }

    /// What is neither new, changed nor moved is unchanged. Told in the end, because a walk that is repeated finds
    /// unchanged what the first one found new.
    pub(super) fn end_walk(&mut self) {
        self.unchanged = self.found.saturating_sub(self.new + self.changed + self.moved);
    }

    pub(super) fn skip(&mut self, kind: &'static str) {
        *self.skipped.entry(kind.to_owned()).or_default() += 1;
    }

    pub(super) fn defer(&mut self, reason: &'static str) {
        *self.deferred.entry(reason.to_owned()).or_default() += 1;
    }
}
