//! What each file of a folder costs in the program's own pool, beside other programs in the same run.
//! Knows clocks; whose command lines they are, and of which files, the tables say in `films` and `pages`.

use crate::child;
use crate::speed::statistics::Spread;
use anyhow::{Context, ensure};
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tintype_core::jobs::Priority;
use tintype_core::render::{Facts, Order, PoolRenderer, RenderRequest, Renderer};
use tintype_core::{Settings, mime_type_of};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder whose files are measured [default: the corpus' folder of them]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// How often everything is measured; all sides take turns in each round
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

pub(crate) const EDGE: u32 = 512;

/// What is promised: at most so much of the faster peer, for every file.
const PROMISED: f64 = 0.5;

/// CPU time and wall time in milliseconds.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    wall: f64,
}

/// One file's medians.
struct Line {
    name: String,
    ours: Cost,
    peers: Vec<Cost>,
}

/// A file that we open: what it is, and what it took.
type Opened = (PathBuf, (Facts, Cost));

/// Somebody else's name, and the command for a file of which ours knows the facts, that writes to a file.
pub(crate) type Peer = (&'static str, fn(&Path, &Facts, &Path) -> Command);

/// A kind of files, and who makes thumbnails of them.
pub(crate) struct Contest {
    /// What the files are.
    pub(crate) kind: &'static str,
    /// The corpus' folder of them.
    pub(crate) folder: &'static str,
    pub(crate) peers: &'static [Peer],
}

impl Contest {
    pub(crate) fn run(&self, options: &Options) -> anyhow::Result<()> {
        let folder = options.folder.clone().unwrap_or_else(|| crate::photographs::corpus().join(self.folder));
        let mut files = Vec::new();
        crate::sheet::files_below(&folder, &mut files)?;
        files.sort();
        let (measured, starts) = self.measured(&files, options.rounds)?;
        ensure!(!measured.is_empty(), "{} has no {} that can be opened", folder.display(), self.kind);
        println!(
            "milliseconds of CPU (wall) of a thumbnail of {EDGE} px; median of {} rounds",
            options.rounds
        );
        let lines: Vec<_> = measured.iter().map(Runner::line).collect();
        for line in &lines {
            println!("{}", line.words(self.peers));
        }
        self.print_totals(&lines);
        if let Some(start) = Spread::of(starts) {
            println!(
                "not in these: a worker starts in {start:.1} ms (wall), once for hundreds of {}",
                self.kind
            );
        }
        Ok(())
    }

    fn measured(&self, files: &[PathBuf], rounds: u32) -> anyhow::Result<(Vec<Runner>, Vec<f64>)> {
        // A folder: some add an ending to the name that they are given.
        let scratch = std::env::temp_dir().join(format!("tintype-bench-{}", std::process::id()));
        fs::create_dir(&scratch)?;
        let thumbnail = scratch.join("thumbnail.jpg");
        let (mut measured, mut starts): (Vec<Runner>, Vec<f64>) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (start, answers) = ours_of_all(files, self.kind)?;
            starts.push(start);
            for (file, (facts, ours)) in answers {
                let place = measured.iter().position(|runner| runner.file == file).unwrap_or_else(|| {
                    measured
                        .push(Runner { file: file.clone(), costs: vec![Vec::new(); self.peers.len() + 1] });
                    measured.len() - 1
                });
                measured[place].costs[0].push(ours);
                measured[place].time_peers(self.peers, &facts, &thumbnail);
            }
        }
        let _ = fs::remove_dir_all(&scratch);
        Ok((measured, starts))
    }

    fn print_totals(&self, lines: &[Line]) {
        for (what, part) in [("CPU", (|cost| cost.cpu) as fn(&Cost) -> f64), ("wall", |cost| cost.wall)] {
            let ratios: Vec<f64> = lines.iter().map(|line| line.ratio(part)).collect();
            let over = ratios.iter().filter(|ratio| **ratio > PROMISED).count();
            if let Some(spread) = Spread::of(ratios) {
                let (all, kind) = (lines.len(), self.kind);
                println!("{what}: {spread:.2} of the faster peer; over {PROMISED} in {over} of {all} {kind}");
            }
        }
    }
}

/// One file, and what it took: ours, then each peer's, round by round.
struct Runner {
    file: PathBuf,
    costs: Vec<Vec<Cost>>,
}

impl Runner {
    /// Has the peers run.
    fn time_peers(&mut self, peers: &[Peer], facts: &Facts, to: &Path) {
        for ((_, command), costs) in peers.iter().zip(&mut self.costs[1..]) {
            // Some files they cannot open; that costs them nothing here.
            let command = &mut command(&self.file, facts, to);
            if let Ok((cost, _)) = child::run(command) {
                let ms = |time: Duration| time.as_secs_f64() * 1000.0;
                costs.push(Cost { cpu: ms(cost.cpu()), wall: ms(cost.wall) });
            }
        }
    }

    fn line(&self) -> Line {
        let mut medians = self.costs.iter().map(|costs| median(costs));
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Line { name, ours: medians.next().unwrap_or_else(|| median(&[])), peers: medians.collect() }
    }
}

/// What the worker's start took, in milliseconds of wall time, and all files that we open, through one worker. It ends
/// before anybody else is measured, who waits for all children.
fn ours_of_all(files: &[PathBuf], library: &str) -> anyhow::Result<(f64, Vec<Opened>)> {
    let renderer = PoolRenderer::new(&Settings::new(library), Some(1))?;
    renderer.engine(&|_| true)?;
    // In a library a worker is started for hundreds of files: its start is what the first takes longer than the same
    // file takes again.
    let first = files.iter().find_map(|file| ours(&renderer, file).ok().map(|(_, cost)| (file, cost)));
    let (file, first) = first.context("no files that can be opened")?;
    let (_, again) = ours(&renderer, file)?;
    let opened =
        files.iter().filter_map(|file| ours(&renderer, file).ok().map(|answer| (file.clone(), answer)));
    Ok(((first.wall - again.wall).max(0.0), opened.collect()))
}

/// Of nobody who could do it, there is no end.
fn median(costs: &[Cost]) -> Cost {
    let of = |part: fn(&Cost) -> f64| {
        Spread::of(costs.iter().map(part)).map_or(f64::INFINITY, |spread| spread.median)
    };
    Cost { cpu: of(|cost| cost.cpu), wall: of(|cost| cost.wall) }
}

/// Through the program's own pool: worker, jail and all.
fn ours(renderer: &PoolRenderer, file: &Path) -> anyhow::Result<(Facts, Cost)> {
    let source = File::open(file)?;
    let order = Order::new(&[EDGE], 85);
    let (begun, cpu) = (Instant::now(), own_cpu());
    let rendition = renderer.render(RenderRequest {
        mime_type: &mime_type_of(&source, file),
        source: &source,
        order: &order,
        priority: Priority::Asked,
        cancelled: &|| false,
        begun: &|| {},
    })?;
    let (wall, parent) = (begun.elapsed(), own_cpu().saturating_sub(cpu));
    let metrics = rendition.metrics;
    let worker = (metrics.decode_us + metrics.resize_us + metrics.encode_us) as f64 / 1000.0;
    let cost = Cost { cpu: worker + parent.as_secs_f64() * 1000.0, wall: wall.as_secs_f64() * 1000.0 };
    Ok((rendition.facts, cost))
}

fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

impl Line {
    /// Ours as a part of the faster peer's.
    fn ratio(&self, part: fn(&Cost) -> f64) -> f64 {
        part(&self.ours) / self.peers.iter().map(part).fold(f64::INFINITY, f64::min)
    }

    fn words(&self, peers: &[Peer]) -> String {
        let mut words = format!("{:6.1} ({:6.1})", self.ours.cpu, self.ours.wall);
        for ((name, _), cost) in peers.iter().zip(&self.peers) {
            let _ = write!(words, "  {name} {:6.1} ({:6.1})", cost.cpu, cost.wall);
        }
        let (cpu, wall) = (self.ratio(|cost| cost.cpu), self.ratio(|cost| cost.wall));
        let over = if cpu > PROMISED || wall > PROMISED { "  OVER" } else { "" };
        format!("{words}  ratio {cpu:.2} ({wall:.2})  {}{over}", self.name)
    }
}
