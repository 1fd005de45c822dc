//! `tintype man`: the man pages, from the same definition as the help.

use crate::{
    args::{CommandLine, ManArgs},
    session::{Exit, Session},
};
use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_mangen::Man;
use std::fs;

pub(crate) fn run(session: &Session, args: &ManArgs) -> Result<Exit> {
    let command = CommandLine::command();
    let Some(directory) = &args.directory else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        session.out.bytes(&page)?;
        return Ok(Exit::DONE);
    };
    fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
    clap_mangen::generate_to(command, directory)
        .with_context(|| format!("write to {}", directory.display()))?;
    session.out.note(&format!("man pages in {}", directory.display()));
    Ok(Exit::DONE)
}
