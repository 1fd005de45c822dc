//! What the work would cost: a few files of every kind are tried, the rest is reckoned from them.
//! Knows groups of files and their trials; nothing of how it is shown.

mod gather;
mod reckon;
mod trial;

pub(crate) use gather::{below, pending};
pub(crate) use reckon::{Estimate, Range, reckon};
pub(crate) use trial::{Conditions, try_all};

use std::path::PathBuf;

/// Files that are likely to cost alike.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    /// An extension or a MIME type.
    pub(crate) name: String,
    /// How many files.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Those that are tried, chosen by chance.
    pub(crate) samples: Vec<PathBuf>,
}

/// What one file cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trial {
    /// From giving it to a worker to its answer.
    pub(crate) seconds: f64,
    /// Bytes of every size that was made; none when it failed.
    pub(crate) made: Vec<(u32, u64)>,
    /// The largest resident memory of the worker.
    pub(crate) peak_memory: u64,
}
