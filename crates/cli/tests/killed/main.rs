//! Nothing lost: a hundred kills at random moments, of the program and of its workers, and the library that comes of it
//! equals one that nobody disturbed.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]
#![cfg(target_os = "linux")] // /proc tells who is a worker of whom

mod chance;
#[path = "../support/mod.rs"]
mod support;
mod tree;
mod victim;

use chance::Chance;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use support::{Story, assert_same, rows};
use tree::Tree;
use victim::{Phase, Victim, handed_out};

/// How many files are in hand at most.
const WORKERS: usize = 2;

/// How often the program is killed in each phase, and how long after it is first seen there at most. Seventy in all.
const PROGRAM: &[(Phase, usize, Duration)] = &[
    (Phase::Start, 8, Duration::from_millis(40)),
    (Phase::Walk, 8, Duration::from_millis(15)),
    (Phase::Identify, 9, Duration::from_millis(40)),
    (Phase::Processing, 33, Duration::from_millis(220)),
    (Phase::Clean, 12, Duration::from_millis(25)),
];

/// How often a worker is killed, and how long after the program was last seen working at most.
const OF_WORKERS: (usize, Duration) = (30, Duration::from_millis(100));

/// Rounds over which the kills are spread; what a round misses, because it was over too soon, comes in the next.
const ROUNDS: usize = 5;
const MOST_ROUNDS: usize = 9;

#[test]
fn a_hundred_kills_lose_nothing() {
    let mut siege = Siege::new();
    for round in 0..MOST_ROUNDS {
        if siege.is_over() {
            break;
        }
        siege.tree.advance_to(round);
        siege.index_and_generate(round);
        siege.clean(round);
        siege.check_same_as_quiet();
    }
    siege.report();
}

/// One thing to be killed, so long after a phase is reached.
#[derive(Debug, Clone, Copy)]
enum Aim {
    Program(Phase, Duration),
    Worker,
}

struct Siege {
    story: Story,
    tree: Tree,
    quiet: PathBuf,
    chance: Chance,
    killed: BTreeMap<(&'static str, Phase), usize>,
    repeated: Vec<usize>,
    seen: BTreeSet<i64>,
}

impl Siege {
    /// Two libraries with as many workers each.
    fn new() -> Self {
        let story = Story::new();
        story.slow_library(16);
        story.change_settings(&[("workers = 1", &format!("workers = {WORKERS}"))]);
        let quiet = story.path("quiet");
        let empty = story.path("empty");
        assert!(
            story.command_at(&quiet, &["add", empty.to_str().unwrap()]).output().unwrap().status.success()
        );
        let settings = fs::read(story.library().join("library.toml")).unwrap();
        fs::write(quiet.join("library.toml"), settings).unwrap();
        let tree = Tree(story.path("tree"));
        let (chance, killed, repeated) = (Chance::new(), BTreeMap::new(), Vec::new());
        let mut siege = Self { story, tree, quiet, chance, killed, repeated, seen: BTreeSet::new() };
        siege.seen.extend(siege.ids());
        siege
    }

    fn is_over(&self) -> bool {
        self.program_left() == 0 && self.workers_left() == 0
    }

    fn left(&self, phase: Phase, count: usize) -> usize {
        count.saturating_sub(self.killed.get(&("program", phase)).copied().unwrap_or(0))
    }

    fn killed_in_all(&self, whom: &str) -> usize {
        self.killed.iter().filter(|((who, _), _)| *who == whom).map(|(_, number)| number).sum()
    }

    fn program_left(&self) -> usize {
        let wanted: usize = PROGRAM.iter().map(|(_, count, _)| count).sum();
        wanted.saturating_sub(self.killed_in_all("program"))
    }

    fn workers_left(&self) -> usize {
        OF_WORKERS.0.saturating_sub(self.killed_in_all("worker"))
    }

    /// The share of this round, earlier phases first: what a phase has done is not done again.
    fn aims(&mut self, round: usize) -> Vec<Aim> {
        let rounds_left = ROUNDS.saturating_sub(round).max(1);
        let mut aims = Vec::new();
        for (phase, count, within) in PROGRAM.iter().filter(|(phase, ..)| *phase != Phase::Clean) {
            let left = match phase {
                // What was over too soon on this machine is made up for where there is time.
                Phase::Processing if round >= ROUNDS => self.program_left(),
                _ if round >= ROUNDS => 0,
                _ => self.left(*phase, *count),
            };
            let share = left.div_ceil(rounds_left);
            aims.extend(std::iter::repeat_n(Aim::Program(*phase, *within), share));
        }
        let first = aims.iter().position(|aim| matches!(aim, Aim::Program(Phase::Processing, _)));
        for _ in 0..self.workers_left().div_ceil(rounds_left) {
            let first = first.unwrap_or(aims.len());
            let place = first + self.chance.below(aims.len() + 1 - first);
            aims.insert(place, Aim::Worker);
        }
        aims
    }

    /// `tintype add`, killed again and again, until it ends by itself.
    fn index_and_generate(&mut self, round: usize) {
        let tree = self.tree.0.to_str().unwrap().to_owned();
        let add = ["add", &tree];
        let (mut logs, mut after_workers) = (Vec::new(), Vec::new());
        let mut victim = None;
        for aim in self.aims(round) {
            let mut now = victim.take().unwrap_or_else(|| self.go_on(&add, &mut logs));
            let is_over = match aim {
                Aim::Program(Phase::Start, within) => {
                    std::thread::sleep(self.chance.moment(within));
                    !self.kill(now)
                }
                Aim::Program(phase, _) if now.reach(phase).is_some_and(|reached| reached > phase) => {
                    victim = Some(now); // it was too quick: the aim is the next round's
                    false
                }
                Aim::Program(_, within) => {
                    std::thread::sleep(self.chance.moment(within));
                    !self.kill(now)
                }
                Aim::Worker => {
                    let goes_on = now.reach(Phase::Processing).is_some();
                    std::thread::sleep(self.chance.moment(OF_WORKERS.1));
                    let chance = &mut self.chance;
                    if let Some(phase) = now.kill_worker(|workers| chance.below(workers)) {
                        *self.killed.entry(("worker", phase)).or_default() += 1;
                        after_workers.push(logs.len());
                    }
                    victim = goes_on.then_some(now);
                    !goes_on
                }
            };
            if is_over || self.round_is_over() {
                break;
            }
        }
        if !self.round_is_over() {
            victim.unwrap_or_else(|| self.go_on(&add, &mut logs)).end();
        }
        self.check_jobs(&add);
        self.note_repeated(&logs, &after_workers);
    }

    /// Starts what goes on with the round: once its look is complete, `add` would begin another one, as it should.
    fn go_on(&self, add: &[&str], logs: &mut Vec<PathBuf>) -> Victim {
        let looked = self.round_jobs().iter().any(|job| job.name == "indexer" && job.status == "completed");
        let started = Victim::start(&self.story, if looked { &["jobs", "resume", "--all"] } else { add });
        logs.push(started.log());
        started
    }

    /// Whether there was something to kill.
    fn kill(&mut self, victim: Victim) -> bool {
        let phase = victim.kill();
        if let Some(phase) = phase {
            *self.killed.entry(("program", phase)).or_default() += 1;
        }
        phase.is_some()
    }

    /// Whether this round's jobs are complete, which a killed program may have had no time to say.
    fn round_is_over(&self) -> bool {
        let jobs = self.round_jobs();
        jobs.len() >= 2 && jobs.iter().all(|job| job.status == "completed")
    }

    fn round_jobs(&self) -> Vec<rows::Job> {
        let jobs = rows::jobs_left(&self.story.library()).unwrap_or_default();
        jobs.into_iter().filter(|job| !self.seen.contains(&job.id)).collect()
    }

    fn ids(&self) -> Vec<i64> {
        rows::jobs(&self.story.library()).unwrap().iter().map(|job| job.id).collect()
    }

    /// The same in the quiet library; then both jobs there and here have done the same, and there are no others.
    fn check_jobs(&mut self, words: &[&str]) {
        let mut command = self.story.command_at(&self.quiet, words);
        let output = command.env("TINTYPE_SENSORS", self.story.path("logs")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let quiet = rows::jobs(&self.quiet).unwrap();
        let killed = rows::jobs(&self.story.library()).unwrap();
        assert_eq!(killed.len(), quiet.len(), "a kill makes no new job: {killed:#?}");
        for (killed, quiet) in killed.iter().zip(&quiet) {
            assert_eq!((killed.id, &killed.name, &killed.status), (quiet.id, &quiet.name, &quiet.status));
            for count in
                ["found", "new", "changed", "moved", "unchanged", "gone", "identified", "deferred", "errors"]
                    .iter()
                    .chain(&["generated", "contents", "total_bytes"])
            {
                assert_eq!(
                    killed.output[count], quiet.output[count],
                    "{count} of {} {killed:#?}",
                    killed.name
                );
            }
            self.seen.insert(killed.id);
        }
    }

    /// How many files each run had handed to a worker that an earlier run had, too: those in hand when it was killed, and
    /// those that wait for another try since a worker of theirs was.
    fn note_repeated(&mut self, logs: &[PathBuf], after_workers: &[usize]) {
        let mut before = BTreeSet::new();
        for (place, log) in logs.iter().enumerate() {
            let now = handed_out(log);
            let again = now.intersection(&before).count();
            let waiting = after_workers.iter().filter(|runs| **runs <= place).count();
            assert!(again <= WORKERS + waiting, "a kill cost {again} files: {}", log.display());
            self.repeated.push(again);
            before.extend(now);
        }
    }

    fn clean(&mut self, round: usize) {
        let rounds_left = ROUNDS.saturating_sub(round).max(1);
        let (phase, count, within) = PROGRAM[PROGRAM.len() - 1];
        for _ in 0..self.left(phase, count).min(self.program_left()).div_ceil(rounds_left) {
            let mut victim = Victim::start(&self.story, &["clean"]);
            let goes_on = victim.reach(phase).is_some();
            std::thread::sleep(self.chance.moment(within));
            if !goes_on || !self.kill(victim) {
                break;
            }
        }
        self.story.run(&["clean"]).exits(0);
        assert!(self.story.command_at(&self.quiet, &["clean"]).output().unwrap().status.success());
    }

    /// Byte for byte in thumbnails, row for row in the catalogue.
    fn check_same_as_quiet(&self) {
        assert_same(&self.story.library(), &self.quiet);
        assert_same_rows(&self.story.library(), &self.quiet);
        self.story.run(&["verify", "--strict"]).exits(0);
    }

    fn report(&self) {
        let total: usize = self.killed.values().sum();
        let most = self.repeated.iter().max().copied().unwrap_or(0);
        let all: usize = self.repeated.iter().sum();
        eprintln!("{total} kills: {:?}", self.killed);
        eprintln!(
            "files handed to a worker again after a kill of the program: {all}, at most {most} after one"
        );
        for (phase, ..) in PROGRAM {
            assert!(self.killed.contains_key(&("program", *phase)), "nobody was killed in {phase:?}");
        }
        assert!(total >= 100 && self.workers_left() == 0, "only {total} kills");
    }
}

#[track_caller]
fn assert_same_rows(one: &Path, other: &Path) {
    let (one, other) = (rows::rows(one), rows::rows(other));
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    assert!(
        one == other,
        "only with kills: {:#?}\nonly without: {:#?}",
        only(&one, &other),
        only(&other, &one)
    );
}
