//! One content in hand: open one of its files, have it rendered, stage the thumbnails.
//! Knows nothing of the catalogue or of what comes next.

use super::in_hand::{Held, InHand};
use super::plan::{self, Attempt, Next, Recipe, Tries};
use crate::cas::CasId;
use crate::catalogue::{ContentRow, SourceRow, ThumbnailRow};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::jobs::Priority;
use crate::render::{Facts, Fault, Metrics, Order, Reason, RenderError, RenderRequest, Renderer, Rendition};
use crate::source_file::{self, Links, Version};
use crate::store::ThumbnailStore;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often a thread that waits looks round: a pause must act within a second.
const WAIT_EVERY: Duration = Duration::from_millis(100);

/// A content that needs thumbnails.
pub(super) struct Task {
    /// Its place in the selection.
    pub(super) sequence: u64,
    pub(super) content: ContentRow,
    pub(super) cas_id: CasId,
    pub(super) sources: Vec<SourceRow>,
    pub(super) attempt: Attempt,
}

/// What became of it.
pub(super) enum Outcome {
    Rendered(StagedRendition, Metrics),
    Failed(Fault),
    /// No file that holds it can be read now; it stays pending.
    Unreachable(String),
    /// The job is to stop; as if it had never been in hand.
    Abandoned,
    /// The library itself cannot go on.
    Broken(Error),
}

/// A task, its outcome, and the hold on its content until that is recorded.
pub(super) struct Finished {
    pub(super) task: Task,
    pub(super) outcome: Outcome,
    pub(super) held: Option<Held>,
    /// How long a worker had it.
    pub(super) cost: Option<Duration>,
}

/// What is noted in the catalogue of a rendition whose files lie under temporary names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StagedRendition {
    pub(super) job: i64,
    pub(super) cas_id: CasId,
    pub(super) thumbnails: Vec<ThumbnailRow>,
    pub(super) facts: Facts,
    /// Whether the bytes behind the name have become others meanwhile: see [`crate::catalogue::Writing::set_stale`].
    #[serde(default)]
    pub(super) stale: bool,
    /// The failure that stands beside these thumbnails, for sizes that are not among them.
    #[serde(default)]
    pub(super) failure: Option<Beside>,
}

impl StagedRendition {
    /// When the sizes that it leaves out are tried again.
    pub(super) fn retry_at(&self) -> Option<i64> {
        self.failure.as_ref()?.next_at
    }
}

/// A failure that stands beside thumbnails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Beside {
    pub(super) fault: Fault,
    pub(super) tries: Tries,
    /// When what is left out is tried again; `None`: not before something changes.
    pub(super) next_at: Option<i64>,
}

/// What every render thread needs.
pub(super) struct Bench<'a> {
    pub(super) job: i64,
    pub(super) recipe: &'a Recipe,
    pub(super) renderer: &'a dyn Renderer,
    pub(super) store: &'a dyn ThumbnailStore,
    pub(super) in_hand: &'a InHand,
    pub(super) links: Links,
    pub(super) priority: Priority,
    /// Set when the library itself cannot go on.
    pub(super) failed: &'a AtomicBool,
    /// Whether to wait before anything new is taken in hand.
    pub(super) waiting: &'a (dyn Fn() -> bool + Sync),
    /// Whether to take nothing new in hand.
    pub(super) stopping: &'a (dyn Fn() -> bool + Sync),
    /// Whether to drop what is in hand.
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// What stands beside the thumbnails of an attempt that went well.
fn beside(attempt: &Attempt) -> Option<Beside> {
    let fault = attempt.instead_of.clone()?;
    let tries = Tries { attempts: attempt.before.attempts + 1, ..attempt.before };
    let next_at = match plan::after_way_out(tries, &fault) {
        Next::RetryAfter(wait) if attempt.leaves_out => Some(now_ms() + wait.as_millis() as i64),
        _ => None,
    };
    Some(Beside { fault, tries, next_at })
}

impl Bench<'_> {
    /// Takes a task to its outcome.
    pub(super) fn work(&self, task: Task) -> Finished {
        while (self.waiting)() && !(self.stopping)() {
            thread::sleep(WAIT_EVERY);
        }
        let held = (!(self.stopping)()).then(|| self.in_hand.take(&task.cas_id, self.stopping)).flatten();
        let Some(held) = held else {
            return Finished { task, outcome: Outcome::Abandoned, held: None, cost: None };
        };
        // A panic must come out at the other end like any outcome: the job counts what is in the pipes.
        let mut cost = None;
        let outcome = catch_unwind(AssertUnwindSafe(|| self.outcome(&task, &mut cost)))
            .unwrap_or_else(|_| Err(Error::Invalid("a render thread panicked; please report it".to_owned())));
        let outcome = outcome.unwrap_or_else(|error| {
            self.failed.store(true, Ordering::Relaxed); // so that the others do not render what cannot be kept
            Outcome::Broken(error)
        });
        Finished { task, outcome, held: Some(held), cost }
    }

    fn outcome(&self, task: &Task, cost: &mut Option<Duration>) -> Result<Outcome> {
        let (source, version) = match self.open_any(task) {
            Ok(opened) => opened,
            Err(outcome) => return Ok(*outcome),
        };
        let (sizes, effort) = (task.attempt.sizes.clone(), task.attempt.effort);
        let order = Order { sizes, quality: self.recipe.quality, effort };
        let begun = OnceLock::new();
        let request = RenderRequest {
            source: &source,
            mime_type: &task.content.mime_type,
            order: &order,
            priority: self.priority,
            cancelled: self.cancelled,
            begun: &|| _ = begun.set(Instant::now()),
        };
        let rendered = self.renderer.render(request);
        *cost = begun.get().map(Instant::elapsed);
        match rendered {
            // Or the picture of one content would stand for another.
            Ok(_) if !source_file::is_version(&source, version) => Ok(Outcome::Unreachable(
                "a file changed while it was rendered; `tintype index` looks again".to_owned(),
            )),
            Ok(rendition) => self.stage(task, rendition),
            Err(RenderError::Fault(fault)) => Ok(Outcome::Failed(fault)),
            Err(RenderError::Cancelled) => Ok(Outcome::Abandoned),
        }
    }

    fn stage(&self, task: &Task, rendition: Rendition) -> Result<Outcome> {
        let mut thumbnails = Vec::with_capacity(rendition.thumbnails.len());
        for thumbnail in &rendition.thumbnails {
            let staged = self.store.stage(&task.cas_id, thumbnail.size, &thumbnail.webp)?;
            thumbnails.push(ThumbnailRow {
                size: thumbnail.size,
                width: thumbnail.width,
                height: thumbnail.height,
                file_size: staged.len,
                recipe: self.recipe.name.clone(),
                checksum: staged.checksum,
                asked: !self.recipe.usual_sizes.contains(&thumbnail.size),
            });
        }
        let staged = StagedRendition {
            job: self.job,
            cas_id: task.cas_id.clone(),
            thumbnails,
            facts: rendition.facts,
            stale: false,
            failure: beside(&task.attempt),
        };
        Ok(Outcome::Rendered(staged, rendition.metrics))
    }

    /// Opens the first file that still is what the indexer saw.
    fn open_any(&self, task: &Task) -> Result<(File, Version), Box<Outcome>> {
        let mut why = Outcome::Unreachable("no file holds it any more".to_owned());
        for source in &task.sources {
            let path = source_file::join(&source.location, &source.path);
            let version = Version { size: task.content.size, mtime: source.mtime };
            match source_file::open_unchanged(&path, self.links, version) {
                Ok(Some(file)) => return Ok((file, version)),
                Ok(None) => {
                    why = Outcome::Unreachable(format!(
                        "{} has changed; `tintype index` looks again",
                        path.display()
                    ));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    why = Outcome::Unreachable(format!("{} is gone or its drive is away", path.display()));
                }
                Err(error) => {
                    why = Outcome::Failed(Reason::Io.says(format!("open {}: {error}", path.display())));
                }
            }
        }
        Err(Box::new(why))
    }
}
