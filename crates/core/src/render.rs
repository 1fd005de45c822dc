//! The port behind which thumbnails are made: a source and an order in, a rendition or a reason out.
//! Knows nothing of decoders; the local adapter knows the pool of jailed workers.

mod pool;

pub use pool::{KnownWorker, PoolRenderer, Starts, WORKERS};
pub use tintype_sandbox::{
    Effort, Extras, Facts, Fault, Film, Metrics, Order, Reason, RenderError, Rendition, Scrub, ScrubSheet,
    Thumbnail, Tiles,
};

use crate::error::Result;
use crate::jobs::Priority;
use std::fs::File;

/// What a renderer is, as far as recipes and failures depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// Decides the bytes of thumbnails: part of every recipe.
    pub version: String,
    /// Everything a failure may depend on: engines, what they open, limits. When it changes, failures are tried again.
    pub fingerprint: String,
}

/// One file to be rendered.
pub struct RenderRequest<'a> {
    /// The file, open for reading, at any position.
    pub source: &'a File,
    /// What its content looked like to the indexer.
    pub mime_type: &'a str,
    /// What is wanted of it.
    pub order: &'a Order,
    /// Who waits for it.
    pub priority: Priority,
    /// Asked while waiting: whether nobody wants it any more.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Told when its turn has come, so that its cost can be told from the wait for others.
    pub begun: &'a (dyn Fn() + Sync),
}

/// Somebody who makes thumbnails. Safe to call from many threads at once; a call blocks until there is an answer,
/// and a source that kills its renderer is an answer too.
pub trait Renderer: Send + Sync {
    /// What it is, as far as its parts are `needed`: of those that start later than at once, others are not asked about.
    /// Fails when nothing can be rendered at all.
    fn engine(&self, needed: &dyn Fn(Starts) -> bool) -> Result<EngineInfo>;

    /// How many files it works on at once.
    fn capacity(&self) -> usize;

    /// Makes the thumbnails of one file.
    fn render(&self, request: RenderRequest<'_>) -> Result<Rendition, RenderError>;
}
