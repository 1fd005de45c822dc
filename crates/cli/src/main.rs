//! The program: parses the command line, runs one command, and ends with its exit status.
//! Knows nothing of pixels or SQL.
#![forbid(unsafe_code)]

mod args;
mod bar;
mod commands;
mod detach;
mod estimate;
mod follow;
mod hindsight;
mod out;
mod scrub_index;
mod session;
mod stop;
mod table;
mod units;
mod views;
mod whole_file;

use args::{CommandLine, Global};
use clap::{ColorChoice, CommandFactory, FromArgMatches};
use out::Out;
use session::{Exit, Session};
use std::{io, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// Exit status of an error.
const ERROR: u8 = 1;

/// Exit status with `--strict` when single files failed.
const FILES_FAILED: u8 = 3;

fn main() -> ExitCode {
    let CommandLine { global, command } = parse();
    let out = Out::new(global.json, global.quiet, global.no_color);
    log_to_stderr(&global, &out);
    let ended = Session::new(&global, out.clone()).and_then(|session| commands::run(&session, command));
    match ended {
        Ok(exit) => status(exit, global.strict, &out),
        // `tintype failures | head` is no error.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            out.error(&error);
            ERROR.into()
        }
    }
}

/// Wrong usage ends here, with exit status 2; so do `--help` and `--version`, with 0.
fn parse() -> CommandLine {
    let plain = std::env::args_os().any(|word| word == "--no-color");
    let definition = CommandLine::command().color(if plain { ColorChoice::Never } else { ColorChoice::Auto });
    let matches = definition.get_matches();
    CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn status(exit: Exit, strict: bool, out: &Out) -> ExitCode {
    match exit {
        Exit::Done { files_failed: 0 } => ExitCode::SUCCESS,
        Exit::Done { files_failed } => {
            out.note(&format!("{} failed", units::counted(files_failed, "file")));
            if strict { FILES_FAILED.into() } else { ExitCode::SUCCESS }
        }
        Exit::Unsuccessful => ERROR.into(),
        Exit::Interrupted => stop::INTERRUPTED.into(),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}

/// Warnings unless told otherwise; `RUST_LOG` says it in full.
fn log_to_stderr(global: &Global, out: &Out) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(out.colours_stderr())
        .with_target(false)
        .without_time()
        .with_writer(out.clone())
        .init();
}
