//! `bench films`: what each film of a folder costs beside the programs that people use, in the same run.
//! Knows command lines and clocks; knows nothing of films but how long they say they are.

use crate::child;
use crate::speed::statistics::Spread;
use anyhow::Context;
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
    /// The folder whose films are measured [default: the corpus' folder of video]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// How often everything is measured; all sides take turns in each round
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

const EDGE: u32 = 512;

/// What is promised: at most so much of the faster peer, for every file.
const PROMISED: f64 = 0.5;

/// CPU time and wall time in milliseconds.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    wall: f64,
}

/// One film's medians.
struct Line {
    name: String,
    ours: Cost,
    peers: Vec<Cost>,
}

/// A film that we open: what it is, and what it took.
type Opened = (PathBuf, (Facts, Cost));

/// Somebody else's command for a film of so many seconds.
type Peer = (&'static str, fn(&Path, f64, &Path) -> Command);

const PEERS: &[Peer] = &[("ffmpegthumbnailer", ffmpegthumbnailer), ("ffmpeg -ss", ffmpeg)];

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let folder = options.folder.clone().unwrap_or_else(|| crate::photographs::corpus().join("video"));
    let mut files = Vec::new();
    crate::sheet::files_below(&folder, &mut files)?;
    files.sort();
    let scratch = std::env::temp_dir().join(format!("tintype-bench-{}.jpg", std::process::id()));
    let (mut measured, mut starts): (Vec<Film>, Vec<f64>) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let (start, answers) = ours_of_all(&files)?;
        starts.push(start);
        for (file, (facts, ours)) in answers {
            let place = measured.iter().position(|film| film.file == file).unwrap_or_else(|| {
                measured.push(Film { file: file.clone(), costs: vec![Vec::new(); PEERS.len() + 1] });
                measured.len() - 1
            });
            measured[place].add(ours, &facts, &scratch);
        }
    }
    let _ = fs::remove_file(&scratch);
    println!("milliseconds of CPU (wall) of a thumbnail of {EDGE} px; median of {} rounds", options.rounds);
    let lines: Vec<_> = measured.iter().map(Film::line).collect();
    for line in &lines {
        println!("{}", line.words());
    }
    print_totals(&lines);
    if let Some(start) = Spread::of(starts) {
        println!(
            "not in these: a worker for video starts in {start:.1} ms (wall), once for hundreds of films"
        );
    }
    Ok(())
}

/// One film, and what it took: ours, then each peer's, round by round.
struct Film {
    file: PathBuf,
    costs: Vec<Vec<Cost>>,
}

impl Film {
    /// Adds what ours took, and has the peers run.
    fn add(&mut self, ours: Cost, facts: &Facts, scratch: &Path) {
        let at = facts.duration_ms.unwrap_or(0) as f64 / 10_000.0;
        self.costs[0].push(ours);
        for ((_, command), costs) in PEERS.iter().zip(&mut self.costs[1..]) {
            // Some films they cannot open; that costs them nothing here.
            let command = &mut command(&self.file, at, scratch);
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

/// What the worker's start took, in milliseconds of wall time, and all films that we open, through one worker. It ends
/// before anybody else is measured, who waits for all children.
fn ours_of_all(files: &[PathBuf]) -> anyhow::Result<(f64, Vec<Opened>)> {
    let renderer = PoolRenderer::new(&Settings::new("films"), Some(1))?;
    renderer.engine(&|_| true)?;
    // In a library a worker is started for hundreds of films: its start is what the first takes longer than the same
    // film takes again.
    let first = files.iter().find_map(|file| ours(&renderer, file).ok().map(|(_, cost)| (file, cost)));
    let (file, first) = first.context("no films that can be opened")?;
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

fn ffmpegthumbnailer(film: &Path, _: f64, to: &Path) -> Command {
    let mut command = Command::new("ffmpegthumbnailer");
    command.arg("-i").arg(film).arg("-o").arg(to).args(["-c", "jpeg", "-s"]).arg(EDGE.to_string());
    command
}

/// As who knows it well would: one thread, the key frame before, no sound. It does not pay for asking how long the film is.
fn ffmpeg(film: &Path, at: f64, to: &Path) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args([
        "-v",
        "error",
        "-nostdin",
        "-y",
        "-threads",
        "1",
        "-skip_frame",
        "nokey",
        "-noaccurate_seek",
    ]);
    command.arg("-ss").arg(format!("{at:.3}")).arg("-i").arg(film).args([
        "-an",
        "-sn",
        "-frames:v",
        "1",
        "-vf",
    ]);
    command.arg(format!("scale={EDGE}:{EDGE}:force_original_aspect_ratio=decrease")).arg(to);
    command
}

impl Line {
    /// Ours as a part of the faster peer's.
    fn ratio(&self, part: fn(&Cost) -> f64) -> f64 {
        part(&self.ours) / self.peers.iter().map(part).fold(f64::INFINITY, f64::min)
    }

    fn words(&self) -> String {
        let mut words = format!("{:6.1} ({:6.1})", self.ours.cpu, self.ours.wall);
        for ((name, _), cost) in PEERS.iter().zip(&self.peers) {
            let _ = write!(words, "  {name} {:6.1} ({:6.1})", cost.cpu, cost.wall);
        }
        let (cpu, wall) = (self.ratio(|cost| cost.cpu), self.ratio(|cost| cost.wall));
        let over = if cpu > PROMISED || wall > PROMISED { "  OVER" } else { "" };
        format!("{words}  ratio {cpu:.2} ({wall:.2})  {}{over}", self.name)
    }
}

fn print_totals(lines: &[Line]) {
    for (what, part) in [("CPU", (|cost| cost.cpu) as fn(&Cost) -> f64), ("wall", |cost| cost.wall)] {
        let ratios: Vec<f64> = lines.iter().map(|line| line.ratio(part)).collect();
        let over = ratios.iter().filter(|ratio| **ratio > PROMISED).count();
        if let Some(spread) = Spread::of(ratios) {
            println!(
                "{what}: {spread:.2} of the faster peer; over {PROMISED} in {over} of {} films",
                lines.len()
            );
        }
    }
}
