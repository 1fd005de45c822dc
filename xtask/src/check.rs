//! `cargo xtask check`: all that must hold before a change is done, one step after the other, then what ran and
//! how long it took. Knows the steps. Knows nothing of what they find.

use anyhow::Context;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Every step: its name and what follows `cargo`. The quick ones first; a later one runs even if an earlier one
/// failed, so that one run shows everything.
const STEPS: &[(&str, &[&str])] = &[
    ("format", &["fmt", "--all", "--check"]),
    ("tidy", &["xtask", "tidy"]),
    ("licences", &["xtask", "licences"]),
    // As arguments after `--` and not as RUSTFLAGS, which would make everything compile twice.
    ("lints", &["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    // Tests of the program start the workers that this puts beside it.
    ("executables", &["build", "--locked", "--workspace", "--bins"]),
    ("tests", &["test", "--locked", "--workspace", "--no-fail-fast"]),
];

/// Where tests look for the workers, and where they look for pictures.
const WORKER_DIR: &str = "TINTYPE_WORKER_DIR";
const CORPUS: &str = "TINTYPE_CORPUS";

struct Outcome {
    name: &'static str,
    passed: bool,
    took: Duration,
}

/// Runs every step; true if all passed.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let mut outcomes = Vec::new();
    for (name, arguments) in STEPS {
        println!("== {name}: cargo {}", arguments.join(" "));
        let started = Instant::now();
        let passed = passes(root, arguments)?;
        outcomes.push(Outcome { name, passed, took: started.elapsed() });
    }
    print!("{}", summary(&outcomes));
    Ok(outcomes.iter().all(|outcome| outcome.passed))
}

fn passes(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    // `cargo run` tells this program where its own libraries are; what it starts must not believe it.
    let status = crate::cargo(root)
        .args(arguments)
        .env_remove("LD_LIBRARY_PATH")
        .env(WORKER_DIR, executables(root, std::env::var_os("CARGO_TARGET_DIR")))
        .env(CORPUS, corpus(root))
        .status()
        .with_context(|| format!("run cargo {}", arguments.join(" ")))?;
    Ok(status.success())
}

/// The folder of the executables that `cargo build` makes.
fn executables(root: &Path, target: Option<OsString>) -> PathBuf {
    root.join(target.unwrap_or_else(|| "target".into())).join("debug")
}

/// The media that tests read, as an absolute path: a test's current folder is its crate's.
pub(crate) fn corpus(root: &Path) -> PathBuf {
    root.join(std::env::var_os(CORPUS).unwrap_or_else(|| "../shared/corpus".into()))
}

fn summary(outcomes: &[Outcome]) -> String {
    let mut text = String::from("== what ran\n");
    for Outcome { name, passed, took } in outcomes {
        let verdict = if *passed { "ok" } else { "FAILED" };
        let _ = writeln!(text, "{name:<12} {verdict:<7} {:6.1} s", took.as_secs_f64());
    }
    let total: Duration = outcomes.iter().map(|outcome| outcome.took).sum();
    let failed = outcomes.iter().filter(|outcome| !outcome.passed).count();
    let verdict = if failed == 0 { "all passed".into() } else { format!("{failed} FAILED") };
    text + &format!("{verdict}, {:.1} s in all\n", total.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_executables(target: Option<&str>, expected: &str) {
        assert_eq!(executables(Path::new("/repo"), target.map(Into::into)), Path::new(expected));
    }

    #[test]
    fn executables_are_found_wherever_cargo_puts_them() {
        check_executables(None, "/repo/target/debug");
        check_executables(Some("/elsewhere"), "/elsewhere/debug");
        check_executables(Some("built"), "/repo/built/debug");
    }

    #[test]
    fn the_summary_names_what_failed() {
        let outcome = |name, passed| Outcome { name, passed, took: Duration::from_millis(1500) };
        let text = summary(&[outcome("format", true), outcome("tests", false)]);
        assert!(text.contains("format       ok         1.5 s\n"), "{text}");
        assert!(text.contains("tests        FAILED     1.5 s\n1 FAILED, 3.0 s in all"), "{text}");
        assert!(summary(&[outcome("format", true)]).ends_with("all passed, 1.5 s in all\n"));
    }
}
