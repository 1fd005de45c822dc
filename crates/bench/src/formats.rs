//! `bench formats`: CPU time per megapixel of every format, beside the program that people would use for it.
//! Knows the order of a run: files, rounds, results. Who runs against whom is a table in `races`.

mod command;
mod files;
mod races;
mod report;

use crate::speed::statistics::Spread;
use anyhow::{Context, ensure};
use command::Runner;
use files::Entrant;
use races::{Peer, RACES, Race};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these formats, by the names of the table
    formats: Vec<String>,
    /// How often everything is measured; both sides take turns in each round
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The `tintype` to measure [default: the one beside this program]
    #[arg(long)]
    program: Option<PathBuf>,
    /// Where encoded photographs are kept from one run to the next
    #[arg(long, default_value = "target/bench-formats")]
    folder: PathBuf,
    /// The results as JSON too
    #[arg(long, default_value = "target/bench-formats.json")]
    json: PathBuf,
}

/// What one format took beside one peer.
struct Result {
    format: &'static str,
    peer: &'static str,
    files: usize,
    megapixels: f64,
    /// CPU milliseconds per megapixel, round by round, start-up taken off.
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

/// A format that could not be measured, and why.
struct Missed {
    format: &'static str,
    why: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let known = |name: &&String| RACES.iter().any(|race| race.format.eq_ignore_ascii_case(name));
    if let Some(stranger) = options.formats.iter().find(|name| !known(name)) {
        anyhow::bail!("no race of {stranger}; there are: {}", RACES.map(|race| race.format).join(", "));
    }
    fs::create_dir_all(&options.folder)?;
    let runner = Runner::new(options.program.as_deref(), &fs::canonicalize(&options.folder)?)?;
    let (mut results, mut missed) = (Vec::new(), Vec::new());
    println!("{}", report::WHAT);
    println!("{}", report::HEAD);
    for race in RACES.iter().filter(|race| wanted(race, &options.formats)) {
        match one(race, &runner, options.rounds) {
            Ok(more) => {
                for result in &more {
                    println!("{}", report::row(result));
                }
                results.extend(more);
            }
            Err(error) => {
                println!("{:<14} not measured: {error:#}", race.format);
                missed.push(Missed { format: race.format, why: format!("{error:#}") });
            }
        }
    }
    fs::write(&options.json, serde_json::to_string_pretty(&report::json(&results, &missed))?)
        .with_context(|| format!("write {}", options.json.display()))?;
    println!("the same as JSON: {}", options.json.display());
    Ok(())
}

fn wanted(race: &Race, formats: &[String]) -> bool {
    formats.is_empty() || formats.iter().any(|name| race.format.eq_ignore_ascii_case(name))
}

/// One format against its peers, round by round.
fn one(race: &Race, runner: &Runner, rounds: u32) -> anyhow::Result<Vec<Result>> {
    let files = files::of(race, runner)?;
    ensure!(!files.large.is_empty(), "no files");
    let megapixels = files.large.iter().map(|file| file.megapixels).sum();
    let mut results: Vec<_> =
        race.peers.iter().map(|peer| Result::new(race, peer, files.large.len(), megapixels)).collect();
    for _ in 0..rounds {
        let ours = above_start(&files, |file| runner.ours(file))?;
        for (peer, result) in race.peers.iter().zip(&mut results) {
            let theirs = above_start(&files, |file| runner.theirs(peer, file))?;
            result.ours.push(ours.as_secs_f64() * 1000.0 / megapixels);
            result.theirs.push(theirs.as_secs_f64() * 1000.0 / megapixels);
        }
    }
    Ok(results)
}

/// What the large files take together, without what a picture of a few pixels takes each time: starting programs, walls of
/// the jail, loading libraries. That matters too, but not per megapixel, and in a library it is paid once, not per file.
fn above_start(
    files: &files::Files,
    cost: impl Fn(&Entrant) -> anyhow::Result<Duration>,
) -> anyhow::Result<Duration> {
    let mut whole = Duration::ZERO;
    for file in &files.large {
        whole += cost(file)?;
    }
    let Some(small) = &files.small else { return Ok(whole) };
    let start = cost(small)?.min(cost(small)?) * files.large.len() as u32;
    Ok(whole.saturating_sub(start))
}

impl Result {
    fn new(race: &Race, peer: &Peer, files: usize, megapixels: f64) -> Self {
        Self { format: race.format, peer: peer.name, files, megapixels, ours: Vec::new(), theirs: Vec::new() }
    }

    /// Ours as a part of theirs, within each round.
    fn ratio(&self) -> Option<Spread> {
        Spread::of(self.ours.iter().zip(&self.theirs).map(|(ours, theirs)| ours / theirs))
    }
}
