//! `bench speed`: CPU time per photograph of `tintype add` whole, and of what it must measure up to.
//! Knows the order of a run: files, rounds, results. Who competes is a table in `contenders`.

mod contenders;
mod machine;
mod report;
pub(crate) mod statistics;

use crate::child::Cost;
use crate::photographs::{self, Copies, Photograph};
use anyhow::Context;
use contenders::{CONTENDERS, Place};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Distinct files made of the baseline photographs
    #[arg(long, default_value_t = 288)]
    files: usize,
    /// Distinct files made of the progressive photographs, a comparison of its own
    #[arg(long, default_value_t = 24)]
    progressive_files: usize,
    /// How often everything is measured; contenders take turns in each round
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The `tintype` to measure [default: the one beside this program]
    #[arg(long)]
    program: Option<PathBuf>,
    /// Where a folder `scratch` for photographs and libraries is made, and removed in the end
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// The results as JSON too
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
}

/// Photographs that are compared with one another, and what everybody took for them.
struct Race {
    name: &'static str,
    copies: Copies,
    /// In the order of `CONTENDERS`.
    lanes: Vec<Lane>,
}

/// What one contender took, round by round.
#[derive(Default)]
struct Lane {
    rounds: Vec<Round>,
}

struct Round {
    files: usize,
    cost: Cost,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let place = Place::new(options.program.clone(), &options.folder)?;
    let before = machine::Machine::look(&place);
    print!("{before}");
    let photographs = photographs::all()?;
    report::photographs(&photographs);
    let (progressive, baseline): (Vec<_>, Vec<_>) =
        photographs.iter().partition(|photograph| photograph.progressive);
    let mut races = vec![
        Race::new("baseline", &baseline, options.files, &place)?,
        Race::new("progressive", &progressive, options.progressive_files, &place)?,
    ];
    for round in 0..options.rounds as usize {
        for race in &mut races {
            race.run(round, &place)?;
        }
    }
    for race in &races {
        print!("\n{}", report::table(race));
    }
    println!("\nload average {} before, {} after", before.load, machine::load());
    let json = report::json(&before, &races);
    std::fs::write(&options.json, serde_json::to_string_pretty(&json)?)
        .with_context(|| format!("write {}", options.json.display()))?;
    println!("the same as JSON: {}", options.json.display());
    std::fs::remove_dir_all(&place.scratch).with_context(|| format!("remove {}", place.scratch.display()))
}

impl Race {
    fn new(
        name: &'static str,
        photographs: &[&Photograph],
        files: usize,
        place: &Place,
    ) -> anyhow::Result<Self> {
        let copies = Copies::make(photographs, files, place.scratch.join(name))?;
        Ok(Self { name, copies, lanes: CONTENDERS.iter().map(|_| Lane::default()).collect() })
    }

    /// Everybody once, forth in one round and back in the next, so that a machine that grows slower wrongs nobody.
    fn run(&mut self, round: usize, place: &Place) -> anyhow::Result<()> {
        let mut turns: Vec<_> = CONTENDERS.iter().zip(&mut self.lanes).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (contender, lane) in turns {
            let files = match contender.copies {
                Some(copies) => self.copies.some(copies, round),
                None => self.copies.files.clone(),
            };
            eprintln!(
                "{} photographs, round {}: {}, {} files",
                self.name,
                round + 1,
                contender.name,
                files.len()
            );
            let cost = (contender.run)(place, &self.copies.folder, &files)?;
            lane.rounds.push(Round { files: files.len(), cost });
        }
        Ok(())
    }
}

impl Round {
    /// CPU milliseconds per photograph.
    fn ms(&self) -> f64 {
        self.cost.cpu().as_secs_f64() * 1000.0 / self.files as f64
    }
}
