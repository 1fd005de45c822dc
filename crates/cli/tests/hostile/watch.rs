//! Runs a program to its end and watches how much memory it and its children take.
//! Knows /proc; nothing of what the program does.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fmt, fs,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The kernel keeps the highest mark of every process, so only what a process takes in its very last moments can be
/// missed.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What hangs is stopped and fails the test. Many times what it takes on a quiet machine of two cores: on one that
/// builds other things meanwhile, a file that takes its thirty seconds of CPU takes minutes.
const PATIENCE: Duration = Duration::from_mins(20);

pub(crate) struct Watched {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
    /// The most resident memory of the program itself.
    pub(crate) main_mib: u64,
    /// The most resident memory of any one child.
    pub(crate) worker_mib: u64,
    /// How many children there were, one after another.
    pub(crate) workers: usize,
}

impl Watched {
    /// Runs it to its end.
    pub(crate) fn run(mut command: Command) -> Self {
        let begun = Instant::now();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        let reader = thread::spawn(move || child.wait_with_output().unwrap());
        let mut peaks = Peaks::default();
        while !reader.is_finished() {
            peaks.look(pid);
            if begun.elapsed() > PATIENCE {
                let _ = kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL);
            }
            thread::sleep(LOOK_EVERY);
        }
        let took = begun.elapsed();
        let output = reader.join().unwrap();
        assert!(took < PATIENCE, "it did not end by itself within {PATIENCE:?}");
        assert!(!peaks.workers.is_empty(), "no worker was seen");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            status: output.status,
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            took,
            main_mib: peaks.main,
            worker_mib: peaks.workers.values().copied().max().unwrap_or_default(),
            workers: peaks.workers.len(),
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { took, main_mib, worker_mib, workers, .. } = self;
        write!(f, "{took:.1?}, main process {main_mib} MiB, {workers} workers of up to {worker_mib} MiB")
    }
}

/// The highest marks so far, in MiB.
#[derive(Default)]
struct Peaks {
    main: u64,
    workers: BTreeMap<u32, u64>,
}

impl Peaks {
    fn look(&mut self, main: u32) {
        self.main = self.main.max(peak_mib(main));
        for worker in children_of(main) {
            let peak = self.workers.entry(worker).or_default();
            *peak = peak_mib(worker).max(*peak);
        }
    }
}

/// The highest mark of a process's resident memory; nothing of one that is gone.
fn peak_mib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default();
    kib.div_ceil(1024)
}

/// What any of a process's threads has started.
fn children_of(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}
