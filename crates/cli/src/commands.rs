//! The commands, one file each, and the table that says which word means which.

mod add;
mod clean;
mod completions;
mod doctor;
mod estimate;
mod failures;
mod generate;
mod get;
mod index;
mod jobs;
mod locations;
mod man;
mod status;
mod thumbnail;
mod verify;

use crate::{
    args::Command,
    detach, follow,
    session::{Exit, Session},
};
use anyhow::Result;
use tintype_core::{Library, jobs::JobHandle};

/// Runs a command to its end.
pub(crate) fn run(session: &Session, command: Command) -> Result<Exit> {
    match command {
        Command::Add(args) => add::run(session, &args),
        Command::Index(args) => index::run(session, &args),
        Command::Generate(args) => generate::run(session, &args),
        Command::Get(args) => get::run(session, &args),
        Command::Thumbnail(args) => thumbnail::run(session, &args),
        Command::Jobs(args) => jobs::run(session, args),
        Command::Failures(args) => failures::run(session, args),
        Command::Status(_) => status::run(session),
        Command::Estimate(args) => estimate::run(session, &args),
        Command::Clean(args) => clean::run(session, &args),
        Command::Verify(args) => verify::run(session, &args),
        Command::Locations(args) => locations::run(session, args),
        Command::Doctor(_) => doctor::run(session),
        Command::Completions(args) => completions::run(session, &args),
        Command::Man(args) => man::run(session, &args),
        Command::RunJobs => {
            detach::become_background();
            follow::run_all(session, &session.open()?)
        }
    }
}

/// Has jobs done: here, by whoever runs them, or in the background. The inner error: they did not come to their end, and
/// that has been said.
fn carry_out(
    session: &Session,
    library: &Library,
    jobs: &[JobHandle],
    detached: bool,
) -> Result<Result<(), Exit>> {
    if detached {
        detach::start_runner(library)?;
        return Ok(Ok(()));
    }
    Ok(follow::run_or_follow(session, library, jobs)?.told(session))
}
