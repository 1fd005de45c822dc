//! `bench`: what thumbnails cost and how good they are, ours and others'.
//! Knows the command line; each command is a module.
#![forbid(unsafe_code)]

mod child;
mod contest;
mod films;
mod floor;
mod formats;
mod jpeg;
mod pages;
mod photographs;
mod quality;
mod scores;
mod sheet;
mod soak;
mod speed;

use clap::Parser;
use std::path::PathBuf;

/// What thumbnails cost and how good they are, ours and others'.
#[derive(Parser)]
enum Command {
    /// CPU time of `tintype add` against the floor, vipsthumbnail and the obvious way.
    Speed(speed::Options),
    /// SSIMULACRA2 of our 512 px thumbnails against vipsthumbnail's at equal bytes.
    Quality(quality::Options),
    /// CPU time per megapixel of every format, beside the program that people would use for it.
    Formats(formats::Options),
    /// CPU and wall time of every film of a folder, beside ffmpegthumbnailer and ffmpeg.
    Films(contest::Options),
    /// CPU and wall time of every PDF of a folder, beside pdftoppm.
    Pages(contest::Options),
    /// SSIMULACRA2 by format, of what the corpus' tests wrote down.
    Scores(scores::Options),
    /// All thumbnails of a folder on one page, with name, reason and time, for human eyes.
    Sheet(sheet::Options),
    /// A library of a million small files: indexing, memory, checkpoints, and commands that must stay quick.
    Soak(soak::Options),
    /// The floor that `speed` compares with: three thumbnails of each JPEG, kept in memory only.
    #[command(hide = true)]
    Floor { files: Vec<PathBuf> },
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Speed(options) => speed::run(&options),
        Command::Quality(options) => quality::run(&options),
        Command::Formats(options) => formats::run(&options),
        Command::Films(options) => films::CONTEST.run(&options),
        Command::Pages(options) => pages::CONTEST.run(&options),
        Command::Scores(options) => scores::run(&options),
        Command::Sheet(options) => sheet::run(&options),
        Command::Soak(options) => soak::run(&options),
        Command::Floor { files } => {
            floor::run(&files)?;
            Ok(())
        }
    }
}
