//! The workers of this machine: takes one file after another from any number of threads, and never more at a
//! time than there are workers. Knows nothing of what is in the files.

mod child;
mod crew;
mod last_words;
mod oom;
mod starter;
mod turns;
mod verdict;

#[cfg(any(test, fuzzing))]
pub(crate) use child::receive_thumbnails;
#[cfg(any(test, fuzzing))]
pub(crate) use last_words::LastWords;

use crate::{Capabilities, Fault, Limits, Manners, Order, Reason, Rendition};
use crew::Crew;
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat};
use starter::Starter;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io};
use turns::Turns;

/// A worker is replaced after this many files: some decoders leak, and what leaks is gone with the process.
/// A new one costs 4 to 6 ms (measured on two busy cores: examples/overhead): spread over so many
/// files that is about 10 us each, where a photograph takes 40 ms.
const FILES_PER_WORKER: u32 = 500;

/// A worker says hello within milliseconds. This is for a machine that swaps or starts from a sleeping disk.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// How many files are in workers at a time.
    pub workers: usize,
    /// The executables, the preferred first.
    pub executables: Vec<Executable>,
    /// What each file may cost.
    pub limits: Limits,
    /// How much workers yield that do bulk work. What a person waits for has workers of its own, which yield to nobody:
    /// a process that has become nice stays so.
    pub bulk_manners: Manners,
    /// After how many files a worker is replaced.
    pub files_per_worker: u32,
    /// How long a worker may take to say hello.
    pub start_timeout: Duration,
}

impl PoolSettings {
    /// One worker for each processor, and limits that suit photographs.
    pub fn new(executables: Vec<Executable>) -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            executables,
            limits: Limits::default(),
            bulk_manners: Manners::default(),
            files_per_worker: FILES_PER_WORKER,
            start_timeout: START_TIMEOUT,
        }
    }
}

/// One worker executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// Where it is.
    pub path: PathBuf,
    /// What it is known to open before it was ever started, so that files are reported unavailable rather than
    /// unsupported when it cannot start. Empty: it is started once to find out.
    pub mime_types: Vec<String>,
    /// What it is asked for only after others have refused, though it has never run: what they show is cheaper to have.
    pub further_mime_types: Vec<String>,
    /// Whether it is asked for nothing but its MIME types, even when it runs: where the name of a file counts, too.
    pub only_claimed: bool,
    /// What a person does when it is not there; said with every file that is missed for it.
    pub install: String,
}

impl From<PathBuf> for Executable {
    fn from(path: PathBuf) -> Self {
        Self {
            path,
            mime_types: Vec::new(),
            further_mime_types: Vec::new(),
            only_claimed: false,
            install: String::new(),
        }
    }
}

/// Who is served first when workers are scarce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// Background work.
    #[default]
    Bulk,
    /// A person asked for it.
    Asked,
    /// A person is looking at the place where it will appear.
    Visible,
}

/// One file to render.
pub struct Request<'a> {
    /// The source: a regular file, open for reading only.
    pub source: BorrowedFd<'a>,
    /// What the source seems to be, if anybody knows. Only a hint for the choice of the worker.
    pub mime_type: Option<&'a str>,
    /// What is wanted.
    pub order: &'a Order,
    /// Who is served first.
    pub priority: Priority,
    /// Asked some twenty times a second; true ends the work.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Told when its turn has come: what passed before was waiting for other files.
    pub begun: &'a dyn Fn(),
}

/// Why there is no rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderError {
    /// The file or the worker is at fault.
    Fault(Fault),
    /// The caller did not want it any more.
    Cancelled,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for RenderError {}

impl From<Fault> for RenderError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// One executable, and what its workers say of themselves.
#[derive(Debug, Clone)]
pub struct WorkerInfo {
    /// Where it is.
    pub path: PathBuf,
    /// What it can, or why it cannot start.
    pub capabilities: Result<Capabilities, Fault>,
}

/// The workers of this machine.
///
/// Workers start when they are first needed, are kept, and end with the pool.
pub struct Pool {
    // The starter's thread ends with the last crew, after the workers that it is the parent of.
    crews: Vec<Crew>,
    turns: Turns,
}

impl Pool {
    /// A pool without workers yet. Fails only when no thread can be started.
    pub fn start(settings: PoolSettings) -> io::Result<Self> {
        let starter = Arc::new(Starter::new()?);
        let conditions = crew::Conditions {
            limits: settings.limits,
            bulk_manners: settings.bulk_manners,
            files_per_worker: settings.files_per_worker.max(1),
            start_timeout: settings.start_timeout,
        };
        let crews = settings
            .executables
            .into_iter()
            .map(|executable| Crew::new(executable, conditions, Arc::clone(&starter)))
            .collect();
        Ok(Self { crews, turns: Turns::new(settings.workers.max(1)) })
    }

    /// What each executable can do. Starts those that have not been started yet.
    pub fn capabilities(&self) -> Vec<WorkerInfo> {
        self.capabilities_of(&|_| true)
    }

    /// What those executables can do whose path is `wanted`. Starts those of them that have not been started yet.
    pub fn capabilities_of(&self, wanted: &dyn Fn(&Path) -> bool) -> Vec<WorkerInfo> {
        let Ok(_turn) = self.turns.wait(Priority::Visible, &|| false) else { return Vec::new() };
        self.crews
            .iter()
            .filter(|crew| wanted(crew.path()))
            .map(|crew| WorkerInfo {
                path: crew.path().to_owned(),
                capabilities: crew.capabilities(&|| false).map(|known| (*known).clone()).map_err(|error| {
                    match error {
                        RenderError::Fault(fault) => fault,
                        RenderError::Cancelled => Reason::Unavailable.says("cancelled"),
                    }
                }),
            })
            .collect()
    }

    /// One file in, its thumbnails out. Waits until it is this file's turn and then until a worker is done with it.
    pub fn render(&self, request: &Request<'_>) -> Result<Rendition, RenderError> {
        check_source(request.source)?;
        let _turn = self.turns.wait(request.priority, request.cancelled)?;
        (request.begun)();
        let mut refused: Option<Fault> = None;
        for crew in self.route(request) {
            match crew.render(request) {
                Err(RenderError::Fault(fault)) if fault.is_refusal(request.order) => {
                    refused = Some(match refused.take() {
                        Some(before) => before.or_better(fault),
                        None => fault,
                    });
                }
                Ok(rendition) if rendition.facts.stopgap => {
                    return self.better_than(rendition, crew, request);
                }
                other => return other,
            }
        }
        Err(refused.unwrap_or_else(|| Reason::Unavailable.says("there is no worker executable")).into())
    }

    /// What another crew makes of a file of which `by` could show something small only. It is asked by what the file
    /// turned out to be. If it fails, in whatever way, the small picture is one; only who cancels gets none.
    fn better_than(
        &self,
        stopgap: Rendition,
        by: &Crew,
        request: &Request<'_>,
    ) -> Result<Rendition, RenderError> {
        let others = self.crews.iter().filter(|crew| crew.path() != by.path());
        for crew in others.filter(|crew| crew.claims(Some(&stopgap.facts.mime_type), request.cancelled)) {
            match crew.render(request) {
                Ok(better) if !better.facts.stopgap => return Ok(better),
                Err(RenderError::Cancelled) => return Err(RenderError::Cancelled),
                Ok(_) | Err(RenderError::Fault(_)) => {}
            }
        }
        Ok(stopgap)
    }

    /// Which crews to ask, one after the other: those that claim the type, then the first, which opens nearly
    /// everything, then the others, for hints can be wrong and content decides. What nobody opens costs every crew a
    /// look at its head (0.1 ms, measured: examples/overhead), what somebody opens costs one try. Of the others only
    /// those that run are asked: what is not there is missed for what it claims and for nothing else.
    fn route(&self, request: &Request<'_>) -> impl Iterator<Item = &Crew> {
        let rank = |(place, crew): (usize, &Crew)| match place {
            _ if crew.claims(request.mime_type, request.cancelled) => Rank::Claims,
            0 => Rank::First,
            _ if crew.is_further_for(request.mime_type) => Rank::Further,
            _ if crew.is_only_claimed() => Rank::Never,
            _ => Rank::Other,
        };
        let mut ranked: Vec<_> = self.crews.iter().enumerate().map(|crew| (rank(crew), crew.1)).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let asked = |rank, crew: &Crew| match rank {
            Rank::Claims | Rank::First | Rank::Further => true,
            Rank::Other => crew.has_run(),
            Rank::Never => false,
        };
        ranked.into_iter().filter(move |(rank, crew)| asked(*rank, crew)).map(|(_, crew)| crew)
    }
}

/// Who is asked before whom.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Opens what the file seems to be.
    Claims,
    /// The first executable, which opens nearly everything.
    First,
    /// Makes something of what the others refuse.
    Further,
    /// Opens something else.
    Other,
    /// Opens something else, and is not to open this.
    Never,
}

/// A worker that got hold of a descriptor open for writing, or of a folder, could do harm with it where the jail
/// is weak.
fn check_source(source: BorrowedFd<'_>) -> Result<(), Fault> {
    let io_fault = |error| Reason::Io.says(format!("examine the source: {error}"));
    let stat = fstat(source).map_err(io_fault)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Reason::Io.says("the source is not a regular file"));
    }
    let flags = fcntl_getfl(source).map_err(io_fault)?;
    if flags & OFlags::ACCMODE != OFlags::RDONLY {
        return Err(Reason::Io.says("the source is open for writing"));
    }
    Ok(())
}

/// A thread that panicked while it held one of the pool's locks leaves nothing half done behind them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
