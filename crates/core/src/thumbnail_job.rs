//! Makes the thumbnails that contents lack: discovery, processing, cleanup.
//! Knows the order of the phases; how each works is in the files beside this one.

mod batch;
mod feed;
mod in_hand;
mod output;
mod plan;
mod processing;
mod prospect;
mod publishing;
mod recovery;
mod render_file;
mod selection;
#[cfg(test)]
mod tests;

pub(crate) use in_hand::InHand;
pub use output::{ThumbnailMetrics, ThumbnailOutput};
#[cfg(any(test, fuzzing))]
pub(crate) use recovery::check_staged_note;
pub(crate) use recovery::{being_published, noted_files, sweep_staging};
pub(crate) use selection::Cursor;
pub(crate) use selection::below;

use crate::cas::SCRUB_SHEET;
use crate::catalogue::{PendingOrder, Reading, ThumbnailRow, Writing};
use crate::error::{Error, Result};
use crate::forecast::Forecast;
use crate::jobs::{Job, JobContext, JobError, JobHandler, JobResult, Progress};
use crate::library::Library;
use crate::settings::{BulkOrder, ThumbnailSettings};
use output::Counters;
use plan::{Recipe, recipe_name, scrub_recipe_name};
use prospect::Prospect;
use selection::Selection;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How many contents become pending in one transaction when the settings have changed: milliseconds of writing.
const MARK_PAGE: usize = 10_000;

/// A folder of a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// The location's key.
    pub location: i64,
    /// The path below it, as bytes; empty for all of it.
    pub path: Vec<u8>,
}

/// Makes the thumbnails that contents lack.
///
/// Without parameters: everything in the library, at the library's sizes and quality.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThumbnailJob {
    /// Only these entries.
    pub entry_ids: Option<Vec<i64>>,
    /// Only what lies in this folder.
    pub folder: Option<Folder>,
    /// Longest edges in pixels, 16 to 4096; empty: the library's.
    pub sizes: Vec<u32>,
    /// WebP quality, 1 to 100; `None`: the library's.
    pub quality: Option<u8>,
    /// Makes thumbnails again that are there, and tries again what failed.
    pub regenerate: bool,
    /// How many renditions are synced and recorded together, 1 to 1000; `None`: the library's setting.
    pub batch_size: Option<u32>,
    /// Removes contents that no entry refers to, and their thumbnails, in the end.
    pub clean: bool,
    /// How far it is; nothing, for a new job.
    pub checkpoint: Checkpoint,
}

/// How far a job is: what a run that was cut off goes on from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checkpoint {
    cursor: Cursor,
    total: u64,
    counters: Counters,
    elapsed_ms: u64,
    /// Of these, how many it made way.
    waited_ms: u64,
    /// What the first run expected.
    forecast: Option<Forecast>,
    #[serde(skip)]
    prospect: Option<Prospect>,
    #[serde(skip)]
    this_run: Option<RunStart>,
}

/// Where this process took the job up.
#[derive(Debug, Clone, PartialEq)]
struct RunStart {
    at: Instant,
    elapsed_ms: u64,
    waited_ms: u64,
    waited: Duration,
    done: u64,
}

impl Job for ThumbnailJob {
    const NAME: &'static str = "thumbnail";
    const DESCRIPTION: &'static str = "Make missing thumbnails";
}

impl JobHandler for ThumbnailJob {
    type Output = ThumbnailOutput;

    async fn run(&mut self, ctx: JobContext<'_>) -> JobResult<ThumbnailOutput> {
        self.checkpoint.this_run = Some(RunStart {
            at: Instant::now(),
            elapsed_ms: self.checkpoint.elapsed_ms,
            waited_ms: self.checkpoint.waited_ms,
            waited: Duration::ZERO,
            done: self.checkpoint.counters.done(),
        });
        let recipe = self.recipe(ctx.library())?;
        let selection = self.discovery(&ctx, &recipe)?;
        self.processing(&ctx, &recipe, &selection).map_err(|error| self.with_need(error))?;
        self.cleanup(&ctx)?;
        let output = self.checkpoint.counters.output(Duration::from_millis(self.checkpoint.elapsed_ms));
        let (waited_ms, forecast) = (self.checkpoint.waited_ms, self.checkpoint.forecast.clone());
        Ok(ThumbnailOutput { waited_ms, forecast, ..output })
    }
}

impl ThumbnailJob {
    /// Everything but the source that decides the thumbnails of this job.
    fn recipe(&self, library: &Library) -> Result<Recipe> {
        let usual = &library.settings().thumbnails;
        let engine = library.engine()?;
        let mut sizes = if self.sizes.is_empty() { usual.sizes.clone() } else { self.sizes.clone() };
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.dedup();
        let quality = self.quality.unwrap_or(usual.quality);
        let has_usual = usual.sizes.iter().all(|size| sizes.contains(size));
        let settles = quality == usual.quality && has_usual;
        let name_of = |scrub| (scrub, scrub_recipe_name(scrub, quality, &engine.version));
        Ok(Recipe {
            settles,
            name: recipe_name(quality, &engine.version),
            scrub: usual.scrub().filter(|_| has_usual).map(name_of),
            waveform: usual.waveform,
            engine: engine.fingerprint + if usual.waveform { ", waveforms" } else { "" },
            wanted: if settles { String::new() } else { format!("{sizes:?} q{quality}") },
            usual_sizes: usual.kept_sizes(),
            regenerate: self.regenerate,
            sizes,
            quality,
        })
    }

    /// What there is to do: renditions a dead run left behind are taken over, and when settings or engine have
    /// changed, every content is looked at again.
    fn discovery(&mut self, ctx: &JobContext<'_>, recipe: &Recipe) -> JobResult<Selection> {
        ctx.progress(Progress::indeterminate("discovery"));
        self.adopt_staged(ctx, recipe)?;
        ctx.check_room()?;
        if recipe.settles {
            mark_all_if_changed(ctx, recipe)?;
        }
        let selection = self.selection(ctx.library());
        self.measure(ctx.library(), &selection)?;
        self.look_ahead(ctx, recipe, &selection)?;
        ctx.checkpoint(self)?;
        Ok(selection)
    }

    /// A full disk is what blocks this job: how much room the rest takes, going by what is made.
    fn with_need(&self, error: JobError) -> JobError {
        let Counters { bytes_written, contents, .. } = self.checkpoint.counters;
        let left = self.checkpoint.total.saturating_sub(self.checkpoint.counters.done());
        match error {
            JobError::Blocked(why) if contents > 0 => {
                let mib = (bytes_written / contents * left).div_ceil(1 << 20);
                JobError::Blocked(format!("{why}; the thumbnails that are left take about {mib} MiB"))
            }
            error => error,
        }
    }

    /// How much there is. What is pending is what is left, whoever did the rest: that selection starts from its
    /// beginning in every run, and meets again what could not be reached before.
    fn measure(&mut self, library: &Library, selection: &Selection) -> Result<()> {
        let catalogue = library.catalogue();
        self.checkpoint.total = match selection {
            Selection::Pending(_) => {
                self.checkpoint.cursor = Cursor::Start;
                self.checkpoint.counters.done() + catalogue.read(|rows| rows.pending_totals())?.0
            }
            Selection::Everything => catalogue.read(|rows| rows.content_totals())?.0,
            Selection::Named(entries) => entries.len() as u64,
            Selection::Below { .. } => 0,
        };
        Ok(())
    }

    fn selection(&self, library: &Library) -> Selection {
        let usual = self.sizes.is_empty() && self.quality.is_none() && !self.regenerate;
        match (&self.entry_ids, &self.folder) {
            (Some(entries), _) => Selection::Named(entries.clone()),
            (None, Some(folder)) => {
                let (from, end) = below(&folder.path);
                Selection::Below { location: folder.location, from, end }
            }
            (None, None) if usual => Selection::Pending(match library.settings().jobs.order {
                BulkOrder::LargestFirst => PendingOrder::LargestFirst,
                BulkOrder::NewestFirst => PendingOrder::NewestFirst,
            }),
            (None, None) => Selection::Everything,
        }
    }

    /// Removes what nothing refers to, when asked for.
    fn cleanup(&mut self, ctx: &JobContext<'_>) -> JobResult<()> {
        if self.clean {
            ctx.progress(Progress::indeterminate("cleanup"));
            let report = ctx.library().clean_until(&|| ctx.interrupted().is_some())?;
            self.checkpoint.counters.orphans_removed += report.contents;
            ctx.check_interrupt()?;
        }
        // A note for people: a job that made all its thumbnails has not failed without it. And whoever looks at one
        // picture does not wait until all are counted.
        if self.entry_ids.is_none()
            && let Err(error) = ctx.library().write_store_metadata()
        {
            ctx.add_non_critical_error(format!("metadata.json is out of date: {error}"));
        }
        self.keep_rates(ctx.library())?;
        self.note_if_bulk(ctx)?;
        self.at_checkpoint(self.checkpoint.cursor.clone());
        ctx.checkpoint(self)
    }

    /// Brings the state up to date with what is about to be recorded.
    fn at_checkpoint(&mut self, cursor: Cursor) {
        self.checkpoint.cursor = cursor;
        if let Some(run) = &self.checkpoint.this_run {
            self.checkpoint.elapsed_ms = run.elapsed_ms + run.at.elapsed().as_millis() as u64;
            self.checkpoint.waited_ms = run.waited_ms + run.waited.as_millis() as u64;
        }
    }

    /// Counts time in which the job made way.
    fn note_wait(&mut self, lap: Duration) {
        if let Some(run) = &mut self.checkpoint.this_run {
            run.waited += lap;
        }
    }
}

/// Under what every content was looked at last.
const SETTLED_UNDER: &str = "settled_under";

/// The engine version that thumbnails were last made with: nobody starts a worker to tell whether one is old.
const RECIPE_ENGINE: &str = "recipe_engine";

/// Whether a thumbnail is to be made again: the bytes behind its name have changed, or the recipe has. What somebody
/// asked for stays as it was made.
pub(crate) fn is_stale(rows: &Reading<'_>, row: &ThumbnailRow, usual: &ThumbnailSettings) -> Result<bool> {
    let name = |engine: String| match usual.scrub() {
        Some(scrub) if row.size == SCRUB_SHEET => scrub_recipe_name(scrub, usual.quality, &engine),
        _ => recipe_name(usual.quality, &engine),
    };
    let differs = rows.meta(RECIPE_ENGINE)?.is_some_and(|engine| row.recipe != name(engine));
    Ok(row.recipe.is_empty() || (!row.asked && differs))
}

/// Forgets that contents are settled if they are so at this size, because thumbnails of it go. Or they would be
/// missed when somebody wants the size again.
pub(crate) fn unsettle(rows: &Writing<'_>, size: u32) -> Result<()> {
    let under = rows.meta(SETTLED_UNDER)?.unwrap_or_default();
    let sizes = under.split_once(']').map(|(sizes, _)| sizes.trim_start_matches('[').split(", "));
    let is_among = sizes.is_some_and(|mut sizes| sizes.any(|word| word.parse() == Ok(size)));
    if is_among { rows.set_meta(SETTLED_UNDER, "") } else { Ok(()) }
}

/// When sizes, quality, engine or limits differ from those of the last complete marking, every content is pending.
fn mark_all_if_changed(ctx: &JobContext<'_>, recipe: &Recipe) -> JobResult<()> {
    let sheet = recipe.name_of(SCRUB_SHEET); // the usual name again where there are none
    let now = format!("{:?} {} {sheet} {}", recipe.kept_sizes(), recipe.name, recipe.engine);
    let catalogue = ctx.library().catalogue();
    if catalogue.read(|rows| rows.meta(SETTLED_UNDER))?.as_deref() == Some(now.as_str()) {
        return Ok(());
    }
    let mut after = 0;
    while let Some(last) = catalogue.write(|rows| rows.mark_pending_page(after, MARK_PAGE))? {
        ctx.check_interrupt()?;
        after = last;
    }
    catalogue.write(|rows| {
        rows.set_meta(RECIPE_ENGINE, recipe.name.split_once("-e").map_or("", |(_, engine)| engine))?;
        rows.set_meta(SETTLED_UNDER, &now)
    })?;
    Ok(())
}

impl ThumbnailJob {
    /// Whether another job has the same parameters, however far it is.
    pub(crate) fn asks_for_the_same(&self, other: &Self) -> bool {
        let parameters = |job: &Self| {
            let sizes = (job.sizes.clone(), job.quality, job.regenerate, job.clean);
            (job.entry_ids.clone(), job.folder.clone(), sizes)
        };
        parameters(self) == parameters(other)
    }

    /// Refuses what makes no sense, before it becomes a row.
    pub(crate) fn checked(self) -> Result<Self> {
        if let Some(size) = self.sizes.iter().find(|size| !(16..=4096).contains(*size)) {
            return Err(Error::Invalid(format!("size {size} is not between 16 and 4096 pixels")));
        }
        if let Some(quality) = self.quality.filter(|quality| !(1..=100).contains(quality)) {
            return Err(Error::Invalid(format!("quality {quality} is not between 1 and 100")));
        }
        if let Some(batch) = self.batch_size.filter(|batch| !(1..=1000).contains(batch)) {
            return Err(Error::Invalid(format!("batch size {batch} is not between 1 and 1000")));
        }
        Ok(self)
    }
}
