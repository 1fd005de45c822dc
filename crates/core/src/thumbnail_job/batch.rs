//! Contents that are done with: their files are synced together, then recorded together with the job's checkpoint.
//! Knows rows and the store; nothing of threads.

use super::ThumbnailJob;
use super::feed::Feed;
use super::in_hand::Held;
use super::plan::{self, Attempt, Next, Recipe};
use super::recovery;
use super::render_file::{Beside, Finished, NotedFailure, Outcome, StagedRendition, Task};
use crate::catalogue::{ContentFacts, ContentRow, Writing};
use crate::clock::{now_ms, thread_cpu_us};
use crate::error::Result;
use crate::jobs::{JobContext, JobResult};
use crate::render::{Facts, Fault};
use crate::store::Staged;
use std::time::{Duration, Instant};

/// A batch that is not full is recorded after this: what is made should soon be seen, and a slow disk's syncs be few.
const FLUSH_AFTER: Duration = Duration::from_secs(2);

/// How many batches may wait while one is synced: a disk that takes ten seconds for that keeps no worker waiting, and
/// what waits is a few hundred rows of memory.
const MOST_BATCHES: usize = 16;

/// So many contents that needed nothing are recorded in one transaction.
const MOST_SETTLED: usize = 2000;

/// Whether a task goes round once more.
pub(super) enum Again {
    /// At once, with less effort.
    Now(Box<Task>),
    /// Not in this job; nothing is recorded of it, so this sequence is done with.
    Passed(u64),
    /// No.
    No,
}

/// What is to be recorded of one content.
enum Record {
    Rendered(Box<StagedRendition>),
    Failed(NotedFailure),
    /// It needs nothing: a failure from before is void.
    Settled,
    /// It failed for good before.
    GivenUp,
}

/// One content of a batch.
struct Item {
    content: i64,
    kind: String,
    sequence: Option<u64>,
    record: Record,
    _held: Option<Held>,
}

/// What is to be recorded together.
#[derive(Default)]
pub(super) struct Batch {
    items: Vec<Item>,
    rendered: usize,
    since: Option<Instant>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether so much waits that nothing more should be begun.
    pub(super) fn is_full(&self, batch_size: usize) -> bool {
        self.rendered >= MOST_BATCHES * batch_size || self.items.len() >= MOST_SETTLED
    }

    /// The contents to be tried again once this batch is recorded, and when.
    pub(super) fn retries(&self) -> impl Iterator<Item = (i64, i64)> {
        self.items.iter().filter_map(|item| match &item.record {
            Record::Failed(failed) => Some((failed.failure.next_attempt_at?, item.content)),
            Record::Rendered(staged) => Some((staged.retry_at()?, item.content)),
            Record::Settled | Record::GivenUp => None,
        })
    }

    /// Whether it is time to record it.
    pub(super) fn is_due(&self, batch_size: usize) -> bool {
        self.rendered >= batch_size
            || self.items.len() >= MOST_SETTLED
            || self.since.is_some_and(|since| since.elapsed() >= FLUSH_AFTER)
    }

    /// A content that needs nothing.
    pub(super) fn settle(&mut self, content: &ContentRow, sequence: u64, given_up: bool) {
        self.push(Item {
            content: content.id,
            kind: content.kind.clone(),
            sequence: Some(sequence),
            record: if given_up { Record::GivenUp } else { Record::Settled },
            _held: None,
        });
    }

    /// What a dead run had found out and not recorded.
    pub(super) fn adopt(&mut self, content: &ContentRow, mut staged: StagedRendition, held: Held) {
        self.push(Item {
            content: content.id,
            kind: content.kind.clone(),
            sequence: None,
            record: staged.failed.take().map_or_else(|| Record::Rendered(Box::new(staged)), Record::Failed),
            _held: Some(held),
        });
    }

    fn push(&mut self, item: Item) {
        self.rendered += usize::from(!matches!(item.record, Record::Settled | Record::GivenUp));
        self.since.get_or_insert_with(Instant::now);
        self.items.push(item);
    }
}

impl ThumbnailJob {
    /// Takes one outcome in. Returns a task that is to be tried again now, with less effort.
    pub(super) fn take_in(
        &mut self,
        ctx: &JobContext<'_>,
        batch: &mut Batch,
        finished: Finished,
    ) -> JobResult<Again> {
        let Finished { task, outcome, held, cost } = finished;
        self.learn(&task, &outcome, cost);
        let record = match outcome {
            Outcome::Rendered(staged, metrics) => {
                self.checkpoint.counters.spend(task.content.size, metrics);
                Record::Rendered(staged)
            }
            Outcome::Failed(failed) => Record::Failed(failed),
            Outcome::TooDear(fault) => return Ok(Again::Now(Box::new(with_less_effort(task, fault)))),
            Outcome::Unwanted => return Ok(Again::Passed(task.sequence)),
            Outcome::Unreachable(why) => {
                ctx.add_non_critical_error(why);
                self.checkpoint.counters.skipped += 1;
                self.note_done(&task.content);
                return Ok(Again::Passed(task.sequence));
            }
            Outcome::Abandoned => return Ok(Again::No),
            Outcome::Broken(error) => return Err(error.into()),
        };
        if !matches!(&record, Record::Failed(failed) if !failed.is_final) {
            self.note_done(&task.content);
        }
        batch.push(Item {
            content: task.content.id,
            kind: task.content.kind,
            sequence: Some(task.sequence),
            record,
            _held: held,
        });
        Ok(Again::No)
    }

    /// Records rows, counters and cursor of a batch whose files are durable, in one transaction.
    pub(super) fn record(
        &mut self,
        ctx: &JobContext<'_>,
        recipe: &Recipe,
        feed: &mut Feed<'_>,
        batch: &Batch,
    ) -> JobResult<()> {
        for item in &batch.items {
            self.count(item);
        }
        batch.items.iter().filter_map(|item| item.sequence).for_each(|sequence| feed.done_with(sequence));
        self.at_checkpoint(feed.checkpoint());
        let (started, cpu) = (Instant::now(), thread_cpu_us());
        ctx.commit(self, |rows| batch.items.iter().try_for_each(|item| record(rows, recipe, item)))?;
        self.checkpoint.counters.checkpoints += 1;
        self.checkpoint.counters.checkpoint_us += started.elapsed().as_micros() as u64;
        self.checkpoint.counters.checkpoint_cpu_us += thread_cpu_us().saturating_sub(cpu);
        Ok(())
    }

    fn count(&mut self, item: &Item) {
        match &item.record {
            Record::Rendered(staged) => {
                for row in &staged.thumbnails {
                    self.checkpoint.counters.make(row.size, row.file_size);
                }
                if staged.retry_at().is_some() {
                    self.checkpoint.counters.retries += 1; // not done with: its largest size gets another chance
                    return;
                }
                self.checkpoint.counters.contents += 1;
                *self.checkpoint.counters.per_kind.entry(item.kind.clone()).or_default() += 1;
            }
            Record::Failed(failed) if failed.is_final => self.checkpoint.counters.errors += 1,
            Record::Failed(_) => self.checkpoint.counters.retries += 1,
            Record::Settled | Record::GivenUp => self.checkpoint.counters.skipped += 1,
        }
    }
}

/// What a failure means: a row, or nothing yet where smaller sizes are to be tried at once.
pub(super) fn failed(task: &Task, recipe: &Recipe, fault: &Fault) -> Option<NotedFailure> {
    let attempt = &task.attempt;
    let tries = attempt.before.and(fault.reason);
    let next_at = match plan::after_failure(tries, attempt, fault.reason) {
        Next::RetryAfter(wait) => Some(now_ms() + wait.as_millis() as i64),
        Next::GiveUp => None,
        Next::Settle => return None,
    };
    // When the way out failed too, what people see is why the right way did.
    let shown = attempt.instead_of.as_ref().unwrap_or(fault);
    let failure = plan::failure_row(task.content.id, shown, tries, (recipe, next_at));
    Some(NotedFailure { failure, is_final: next_at.is_none() })
}

fn with_less_effort(task: Task, fault: Fault) -> Task {
    let before = task.attempt.before.and(fault.reason);
    Task { attempt: Attempt::reduced(&task.attempt.sizes, before, fault), ..task }
}

/// Every file of a batch.
pub(super) fn staged_files(batch: &Batch) -> Vec<Staged> {
    let renditions = batch.items.iter().filter_map(|item| match &item.record {
        Record::Rendered(staged) => Some(staged),
        Record::Failed { .. } | Record::Settled | Record::GivenUp => None,
    });
    renditions.flat_map(|staged| files_of(staged)).collect()
}

/// The files of a rendition, as the store names them.
pub(super) fn files_of(staged: &StagedRendition) -> Vec<Staged> {
    let files = staged.thumbnails.iter().map(|row| Staged {
        cas_id: staged.cas_id.clone(),
        size: row.size,
        len: row.file_size,
        checksum: row.checksum.clone(),
    });
    files.collect()
}

/// Writes one content's rows.
fn record(rows: &Writing<'_>, recipe: &Recipe, item: &Item) -> Result<()> {
    match &item.record {
        Record::Rendered(staged) => record_rendition(rows, recipe, (item.content, staged)),
        Record::Failed(failed) => record_failure(rows, recipe, failed),
        // What another recipe lacks or has says nothing about the thumbnails the library is to have.
        Record::Settled | Record::GivenUp if !recipe.settles => {
            rows.keep_asked(item.content, &recipe.asked_sizes())
        }
        Record::Settled => {
            rows.delete_failure(item.content)?;
            rows.set_pending(item.content, false)
        }
        Record::GivenUp => rows.set_pending(item.content, false),
    }
}

fn record_failure(rows: &Writing<'_>, recipe: &Recipe, failed: &NotedFailure) -> Result<()> {
    let NotedFailure { failure, is_final } = failed;
    // Cleaned away in hand, or its file has changed since: then what is there now is to be tried.
    let note = rows.staged_rendition(failure.content)?.and_then(|note| recovery::parse(&note));
    rows.unstage_rendition(failure.content)?;
    if rows.content(failure.content)?.is_none() || note.is_some_and(|note| note.stale) {
        return Ok(());
    }
    rows.upsert_failure(failure, now_ms())?;
    if *is_final && recipe.settles { rows.set_pending(failure.content, false) } else { Ok(()) }
}

fn record_rendition(
    rows: &Writing<'_>,
    recipe: &Recipe,
    (content, staged): (i64, &StagedRendition),
) -> Result<()> {
    let note = rows.staged_rendition(content)?.and_then(|note| recovery::parse(&note));
    if note.is_some_and(|note| note.stale) {
        // Its file has changed since: it is shown until the new one is there, which is still to be made.
        recovery::keep(rows, content, &StagedRendition { stale: true, ..staged.clone() })?;
        return rows.unstage_rendition(content);
    }
    if !rows.set_content_facts(content, &facts_row(&staged.facts))? {
        return Ok(());
    }
    recovery::keep(rows, content, staged)?;
    match &staged.failure {
        Some(Beside { fault, tries, next_at }) => {
            let failure = plan::failure_row(content, fault, *tries, (recipe, *next_at));
            rows.upsert_failure(&failure, now_ms())?;
        }
        None if recipe.settles => rows.delete_failure(content)?,
        None => {}
    }
    rows.unstage_rendition(content)?;
    if recipe.settles && staged.retry_at().is_none() { rows.set_pending(content, false) } else { Ok(()) }
}

fn facts_row(facts: &Facts) -> ContentFacts<'_> {
    ContentFacts {
        width: facts.width,
        height: facts.height,
        duration_ms: facts.duration_ms,
        pages: facts.pages,
        animated: facts.animated,
        thumbhash: &facts.thumbhash,
        mime_type: &facts.mime_type,
        film: facts.film.as_deref(),
    }
}
