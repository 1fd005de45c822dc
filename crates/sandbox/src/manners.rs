//! How much a worker that does bulk work yields to everybody else on the machine.
//! Knows processor and disk priorities; nothing of what the work is.
#![cfg_attr(target_os = "linux", allow(unsafe_code, reason = "no safe wrapper for ioprio_set exists"))]

use rustix::process::{getpriority_process, setpriority_process};
use serde::{Deserialize, Serialize};

/// How much a worker yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manners {
    /// The niceness to have at least, 0 to 19. One that was started nicer stays so; 0 leaves it as it is.
    pub nice: u8,
    /// Its place at the disk.
    pub io_class: IoClass,
}

/// Who is served first at the disk, where the system's scheduler asks (BFQ does; others take no notice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IoClass {
    /// As the system would have it.
    #[default]
    None,
    /// The last of those who are always served.
    BestEffort,
    /// Only while nobody else wants the disk.
    Idle,
}

impl Manners {
    /// Takes them on, for this process and for good. Done before the jail closes, which has no such calls. What the
    /// system does not let happen does not happen: the work is the same, only less polite.
    pub(crate) fn take_on(self) {
        if self.nice > 0
            && let Ok(now) = getpriority_process(None)
            && now < i32::from(self.nice)
        {
            let _ = setpriority_process(None, self.nice.into());
        }
        take_io_class(self.io_class);
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    /// `ioprio_set(2)`: number 0 of this kind is the caller.
    pub(super) const PROCESS: libc::c_long = 1;
    /// The class stands above the level, which has thirteen bits.
    const CLASS_SHIFT: u32 = 13;
    const BEST_EFFORT: libc::c_long = 2;
    const IDLE: libc::c_long = 3;
    /// Levels of a class go from 0, the first served, to this.
    const LAST_LEVEL: libc::c_long = 7;

    pub(super) const LAST: libc::c_long = BEST_EFFORT << CLASS_SHIFT | LAST_LEVEL;
    pub(super) const ONLY_IDLE: libc::c_long = IDLE << CLASS_SHIFT;
}

#[cfg(target_os = "linux")]
fn take_io_class(class: IoClass) {
    let wanted = match class {
        IoClass::None => return,
        IoClass::BestEffort => kernel::LAST,
        IoClass::Idle => kernel::ONLY_IDLE,
    };
    let caller: libc::c_long = 0;
    // SAFETY: three numbers go in; the call reads and writes no memory of ours.
    let _ = unsafe { libc::syscall(libc::SYS_ioprio_set, kernel::PROCESS, caller, wanted) };
}

#[cfg(not(target_os = "linux"))]
fn take_io_class(_: IoClass) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    /// On a thread of its own: to Linux, both belong to the thread.
    #[track_caller]
    fn check(manners: Manners, nice: i32, disk: libc::c_long) {
        let seen = std::thread::spawn(move || {
            let before = getpriority_process(None).unwrap();
            manners.take_on();
            let caller: libc::c_long = 0;
            // SAFETY: two numbers go in; the call reads and writes no memory of ours.
            let disk = unsafe { libc::syscall(libc::SYS_ioprio_get, kernel::PROCESS, caller) };
            (getpriority_process(None).unwrap(), disk, before)
        });
        let (nice_now, disk_now, before) = seen.join().unwrap();
        assert_eq!((nice_now, disk_now), (nice.max(before), disk));
    }

    #[test]
    fn manners_are_taken_on() {
        check(Manners { nice: 7, io_class: IoClass::BestEffort }, 7, kernel::LAST);
        check(Manners { nice: 19, io_class: IoClass::Idle }, 19, kernel::ONLY_IDLE);
    }

    #[test]
    fn nobody_becomes_less_polite() {
        std::thread::spawn(|| {
            Manners { nice: 12, io_class: IoClass::None }.take_on();
            Manners { nice: 3, io_class: IoClass::None }.take_on();
            assert!(getpriority_process(None).unwrap() >= 12);
        })
        .join()
        .unwrap();
    }
}
