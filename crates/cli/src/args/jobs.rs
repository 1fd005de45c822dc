//! Arguments of the commands about work and what became of it: jobs, failures.

use clap::{ArgGroup, Args, Subcommand, ValueHint};
use std::path::PathBuf;
use tintype_core::render::Reason;

/// What runs, what waits, and what became of the rest
///
/// Works the same whichever process runs the jobs.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  tintype jobs
  tintype jobs show 3 --follow
  tintype jobs pause 3
  tintype jobs resume 3                 goes on with it, here or where the jobs run
  tintype jobs resume --all             goes on with everything that is unfinished"
)]
pub(crate) struct JobsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<JobsAction>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

/// Which jobs to list.
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArgs {
    /// How many at most, newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Only those that are not over, first to run first
    #[arg(long)]
    pub(crate) open: bool,
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsAction {
    /// List them; this is what happens without an action
    List(ListArgs),
    /// Everything about a job
    Show {
        /// Number of the job
        id: i64,
        /// Go on showing it until it is over; with --json one document per line
        #[arg(long, short)]
        follow: bool,
    },
    /// Pause jobs; they stay paused until somebody resumes them
    Pause(JobIds),
    /// Let paused jobs go on, and run or follow them
    Resume {
        #[command(flatten)]
        ids: JobIds,
        /// Return at once; the work goes on in the background
        #[arg(long)]
        detach: bool,
    },
    /// Stop jobs for good; what they have done stays
    Cancel(JobIds),
    /// Give failed or cancelled jobs another go, and run or follow them
    Retry {
        #[command(flatten)]
        ids: JobIds,
        /// Return at once; the work goes on in the background
        #[arg(long)]
        detach: bool,
    },
}

/// Some jobs, or all to which the action applies.
#[derive(Debug, Args)]
pub(crate) struct JobIds {
    /// Numbers of jobs
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) ids: Vec<i64>,
    /// All to which it applies
    #[arg(long)]
    pub(crate) all: bool,
}

/// What has no thumbnail, and why
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  tintype failures
  tintype failures --reason timed-out --limit 10
  tintype failures --json | jq -r .path         one document per line
  tintype failures retry --reason io            tries those again
  tintype failures retry --path ~/Pictures      those of a folder, or of a file"
)]
pub(crate) struct FailuresArgs {
    #[command(subcommand)]
    pub(crate) action: Option<FailuresAction>,
    #[command(flatten)]
    pub(crate) list: FailuresListArgs,
}

/// What to do with failures.
#[derive(Debug, Subcommand)]
pub(crate) enum FailuresAction {
    /// List them; this is what happens without an action
    List(FailuresListArgs),
    /// Try them again
    Retry(RetryArgs),
}

/// Which failures to list.
#[derive(Debug, Clone, Args)]
pub(crate) struct FailuresListArgs {
    /// Only those of this reason: unsupported, corrupt, too-large, encrypted, no-picture, unavailable, timed-out,
    /// crashed, out-of-memory, io
    #[arg(long)]
    pub(crate) reason: Option<Reason>,
    /// Only those at or below this path
    #[arg(long, value_hint = ValueHint::AnyPath)]
    pub(crate) path: Option<PathBuf>,
    /// How many at most [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

/// Which failures to try again.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["all", "reason", "path"]))]
pub(crate) struct RetryArgs {
    /// All of them
    #[arg(long, conflicts_with_all = ["reason", "path"])]
    pub(crate) all: bool,
    /// Those of this reason
    #[arg(long)]
    pub(crate) reason: Option<Reason>,
    /// Those at or below this path
    #[arg(long, value_hint = ValueHint::AnyPath)]
    pub(crate) path: Option<PathBuf>,
    /// Return at once; the work goes on in the background
    #[arg(long)]
    pub(crate) detach: bool,
}
