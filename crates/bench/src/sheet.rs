//! `bench sheet`: the thumbnails of a whole folder on one page, for human eyes, and as mosaics for those without a browser.
//! Knows the order: files, the pool, pages. Asks the program's own pool of jailed workers for every picture.

mod mosaic;
mod page;
mod shot;

use anyhow::{Context, ensure};
use shot::{Outcome, Shot};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder whose files are shown [default: the corpus]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Where the page goes; what an earlier run left there is removed
    #[arg(long, default_value = "target/sheet")]
    to: PathBuf,
    /// Longest edge of the thumbnails
    #[arg(long, default_value_t = 256)]
    size: u32,
    /// Files in the hands of workers at once
    #[arg(long)]
    workers: Option<usize>,
}

/// What marks a folder as one of ours, which may be emptied.
const PAGE: &str = "index.html";

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let folder = options.folder.clone().unwrap_or_else(crate::photographs::corpus);
    let mut files = Vec::new();
    files_below(&folder, &mut files)?;
    ensure!(!files.is_empty(), "{} has no files", folder.display());
    files.sort();
    make_room(&options.to)?;
    let started = Instant::now();
    let shots = shot::all(&files, options.size, options.workers)?;
    let sheet = Sheet::of(&folder, &shots, started);
    page::write(&sheet, &options.to)?;
    let mosaics = mosaic::write(&sheet, &options.to)?;
    print!("{}", sheet.totals());
    println!("{}; mosaics: {mosaics} PNG files beside it", options.to.join(PAGE).display());
    Ok(())
}

/// Everything that is shown.
struct Sheet<'a> {
    title: String,
    /// By folder below the one that was asked for.
    folders: BTreeMap<PathBuf, Vec<&'a Shot>>,
    seconds: f64,
}

impl<'a> Sheet<'a> {
    fn of(folder: &Path, shots: &'a [Shot], started: Instant) -> Self {
        let mut folders: BTreeMap<PathBuf, Vec<&Shot>> = BTreeMap::new();
        for shot in shots {
            let below = shot.path.strip_prefix(folder).unwrap_or(&shot.path);
            folders.entry(below.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(shot);
        }
        let title = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        Self { title, folders, seconds: started.elapsed().as_secs_f64() }
    }

    fn shots(&self) -> impl Iterator<Item = &Shot> {
        self.folders.values().flatten().copied()
    }

    /// Formats and reasons with how many of each there are, and what a format's pictures took in the middle.
    fn totals(&self) -> String {
        let mut counts: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for shot in self.shots() {
            let (what, ms) = match &shot.outcome {
                Outcome::Picture(picture) => (picture.facts.format.clone(), picture.cpu_ms),
                Outcome::None { reason, .. } => (format!("no thumbnail: {reason}"), shot.wall_ms),
            };
            counts.entry(what).or_default().push(ms);
        }
        let mut text =
            format!("{} files in {:.1} s\n", counts.values().map(Vec::len).sum::<usize>(), self.seconds);
        for (what, times) in &mut counts {
            times.sort_by(f64::total_cmp);
            let line =
                format!("{what:<32} {:>5}   {:>8.1} ms in the middle\n", times.len(), times[times.len() / 2]);
            text += &line;
        }
        text
    }
}

/// Empties the folder of an earlier sheet; leaves alone what is none.
fn make_room(to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        let empty = fs::read_dir(to)?.next().is_none();
        ensure!(
            empty || to.join(PAGE).exists(),
            "{}: is no sheet; choose another folder with --to",
            to.display()
        );
        fs::remove_dir_all(to).with_context(|| format!("empty {}", to.display()))?;
    }
    fs::create_dir_all(to.join(shot::FOLDER)).with_context(|| to.display().to_string())
}

/// Links are not followed: a picture is shown once.
pub(crate) fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => files_below(&entry.path(), files)?,
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}
