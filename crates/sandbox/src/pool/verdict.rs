//! What a worker's end means for the file it had in hand.
//! Knows nothing of processes but how they ended.

use super::RenderError;
use super::last_words::one_line;
use crate::{Limits, Reason};
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// How a worker came to be of no more use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The caller did not want the answer any more.
    Cancelled,
    /// The wall clock ran out.
    Overran,
    /// It closed the pipe: it is dead, or as good as dead.
    Gone,
    /// It said what no worker says.
    Nonsense(String),
}

/// All that is known when a worker has ended.
pub(super) struct Death {
    pub(super) end: End,
    pub(super) status: ExitStatus,
    pub(super) last_words: String,
    /// Time by the wall clock since it got the file.
    pub(super) elapsed: Duration,
}

/// What allocators say before they abort: Rust's, C++'s, and C libraries that quote the system.
const OUT_OF_MEMORY: &[&str] = &["memory allocation of", "std::bad_alloc", "Cannot allocate memory"];

impl Death {
    /// What to tell the caller.
    pub(super) fn verdict(&self, limits: &Limits) -> RenderError {
        let fault = match &self.end {
            End::Cancelled => return RenderError::Cancelled,
            End::Overran => Reason::TimedOut.says(format!("took longer than {:?}", limits.wall)),
            End::Nonsense(why) => Reason::Crashed
                .says(self.with_words(&format!("the worker broke the protocol: {}", one_line(why)))),
            End::Gone => self.by_status(limits),
        };
        fault.into()
    }

    /// Whether somebody else ended it, though not we: nothing that a file can do to its worker looks like that. Whether
    /// it was the kernel, which does it for memory, is not seen here.
    pub(super) fn is_from_outside(&self, limits: &Limits) -> bool {
        self.end == End::Gone
            && self.status.signal() == Some(Signal::KILL.as_raw())
            && self.elapsed < limits.cpu
            && !OUT_OF_MEMORY.iter().any(|words| self.last_words.contains(words))
    }

    fn by_status(&self, limits: &Limits) -> crate::Fault {
        if OUT_OF_MEMORY.iter().any(|words| self.last_words.contains(words)) {
            return Reason::OutOfMemory
                .says(self.with_words(&format!("more than {} MiB", limits.memory >> 20)));
        }
        let Some(signal) = self.status.signal() else {
            let code = self.status.code().unwrap_or_default();
            return Reason::Crashed.says(self.with_words(&format!("the worker ended with exit code {code}")));
        };
        match Signal::from_named_raw(signal) {
            Some(Signal::XCPU) => cpu_used_up(limits),
            // At the hard limit the kernel does not ask.
            Some(Signal::KILL) if self.elapsed >= limits.cpu => cpu_used_up(limits),
            // The kernel does so for memory; and so does whoever comes again and again.
            Some(Signal::KILL) => {
                Reason::OutOfMemory.says("the worker was killed, most likely for lack of memory")
            }
            Some(Signal::SYS) => {
                Reason::Crashed.says(self.with_words("the worker was killed for a forbidden system call"))
            }
            _ => Reason::Crashed.says(self.with_words(&format!("the worker was killed by {}", name(signal)))),
        }
    }

    fn with_words(&self, what: &str) -> String {
        if self.last_words.is_empty() { what.to_owned() } else { format!("{what}: {}", self.last_words) }
    }
}

fn cpu_used_up(limits: &Limits) -> crate::Fault {
    Reason::TimedOut.says(format!("used more than {:?} of CPU time", limits.cpu))
}

fn name(signal: i32) -> String {
    let named = match Signal::from_named_raw(signal) {
        Some(Signal::ABORT) => "SIGABRT",
        Some(Signal::BUS) => "SIGBUS",
        Some(Signal::FPE) => "SIGFPE",
        Some(Signal::ILL) => "SIGILL",
        Some(Signal::SEGV) => "SIGSEGV",
        Some(Signal::TERM) => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    named.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    const EXIT_101: i32 = 101 << 8;

    #[track_caller]
    fn check(end: End, wait_status: i32, last_words: &str, expected: (Reason, &str)) {
        check_after(Duration::from_secs(1), end, wait_status, last_words, expected);
    }

    #[track_caller]
    fn check_after(
        elapsed: Duration,
        end: End,
        wait_status: i32,
        last_words: &str,
        expected: (Reason, &str),
    ) {
        let status = ExitStatus::from_raw(wait_status);
        let death = Death { end, status, last_words: last_words.to_owned(), elapsed };
        let (reason, detail) = expected;
        let fault = Fault { reason, detail: detail.to_owned() };
        assert_eq!(death.verdict(&Limits::default()), RenderError::Fault(fault));
    }

    #[test]
    fn a_death_is_told_by_its_signal_and_its_words() {
        use Reason::{Crashed, OutOfMemory, TimedOut};
        check(End::Overran, 9, "", (TimedOut, "took longer than 60s"));
        check(End::Gone, 24, "", (TimedOut, "used more than 30s of CPU time"));
        check(End::Gone, 9, "", (OutOfMemory, "the worker was killed, most likely for lack of memory"));
        check_after(Duration::from_secs(31), End::Gone, 9, "", (TimedOut, "used more than 30s of CPU time"));
        check(End::Gone, 31, "", (Crashed, "the worker was killed for a forbidden system call"));
        check(End::Gone, 11, "", (Crashed, "the worker was killed by SIGSEGV"));
        check(
            End::Gone,
            6,
            "free(): invalid",
            (Crashed, "the worker was killed by SIGABRT: free(): invalid"),
        );
        check(End::Gone, 35, "", (Crashed, "the worker was killed by signal 35"));
        let oom = "memory allocation of 9 bytes failed";
        check(End::Gone, 6, oom, (OutOfMemory, "more than 1024 MiB: memory allocation of 9 bytes failed"));
        check(End::Gone, EXIT_101, "panicked", (Crashed, "the worker ended with exit code 101: panicked"));
        check(End::Gone, 0, "", (Crashed, "the worker ended with exit code 0"));
        check(End::Nonsense("a\u{7}b".into()), 9, "", (Crashed, "the worker broke the protocol: a\u{fffd}b"));
    }

    #[track_caller]
    fn check_from_outside(end: End, wait_status: i32, seconds: u64, last_words: &str, expected: bool) {
        let (status, elapsed) = (ExitStatus::from_raw(wait_status), Duration::from_secs(seconds));
        let death = Death { end, status, last_words: last_words.to_owned(), elapsed };
        assert_eq!(death.is_from_outside(&Limits::default()), expected);
    }

    #[test]
    fn only_what_no_file_can_do_is_from_outside() {
        check_from_outside(End::Gone, 9, 1, "", true);
        check_from_outside(End::Gone, 9, 31, "", false);
        check_from_outside(End::Gone, 9, 1, "memory allocation of 9 bytes failed", false);
        check_from_outside(End::Gone, 11, 1, "", false);
        check_from_outside(End::Gone, EXIT_101, 1, "", false);
        check_from_outside(End::Overran, 9, 1, "", false);
        check_from_outside(End::Nonsense("x".into()), 9, 1, "", false);
    }

    #[test]
    fn a_cancelled_file_is_nobodys_fault() {
        let death = Death {
            end: End::Cancelled,
            status: ExitStatus::from_raw(9),
            last_words: "x".into(),
            elapsed: Duration::ZERO,
        };
        assert_eq!(death.verdict(&Limits::default()), RenderError::Cancelled);
    }
}
