//! Proves the jail from inside: tries what must not work, each try in a process of its own.
//! Knows nothing of images; shown by `tintype doctor`.
#![allow(unsafe_code, reason = "one try maps memory, for which there is no safe call")]

use crate::limits::Terms;
use crate::serve::{ATTEMPT, PROBE};
use crate::{JailStep, Level, Limits, jail};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
use rustix::process::{Pid, Resource, Rlimit, Signal, setrlimit, test_kill_process};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::net::UdpSocket;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitCode, Output, Stdio};

/// What became of every try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// The level that was reached, as a word.
    pub jail: String,
    /// What became of each wall.
    pub steps: Vec<JailStep>,
    /// What was tried.
    pub attempts: Vec<Attempted>,
}

/// One try and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// What was tried: `open a path`.
    pub name: String,
    /// Whether the jail refused it, as it must.
    pub refused: bool,
    /// How.
    pub how: String,
}

/// Asks a worker's executable to try every wall of its jail.
pub fn probe(executable: &Path) -> io::Result<ProbeReport> {
    let output = Command::new(executable).arg(PROBE).env_clear().stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{} {PROBE}: {}", executable.display(), words.trim())));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// One thing that must not work inside.
struct Attempt {
    name: &'static str,
    run: fn(&Terms) -> io::Result<()>,
}

/// Everything that is tried. Each works outside: a test proves that, else a refusal would prove nothing.
const ATTEMPTS: &[Attempt] = &[
    Attempt { name: "open a path", run: |_| File::open("/etc/passwd").map(drop) },
    Attempt { name: "list a folder", run: |_| fs::read_dir("/").map(drop) },
    Attempt { name: "ask about a path", run: |_| fs::metadata("/etc/passwd").map(drop) },
    Attempt { name: "make a file", run: |_| make_file(&std::env::temp_dir()) },
    Attempt { name: "make a network socket", run: |_| UdpSocket::bind("127.0.0.1:0").map(drop) },
    Attempt { name: "make a local socket", run: |_| UnixStream::pair().map(drop) },
    Attempt {
        name: "start a program",
        run: |_| Command::new("/bin/sh").args(["-c", ":"]).status().map(drop),
    },
    Attempt { name: "start a thread", run: |_| start_thread() },
    Attempt { name: "signal its parent", run: signal_parent },
    Attempt { name: "map memory executable", run: |_| map_executable() },
    Attempt { name: "allocate past its limit", run: allocate_past_limit },
    Attempt { name: "lift its memory limit", run: |_| lift_memory_limit() },
    Attempt { name: "become dumpable", run: |_| become_dumpable() },
];

/// A name that is no attempt: the process enters the jail and reports the walls.
const REPORT: &str = "report";

/// Exit code of a try that was refused; any other but success is a death.
const REFUSED: u8 = 10;

fn make_file(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("tintype-probe-{}", std::process::id()));
    File::create_new(&path)?;
    fs::remove_file(path)
}

fn start_thread() -> io::Result<()> {
    let thread = std::thread::Builder::new().spawn(|| ())?;
    thread.join().map_err(|_| io::Error::other("the thread panicked"))
}

/// Signal 0 harms nobody and needs the same right as any other.
fn signal_parent(terms: &Terms) -> io::Result<()> {
    let parent = i32::try_from(terms.parent).ok().and_then(Pid::from_raw);
    Ok(test_kill_process(parent.ok_or_else(|| io::Error::other("no parent"))?)?)
}

fn map_executable() -> io::Result<()> {
    const PAGE: usize = 4096;
    let prot = ProtFlags::READ | ProtFlags::WRITE | ProtFlags::EXEC;
    // SAFETY: a new private mapping at an address of the kernel's choice overlaps nothing and nobody uses it.
    unsafe { mmap_anonymous(std::ptr::null_mut(), PAGE, prot, MapFlags::PRIVATE) }?;
    Ok(())
}

fn allocate_past_limit(terms: &Terms) -> io::Result<()> {
    let past = usize::try_from(terms.memory).unwrap_or(usize::MAX);
    let mut memory = Vec::<u8>::new();
    memory.try_reserve_exact(past).map_err(|error| io::Error::other(error.to_string()))?;
    // Used, so that the compiler cannot leave the allocation out.
    std::hint::black_box(&memory);
    Ok(())
}

fn lift_memory_limit() -> io::Result<()> {
    Ok(setrlimit(Resource::As, Rlimit { current: None, maximum: None })?)
}

#[cfg(target_os = "linux")]
fn become_dumpable() -> io::Result<()> {
    Ok(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable)?)
}

#[cfg(not(target_os = "linux"))]
fn become_dumpable() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The process that a person starts: one child for each try, and the sum of it as JSON. Nothing is jailed here.
pub(crate) fn coordinate() -> Result<(), String> {
    let report = report().map_err(|error| format!("probe: {error}"))?;
    serde_json::to_writer_pretty(io::stdout(), &report).map_err(|error| format!("probe: {error}"))?;
    println!();
    Ok(())
}

fn report() -> io::Result<ProbeReport> {
    let steps: Vec<JailStep> = serde_json::from_slice(&run_in_jail(REPORT)?.stdout)?;
    let attempts = ATTEMPTS.iter().map(|attempt| Ok(judge(attempt.name, &run_in_jail(attempt.name)?)));
    let attempts = attempts.collect::<io::Result<_>>()?;
    Ok(ProbeReport { jail: Level::of(&steps).word().to_owned(), steps, attempts })
}

fn run_in_jail(name: &str) -> io::Result<Output> {
    let terms = Terms::new(&Limits::default(), 1);
    let mut command = Command::new(std::env::current_exe()?);
    command.args([ATTEMPT, name, &serde_json::to_string(&terms)?]);
    command.env_clear().stdin(Stdio::null()).output()
}

fn judge(name: &str, output: &Output) -> Attempted {
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let (refused, how) = match (output.status.code(), output.status.signal()) {
        (Some(0), _) => (false, "it worked".to_owned()),
        (Some(code), _) if code == i32::from(REFUSED) => (true, words),
        (_, Some(signal)) if signal == Signal::SYS.as_raw() => (true, "killed at the system call".to_owned()),
        // A death of another kind proves nothing about the wall.
        _ => (false, format!("{}: {words}", output.status)),
    };
    Attempted { name: name.to_owned(), refused, how }
}

/// One try, in a process of its own.
pub(crate) fn attempt(name: &str, terms: &Terms) -> ExitCode {
    let jail = jail::enter(terms);
    if name == REPORT {
        return match serde_json::to_writer(io::stdout(), &jail.steps) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let Some(attempt) = ATTEMPTS.iter().find(|attempt| attempt.name == name) else {
        eprintln!("no attempt is called {name:?}");
        return ExitCode::FAILURE;
    };
    match (attempt.run)(terms) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(REFUSED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_tried_works_outside() {
        let terms = Terms::new(&Limits::default(), 1);
        for Attempt { name, run } in ATTEMPTS {
            assert!(run(&terms).is_ok(), "{name}");
        }
    }
}
