//! What kind of process a worker is: one that dies with its parent and that nobody can look into.
//! Knows nothing of limits or system calls.

use super::Outcome;
use crate::limits::Terms;
use rustix::process::{DumpableBehavior, Signal, getppid};

/// The kernel kills the worker when the thread that started it ends, however it ends.
pub(super) fn die_with_parent(terms: &Terms) -> Outcome {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| format!("set the signal at the parent's death: {error}"))?;
    // The parent may have died before the line above: then nobody will ever send the signal.
    let parent = getppid().map_or(0, |parent| parent.as_raw_nonzero().get().unsigned_abs());
    if parent != terms.parent {
        // Nobody is left to tell.
        std::process::exit(0);
    }
    Ok(format!("parent {parent}"))
}

/// Neither a debugger of the same user nor a core dump can read a worker's memory.
pub(super) fn not_dumpable(_: &Terms) -> Outcome {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| format!("make not dumpable: {error}"))?;
    Ok("closed to debuggers".to_owned())
}

/// Programs with the set-user-ID bit gain nothing. Landlock and seccomp demand it too.
pub(super) fn no_new_privileges(_: &Terms) -> Outcome {
    rustix::thread::set_no_new_privs(true).map_err(|error| format!("renounce new privileges: {error}"))?;
    Ok("set-user-ID programs gain nothing".to_owned())
}
