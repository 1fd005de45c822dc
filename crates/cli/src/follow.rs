//! Run or follow: until the jobs one waits for are over, by this process or by whichever runs them.
//! Knows who runs and what to show; nothing of what the jobs do.

use crate::{
    bar::Bar,
    session::{Exit, Session},
};
use anyhow::Result;
use std::{
    thread,
    time::{Duration, Instant},
};
use tintype_core::{
    Library,
    jobs::{JobHandle, JobId, JobStatus, JobUpdate, Running},
};

/// How often one looks: as often as the catalogue is told.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often one tries to take over from the process that runs the jobs, in case it has ended.
const TAKE_OVER_EVERY: Duration = Duration::from_millis(500);

/// How the waiting ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Every job completed.
    Completed,
    /// This one neither runs nor is over.
    Paused(JobUpdate),
    /// This one failed or was cancelled.
    Unsuccessful(JobUpdate),
    /// Nobody can write down how the jobs stand, for this reason.
    Stuck(String),
    /// Somebody stopped this process, which ran the jobs or only followed them.
    Interrupted { ran: bool },
}

impl Ended {
    /// Says how it ended when it was not as wished; `Ok` when every job completed.
    pub(crate) fn told(self, session: &Session) -> Result<(), Exit> {
        let (words, exit) = match self {
            Self::Completed => return Ok(()),
            Self::Stuck(why) => (why, Exit::Unsuccessful),
            Self::Interrupted { ran: true } => (
                "interrupted; what is unfinished goes on with the next run: `tintype jobs resume --all`"
                    .to_owned(),
                Exit::Interrupted,
            ),
            Self::Interrupted { ran: false } => {
                ("no longer following; the jobs go on in the other process".to_owned(), Exit::Interrupted)
            }
            Self::Paused(job) => match &job.error {
                Some(why) => (
                    format!("job {0} cannot go on: {why} (`tintype jobs resume {0}`)", job.id),
                    Exit::Unsuccessful,
                ),
                None => (
                    format!("job {0} is paused; `tintype jobs resume {0}` lets it go on", job.id),
                    Exit::DONE,
                ),
            },
            Self::Unsuccessful(job) => {
                let why = job.error.as_deref().unwrap_or("no reason given");
                let words = match job.status {
                    JobStatus::Cancelled => {
                        format!("job {0} was cancelled; `tintype jobs retry {0}` goes on", job.id)
                    }
                    _ => format!("job {0} failed: {why}; `tintype jobs retry {0}` tries again", job.id),
                };
                (words, Exit::Unsuccessful)
            }
        };
        match exit {
            Exit::Unsuccessful => session.out.error(&anyhow::anyhow!(words)),
            Exit::Done { .. } | Exit::Interrupted => session.out.note(&words),
        }
        Err(exit)
    }
}

/// Waits until all of `jobs` are over. Runs the library's jobs meanwhile unless another process does; when that one
/// ends, this one takes over.
pub(crate) fn run_or_follow(session: &Session, library: &Library, jobs: &[JobHandle]) -> Result<Ended> {
    let _graceful = session.stop.gracefully();
    let jobs = with_parents(library, jobs)?;
    let mut turn = Turn::take(library)?;
    if !turn.is_mine() {
        session.out.note("another tintype runs this library's jobs; following it");
    }
    let bar = Bar::new(&session.out);
    loop {
        if session.stop.asked() {
            let ran = turn.is_mine();
            drop(bar);
            drop(turn); // stops the runner, which writes its checkpoints
            return Ok(Ended::Interrupted { ran });
        }
        if let Some(why) = turn.stuck() {
            return Ok(Ended::Stuck(why));
        }
        let mut updates = Vec::with_capacity(jobs.len());
        for job in &jobs {
            updates.push(job.look()?);
        }
        if let Some(ended) = ended(&updates) {
            return Ok(ended);
        }
        if let Some(current) = current(&updates) {
            bar.show(current);
        }
        turn.try_to_take(library)?;
        thread::sleep(LOOK_EVERY);
    }
}

/// Whether the waiting is over, and how: it goes on while anything can still be done.
fn ended(updates: &[JobUpdate]) -> Option<Ended> {
    use JobStatus::{Cancelled, Completed, Failed, Paused, Queued, Running};
    if updates.iter().any(|job| matches!(job.status, Running | Queued)) {
        return None;
    }
    let first = |wanted: JobStatus| updates.iter().find(|job| job.status == wanted).cloned();
    if let Some(job) = first(Failed).or_else(|| first(Cancelled)) {
        return Some(Ended::Unsuccessful(job));
    }
    if let Some(job) = first(Paused) {
        return Some(Ended::Paused(job));
    }
    updates.iter().all(|job| job.status == Completed).then_some(Ended::Completed)
}

/// The job to show: one that runs, else the first that is not over.
fn current(updates: &[JobUpdate]) -> Option<&JobUpdate> {
    let running = updates.iter().find(|job| job.status == JobStatus::Running);
    running.or_else(|| updates.iter().find(|job| !job.status.is_over()))
}

/// The jobs and what they wait for, parents first.
fn with_parents(library: &Library, jobs: &[JobHandle]) -> Result<Vec<JobHandle>> {
    let mut all: Vec<JobHandle> = Vec::new();
    for job in jobs {
        let mut chain = vec![job.clone()];
        while let Some(parent) = chain.last().map(JobHandle::look).transpose()?.and_then(|job| job.parent_id)
        {
            let parent = library.jobs().handle(JobId(parent))?;
            if parent.status()?.is_over() {
                break;
            }
            chain.push(parent);
        }
        for handle in chain.into_iter().rev() {
            if all.iter().all(|known| known.id() != handle.id()) {
                all.push(handle);
            }
        }
    }
    Ok(all)
}

/// The right to run the library's jobs, or the wish for it.
struct Turn {
    running: Running,
    tried: Instant,
}

impl Turn {
    fn take(library: &Library) -> Result<Self> {
        Ok(Self { running: library.jobs().start()?, tried: Instant::now() })
    }

    fn stuck(&self) -> Option<String> {
        match &self.running {
            Running::Here(runner) => runner.stuck(),
            Running::Elsewhere => None,
        }
    }

    fn is_mine(&self) -> bool {
        matches!(self.running, Running::Here(_))
    }

    fn try_to_take(&mut self, library: &Library) -> Result<()> {
        if !self.is_mine() && self.tried.elapsed() >= TAKE_OVER_EVERY {
            *self = Self::take(library)?;
        }
        Ok(())
    }
}

/// Runs jobs until none is left that could run: what `--detach` leaves behind.
pub(crate) fn run_all(session: &Session, library: &Library) -> Result<Exit> {
    let _graceful = session.stop.gracefully();
    let mut turn = Turn::take(library)?;
    loop {
        let left = library.jobs().open()?;
        if session.stop.asked() {
            return Ok(Exit::Interrupted);
        }
        if turn.stuck().is_some() {
            return Ok(Exit::Unsuccessful);
        }
        if !left.iter().any(|job| matches!(job.status, JobStatus::Running | JobStatus::Queued)) {
            return Ok(Exit::DONE);
        }
        turn.try_to_take(library)?;
        thread::sleep(LOOK_EVERY);
    }
}

/// Shows a job until it is over or paused, without running anything.
pub(crate) fn watch(
    session: &Session,
    job: &JobHandle,
    mut tell: impl FnMut(&JobUpdate) -> Result<()>,
) -> Result<Exit> {
    let _graceful = session.stop.gracefully();
    let bar = Bar::new(&session.out);
    let mut seen = None;
    while !session.stop.asked() {
        let update = job.look()?;
        bar.show(&update);
        let over = update.status.is_over() || update.status == JobStatus::Paused;
        if seen.as_ref() != Some(&update) {
            tell(&update)?;
            seen = Some(update);
        }
        if over {
            return Ok(Exit::DONE);
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(Exit::Interrupted)
}
