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

/// Files go to the threads and back in chunks of so many, or of so many bytes if they are large: to wake a thread costs
/// as much as to name a small file, but nobody shall idle while another has a queue of films.
const CHUNK_FILES: usize = 64;
const CHUNK_BYTES: u64 = 1024 * 1024;

/// Chunks on their way, for each thread: of small files so many that all threads stay busy while results are written.
const AHEAD: usize = 16;

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

/// The way to the threads and back. At most `depth` chunks are on it, and there is room for them, so sending never blocks.
struct Pipes {
    tasks: SyncSender<Vec<EntryRow>>,
    results: Receiver<Vec<Examined>>,
    depth: usize,
}

/// How one pass over the files stands.
struct Pass {
    /// The last entry fetched.
    after: i64,
    /// Whether there are more to fetch.
    is_open: bool,
    waiting: VecDeque<EntryRow>,
    /// Chunks.
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
        let (tasks, task_out) = sync_channel::<Vec<EntryRow>>(depth);
        let (result_in, results) = sync_channel::<Vec<Examined>>(depth);
        let task_out = Mutex::new(task_out);
        thread::scope(|scope| {
            for _ in 0..threads {
                let (result_in, task_out, manner) = (result_in.clone(), &task_out, &manner);
                scope.spawn(move || {
                    let mut examiner = Examiner::default();
                    while let Some(chunk) = next(task_out) {
                        let examine = |entry: EntryRow| {
                            let outcome = examiner.examine_guarded(&root.join(&entry.path), manner);
                            Examined { entry, outcome, bytes_read: examiner.bytes_read }
                        };
                        if result_in.send(chunk.into_iter().map(examine).collect()).is_err() {
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
            pipes.results.into_iter().flatten().for_each(|examined| self.take_in(&mut pass, examined));
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
                Ok(chunk) => {
                    pass.in_hand -= 1;
                    for examined in chunk {
                        self.take_in(pass, examined);
                    }
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
            while pass.waiting.is_empty() && pass.is_open {
                self.ctx.check_interrupt()?;
                self.fetch(pass)?;
            }
            let chunk = chunk(&mut pass.waiting);
            if chunk.is_empty() || pipes.tasks.send(chunk).is_err() {
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
        self.ctx.check_room()?;
        self.ctx.commit(&*self.job, |rows| {
            pass.done.iter().try_for_each(|examined| record(rows, cas, &examined.entry, &examined.outcome))
        })?;
        pass.done.clear();
        pass.written_at = Instant::now();
        Ok(())
    }
}

/// The next files for one thread.
fn chunk(waiting: &mut VecDeque<EntryRow>) -> Vec<EntryRow> {
    let mut chunk = Vec::new();
    let mut bytes = 0;
    while chunk.len() < CHUNK_FILES && bytes < CHUNK_BYTES {
        let Some(entry) = waiting.pop_front() else { break };
        bytes += entry.stat.size;
        chunk.push(entry);
    }
    chunk
}

fn next(tasks: &Mutex<Receiver<Vec<EntryRow>>>) -> Option<Vec<EntryRow>> {
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
