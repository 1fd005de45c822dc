//! The stream of contents that still need work, and how far it is completely done.
//! Reads the catalogue; changes nothing.

use super::plan::{self, Need, Recipe, Round};
use super::render_file::Task;
use super::selection::{Cursor, Selected, Selection};
use crate::catalogue::{ContentRow, Reading};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::jobs::JobContext;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

/// How many of a content's files are tried.
const MOST_SOURCES: usize = 8;

/// How many contents are looked up at a time.
const PAGE: usize = 256;

/// So many retries are remembered: 16 bytes each. Those beyond are left to the next job.
const MOST_RETRIES: usize = 100_000;

/// What the feed found.
pub(super) enum Fed {
    /// Something to render.
    Task(Box<Task>),
    /// A content that needs nothing; whether its failure, if it has one, stands.
    Settled { content: ContentRow, sequence: u64, given_up: bool },
    /// The end, for now.
    Nothing,
}

/// The stream of contents that still need work.
pub(super) struct Feed<'a> {
    selection: &'a Selection,
    recipe: &'a Recipe,
    cursor: Cursor,
    page: VecDeque<Selected>,
    exhausted: bool,
    sequence: u64,
    again: VecDeque<Task>,
    retries: BTreeSet<(i64, i64)>,
    /// Contents that are not done with: where the selection stood before each.
    frontier: BTreeMap<u64, (Cursor, i64)>,
    /// The same contents: a folder may hold one several times.
    busy: HashSet<i64>,
    looked_again: bool,
}

impl<'a> Feed<'a> {
    pub(super) fn new(selection: &'a Selection, recipe: &'a Recipe, cursor: Cursor) -> Self {
        Self {
            selection,
            recipe,
            cursor,
            page: VecDeque::new(),
            exhausted: false,
            sequence: 0,
            again: VecDeque::new(),
            retries: BTreeSet::new(),
            frontier: BTreeMap::new(),
            busy: HashSet::new(),
            looked_again: false,
        }
    }

    /// Remembers what an earlier run left to be tried again, where the job is about everything.
    pub(super) fn remember_retries(&mut self, rows: &Reading<'_>) -> Result<()> {
        if matches!(self.selection, Selection::Pending(_) | Selection::Everything) {
            self.retries.extend(rows.failures_due(MOST_RETRIES)?);
        }
        Ok(())
    }

    /// At the end: whether somebody has asked meanwhile to have something tried again that the job is already past.
    /// Only once, because what is due but cannot be reached stays due.
    pub(super) fn look_again(&mut self, ctx: &JobContext<'_>) -> Result<bool> {
        if self.looked_again {
            return Ok(false);
        }
        self.looked_again = true;
        ctx.library().catalogue().read(|rows| self.remember_retries(rows))?;
        Ok(!self.retries.is_empty())
    }

    /// The next content that is not simply passed over.
    pub(super) fn next(&mut self, ctx: &JobContext<'_>) -> Result<Fed> {
        if let Some(task) = self.again.pop_front() {
            return Ok(Fed::Task(Box::new(task)));
        }
        let catalogue = ctx.library().catalogue();
        loop {
            if self.page.is_empty() && !self.exhausted {
                self.page = catalogue.read(|rows| self.selection.page(rows, &self.cursor, PAGE))?.into();
                self.exhausted = self.page.is_empty();
            }
            let round = if self.page.is_empty() { Round::Retry } else { Round::First };
            let Some((after, content)) = self.page.pop_front().or_else(|| self.due_retry()) else {
                return Ok(Fed::Nothing);
            };
            let before = std::mem::replace(&mut self.cursor, after);
            let Some(content) = content.filter(|content| !self.busy.contains(content)) else { continue };
            match catalogue.read(|rows| self.look_at(rows, content, round))? {
                Fed::Nothing => {}
                found => {
                    self.frontier.insert(self.sequence, (before, content));
                    self.busy.insert(content);
                    return Ok(found);
                }
            }
            if ctx.interrupted().is_some() {
                return Ok(Fed::Nothing);
            }
        }
    }

    /// What one content needs; [`Fed::Nothing`] when it is passed over.
    fn look_at(&mut self, rows: &Reading<'_>, id: i64, round: Round) -> Result<Fed> {
        let Some(content) = rows.content(id)? else { return Ok(Fed::Nothing) };
        let failure = rows.failure(id)?;
        self.sequence += 1;
        let sequence = self.sequence;
        let lost = if self.recipe.settles { rows.lost_sizes(id)? } else { Vec::new() };
        let there = rows.thumbnails_of(id)?;
        let wanted = (self.recipe, content.kind.as_str());
        match plan::need(wanted, (&there, &lost), failure.as_ref(), (round, now_ms())) {
            Need::Nothing => Ok(Fed::Settled { content, sequence, given_up: false }),
            Need::GivenUp => Ok(Fed::Settled { content, sequence, given_up: true }),
            Need::Later => {
                self.retry_at(failure.and_then(|failure| failure.next_attempt_at).unwrap_or_default(), id);
                Ok(Fed::Nothing)
            }
            Need::Attempt(attempt) => Ok(Fed::Task(Box::new(Task {
                sequence,
                cas_id: content
                    .cas_id
                    .parse()
                    .map_err(|error| Error::Invalid(format!("the catalogue is damaged: {error}")))?,
                sources: rows.sources_of(id, MOST_SOURCES)?,
                attempt,
                content,
            }))),
        }
    }

    /// Puts a task in again, to be fed next.
    pub(super) fn again(&mut self, task: Task) {
        self.again.push_back(task);
    }

    /// Remembers to try a content again.
    pub(super) fn retry_at(&mut self, at: i64, content: i64) {
        if self.retries.len() < MOST_RETRIES {
            self.retries.insert((at, content));
        }
    }

    fn due_retry(&mut self) -> Option<Selected> {
        let (at, content) = *self.retries.first()?;
        if !plan::is_due(at, now_ms()) {
            return None;
        }
        self.retries.pop_first();
        Some((self.cursor.clone(), Some(content)))
    }

    /// Notes that a content needs no more thought in this job.
    pub(super) fn done_with(&mut self, sequence: u64) {
        if let Some((_, content)) = self.frontier.remove(&sequence) {
            self.busy.remove(&content);
        }
    }

    /// Up to here everything is done: where the next run goes on.
    pub(super) fn checkpoint(&self) -> Cursor {
        self.frontier.first_key_value().map_or_else(|| self.cursor.clone(), |(_, (before, _))| before.clone())
    }

    /// Whether nothing will come any more, not even a retry.
    pub(super) fn is_done(&self) -> bool {
        self.exhausted && self.page.is_empty() && self.again.is_empty() && self.retries.is_empty()
    }
}
