//! Runs a row's commands on one file and says what they cost.
//! Knows how words of the table become a command; knows nothing of formats.

use super::files::Entrant;
use super::races::Peer;
use crate::child::{self, Cost};
use anyhow::{Context, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// One thread for everybody: what is compared is CPU time, and threads cost some.
const ONE_THREAD: &[(&str, &str)] =
    &[("VIPS_CONCURRENCY", "1"), ("OMP_NUM_THREADS", "1"), ("MAGICK_THREAD_LIMIT", "1")];

/// The thumbnail's longest edge.
const EDGE: &str = "512";

pub(super) struct Runner {
    tintype: PathBuf,
    /// Encoded files, kept.
    pub(super) kept: PathBuf,
    /// What commands write, which nobody keeps.
    scratch: PathBuf,
}

/// What `tintype thumbnail --json` says of a file.
pub(super) struct Seen {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Runner {
    pub(super) fn new(tintype: Option<&Path>, folder: &Path) -> anyhow::Result<Self> {
        let beside = || Ok::<_, anyhow::Error>(std::env::current_exe()?.with_file_name("tintype"));
        let tintype = tintype.map_or_else(beside, |program| Ok(program.to_owned()))?;
        ensure!(tintype.exists(), "{}: not built; `make bench-formats` builds everything", tintype.display());
        let scratch = folder.join("scratch");
        fs::create_dir_all(&scratch)?;
        Ok(Self { tintype: std::path::absolute(tintype)?, kept: folder.to_owned(), scratch })
    }

    /// The program as people run it: worker, jail and all.
    pub(super) fn ours(&self, file: &Entrant) -> anyhow::Result<Duration> {
        Ok(self.thumbnail(&file.path)?.0.cpu())
    }

    /// What is in a file; an error if we do not open it.
    pub(super) fn look(&self, path: &Path) -> anyhow::Result<Seen> {
        let (_, said) = self.thumbnail(path)?;
        let said: serde_json::Value = serde_json::from_slice(&said).context("what tintype said")?;
        let side = |key: &str| said["facts"][key].as_u64().map(|side| side as u32).context("its size");
        Ok(Seen { width: side("width")?, height: side("height")? })
    }

    fn thumbnail(&self, path: &Path) -> anyhow::Result<(Cost, Vec<u8>)> {
        let mut command = Command::new(&self.tintype);
        command
            .args(["--json", "thumbnail"])
            .arg(path)
            .arg(self.scratch.join("ours.webp"))
            .args(["--size", EDGE]);
        child::run(&mut command)
    }

    pub(super) fn theirs(&self, peer: &Peer, file: &Entrant) -> anyhow::Result<Duration> {
        let output = self.scratch.join("theirs");
        let mut cost = Cost::default();
        for step in peer.steps {
            let (more, _) = child::run(&mut self.command(step, &file.path, &output))
                .with_context(|| format!("of the package {}", peer.package))?;
            cost += more;
        }
        Ok(cost.cpu())
    }

    /// Makes a file of a photograph.
    pub(super) fn encode(&self, words: &[&str], photograph: &Path, file: &Path) -> anyhow::Result<()> {
        child::run(&mut self.command(words, photograph, file)).map(|_| ())
    }

    /// `IN` and `OUT` in any word stand for paths, `BETWEEN` for a file from one step to the next.
    fn command(&self, words: &[&str], input: &Path, output: &Path) -> Command {
        let between = self.scratch.join("between");
        let fill = |word: &&str| {
            word.replace("BETWEEN", &between.to_string_lossy())
                .replace("IN", &input.to_string_lossy())
                .replace("OUT", &output.to_string_lossy())
        };
        let mut words = words.iter().map(fill);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).envs(ONE_THREAD.iter().copied()).stderr(std::process::Stdio::null());
        command
    }
}
