//! The second phase: reads what is new or changed, on several threads, and names what it holds.
//! Knows threads, channels and rows; what is done to one file is elsewhere.

use super::{
    Run,
    examine::{Deferral, Examiner, Manner, Outcome},
};
use crate::{
    cas::Cas,
    catalogue::{EntryRow, NewContent, Writing},
    error::Result,
    jobs::{JobResult, Progress},
    paths,
    source_file::Links,
};
use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Results in one transaction.
const AT_ONCE: usize = 1000;

/// Results are written down at least this often, so that a crash costs little even where files are slow to read.
const AT_LEAST_EVERY: Duration = Duration::from_secs(2);

/// Entries fetched from the catalogue at once.
const PAGE: usize = 1000;

/// Files handed to the threads ahead of time, each.
const AHEAD: usize = 32;

/// How long to wait for a result before looking whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long a fresh file has to rest before it is looked at again: a little more than what makes it fresh.
const REST: Duration = Duration::from_millis(2050);

/// A file that was looked at.
struct Examined {
    entry: EntryRow,
    outcome: Outcome,
    bytes_read: u64,
}

/// The way to the threads and back. At most `depth` files are on it, and there is room for them, so sending never blocks.
struct Pipes {
    tasks: SyncSender<EntryRow>,
    results: Receiver<Examined>,
    depth: usize,
}

/// How one pass over the files stands.
struct Pass {
    /// The last entry fetched.
    after: i64,
    /// Whether there are more to fetch.
    is_open: bool,
    waiting: VecDeque<EntryRow>,
    in_hand: usize,
    /// Results to be written down.
    done: Vec<Examined>,
    written_at: Instant,
    /// When a fresh file was last met.
    fresh_at: Option<Instant>,
}

impl Pass {
    fn new() -> Self {
        Self {
            after: 0,
            is_open: true,
            waiting: VecDeque::new(),
            in_hand: 0,
            done: Vec::new(),
            written_at: Instant::now(),
            fresh_at: None,
        }
    }

    fn is_over(&self) -> bool {
        !self.is_open && self.waiting.is_empty() && self.in_hand == 0
    }

    fn is_due(&self) -> bool {
        self.done.len() >= AT_ONCE || (!self.done.is_empty() && self.written_at.elapsed() >= AT_LEAST_EVERY)
    }
}

impl Run<'_> {
    /// Reads every file whose content is not known; then once more those that were written to a moment before.
    pub(super) fn identify(&mut self) -> JobResult<()> {
        let location = self.job.location;
        let open = self.ctx.library().catalogue().read(|rows| rows.count_unidentified(location))?;
        let total = self.job.output.identified + open;
        if let Some(fresh_at) = self.pass(total, false)? {
            while fresh_at.elapsed() < REST {
                self.ctx.check_interrupt()?;
                thread::sleep(PATIENCE.min(REST.saturating_sub(fresh_at.elapsed())));
            }
            self.pass(total, true)?;
        }
        Ok(())
    }

    /// One pass. Tells when it last met a fresh file, if it did.
    fn pass(&mut self, total: u64, is_second_look: bool) -> JobResult<Option<Instant>> {
        let (ctx, root) = (self.ctx, self.root);
        let settings = ctx.library().settings();
        let failed = AtomicBool::new(false);
        let stopping = || failed.load(Ordering::Relaxed) || ctx.interrupted().is_some();
        let manner = Manner {
            cas: settings.cas,
            links: Links::of(&self.ctx.library().settings().index),
            is_second_look,
            stopping: &stopping,
        };
        let threads = settings.jobs.worker_count();
        let depth = threads * AHEAD;
        let (tasks, task_out) = sync_channel::<EntryRow>(depth);
        let (result_in, results) = sync_channel::<Examined>(depth);
        let task_out = Mutex::new(task_out);
        thread::scope(|scope| {
            for _ in 0..threads {
                let (result_in, task_out, manner) = (result_in.clone(), &task_out, &manner);
                scope.spawn(move || {
                    let mut examiner = Examiner::default();
                    while let Some(entry) = next(task_out) {
                        let outcome = examiner.examine_guarded(&root.join(&entry.path), manner);
                        if result_in
                            .send(Examined { entry, outcome, bytes_read: examiner.bytes_read })
                            .is_err()
                        {
                            return;
                        }
                    }
                });
            }
            drop(result_in);
            let mut pass = Pass::new();
            let pipes = Pipes { tasks, results, depth };
            let driven = self.drive(&mut pass, &pipes, total);
            failed.store(driven.is_err(), Ordering::Relaxed);
            drop(pipes.tasks);
            // What is done is done, also when the rest is not.
            pipes.results.into_iter().for_each(|examined| self.take_in(&mut pass, examined));
            let written = self.write_down(&mut pass, total);
            driven.and(written).map(|()| pass.fresh_at)
        })
    }

    fn drive(&mut self, pass: &mut Pass, pipes: &Pipes, total: u64) -> JobResult<()> {
        while !pass.is_over() {
            self.ctx.check_interrupt()?;
            if pass.waiting.is_empty() && pass.is_open && self.ctx.waits_for().is_some() {
                self.write_down(pass, total)?; // what is done must not wait
                self.ctx.give_way()?;
            }
            self.hand_out(pass, pipes)?;
            match pipes.results.recv_timeout(PATIENCE) {
                Ok(examined) => {
                    pass.in_hand -= 1;
                    self.take_in(pass, examined);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break, // the threads end after their last task only
            }
            if pass.is_due() {
                self.write_down(pass, total)?;
            }
        }
        self.ctx.check_interrupt()
    }

    /// Keeps the threads busy.
    fn hand_out(&self, pass: &mut Pass, pipes: &Pipes) -> JobResult<()> {
        while pass.in_hand < pipes.depth {
            if pass.waiting.is_empty() && pass.is_open {
                self.fetch(pass)?;
            }
            let Some(entry) = pass.waiting.pop_front() else { break };
            if pipes.tasks.send(entry).is_err() {
                break;
            }
            pass.in_hand += 1;
        }
        Ok(())
    }

    fn fetch(&self, pass: &mut Pass) -> JobResult<()> {
        let (location, after) = (self.job.location, pass.after);
        let page = self.ctx.library().catalogue().read(|rows| rows.unidentified(location, after, PAGE))?;
        pass.is_open = page.len() == PAGE;
        pass.after = page.last().map_or(after, |entry| entry.id);
        pass.waiting.extend(page.into_iter().filter(|entry| paths::is_below(&entry.path, &self.job.scope)));
        Ok(())
    }

    /// Counts what came of a file.
    fn take_in(&mut self, pass: &mut Pass, examined: Examined) {
        self.job.output.bytes_read += examined.bytes_read;
        match &examined.outcome {
            Outcome::Stopped => return,
            Outcome::Fresh => {
                pass.fresh_at = Some(Instant::now());
                return;
            }
            Outcome::Identified { .. } => self.job.output.identified += 1,
            Outcome::Deferred(reason) => self.job.output.defer(reason.word()),
            Outcome::Broken(message) => {
                self.job.output.defer(Deferral::Unreadable.word());
                self.note_error(message.clone());
            }
            Outcome::Gone => self.job.output.gone += 1,
        }
        pass.done.push(examined);
    }

    fn write_down(&mut self, pass: &mut Pass, total: u64) -> JobResult<()> {
        let cas = self.ctx.library().settings().cas;
        // In order of the names: neighbours in the index are written together.
        pass.done.sort_by(|a, b| key(a).cmp(&key(b)));
        self.note_time();
        self.ctx.progress(Progress::count("identify", self.job.output.identified, total));
        self.ctx.commit(&*self.job, |rows| {
            pass.done.iter().try_for_each(|examined| record(rows, cas, &examined.entry, &examined.outcome))
        })?;
        pass.done.clear();
        pass.written_at = Instant::now();
        Ok(())
    }
}

fn next(tasks: &Mutex<Receiver<EntryRow>>) -> Option<EntryRow> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn key(examined: &Examined) -> Option<&str> {
    match &examined.outcome {
        Outcome::Identified { cas_id, .. } => Some(cas_id.as_str()),
        _ => None,
    }
}

fn record(rows: &Writing<'_>, cas: Cas, entry: &EntryRow, outcome: &Outcome) -> Result<()> {
    match outcome {
        Outcome::Identified { stat, cas_id, mime_type } => {
            let content =
                rows.upsert_content(&NewContent { cas_id, size: stat.size, mtime: stat.mtime, mime_type })?;
            if entry.held_before == Some(content) && cas.can_confuse(stat.size) {
                rows.set_stale(content)?;
            }
            rows.identify_entry(entry.id, stat, mime_type, content)
        }
        Outcome::Deferred(reason) => rows.defer_entry(entry.id, reason.word()),
        Outcome::Broken(_) => rows.defer_entry(entry.id, Deferral::Unreadable.word()),
        Outcome::Gone => rows.delete_entry(entry.id),
        Outcome::Fresh | Outcome::Stopped => Ok(()),
    }
}
