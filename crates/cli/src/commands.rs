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
    follow,
    session::{Exit, Session},
};
use anyhow::Result;

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
            crate::detach::become_background();
            follow::run_all(session, &session.open()?)
        }
    }
}
