//! The results as a table for people and as JSON for programs.
//! Knows nothing of how they came about.

use super::contenders::{CONTENDERS, Contender, TINTYPE};
use super::machine::Machine;
use super::statistics::Spread;
use super::{Lane, Race, Round};
use crate::child::Cost;
use crate::photographs::Photograph;
use serde_json::{Value, json};
use std::fmt::Write;

const WHAT: &str = "\
CPU time, user and system, of a program and all that it starts, per photograph: three thumbnails (512, 256 and 128
pixels, WebP, quality 85). Median of the rounds, with the least and the most. Ratios are taken within a round.
(a) libjpeg-turbo at the least scale of at least 1.5 × 512, chained Lanczos 3 by fast_image_resize, libwebp with method
    2; one process, nothing written, no catalogue, no jail. (b) `tintype add` on a new library, whole. (c) vipsthumbnail,
    a process per size, concurrency 1, metadata stripped. (d) image and webp crates, each size from the full picture,
    nothing written. (c) and (d) are slow: they get fewer copies of the same photographs.
";

pub(super) fn photographs(photographs: &[Photograph]) {
    println!("\n{WHAT}\nphotographs:");
    for photograph in photographs {
        let kind = if photograph.progressive { "progressive" } else { "baseline" };
        let (megapixels, kilobytes) = (photograph.megapixels(), photograph.jpeg.len() / 1000);
        println!("  {megapixels:4.1} MP {kilobytes:>5} kB  {kind:<11}  {}", photograph.name());
    }
}

pub(super) fn table(race: &Race) -> String {
    let mut text = format!("{} photographs: {} files\n", race.name, race.copies.files.len());
    let _ = writeln!(
        text,
        "{:<18} {:>5} {:>26} {:>7} {:>7}   {:<24} target",
        "", "files", "ms CPU per photograph", "user", "system", "(b) is of it"
    );
    for (contender, lane) in CONTENDERS.iter().zip(&race.lanes) {
        let _ = writeln!(text, "{}", row(contender, lane, race));
    }
    if let Some(busy) = busy(race) {
        let _ = writeln!(text, "(b) keeps {busy:.0} % of all CPUs busy from its start to its end");
    }
    text
}

fn row(contender: &Contender, lane: &Lane, race: &Race) -> String {
    let files = lane.rounds.first().map_or(0, |round| round.files);
    let name = format!("({}) {}", contender.letter, contender.name);
    let mut text = format!("{name:<18} {files:>5} ");
    let Some(ms) = Spread::of(lane.rounds.iter().map(Round::ms)) else { return text };
    let per_file = |part: fn(&Round) -> f64| {
        Spread::of(lane.rounds.iter().map(|round| part(round) * 1000.0 / round.files as f64))
            .map_or(0.0, |spread| spread.median)
    };
    let user = per_file(|round| round.cost.user.as_secs_f64());
    let system = per_file(|round| round.cost.system.as_secs_f64());
    let _ = write!(text, "{:>26} {user:>7.1} {system:>7.1}", format!("{ms:.1}"));
    if let (Some(target), Some(ratio)) = (contender.target, ratio(lane, race)) {
        let verdict = if ratio.median <= target { "met" } else { "MISSED" };
        let _ = write!(text, "   {:<24} {target:.2} {verdict}", format!("{ratio:.3}"));
    }
    text
}

/// Tintype's time as a part of this lane's, round by round.
fn ratio(lane: &Lane, race: &Race) -> Option<Spread> {
    let ours = race.lanes.get(TINTYPE)?;
    Spread::of(ours.rounds.iter().zip(&lane.rounds).map(|(ours, theirs)| ours.ms() / theirs.ms()))
}

/// Which part of the machine tintype keeps busy, start and index and end included; on a quiet machine.
fn busy(race: &Race) -> Option<Spread> {
    let cpus = std::thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64);
    let part =
        |round: &Round| 100.0 * round.cost.cpu().as_secs_f64() / (cpus * round.cost.wall.as_secs_f64());
    Spread::of(race.lanes.get(TINTYPE)?.rounds.iter().map(part))
}

pub(super) fn json(machine: &Machine, races: &[Race]) -> Value {
    json!({ "machine": machine, "races": races.iter().map(race_json).collect::<Vec<_>>() })
}

fn race_json(race: &Race) -> Value {
    let contenders = CONTENDERS.iter().zip(&race.lanes).map(|(contender, lane)| {
        let rounds: Vec<_> = lane.rounds.iter().map(round_json).collect();
        json!({
            "letter": contender.letter,
            "name": contender.name,
            "ms_per_photograph": Spread::of(lane.rounds.iter().map(Round::ms)),
            "tintype_is_of_it": ratio(lane, race),
            "target": contender.target,
            "rounds": rounds,
        })
    });
    json!({
        "photographs": race.name,
        "files": race.copies.files.len(),
        "busy_percent": busy(race),
        "contenders": contenders.collect::<Vec<_>>(),
    })
}

fn round_json(round: &Round) -> Value {
    let Cost { user, system, wall } = round.cost;
    json!({
        "files": round.files,
        "user_s": user.as_secs_f64(),
        "system_s": system.as_secs_f64(),
        "wall_s": wall.as_secs_f64(),
    })
}
