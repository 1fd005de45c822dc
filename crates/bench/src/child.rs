//! Runs a program to its end and says what it cost: CPU time of it and of all it started, and wall time.
//! Knows processes; knows nothing of what they do.

use anyhow::{Context, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::process::{WaitOptions, getpid, set_child_subreaper, wait};
use std::ops::AddAssign;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often somebody may look at a process that runs: often enough to see how large it was just before its end, and
/// seldom enough to take nothing from it.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What running something cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
    pub(crate) wall: Duration,
}

impl Cost {
    pub(crate) fn cpu(self) -> Duration {
        self.user + self.system
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, more: Self) {
        self.user += more.user;
        self.system += more.system;
        self.wall += more.wall;
    }
}

/// Children are waited for whosever they are, so one is run at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs `command` and everything it starts to the end. What it prints comes back; what it complains of shows.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<(Cost, Vec<u8>)> {
    run_watched(command, |_| ())
}

/// The same, and meanwhile calls `look` with its process every few milliseconds.
pub(crate) fn run_watched(
    command: &mut Command,
    mut look: impl FnMut(u32) + Send,
) -> anyhow::Result<(Cost, Vec<u8>)> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Whatever outlives its parent becomes a child of ours, so that nothing is left out of the bill.
    set_child_subreaper(Some(getpid())).context("adopt orphans")?;
    let before = spent_by_children()?;
    let started = Instant::now();
    let program = command.get_program().to_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let child = command.spawn().with_context(|| format!("run {}", program.display()))?;
    let (process, (end, ended)) = (child.id(), mpsc::channel::<()>());
    let (output, wall) = thread::scope(|scope| {
        scope.spawn(move || {
            // The end comes as an error: nobody is there any more who could send.
            while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                look(process);
            }
        });
        let output = child.wait_with_output();
        let wall = started.elapsed();
        drop(end);
        (output, wall)
    });
    let output = output.with_context(|| format!("run {}", program.display()))?;
    while matches!(wait(WaitOptions::empty()), Ok(Some(_))) {}
    let after = spent_by_children()?;
    ensure!(output.status.success(), "{}: {}", program.display(), output.status);
    let (user, system) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    Ok((Cost { user, system, wall }, output.stdout))
}

/// User and system time of all processes that ended below us so far.
fn spent_by_children() -> anyhow::Result<(Duration, Duration)> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("read the CPU time of children")?;
    Ok((duration(usage.user_time()), duration(usage.system_time())))
}

fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec().unsigned_abs(), time.tv_usec().unsigned_abs() as u32 * 1000)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    /// A grandchild in the background that nobody waits for is on the bill too. Counting is some 0.1 s of work.
    #[test]
    fn orphans_are_paid_for() {
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let (cost, _) =
            run(Command::new("sh").args(["-c", &format!("({busy}) > /dev/null & echo")])).unwrap();
        assert!(cost.cpu() > Duration::from_millis(20), "{cost:?}");
    }

    #[test]
    fn a_failure_is_an_error() {
        assert!(run(&mut Command::new("false")).is_err());
    }
}
