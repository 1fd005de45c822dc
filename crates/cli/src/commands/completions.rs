//! `tintype completions`: what a shell needs to complete this program's words.

use crate::{
    args::{CommandLine, CompletionsArgs},
    session::{Exit, Session},
};
use anyhow::Result;
use clap::CommandFactory;

pub(crate) fn run(session: &Session, args: &CompletionsArgs) -> Result<Exit> {
    // Into memory first: the generator panics when a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut CommandLine::command(), "tintype", &mut script);
    session.out.bytes(&script)?;
    Ok(Exit::DONE)
}
