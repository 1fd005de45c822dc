//! Checks of the repository itself: `cargo xtask tidy`, `licences`, `check`.
//! Knows source text, manifests and documents. Knows nothing of what the program does.
#![forbid(unsafe_code)]

mod check;
mod fuzz;
mod licences;
mod source;
mod spdx;
mod tidy;
mod tree;

use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

/// Does its work on the repository at a path. `Ok(false)`: it ran and found something.
type Command = fn(&Path) -> anyhow::Result<bool>;

/// Every command: its name, what it says of itself, what it does.
const COMMANDS: &[(&str, &str, Command)] = &[
    ("tidy", "what a reader of the source relies on", tidy::run),
    ("licences", "every dependency's licence is on the list in deny.toml", licences::run),
    ("fuzz", "every parser, fed with anything for a while (`make fuzz`)", fuzz::run),
    ("check", "all that must hold before a change is done (`make test`)", check::run),
];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let Some((_, _, command)) = COMMANDS.iter().find(|(name, ..)| *name == wanted) else {
        for (name, about, _) in COMMANDS {
            eprintln!("cargo xtask {name:<9} {about}");
        }
        return ExitCode::from(2);
    };
    match command(&repository()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask {wanted}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Cargo itself, at the root of the repository: the same that runs this program.
fn cargo(root: &Path) -> process::Command {
    let mut cargo = process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// The root of the repository. Cargo names this crate's folder when it runs it; asked at run time, because a
/// target directory may be shared by several checkouts.
fn repository() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or(here.clone(), Path::to_path_buf)
}
