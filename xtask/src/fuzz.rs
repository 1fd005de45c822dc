//! `cargo xtask fuzz`: every fuzz target for a while, one after the other, then what each has done and found.
//! Knows cargo-fuzz and libFuzzer's command line. Knows nothing of what targets promise.

mod log;
mod seeds;

use anyhow::{Context, ensure};
use log::Summary;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Seconds for each target, unless `FUZZ_SECONDS` says otherwise.
const SECONDS: u64 = 60;

/// What libFuzzer is told of every target. Nothing is fuzzed without limits of memory and time.
const LIMITS: &[&str] = &[
    // The sanitizer's shadow and its graveyard of freed blocks come on top of what a target takes.
    "-rss_limit_mb=1536",
    // One block, by C libraries too. The engine's limit, while it is fuzzed, is 4 MiB.
    "-malloc_limit_mb=64",
    // A second at most in an optimised build without sanitizer; and the machine may be busy.
    "-timeout=20",
    // Headers and what follows them at once: longer files only cost executions.
    "-max_len=16384",
    "-print_final_stats=1",
];

/// Targets with a limit of their own: the fuzzer's, and the sanitizer's, beyond which memory cannot be had.
const LOOSER: &[(&str, &str, &str)] = &[
    // `UNASKED` in `fuzz/src/lib.rs`.
    ("render_jpegxl", "-malloc_limit_mb=272", ""),
    ("render_audio", "-malloc_limit_mb=80", ""),
    // A dictionary is as large as the archive says, up to 4 GB: libarchive asks for it, and the jail refuses.
    ("render_comic", "-malloc_limit_mb=272", ":max_allocation_size_mb=256"),
];

/// Blocks that were freed are kept this long, and not 256 MiB of them. Memory that cannot be had is an answer, as it is
/// in the jail. New memory is filled, as the worker for HEIC has it: the same bytes give the same picture.
const SANITIZER: &str = "quarantine_size_mb=16:allocator_may_return_null=1:max_malloc_fill_size=1073741824";

/// Where fuzzing keeps what it builds, tries and finds: nothing of it belongs into the repository.
struct Place {
    root: PathBuf,
    /// `target/fuzz`.
    work: PathBuf,
}

/// Runs every target, or those that `FUZZ_TARGETS` names; true if nothing was found.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let seconds = match std::env::var("FUZZ_SECONDS") {
        Ok(text) => text.parse().with_context(|| format!("FUZZ_SECONDS={text}"))?,
        Err(_) => SECONDS,
    };
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let place = Place { root: root.to_owned(), work: root.join(target).join("fuzz") };
    let targets = place.targets()?;
    place.build()?;
    println!("{}", Summary::TITLE);
    let mut findings = Vec::new();
    for target in &targets {
        let summary = place.fuzz(target, seconds)?;
        println!("{}", summary.row(target));
        findings.extend(summary.finding.map(|input| place.advice(target, &input)));
    }
    for advice in &findings {
        println!("\n{advice}");
    }
    println!("\n{} targets, {} findings", targets.len(), findings.len());
    Ok(findings.is_empty())
}

impl Place {
    /// Names of all targets that are wanted.
    fn targets(&self) -> anyhow::Result<Vec<String>> {
        let output = self.cargo_fuzz("list").output().context("run cargo fuzz list")?;
        ensure!(
            output.status.success(),
            "cargo fuzz list: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let all: Vec<String> = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
        let Ok(wanted) = std::env::var("FUZZ_TARGETS") else { return Ok(all) };
        let wanted: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
        let unknown: Vec<_> = wanted.iter().filter(|name| !all.contains(name)).collect();
        ensure!(unknown.is_empty(), "FUZZ_TARGETS names {unknown:?}; there are {}", all.join(" "));
        Ok(wanted)
    }

    fn build(&self) -> anyhow::Result<()> {
        let mut build = self.cargo_fuzz("build");
        let status = build.arg("--target-dir").arg(&self.work).status().context("run cargo fuzz build")?;
        ensure!(status.success(), "cargo fuzz build: {status}");
        Ok(())
    }

    /// Found by its name and not by CARGO: that one is of the toolchain that runs this, and only nightly can fuzz.
    fn cargo_fuzz(&self, command: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(["+nightly", "fuzz", command, "--fuzz-dir"]).arg(self.root.join("fuzz"));
        // `cargo run` tells this program where its own toolchain is; what it starts must not believe it.
        for name in ["CARGO", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "CARGO_TARGET_DIR"] {
            cargo.env_remove(name);
        }
        cargo
    }

    /// Runs one target until its time is over or it has found something.
    fn fuzz(&self, target: &str, seconds: u64) -> anyhow::Result<Summary> {
        let folder = |name: &str| -> anyhow::Result<PathBuf> {
            let folder = self.work.join(name).join(target);
            fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
            Ok(folder)
        };
        let (tried, artifacts, seeds) = (folder("corpus")?, folder("artifacts")?, folder("seeds")?);
        seeds::lay_out(target, &crate::check::corpus(&self.root), &seeds)?;
        let log = self.work.join(format!("{target}.log"));
        let mut fuzzer = Command::new("nice");
        fuzzer.arg(self.executable(target)).args(LIMITS);
        let looser = LOOSER.iter().find(|(name, ..)| *name == target);
        // Of two limits of one name the last counts.
        fuzzer.args(looser.map(|(_, limit, _)| limit));
        fuzzer.arg(format!("-max_total_time={seconds}"));
        fuzzer.arg(format!("-artifact_prefix={}/", artifacts.display()));
        let dictionary = self.root.join("fuzz/dictionaries").join(target);
        if dictionary.is_file() {
            fuzzer.arg(format!("-dict={}", dictionary.display()));
        }
        // New inputs go into the first folder; the others are only read.
        fuzzer.args([&tried, &seeds]).args(self.cases(target));
        let refused = looser.map_or("", |(.., refused)| refused);
        fuzzer
            .env("ASAN_OPTIONS", format!("{SANITIZER}{refused}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let status =
            fuzzer.stderr(fs::File::create(&log)?).status().with_context(|| format!("run {target}"))?;
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let summary = Summary::of(&text);
        ensure!(
            status.success() || summary.finding.is_some(),
            "{target} ended with {status}: see {}",
            log.display()
        );
        Ok(summary)
    }

    fn executable(&self, target: &str) -> PathBuf {
        self.work.join(format!("{}-unknown-linux-gnu/release", std::env::consts::ARCH)).join(target)
    }

    /// The folder of the target's cases, in whatever crate has them.
    fn cases(&self, target: &str) -> Option<PathBuf> {
        let crates = fs::read_dir(self.root.join("crates")).into_iter().flatten().flatten();
        let mut folders = crates.map(|one| one.path().join("tests/regressions").join(target));
        folders.find(|folder| folder.is_dir())
    }

    fn advice(&self, target: &str, input: &str) -> String {
        let cases =
            self.cases(target).unwrap_or_else(|| Path::new("crates/…/tests/regressions").join(target));
        let (tool, cases) =
            (self.executable(target), cases.strip_prefix(&self.root).unwrap_or(&cases).to_owned());
        format!(
            "{target} found something:\n  \
             see it      {tool} {input}\n  \
             shrink it   {tool} -minimize_crash=1 -runs=100000 {input}\n  \
             keep it     cp {input} {cases}/NAME, a line in the CASES.md above it, and `cargo test fuzzing`",
            tool = tool.display(),
            cases = cases.display(),
        )
    }
}
