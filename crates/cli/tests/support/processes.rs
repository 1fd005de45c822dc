//! Processes as the kernel's pages show them.
//! Knows nothing of what they do.

use std::fs;

/// The processes that a process started.
pub(crate) fn children_of(parent: u32) -> Vec<u32> {
    let pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|item| item.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// Whether a process runs; one that is dead but not buried does not.
pub(crate) fn lives(pid: u32) -> bool {
    stat(pid).is_some_and(|fields| fields[0] != "Z")
}

/// Whether a process has a file open whose path ends so.
pub(crate) fn has_open(pid: u32, end: &str) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let mut paths = open.flatten().filter_map(|item| fs::read_link(item.path()).ok());
    paths.any(|path| path.to_string_lossy().ends_with(end))
}

fn parent_of(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// State, parent and so on: what stands behind the name, which may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = line.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}
