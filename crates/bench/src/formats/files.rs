//! The files of a race: photographs of the corpus in the race's format, or files of the corpus as they are.
//! Knows where files come from; knows nothing of who is measured.

use super::command::Runner;
use super::races::{Origin, Race};
use crate::photographs;
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

/// What is encoded into every format: a street, a face, a drawing of flat colours.
const PHOTOGRAPHS: &[&str] = &[
    "photos-large/Canon EOS 5D.jpg",
    "photos-large/Oppo R7 Plus.jpg",
    "photos-large/Flow-dark-5120x2880.jpg",
];

/// Longest edge of the large ones: some five megapixels, so that the slowest encoder here takes seconds, not minutes,
/// and decoding is most of what a thumbnail costs.
const LARGE: u32 = 2880;

/// Longest edge of the small one: as good as nothing.
const SMALL: u32 = 16;

pub(super) struct Entrant {
    pub(super) path: PathBuf,
    pub(super) megapixels: f64,
}

pub(super) struct Files {
    pub(super) large: Vec<Entrant>,
    /// What it costs is the cost of starting.
    pub(super) small: Option<Entrant>,
}

pub(super) fn of(race: &Race, runner: &Runner) -> anyhow::Result<Files> {
    let corpus = photographs::corpus();
    let (large, small) = match race.origin {
        Origin::Corpus(names) => (names.iter().map(|name| corpus.join(name)).collect(), None),
        Origin::Encoded { extension, by } => {
            let encoded = |name: &&str, edge| encoded(runner, (&corpus.join(name), edge), extension, by);
            let large =
                PHOTOGRAPHS.iter().map(|name| encoded(name, LARGE)).collect::<anyhow::Result<Vec<_>>>()?;
            (large, Some(encoded(&PHOTOGRAPHS[0], SMALL)?))
        }
    };
    let entrant = |path: PathBuf| {
        let seen = runner.look(&path).with_context(|| path.display().to_string())?;
        Ok(Entrant { path, megapixels: f64::from(seen.width) * f64::from(seen.height) / 1e6 })
    };
    let large = large.into_iter().map(entrant).collect::<anyhow::Result<_>>()?;
    Ok(Files { large, small: small.map(entrant).transpose()? })
}

/// Made once and kept: the slow encoders take half a minute for all three.
fn encoded(
    runner: &Runner,
    (photograph, edge): (&Path, u32),
    extension: &str,
    by: &[&str],
) -> anyhow::Result<PathBuf> {
    let stem = photograph.file_stem().unwrap_or_default().to_string_lossy().replace(' ', "-");
    let master = runner.kept.join(format!("{stem}-{edge}.png"));
    if !master.exists() {
        let size = format!("{edge}x{edge}");
        let shrink = ["vipsthumbnail", "IN", "--size", &size, "--eprofile", "srgb", "-o", "OUT[strip]"];
        runner.encode(&shrink, photograph, &master)?;
    }
    let file = runner.kept.join(format!("{stem}-{edge}.of.{extension}"));
    if !file.exists() {
        let unfinished = runner.kept.join(format!("unfinished.{extension}"));
        runner.encode(by, &master, &unfinished)?;
        fs::rename(&unfinished, &file)?;
    }
    Ok(file)
}
