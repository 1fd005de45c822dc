//! One content in hand: open one of its files, have it rendered, stage the thumbnails, note what came of it.
//! Knows nothing of what is recorded in the end, or of what comes next.

use super::batch;
use super::in_hand::Held;
use super::plan::{self, Attempt, Next, Recipe, Tries};
use crate::cas::{CasId, SCRUB_SHEET};
use crate::catalogue::{ContentRow, FailureRow, SourceRow, ThumbnailRow};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::jobs::Priority;
use crate::library::Library;
use crate::render::{
    Facts, Fault, Metrics, Reason, RenderError, RenderRequest, Renderer, Rendition, ScrubSheet, Thumbnail,
};
use crate::room;
use crate::source_file::{self, Links, Version};
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

/// How often a note is tried again while another process holds the database. Each try waits ten seconds, so that five
/// minutes do not cost what is in hand.
const PATIENCE: u32 = 30;

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
    Rendered(Box<StagedRendition>, Metrics),
    Failed(NotedFailure),
    /// Something smaller may go with less effort.
    TooDear(Fault),
    /// It was cleaned away in hand.
    Unwanted,
    /// No file that holds it can be read now; it stays pending.
    Unreachable(String),
    /// The job is to stop; as if it had never been in hand.
    Abandoned,
    /// The library itself cannot go on.
    Broken(Error),
}

/// Why none of a content's files could be opened.
enum NotOpen {
    /// Not now; it stays pending.
    Unreachable(String),
    Broken(Fault),
}

/// A task, its outcome, and the hold on its content until that is recorded.
pub(super) struct Finished {
    pub(super) task: Task,
    pub(super) outcome: Outcome,
    pub(super) held: Option<Held>,
    /// How long a worker had it.
    pub(super) cost: Option<Duration>,
}

/// What is noted in the catalogue of a rendition whose files lie under temporary names, or of a failure, as soon as it
/// is out of hand: recorded it is batch by batch, and a kill must not cost its work twice.
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
    /// The failure that is all there is.
    #[serde(default)]
    pub(super) failed: Option<NotedFailure>,
}

/// A failure that is noted but not recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NotedFailure {
    pub(super) failure: FailureRow,
    /// Whether it stands until something changes.
    pub(super) is_final: bool,
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
    pub(super) library: &'a Library,
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
        let in_hand = self.library.in_hand();
        let held = (!(self.stopping)()).then(|| in_hand.take(&task.cas_id, self.stopping)).flatten();
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
            Err(NotOpen::Unreachable(why)) => return Ok(Outcome::Unreachable(why)),
            Err(NotOpen::Broken(fault)) => return self.fail(task, fault),
        };
        let order = self.recipe.order(&task.attempt);
        let begun = OnceLock::new();
        let request = RenderRequest {
            source: &source,
            mime_type: &task.content.mime_type,
            order: &order,
            priority: self.priority,
            cancelled: self.cancelled,
            begun: &|| _ = begun.set(Instant::now()),
        };
        tracing::debug!(content = %task.cas_id, "to a worker");
        let rendered = self.renderer.render(request);
        *cost = begun.get().map(Instant::elapsed);
        match rendered {
            // Or the picture of one content would stand for another.
            Ok(_) if !source_file::is_version(&source, version) => Ok(Outcome::Unreachable(
                "a file changed while it was rendered; `tintype index` looks again".to_owned(),
            )),
            Ok(rendition) => self.stage(task, rendition),
            Err(RenderError::Fault(fault)) => self.fail(task, fault),
            Err(RenderError::Cancelled) => Ok(Outcome::Abandoned),
        }
    }

    fn fail(&self, task: &Task, fault: Fault) -> Result<Outcome> {
        let Some(failed) = batch::failed(task, self.recipe, &fault) else {
            return Ok(Outcome::TooDear(fault));
        };
        self.note(task, &StagedRendition { failed: Some(failed.clone()), ..self.nothing(task) })?;
        Ok(Outcome::Failed(failed))
    }

    fn nothing(&self, task: &Task) -> StagedRendition {
        StagedRendition {
            job: self.job,
            cas_id: task.cas_id.clone(),
            thumbnails: Vec::new(),
            facts: Facts::default(),
            stale: false,
            failure: None,
            failed: None,
        }
    }

    /// Says whether there still is such a content.
    fn note(&self, task: &Task, staged: &StagedRendition) -> Result<bool> {
        let json = serde_json::to_string(staged).expect("numbers and texts can be written as JSON");
        let note = || self.library.catalogue().write(|rows| rows.stage_rendition(task.content.id, &json));
        let mut noted = note();
        for _ in 0..PATIENCE {
            match &noted {
                Err(error) if error.is_locked() => tracing::warn!("waiting: {error}"),
                _ => break,
            }
            noted = note();
        }
        noted
    }

    fn stage(&self, task: &Task, rendition: Rendition) -> Result<Outcome> {
        let Rendition { thumbnails: made, sheet, .. } = &rendition;
        let sheet_bytes = sheet.as_ref().map_or(0, |sheet| sheet.webp.len());
        let bytes = made.iter().map(|thumbnail| thumbnail.webp.len()).sum::<usize>() + sheet_bytes;
        room::check(self.library.root(), bytes as u64)?;
        let mut thumbnails = Vec::with_capacity(made.len() + 1);
        for Thumbnail { size, width, height, webp } in made {
            thumbnails.push(self.stage_one(task, (*size, (*width, *height)), webp)?);
        }
        if let Some(ScrubSheet { width, height, webp, tiles }) = sheet {
            let row = self.stage_one(task, (SCRUB_SHEET, (*width, *height)), webp)?;
            thumbnails.push(ThumbnailRow { tiles: Some(tiles.clone()), ..row });
        }
        let failure = beside(&task.attempt);
        let staged = StagedRendition { thumbnails, facts: rendition.facts, failure, ..self.nothing(task) };
        let is_wanted = self.note(task, &staged)?;
        Ok(if is_wanted { Outcome::Rendered(Box::new(staged), rendition.metrics) } else { Outcome::Unwanted })
    }

    fn stage_one(&self, task: &Task, (size, shape): (u32, (u32, u32)), webp: &[u8]) -> Result<ThumbnailRow> {
        let staged = self.library.store().stage(&task.cas_id, size, webp)?;
        Ok(ThumbnailRow {
            size,
            width: shape.0,
            height: shape.1,
            file_size: staged.len,
            recipe: self.recipe.name_of(size).to_owned(),
            checksum: staged.checksum,
            asked: !self.recipe.usual_sizes.contains(&size),
            tiles: None,
        })
    }

    /// Opens the first file that still is what the indexer saw.
    fn open_any(&self, task: &Task) -> Result<(File, Version), NotOpen> {
        let mut why = NotOpen::Unreachable("no file holds it any more".to_owned());
        for source in &task.sources {
            let path = source_file::join(&source.location, &source.path);
            let version = Version { size: task.content.size, mtime: source.mtime };
            match source_file::open_unchanged(&path, self.links, version) {
                Ok(Some(file)) => return Ok((file, version)),
                Ok(None) => {
                    why = NotOpen::Unreachable(format!(
                        "{} has changed; `tintype index` looks again",
                        path.display()
                    ));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    why = NotOpen::Unreachable(format!("{} is gone or its drive is away", path.display()));
                }
                Err(error) => {
                    why = NotOpen::Broken(Reason::Io.says(format!("open {}: {error}", path.display())));
                }
            }
        }
        Err(why)
    }
}
