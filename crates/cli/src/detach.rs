//! Work that goes on after its terminal is gone: a process of its own that runs the jobs.
//! Knows how it is started; nothing of the jobs.

use anyhow::{Context, Result};
use std::process::{Command, Stdio};
use tintype_core::Library;

/// The hidden command that the background process runs.
const RUN_JOBS: &str = "run-jobs";

/// Starts a process that runs the library's jobs until none is left to run. When another process runs them already, it
/// waits for its turn, so that nothing stays undone when that one ends early.
pub(crate) fn start_runner(library: &Library) -> Result<()> {
    let program = std::env::current_exe().context("find this program to start it again")?;
    Command::new(program)
        .arg("--library")
        .arg(library.root())
        .args(["--quiet", RUN_JOBS])
        .current_dir("/") // keeps no folder of the user's busy
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("start the background process")?;
    Ok(())
}

/// Leaves the terminal's session, so that neither Ctrl-C nor its end reaches this process.
pub(crate) fn become_background() {
    // Fails only for who leads a session of his own already, as a service does.
    let _ = rustix::process::setsid();
}
