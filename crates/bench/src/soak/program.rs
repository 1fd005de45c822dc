//! `tintype` on the library that is soaked: runs it, and says what that cost and how large its process became.
//! Knows Linux's /proc and a few of its commands; nothing of what is asked of it in which order.

use crate::child::{self, Cost};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What the kernel calls a tick of CPU time: it is this on every Linux there is.
const TICKS_A_SECOND: u64 = 100;

/// The program and its library.
pub(super) struct Program {
    pub(super) tintype: PathBuf,
    pub(super) library: PathBuf,
}

/// What one run came to.
#[derive(Default)]
pub(super) struct Ran {
    /// Of the program and its workers.
    pub(super) cost: Cost,
    /// Of the program's own process, as last seen.
    pub(super) seen: Seen,
    pub(super) json: Value,
}

/// What the kernel says of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// The most memory it ever held, bytes.
    pub(super) peak: u64,
    /// CPU time without children.
    pub(super) cpu: Duration,
    /// Bytes it wrote, to files and pipes.
    pub(super) written: u64,
}

impl Program {
    /// Runs a command that answers in JSON.
    pub(super) fn run(&self, args: &[&OsStr]) -> anyhow::Result<Ran> {
        let mut seen = Seen::default();
        let mut command = self.command();
        command.arg("--json").args(args);
        let (cost, output) =
            child::run_watched(&mut command, |process| seen = look(process).unwrap_or(seen))?;
        let words = || args.join(OsStr::new(" ")).display().to_string();
        let json = serde_json::from_slice(&output).with_context(words)?;
        Ok(Ran { cost, seen, json })
    }

    /// Runs a command as a person would, its output going to `head`; how long that took.
    pub(super) fn wall(&self, args: &[&OsStr]) -> anyhow::Result<Duration> {
        let mut command = Command::new("sh");
        command.args(["-c", "\"$0\" \"$@\" | head > /dev/null"]);
        command.arg(&self.tintype).arg("--library").arg(&self.library).args(args);
        Ok(child::run(&mut command)?.0.wall)
    }

    /// A library of one location that is at `folder`, with one small size, so that it is rows that take room.
    pub(super) fn make_library(&self, folder: &Path) -> anyhow::Result<()> {
        // Added while it is empty: nothing is to be looked at before the clock runs.
        let nothing = self.library.with_extension("nothing");
        fs::create_dir_all(&nothing)?;
        child::run(self.command().arg("--quiet").arg("add").arg(&nothing))?;
        child::run(self.command().args(["--quiet", "locations", "relink", "1"]).arg(folder))?;
        let settings = self.library.join("library.toml");
        let usual = fs::read_to_string(&settings).with_context(|| settings.display().to_string())?;
        let one = usual.replace("sizes = [128, 256, 512]", "sizes = [128]");
        ensure!(one != usual, "{}: no sizes to change", settings.display());
        fs::write(&settings, one)?;
        Ok(fs::remove_dir(&nothing)?)
    }

    /// Bytes of the database and of what is written beside it.
    pub(super) fn database_bytes(&self) -> u64 {
        let files = ["database.db", "database.db-wal"];
        files
            .iter()
            .filter_map(|name| fs::metadata(self.library.join(name)).ok())
            .map(|file| file.len())
            .sum()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.tintype);
        // Neither a battery nor a busy disk shall make it wait while a clock runs: no sensors lie below this.
        command.env("TINTYPE_SENSORS", "no-sensors").arg("--library").arg(&self.library);
        command
    }
}

/// `None` once it has ended.
fn look(process: u32) -> Option<Seen> {
    let read = |name: &str| fs::read_to_string(format!("/proc/{process}/{name}")).ok();
    let (status, io, stat) = (read("status")?, read("io")?, read("stat")?);
    // The name of the program stands in brackets and may hold anything; numbers come behind it.
    let times: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = times.get(11)?.parse::<u64>().ok()? + times.get(12)?.parse::<u64>().ok()?;
    Some(Seen {
        peak: number(&status, "VmHWM:")? * 1024,
        cpu: Duration::from_millis(ticks * 1000 / TICKS_A_SECOND),
        written: number(&io, "wchar:")?,
    })
}

fn number(text: &str, key: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_size() {
        let seen = look(std::process::id()).unwrap();
        assert!(seen.peak > 1024 * 1024, "{seen:?}");
    }

    #[test]
    fn a_process_that_ended_has_none() {
        assert!(look(u32::MAX).is_none());
    }
}
