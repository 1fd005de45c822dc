//! One run of the real program that is to be killed, and what it was about when it was.
//! Knows the program by its rows and its log; nothing of when it is killed.

use crate::support::{
    PATIENCE, Story,
    processes::{children_of, has_open},
    rows,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often one looks what it is about.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// What a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It makes or opens the library, or takes up the jobs.
    Start,
    /// Its index job compares names.
    Walk,
    /// Its index job reads files.
    Identify,
    /// Its thumbnail job makes thumbnails, or is about to.
    Processing,
    /// It cleans up.
    Clean,
}

pub(crate) struct Victim {
    child: Child,
    library: PathBuf,
    log: PathBuf,
    cleans: bool,
}

impl Victim {
    /// Starts the program; what it hands to workers is in its log.
    pub(crate) fn start(story: &Story, words: &[&str]) -> Self {
        let logs = story.path("logs");
        fs::create_dir_all(&logs).unwrap();
        let log = logs.join(format!("{:04}", fs::read_dir(&logs).unwrap().count()));
        let mut command = story.command(words);
        command.env("TINTYPE_SENSORS", &logs).env("RUST_LOG", "warn,tintype_core::thumbnail_job=debug");
        command.stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let cleans = words.contains(&"clean");
        Self { child: command.spawn().unwrap(), library: story.library(), log, cleans }
    }

    /// What it is about now; `None` when it has ended.
    pub(crate) fn phase(&mut self) -> Option<Phase> {
        if let Some(status) = self.child.try_wait().unwrap() {
            assert!(status.success(), "{status}: {}", fs::read_to_string(&self.log).unwrap());
            return None;
        }
        if self.cleans {
            let is_open = has_open(self.child.id(), "database.db-wal");
            return Some(if is_open { Phase::Clean } else { Phase::Start });
        }
        // What a dead one left behind says nothing of this one: that begins with the lock.
        let lock = fs::read_to_string(self.library.join("runner.lock")).unwrap_or_default();
        let runs = lock.trim() == self.child.id().to_string();
        Some(if runs { phase_of(&self.library) } else { Phase::Start })
    }

    /// Waits until it is at least so far, and says how far it is; `None` when it has ended.
    pub(crate) fn reach(&mut self, phase: Phase) -> Option<Phase> {
        let begun = Instant::now();
        loop {
            match self.phase() {
                Some(now) if now < phase => thread::sleep(LOOK_EVERY),
                other => return other,
            }
            assert!(begun.elapsed() < PATIENCE, "it never came to {phase:?}");
        }
    }

    /// Kills it, and says what it was about; `None` when it had ended.
    pub(crate) fn kill(mut self) -> Option<Phase> {
        let phase = self.phase()?;
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Some(phase)
    }

    /// Kills one of its workers, and says what it was about; `None` when there is none.
    pub(crate) fn kill_worker(&mut self, choose: impl FnOnce(usize) -> usize) -> Option<Phase> {
        let phase = self.phase()?;
        let workers = children_of(self.child.id());
        let chosen = (!workers.is_empty()).then(|| workers[choose(workers.len())])?;
        let process = Pid::from_raw(chosen.cast_signed())?;
        kill_process(process, Signal::KILL).is_ok().then_some(phase)
    }

    /// Waits for its end, which must be a good one.
    pub(crate) fn end(mut self) {
        let begun = Instant::now();
        while self.phase().is_some() {
            assert!(begun.elapsed() < PATIENCE, "it did not end");
            thread::sleep(LOOK_EVERY);
        }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.log.clone()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was handed to workers in a run, each once.
pub(crate) fn handed_out(log: &Path) -> BTreeSet<String> {
    let log = fs::read_to_string(log).unwrap();
    let contents = log.lines().filter_map(|line| line.split("to a worker content=").nth(1));
    contents.map(|content| content.trim().to_owned()).collect()
}

fn phase_of(library: &Path) -> Phase {
    let jobs = rows::jobs(library).unwrap_or_default();
    let newest = |name: &str| jobs.iter().rev().find(|job| job.name == name && job.status == "running");
    if newest("thumbnail").is_some() {
        return Phase::Processing;
    }
    match newest("indexer") {
        Some(job) if job.state["phase"] == "identify" => Phase::Identify,
        Some(_) => Phase::Walk,
        None => Phase::Start,
    }
}
