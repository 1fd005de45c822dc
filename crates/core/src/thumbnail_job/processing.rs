//! The middle of the job: feeds contents to render threads, takes their outcomes in, records them batch by batch.
//! Knows threads and channels; what is decided and what is recorded is elsewhere.

use super::ThumbnailJob;
use super::batch::{Again, Batch};
use super::feed::{Fed, Feed};
use super::plan::Recipe;
use super::publishing::Publisher;
use super::render_file::{Bench, Finished, Task};
use super::selection::Selection;
use crate::jobs::{Interrupt, JobContext, JobError, JobResult, Progress};
use crate::source_file::Links;
use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// After a pause is asked for, files in hand have this long to finish before they are dropped:
/// a pause must act within a second, and most files take a tenth of that.
const GRACE: Duration = Duration::from_millis(500);

/// How long the loop waits for an outcome before it looks round.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The way to the render threads and back. Both are bounded; `depth` tasks fit, so sending one never blocks.
struct Pipes {
    tasks: SyncSender<Task>,
    done: Receiver<Finished>,
    depth: usize,
}

/// One run of the loop: what feeds it, what is in the pipes, what waits to be published, what is being published.
struct Drive<'a> {
    ctx: &'a JobContext<'a>,
    recipe: &'a Recipe,
    pipes: Pipes,
    in_pipes: usize,
    feed: Feed<'a>,
    batch: Batch,
    batch_size: usize,
    publisher: Publisher,
    /// When the loop last came round.
    lap: Instant,
}

impl ThumbnailJob {
    /// Every content of the selection, then those whose retry has become due, until none is left.
    pub(super) fn processing(
        &mut self,
        ctx: &JobContext<'_>,
        recipe: &Recipe,
        selection: &Selection,
    ) -> JobResult<()> {
        let library = ctx.library();
        let renderer = library.renderer()?;
        let (failed, since) = (AtomicBool::new(false), OnceLock::new());
        let stopping = || failed.load(Ordering::Relaxed) || ctx.interrupted().is_some();
        let cancelled = || {
            failed.load(Ordering::Relaxed)
                || (ctx.interrupted().is_some() && since.get_or_init(Instant::now).elapsed() >= GRACE)
        };
        let waiting = || ctx.waits_for().is_some();
        let bench = Bench {
            job: ctx.id().0,
            recipe,
            renderer: &**renderer,
            library,
            links: Links::of(&library.settings().index),
            priority: ctx.priority(),
            failed: &failed,
            waiting: &waiting,
            stopping: &stopping,
            cancelled: &cancelled,
        };
        let batch_size = self.batch_size.unwrap_or(library.settings().jobs.batch_size) as usize;
        // Each has one file in hand until that is noted: so many files a kill costs, and no more.
        let threads = renderer.capacity();
        // A batch and more ahead, so that workers stay busy while a batch is recorded.
        let depth = batch_size + 2 * threads;
        let (tasks, task_out) = sync_channel::<Task>(depth);
        let (done_in, done) = sync_channel::<Finished>(depth);
        let task_out = Mutex::new(task_out);
        thread::scope(|scope| {
            for _ in 0..threads {
                let (done_in, task_out, bench) = (done_in.clone(), &task_out, &bench);
                scope.spawn(move || render_loop(bench, task_out, &done_in));
            }
            drop(done_in);
            let mut feed = Feed::new(selection, recipe, self.checkpoint.cursor.clone());
            library.catalogue().read(|rows| feed.remember_retries(rows))?;
            let pipes = Pipes { tasks, done, depth };
            let publisher = Publisher::start(scope, library.store());
            let batch = Batch::default();
            let lap = Instant::now();
            let mut drive =
                Drive { ctx, recipe, pipes, in_pipes: 0, feed, batch, batch_size, publisher, lap };
            let ended = drive.run(self);
            failed.store(ended.is_err(), Ordering::Relaxed);
            ended
        })
    }

    /// How far the job is. What waits to be recorded counts as done, or a slow job would seem to stand still.
    fn shown(&self, waiting: &[&Batch]) -> Progress {
        let waiting: usize = waiting.iter().map(|batch| batch.len()).sum();
        let done = self.checkpoint.counters.done() + waiting as u64;
        let mut progress = Progress::count("processing", done, self.checkpoint.total.max(done));
        let Some(run) = &self.checkpoint.this_run else { return progress };
        let elapsed = run.at.elapsed().saturating_sub(run.waited).as_secs_f64();
        if done > run.done && elapsed > 0.0 {
            progress.rate = Some((done - run.done) as f64 / elapsed);
        }
        progress.eta_s = self.seconds_left();
        progress
    }
}

impl Drive<'_> {
    /// Keeps the pipes full until everything is recorded.
    fn run(&mut self, job: &mut ThumbnailJob) -> JobResult<()> {
        loop {
            let interrupt = self.ctx.interrupted();
            if interrupt.is_none() {
                self.fill(job)?;
            }
            self.take_in_one(job)?;
            self.record_published(job)?;
            let no_more = self.in_pipes == 0 && (interrupt.is_some() || self.feed.is_done());
            if self.publisher.is_idle()
                && (self.batch.is_due(self.batch_size) || no_more && !self.batch.is_empty())
            {
                self.publisher.publish(std::mem::take(&mut self.batch))?;
            }
            self.tell(job);
            if !no_more || !self.batch.is_empty() || !self.publisher.is_idle() {
                continue;
            }
            match interrupt {
                Some(interrupt) => return self.leave(job, interrupt),
                None if !self.feed.look_again(self.ctx)? => return Ok(()),
                None => {}
            }
        }
    }

    /// Says how far the job is, or what it waits for. Time that it waits is not time that it takes.
    fn tell(&mut self, job: &mut ThumbnailJob) {
        let lap = std::mem::replace(&mut self.lap, Instant::now()).elapsed();
        let unrecorded: Vec<&Batch> = self.publisher.in_hand().into_iter().chain([&self.batch]).collect();
        let shown = job.shown(&unrecorded);
        let Some(why) = self.ctx.waits_for() else {
            if self.in_pipes > 0 {
                job.note_work(lap); // and not while it waits for a retry
            }
            self.ctx.progress(shown);
            return;
        };
        job.note_wait(lap);
        self.ctx.progress(shown.waiting_for(&why));
    }

    /// Writes the rows of a batch once its files are durable.
    fn record_published(&mut self, job: &mut ThumbnailJob) -> JobResult<()> {
        let wait = if self.in_pipes == 0 { LOOK_EVERY } else { Duration::ZERO };
        if let Some(batch) = self.publisher.published(wait)? {
            job.record(self.ctx, self.recipe, &mut self.feed, &batch)?;
            job.keep_rates_if_due(self.ctx.library())?;
            // Only now: a retry that came before its failure is recorded would look like a first attempt.
            batch.retries().for_each(|(at, content)| self.feed.retry_at(at, content));
        }
        Ok(())
    }

    /// Sends tasks until the pipe is full, too much waits to be published, or there are none.
    fn fill(&mut self, job: &mut ThumbnailJob) -> JobResult<()> {
        while self.in_pipes < self.pipes.depth && !self.batch.is_full(self.batch_size) {
            match self.feed.next(self.ctx)? {
                Fed::Task(task) => {
                    self.pipes.tasks.send(*task).map_err(|_| threads_ended())?;
                    self.in_pipes += 1;
                }
                Fed::Settled { content, sequence, given_up } => {
                    job.note_done(&content);
                    self.batch.settle(&content, sequence, given_up);
                }
                Fed::Nothing => break,
            }
        }
        Ok(())
    }

    /// Waits a moment for an outcome and takes it in.
    fn take_in_one(&mut self, job: &mut ThumbnailJob) -> JobResult<()> {
        if self.in_pipes == 0 {
            if self.publisher.is_idle() && !self.feed.is_done() {
                thread::sleep(LOOK_EVERY); // for a retry to become due
            }
            return Ok(());
        }
        let finished = match self.pipes.done.recv_timeout(LOOK_EVERY) {
            Ok(finished) => finished,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => return Err(threads_ended()),
        };
        self.in_pipes -= 1;
        match job.take_in(self.ctx, &mut self.batch, finished)? {
            Again::Now(task) => self.feed.again(*task),
            Again::Passed(sequence) => self.feed.done_with(sequence),
            Again::No => {}
        }
        Ok(())
    }

    fn leave(&self, job: &mut ThumbnailJob, interrupt: Interrupt) -> JobResult<()> {
        job.keep_rates(self.ctx.library())?;
        job.at_checkpoint(self.feed.checkpoint());
        self.ctx.checkpoint(job)?;
        Err(JobError::Interrupted(interrupt))
    }
}

/// One render thread: takes tasks to their outcomes until there are none.
fn render_loop(bench: &Bench<'_>, tasks: &Mutex<Receiver<Task>>, done: &SyncSender<Finished>) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        if done.send(bench.work(task)).is_err() {
            return;
        }
    }
}

fn threads_ended() -> JobError {
    JobError::Failed("the render threads ended before their work did".to_owned())
}
