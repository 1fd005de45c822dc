//! What a job expects when it begins, what it learns on the way, and what it leaves to later jobs.
//! Knows which contents are meant and what became of them; the arithmetic is `forecast`.

use super::plan::Recipe;
use super::render_file::{Outcome, Task};
use super::selection::Selection;
use super::{Counters, ThumbnailJob};
use crate::catalogue::{ContentLength, ContentRow};
use crate::error::Result;
use crate::forecast::{Outlook, Sample, Work};
use crate::jobs::{JobContext, JobError, JobResult};
use crate::library::{Experience, Library};
use crate::render::Effort;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What was learnt is written down this often: a kill costs that much of it, and the job itself nothing.
const KEEP_EVERY: Duration = Duration::from_secs(30);

/// What a job expects in this run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prospect {
    outlook: Outlook,
    /// Whether what it learns holds for later jobs: other sizes or another quality teach nothing about the usual ones.
    is_usual: bool,
    kept_at: Instant,
}

impl ThumbnailJob {
    /// Counts what there is to do of each format. The first run says what it will cost, if anything is known of it.
    pub(super) fn look_ahead(
        &mut self,
        ctx: &JobContext<'_>,
        recipe: &Recipe,
        selection: &Selection,
    ) -> JobResult<()> {
        let library = ctx.library();
        let left = count(ctx, selection)?;
        let Experience { rates, pace } = library.experience()?;
        let mut outlook = Outlook::new(library.renderer()?.capacity(), pace, rates, left);
        if recipe.settles && self.checkpoint.counters.done() == 0 {
            let limit = u64::from(library.settings().limits.worker_memory_mib) << 20;
            self.checkpoint.forecast = outlook.forecast(&recipe.kept_sizes(), limit).map(|mut forecast| {
                forecast.formats.clear(); // it is written at every checkpoint, and nobody compares that much
                forecast
            });
        }
        outlook.begin();
        let is_usual = recipe.settles;
        self.checkpoint.prospect = Some(Prospect { outlook, is_usual, kept_at: Instant::now() });
        Ok(())
    }

    /// Learns what one file cost.
    pub(super) fn learn(&mut self, task: &Task, outcome: &Outcome, cost: Option<Duration>) {
        let Some((prospect, cost)) = self.checkpoint.prospect.as_mut().zip(cost) else { return };
        let (thumbnails, peak_memory) = match outcome {
            // A way out teaches nothing about the way.
            _ if task.attempt.effort != Effort::Full => return,
            Outcome::Rendered(staged, metrics) => {
                let sizes = staged.thumbnails.iter().map(|row| (row.size, row.file_size));
                (sizes.collect(), metrics.peak_memory)
            }
            Outcome::Failed(_) | Outcome::TooDear(_) => {
                (task.attempt.sizes.iter().map(|size| (*size, 0)).collect(), 0)
            }
            Outcome::Unwanted | Outcome::Unreachable(_) | Outcome::Abandoned | Outcome::Broken(_) => return,
        };
        let (bytes, seconds) = (task.content.size, cost.as_secs_f64());
        let sample = Sample { bytes, seconds, thumbnails, peak_memory };
        prospect.outlook.learn(&task.content.mime_type, &sample);
    }

    /// A content is done with, one way or another.
    pub(super) fn note_done(&mut self, content: &ContentRow) {
        if let Some(prospect) = &mut self.checkpoint.prospect {
            prospect.outlook.done(&content.mime_type, content.size);
        }
    }

    /// Time has passed in which workers had work.
    pub(super) fn note_work(&mut self, lap: Duration) {
        if let Some(prospect) = &mut self.checkpoint.prospect {
            prospect.outlook.pass(lap.as_secs_f64());
        }
    }

    /// Whole seconds left, where that can be told.
    pub(super) fn seconds_left(&self) -> Option<u64> {
        let seconds = self.checkpoint.prospect.as_ref()?.outlook.seconds_left()?;
        Some(seconds.ceil() as u64)
    }

    /// Keeps what was learnt from time to time.
    pub(super) fn keep_rates_if_due(&mut self, library: &Library) -> Result<()> {
        match &self.checkpoint.prospect {
            Some(prospect) if prospect.kept_at.elapsed() >= KEEP_EVERY => self.keep_rates(library),
            _ => Ok(()),
        }
    }

    /// Keeps what was learnt.
    pub(super) fn keep_rates(&mut self, library: &Library) -> Result<()> {
        let Some(prospect) = self.checkpoint.prospect.as_mut().filter(|prospect| prospect.is_usual) else {
            return Ok(());
        };
        prospect.kept_at = Instant::now();
        library.learn_from(&prospect.outlook.experience())
    }

    /// Notes that this is the job whose forecast and truth people want to see: it did something, and not only for
    /// somebody who looked at one picture.
    pub(super) fn note_if_bulk(&self, ctx: &JobContext<'_>) -> Result<()> {
        let Counters { contents, errors, .. } = self.checkpoint.counters;
        if self.entry_ids.is_some() || contents + errors == 0 {
            return Ok(());
        }
        ctx.library().note_bulk_job(ctx.id())
    }
}

/// How much there is of each format; nothing where a selection is not counted.
fn count(ctx: &JobContext<'_>, selection: &Selection) -> JobResult<BTreeMap<String, Work>> {
    let mut left: BTreeMap<String, Work> = BTreeMap::new();
    let mut counted = 0_usize;
    let add = |content: &ContentLength| {
        counted += 1;
        if counted.is_multiple_of(CHECK_EVERY) {
            ctx.check_interrupt()?;
        }
        match left.get_mut(&content.mime_type) {
            Some(work) => work.add(content.size),
            None => left.entry(content.mime_type.clone()).or_default().add(content.size),
        }
        Ok::<(), JobError>(())
    };
    match selection {
        Selection::Pending(_) => ctx.library().each_pending(add)?,
        Selection::Everything => ctx.library().each_content(add)?,
        Selection::Named(_) | Selection::Below { .. } => return Ok(left),
    }
    Ok(left)
}

/// How many contents are counted between two looks whether the job is to stop: milliseconds.
const CHECK_EVERY: usize = 5000;
