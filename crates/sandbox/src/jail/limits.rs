//! What the kernel counts for a worker: memory, CPU time, files, processes.
//! Knows nothing of who asks for how much.

use super::Outcome;
use crate::limits::Terms;
use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::io;

/// Source, status file, the three standard streams and what the last walls need for a moment.
const MAX_FILES: u64 = 16;

/// Address space rather than resident memory: the kernel enforces only the former, and a failed allocation
/// is an error that a decoder can answer instead of a kill.
pub(super) fn memory(terms: &Terms) -> Outcome {
    set(Resource::As, terms.memory, terms.memory)?;
    Ok(format!("{} MiB", terms.memory >> 20))
}

/// The hard limit can only fall, so it holds for the worker's whole life. It is the stop for a worker that has
/// been taken over and raises its own soft limit or ignores SIGXCPU.
pub(super) fn lifetime_cpu(terms: &Terms) -> Outcome {
    set(Resource::Cpu, terms.cpu_seconds.min(terms.lifetime_cpu_seconds), terms.lifetime_cpu_seconds)?;
    Ok(format!("{} s a file, {} s a life", terms.cpu_seconds, terms.lifetime_cpu_seconds))
}

/// No core dumps (they would hold somebody's photographs), no bytes into files, no processes, few descriptors.
pub(super) fn small(_: &Terms) -> Outcome {
    set(Resource::Core, 0, 0)?;
    set(Resource::Fsize, 0, 0)?;
    set(Resource::Nproc, 0, 0)?;
    set(Resource::Nofile, MAX_FILES, MAX_FILES)?;
    Ok(format!("no core dump, no writing, no process, {MAX_FILES} descriptors"))
}

fn set(resource: Resource, soft: u64, hard: u64) -> Result<(), String> {
    let limit = Rlimit { current: Some(soft), maximum: Some(hard) };
    setrlimit(resource, limit).map_err(|error| format!("set limit {resource:?}: {error}"))
}

/// Moves the soft limit on CPU time: from now on this worker may use one file's share. The kernel sends SIGXCPU
/// when it is gone.
pub(crate) fn allow_cpu_for_one_file(terms: &Terms) -> io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    // The kernel counts whole seconds: what is begun of one is given away rather than taken from the file.
    let soft = u64::try_from(used.tv_sec).unwrap_or(0) + 1 + terms.cpu_seconds;
    let limit = Rlimit {
        current: Some(soft.min(terms.lifetime_cpu_seconds)),
        maximum: Some(terms.lifetime_cpu_seconds),
    };
    Ok(setrlimit(Resource::Cpu, limit)?)
}
