//! The one process that runs a library's jobs: takes the lock, picks what is next, obeys requests, writes the end down.
//! Knows nothing of what jobs do.

use super::context::ContextInner;
use super::queue::{end_children, obey, release_children};
use super::registry::Runnable;
use super::{Interrupt, JobError, JobId, JobResult, JobStatus, Priority};
use crate::catalogue::{JobRow, Writing};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::library::Library;
use std::{
    collections::BTreeMap,
    fs::{File, TryLockError},
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

/// What is said of a job that does not resume.
const CUT_OFF: &str = "its process ended, and this kind of job cannot go on where it was";

/// How often the runner looks for new jobs and requests of other processes. Pause and cancel must act within a second.
const TICK: Duration = Duration::from_millis(100);

/// The right to run a library's jobs. Given back when dropped, or by the system when the process dies.
pub(crate) struct RunnerLock(#[expect(dead_code, reason = "held for its lock")] File);

impl RunnerLock {
    /// Takes the lock if nobody has it.
    pub(crate) fn try_take(root: &Path) -> Result<Option<Self>> {
        let path = root.join("runner.lock");
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            // Who may only read can hold it too, if it is there, and does no harm with it.
            .or_else(|error| File::open(&path).map_err(|_| error))
            .map_err(Error::io("open", &path))?;
        match file.try_lock().or_else(|error| once_more(&file, error)) {
            Ok(()) => {
                // For people who wonder who has it; nothing reads it, so a failure to write does not matter.
                let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
                Ok(Some(Self(file)))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
        }
    }
}

/// Somebody may only have looked whether the lock is free, for less than a millisecond.
fn once_more(file: &File, error: TryLockError) -> Result<(), TryLockError> {
    match error {
        TryLockError::WouldBlock => {
            std::thread::sleep(Duration::from_millis(20));
            file.try_lock()
        }
        TryLockError::Error(_) => Err(error),
    }
}

/// How a running job is told to stop, and tells that it only waits.
#[derive(Default)]
pub(crate) struct Control {
    interrupt: AtomicU8,
    parked: AtomicBool,
    hurried: AtomicBool,
}

impl Control {
    pub(crate) fn interrupt(&self) -> Option<Interrupt> {
        match self.interrupt.load(Ordering::Relaxed) {
            1 => Some(Interrupt::Pause),
            2 => Some(Interrupt::Cancel),
            3 => Some(Interrupt::Shutdown),
            _ => None,
        }
    }

    pub(crate) fn set(&self, interrupt: Interrupt) {
        let number = match interrupt {
            Interrupt::Pause => 1,
            Interrupt::Cancel => 2,
            Interrupt::Shutdown => 3,
        };
        self.interrupt.store(number, Ordering::Relaxed);
    }

    /// Whether somebody wanted it at once after it had begun as bulk work.
    pub(crate) fn is_hurried(&self) -> bool {
        self.hurried.load(Ordering::Relaxed)
    }

    /// A job that waits for its children leaves its turn to them.
    pub(crate) fn set_parked(&self, parked: bool) {
        self.parked.store(parked, Ordering::Relaxed);
    }
}

enum Event {
    Finished(JobId, JobResult<String>),
    Stop,
}

/// The running of a library's jobs in this process. Dropping it stops them: they go on with the next runner.
pub struct Runner {
    events: SyncSender<Event>,
    stuck: Stuck,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    pub(crate) fn start(library: Library, lock: RunnerLock) -> Result<Self> {
        recover(&library)?;
        crate::thumbnail_job::sweep_staging(&library)?;
        // Room for an event of every lane and a stop; senders wait when it is full.
        let (events, inbox) = sync_channel(8);
        let stuck = Stuck::default();
        let turns = Turns {
            library,
            events: events.clone(),
            running: BTreeMap::new(),
            unrecorded: Vec::new(),
            stuck: stuck.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("runner".to_owned())
            .spawn(move || {
                turns.run(&inbox);
                drop(lock);
            })
            .map_err(Error::io("start", "the runner's thread"))?;
        Ok(Self { events, stuck, thread: Some(thread) })
    }

    /// Why the end of a job cannot be written down, if that is so: the disk is full, or the database is damaged. Its row
    /// says that it runs; the next runner goes on with it.
    pub fn stuck(&self) -> Option<String> {
        lock(&self.stuck).clone()
    }

    /// Interrupts every job, waits until they have written their checkpoints, and gives the lock back.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Stop); // fails only when the thread has ended
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Puts jobs whose process died back in the queue, and carries out what was asked of them meanwhile.
/// Only for the holder of the lock.
pub(crate) fn recover(library: &Library) -> Result<()> {
    library.catalogue().write(|rows| {
        for row in rows.jobs_in(&[JobStatus::Running])? {
            let resumable = library.registry().kind(&row.name).is_none_or(|kind| kind.resumable);
            match row.requested {
                Some(interrupt) => obey(rows, row.id, interrupt)?,
                None if resumable => obey(rows, row.id, Interrupt::Shutdown)?,
                None => fail(rows, row.id, CUT_OFF)?,
            }
        }
        Ok(())
    })
}

/// What somebody wants a running job to do.
fn asked(rows: &Writing<'_>, id: JobId) -> Result<Option<Interrupt>> {
    Ok(rows.job(id)?.and_then(|row| row.requested))
}

fn fail(rows: &Writing<'_>, id: JobId, why: &str) -> Result<()> {
    rows.set_job_status(id, JobStatus::Failed, Some(why), now_ms())?;
    end_children(rows, id, &format!("skipped: job {id} failed: {why}"))
}

struct RunningJob {
    priority: Priority,
    control: Arc<Control>,
}

/// Why the end of a job cannot be written down, told once and for whoever waits for that job.
type Stuck = Arc<Mutex<Option<String>>>;

/// The runner's own state: who runs, and whose end is still to be written down.
struct Turns {
    library: Library,
    events: SyncSender<Event>,
    running: BTreeMap<JobId, RunningJob>,
    unrecorded: Vec<(JobId, JobResult<String>)>,
    stuck: Stuck,
}

impl Turns {
    fn run(mut self, inbox: &Receiver<Event>) {
        let mut stopping = false;
        loop {
            match inbox.recv_timeout(TICK) {
                Ok(Event::Finished(id, outcome)) => self.unrecorded.push((id, outcome)),
                Ok(Event::Stop) => stopping = true,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let ended = std::mem::take(&mut self.unrecorded);
            for (id, outcome) in ended {
                self.record_end(id, outcome);
            }
            if stopping {
                self.running.values().for_each(|job| job.control.set(Interrupt::Shutdown));
                if self.only_unrecorded() {
                    return;
                }
            } else if let Err(error) = self.take_turns() {
                tracing::error!(%error, "the queue of jobs could not be read; trying again");
            }
        }
    }

    /// Whether every job has ended, though perhaps not in the catalogue: then the next runner recovers it.
    fn only_unrecorded(&self) -> bool {
        self.running.keys().all(|id| self.unrecorded.iter().any(|(ended, _)| ended == id))
    }

    /// One look at the queue: obey what was asked, start what is next.
    fn take_turns(&mut self) -> Result<()> {
        for (id, interrupt) in self.library.catalogue().read(|rows| rows.jobs_requested())? {
            if let Some(job) = self.running.get(&id) {
                job.control.set(interrupt);
            }
        }
        for (id, job) in self.running.iter().filter(|(_, job)| job.priority == Priority::Bulk) {
            let row = self.library.catalogue().read(|rows| rows.job(*id))?;
            let hurried = row.is_some_and(|row| row.priority != Priority::Bulk);
            job.control.hurried.store(hurried, Ordering::Relaxed);
        }
        for priority in Priority::ALL {
            if self.turn_is_free(priority) {
                let next = self.library.catalogue().read(|rows| rows.next_queued(priority))?;
                if let Some(row) = next {
                    self.begin(&row)?;
                }
            }
        }
        Ok(())
    }

    /// One job of each priority runs at a time, so that what somebody looks at never waits for bulk work.
    fn turn_is_free(&self, priority: Priority) -> bool {
        !self
            .running
            .values()
            .any(|job| job.priority == priority && !job.control.parked.load(Ordering::Relaxed))
    }

    fn begin(&mut self, row: &JobRow) -> Result<()> {
        let loaded = match self.library.registry().kind(&row.name) {
            Some(kind) => kind.load(row.version, &row.state),
            None => Err(format!("this program does not know jobs called {:?}", row.name)),
        };
        let catalogue = self.library.catalogue();
        catalogue.write(|rows| rows.set_job_status(row.id, JobStatus::Running, None, now_ms()))?;
        match loaded {
            Ok(job) => self.spawn(row, job),
            Err(why) => catalogue.write(|rows| fail(rows, row.id, &why)),
        }
    }

    fn spawn(&mut self, row: &JobRow, mut job: Box<dyn Runnable>) -> Result<()> {
        let (id, events, control) = (row.id, self.events.clone(), Arc::new(Control::default()));
        let context = ContextInner::new(row, self.library.clone(), control.clone());
        std::thread::Builder::new()
            .name(format!("job-{id}"))
            .spawn(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| block_on(job.as_mut(), &context)));
                let outcome = outcome.unwrap_or_else(|panic| Err(JobError::Failed(words_of(&*panic))));
                let _ = events.send(Event::Finished(id, outcome)); // the runner outlives its jobs
            })
            .map_err(Error::io("start", format!("a thread for job {id}")))?;
        self.running.insert(id, RunningJob { priority: row.priority, control });
        Ok(())
    }

    /// Says once why the end of a job cannot be written down. Whoever holds the database lets go of it in the end.
    fn is_stuck(&self, id: JobId, outcome: &JobResult<String>, error: &Error) {
        let why = match outcome {
            Err(outcome) => format!("{outcome}; nor can that be written down: {error}"),
            Ok(_) => format!("its end cannot be written down: {error}"),
        };
        if error.is_locked() {
            tracing::warn!(job = id.0, "waiting: {error}");
        } else {
            *lock(&self.stuck) = Some(format!("job {id} cannot go on: {why}"));
        }
    }

    /// Writes the end of a job down; kept for the next tick when the catalogue cannot be written now.
    fn record_end(&mut self, id: JobId, outcome: JobResult<String>) {
        let written = self.library.catalogue().write(|rows| match &outcome {
            Ok(output) => {
                rows.save_job_output(id, output)?;
                rows.set_job_status(id, JobStatus::Completed, None, now_ms())?;
                release_children(rows, id)
            }
            // What the row says now, not what the handler was told: meanwhile a pause may have been taken back, or a
            // cancel have come. Nothing asked means that the process is leaving, or that somebody held the database, who
            // has let go of it when this is written.
            Err(JobError::Interrupted(_) | JobError::Locked(_)) => {
                obey(rows, id, asked(rows, id)?.unwrap_or(Interrupt::Shutdown))
            }
            Err(JobError::Blocked(why)) => match asked(rows, id)? {
                Some(Interrupt::Cancel) => obey(rows, id, Interrupt::Cancel),
                _ => rows.set_job_status(id, JobStatus::Paused, Some(why), now_ms()),
            },
            Err(error @ (JobError::Failed(_) | JobError::Library(_))) => fail(rows, id, &error.to_string()),
        });
        match written {
            Ok(()) => {
                *lock(&self.stuck) = None;
                drop(self.running.remove(&id));
            }
            Err(error) => {
                self.is_stuck(id, &outcome, &error);
                self.unrecorded.push((id, outcome));
            }
        }
    }
}

fn lock(stuck: &Stuck) -> std::sync::MutexGuard<'_, Option<String>> {
    stuck.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Each job has a thread and a small runtime of its own, so that handlers may block.
fn block_on(job: &mut dyn Runnable, context: &ContextInner) -> JobResult<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| JobError::Failed(format!("no runtime: {error}")))?;
    runtime.block_on(job.run(context.context()))
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the job panicked: {}", words.unwrap_or_else(|| "no words".to_owned()))
}
