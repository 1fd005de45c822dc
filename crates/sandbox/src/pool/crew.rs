//! The workers of one executable: started when needed, kept, replaced.
//! Knows nothing of turns: whoever comes has one, so there are never more workers than turns.

use super::child::{Watch, Worker};
use super::oom::OomKills;
use super::starter::Starter;
use super::verdict::{Death, End};
use super::{Executable, Priority, RenderError, Request, lock};
use crate::limits::Terms;
use crate::protocol::MAX_ORDER;
use crate::{Capabilities, Fault, Limits, Manners, PROTOCOL_VERSION, Reason, Rendition, frame};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What is waited before each attempt to start a worker: what made the first fail (no memory, no process
/// number) is often over in a moment.
const BEFORE_EACH_START: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(250)];

/// After that many vain attempts an executable is left alone for so long: everybody who comes meanwhile is told
/// the same at once. Short enough that a person who installs what was missing need not restart anything.
const REST: Duration = Duration::from_secs(5);

/// How often a worker that somebody killed from outside is replaced for the same file before the file is told to have
/// failed: a person who cleans up, or a guard against low memory that is not the kernel, which comes again.
const FORGIVEN: u32 = 2;

/// Under what conditions workers work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conditions {
    pub(super) limits: Limits,
    pub(super) bulk_manners: Manners,
    pub(super) files_per_worker: u32,
    pub(super) start_timeout: Duration,
}

/// The workers of one executable.
pub(super) struct Crew {
    executable: Executable,
    conditions: Conditions,
    starter: Arc<Starter>,
    oom_kills: OomKills,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last one used is used next: its caches are warm.
    idle: Vec<Worker>,
    /// What the first worker said of itself.
    known: Option<Arc<Capabilities>>,
    /// Why none can be started, until when.
    resting: Option<(Instant, Fault)>,
}

impl Conditions {
    /// How a worker for this priority behaves.
    fn manners(&self, priority: Priority) -> Manners {
        match priority {
            Priority::Bulk => self.bulk_manners,
            Priority::Asked | Priority::Visible => Manners::default(),
        }
    }
}

impl Crew {
    pub(super) fn new(executable: Executable, conditions: Conditions, starter: Arc<Starter>) -> Self {
        Self { executable, conditions, starter, oom_kills: OomKills::look(), state: Mutex::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.executable.path
    }

    /// Whether these workers open a MIME type; all do when nobody knows the type, but those that must know it.
    pub(super) fn claims(&self, mime_type: Option<&str>, cancelled: &dyn Fn() -> bool) -> bool {
        let Some(wanted) = mime_type else { return !self.is_only_claimed() };
        let is_wanted = |known: &String| known.eq_ignore_ascii_case(wanted);
        let known = lock(&self.state).known.clone();
        match known {
            None if !self.executable.mime_types.is_empty() => {
                self.executable.mime_types.iter().any(is_wanted)
            }
            None => self.capabilities(cancelled).is_ok_and(|known| opens(&known, is_wanted)),
            Some(_) if self.is_further_for(mime_type) => false,
            Some(known) => opens(&known, is_wanted),
        }
    }

    /// Whether these workers are asked for a MIME type only after others have refused.
    pub(super) fn is_further_for(&self, mime_type: Option<&str>) -> bool {
        let further = &self.executable.further_mime_types;
        mime_type.is_some_and(|wanted| further.iter().any(|known| known.eq_ignore_ascii_case(wanted)))
    }

    /// Whether these workers are asked for nothing but what they claim.
    pub(super) fn is_only_claimed(&self) -> bool {
        self.executable.only_claimed
    }

    /// Whether one has ever started.
    pub(super) fn has_run(&self) -> bool {
        lock(&self.state).known.is_some()
    }

    /// What these workers say of themselves. Starts one if none was ever started.
    pub(super) fn capabilities(
        &self,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Arc<Capabilities>, RenderError> {
        if let Some(known) = &lock(&self.state).known {
            return Ok(Arc::clone(known));
        }
        // One for bulk work: if nothing else is ever asked for, it is of use.
        let (worker, known) = self.start(self.conditions.bulk_manners, cancelled)?;
        lock(&self.state).idle.push(worker);
        Ok(known)
    }

    /// One file through one worker. What somebody else did to that one is not the file's fault.
    pub(super) fn render(&self, request: &Request<'_>) -> Result<Rendition, RenderError> {
        let order = frame::encode(request.order, MAX_ORDER)
            .map_err(|error| Reason::TooLarge.says(format!("the order: {error}")))?;
        let limits = &self.conditions.limits;
        let mut forgiven = 0;
        loop {
            match self.render_once(request, &order)? {
                Ok(rendition) => return Ok(rendition),
                Err(death)
                    if forgiven < FORGIVEN && death.is_from_outside(limits) && !self.oom_kills.happened() =>
                {
                    forgiven += 1;
                }
                Err(death) => return Err(death.verdict(limits)),
            }
        }
    }

    /// The inner error: how the worker died over it.
    fn render_once(
        &self,
        request: &Request<'_>,
        order: &[u8],
    ) -> Result<Result<Rendition, Death>, RenderError> {
        let mut worker = self.hand_over(request, order)?;
        let started = Instant::now();
        let watch = Watch { started, at_most: self.conditions.limits.wall, cancelled: request.cancelled };
        match worker.answer(request.order, &watch) {
            Ok(answer) => {
                self.keep(worker);
                Ok(Ok(answer?))
            }
            Err(end) => Ok(Err(worker.bury(end, started))),
        }
    }

    fn keep(&self, worker: Worker) {
        if worker.served < self.conditions.files_per_worker {
            lock(&self.state).idle.push(worker);
        }
    }

    /// Gives the file to the first worker that takes it. One that does not is dropped: whatever is wrong with it was
    /// wrong before it saw this file, which must not get the blame.
    fn hand_over(&self, request: &Request<'_>, order: &[u8]) -> Result<Worker, RenderError> {
        let manners = self.conditions.manners(request.priority);
        loop {
            let idle = lock(&self.state).take_idle(manners);
            let Some(mut worker) = idle else { break };
            if worker.hand_over(request.source, order).is_ok() {
                return Ok(worker);
            }
        }
        let mut why = "";
        for _ in BEFORE_EACH_START {
            let mut worker = self.start(manners, request.cancelled)?.0;
            match worker.hand_over(request.source, order) {
                Ok(()) => return Ok(worker),
                Err(unfit) => why = unfit.0,
            }
        }
        Err(Reason::Unavailable.says(format!("{}: {why}", self.executable.path.display())).into())
    }

    fn start(
        &self,
        manners: Manners,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(Worker, Arc<Capabilities>), RenderError> {
        if let Some((until, fault)) = &lock(&self.state).resting
            && Instant::now() < *until
        {
            return Err(fault.clone().into());
        }
        let mut vain = Fault { reason: Reason::Unavailable, detail: String::new() };
        for wait in BEFORE_EACH_START {
            thread::sleep(wait);
            match self.start_once(manners, cancelled) {
                Ok((worker, known)) => {
                    let known = Arc::new(known);
                    let mut state = lock(&self.state);
                    state.known = Some(Arc::clone(&known));
                    state.resting = None;
                    return Ok((worker, known));
                }
                Err(NoStart::Cancelled) => return Err(RenderError::Cancelled),
                Err(NoStart::Failed(why)) => vain.detail = why,
                Err(NoStart::Pointless(why)) => {
                    vain.detail = why;
                    break;
                }
            }
        }
        lock(&self.state).resting = Some((Instant::now() + REST, vain.clone()));
        Err(vain.into())
    }

    fn start_once(
        &self,
        manners: Manners,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(Worker, Capabilities), NoStart> {
        let path = &self.executable.path;
        let Conditions { limits, files_per_worker, start_timeout, .. } = self.conditions;
        let terms = Terms { manners, ..Terms::new(&limits, files_per_worker) };
        let mut worker = Worker::start(path, &terms, |command| self.starter.start(command))
            .map_err(|error| NoStart::from_spawn(&self.executable, &error))?;
        let started = Instant::now();
        let watch = Watch { started, at_most: start_timeout, cancelled };
        let known = match worker.greeting(&watch) {
            Ok(known) => known,
            Err(End::Overran) => {
                let why = format!("{}: said nothing for {start_timeout:?} after its start", path.display());
                return Err(NoStart::Failed(why));
            }
            Err(end) => {
                return Err(NoStart::from_verdict(
                    &self.executable,
                    worker.bury(end, started).verdict(&limits),
                ));
            }
        };
        if known.protocol != PROTOCOL_VERSION {
            return Err(NoStart::Pointless(format!(
                "{} speaks protocol {}, this program {PROTOCOL_VERSION}: install both from the same release",
                path.display(),
                known.protocol
            )));
        }
        Ok((worker, known))
    }
}

fn opens(known: &Capabilities, is_wanted: impl Fn(&String) -> bool) -> bool {
    known.formats.iter().flat_map(|format| &format.mime_types).any(is_wanted)
}

impl State {
    /// The last worker used that has these manners. Where there is none, one with others ends, so that the one that is
    /// started in its place does not make them more than there are turns.
    fn take_idle(&mut self, manners: Manners) -> Option<Worker> {
        let place = self.idle.iter().rposition(|worker| worker.manners == manners);
        if place.is_none() {
            self.idle.pop();
        }
        Some(self.idle.remove(place?))
    }
}

/// What dynamic linkers say when a library is not there: glibc's, musl's, macOS's.
const LINKERS: &[&str] =
    &["error while loading shared libraries", "Error loading shared library", "Library not loaded"];

fn lacks_a_library(last_words: &str) -> bool {
    LINKERS.iter().any(|words| last_words.contains(words))
}

/// Why a worker did not start.
enum NoStart {
    Cancelled,
    /// Another attempt may do.
    Failed(String),
    /// Another attempt will end the same way.
    Pointless(String),
}

impl NoStart {
    fn from_spawn(executable: &Executable, error: &io::Error) -> Self {
        let Executable { path, install, .. } = executable;
        let mut why = format!("start {}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::NotFound if !install.is_empty() => {
                why = format!("{} is missing: {install}", path.display());
                Self::Pointless(why)
            }
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Self::Pointless(why),
            _ => Self::Failed(why),
        }
    }

    /// A worker that lacks a library it was linked with cannot say what to install: the dynamic linker ends it before.
    fn from_verdict(executable: &Executable, verdict: RenderError) -> Self {
        let Executable { path, install, .. } = executable;
        match verdict {
            RenderError::Cancelled => Self::Cancelled,
            RenderError::Fault(Fault { detail, .. }) if lacks_a_library(&detail) && !install.is_empty() => {
                Self::Pointless(format!("start {}: {detail}: {install}", path.display()))
            }
            RenderError::Fault(fault) => Self::Failed(format!("start {}: {}", path.display(), fault.detail)),
        }
    }
}
