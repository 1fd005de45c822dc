//! The command line: one definition from which parser, help, completions and man pages come.
//! Knows words and their limits; nothing of what any command does.
#![allow(
    clippy::doc_markdown,
    reason = "these comments are help for people at a terminal, who would see the backticks"
)]

mod jobs;
mod library;
mod thumbnails;

pub(crate) use jobs::{
    FailuresAction, FailuresArgs, FailuresListArgs, JobIds, JobsAction, JobsArgs, ListArgs, RetryArgs,
};
pub(crate) use library::{AddArgs, IndexArgs, LocationsAction, LocationsArgs, VerifyArgs};
pub(crate) use thumbnails::{EstimateArgs, GenerateArgs, GetArgs, ThumbnailArgs};

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Examples:
  tintype add ~/Pictures              index a folder and make its thumbnails
  tintype status                      what is there, what is missing, what failed
  tintype get ~/Pictures/a.jpg        where the thumbnail of a picture is
  tintype thumbnail a.jpg a.webp      one file, no library

Two terminals at once work: one runs the jobs, any other follows, pauses, resumes and cancels them.

Exit status: 0 the command did its work, even if single files failed (their number is printed;
--strict makes it 3); 1 an error; 2 wrong usage; 130 interrupted: the next run goes on.";

/// Thumbnails for people with a lot of media.
///
/// Turns folders of media into a library of thumbnails. Files are opened in jailed worker processes, so a bad file
/// costs a row in `tintype failures` and nothing else. Any command may be interrupted at any moment; the next run goes on.
#[derive(Debug, Parser)]
#[command(name = "tintype", version, after_help = AFTER_HELP)]
#[command(arg_required_else_help = true, subcommand_required = true, max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Global {
    /// The library [default: $XDG_DATA_HOME/tintype/default]
    #[arg(long, global = true, value_name = "DIR", env = "TINTYPE_LIBRARY", hide_env_values = true)]
    #[arg(help_heading = "Global options", value_hint = clap::ValueHint::DirPath)]
    pub(crate) library: Option<PathBuf>,
    /// Results as JSON on stdout: one document, or one per line for streams
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Say less: no progress, no summary, only errors
    #[arg(short, long, global = true, help_heading = "Global options", conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more on stderr; twice for even more
    #[arg(short, long, global = true, help_heading = "Global options", action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// No colours; the variable NO_COLOR does the same
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_color: bool,
    /// Exit with 3 when single files failed in this run
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) strict: bool,
}

/// Every command, in the order people meet them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Add(AddArgs),
    Index(IndexArgs),
    Generate(GenerateArgs),
    Get(GetArgs),
    Thumbnail(ThumbnailArgs),
    Jobs(JobsArgs),
    Failures(FailuresArgs),
    Status(StatusArgs),
    Estimate(EstimateArgs),
    Clean(CleanArgs),
    Verify(VerifyArgs),
    Locations(LocationsArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
    /// Runs jobs until none is left to run; started by --detach
    #[command(hide = true)]
    RunJobs,
}

/// Counts, sizes on disk, coverage per kind, failures per reason
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype status
  tintype status --json | jq '.sizes'")]
pub(crate) struct StatusArgs {}

/// Remove thumbnails that no file needs any more
///
/// A thumbnail goes when no entry holds its content, when library.toml does not want its size and nobody asked for it
/// with `generate --sizes`, or when it was written and never recorded. Files on a drive that is away are still entries,
/// so their thumbnails stay; and what tintype did not write is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype clean --dry-run
  tintype clean")]
pub(crate) struct CleanArgs {
    /// Only say what would be removed
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
}

/// Workers, formats, how much of the jail stands, libraries, disk space, what to install
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype doctor
  tintype doctor --json | jq -r '.workers[].jail'")]
pub(crate) struct DoctorArgs {}

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype completions bash > ~/.local/share/bash-completion/completions/tintype
  tintype completions zsh > ~/.zfunc/_tintype
  tintype completions fish > ~/.config/fish/completions/tintype.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    pub(crate) shell: Shell,
}

/// Print the man page, or write one for every command
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype man | man -l -
  tintype man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write tintype.1, tintype-add.1 and so on to this folder instead
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(crate) directory: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_that_people_see_has_examples() {
        for command in CommandLine::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Examples:"), "{} has none", command.get_name());
            assert!(command.get_about().is_some(), "{} says nothing of itself", command.get_name());
        }
    }
}
