//! `bench scores`: what the corpus' tests wrote down of SSIMULACRA2, as a table of formats.
//! Knows the files that those tests write; judges nothing: tests did.

use anyhow::{Context, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where the tests left their tables
    #[arg(long, default_value = "target/corpus")]
    folder: PathBuf,
}

/// How many of the worst files are named.
const WORST: usize = 20;

/// One file's line.
struct Score {
    path: String,
    /// Decoding alone: the other decoder's picture went through our resize and encoder too.
    decoding: f64,
    /// The thumbnail, beside the other decoder's whole picture.
    whole: f64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut formats = read(&options.folder)?;
    println!(
        "SSIMULACRA2 of thumbnails of at most 256 px, short edge at least 64; 90 can hardly be told apart."
    );
    println!(
        "decoding: beside another decoder's picture, resized and encoded like ours; whole: before any encoder.\n"
    );
    println!("{:<14} {:>4}  {:^23}  {:^23}", "", "", "decoding", "whole");
    println!(
        "{:<14} {:>4}  {:>7} {:>7} {:>7}  {:>7} {:>7} {:>7}",
        "format", "n", "min", "median", "mean", "min", "median", "mean"
    );
    for (format, scores) in &formats {
        let decoding = spread(scores.iter().map(|score| score.decoding));
        let whole = spread(scores.iter().map(|score| score.whole));
        println!("{format:<14} {:>4}  {decoding}  {whole}", scores.len());
    }
    println!("\nworst in decoding:");
    let mut all: Vec<Score> = formats.values_mut().flat_map(std::mem::take).collect();
    all.sort_by(|one, other| one.decoding.total_cmp(&other.decoding));
    for Score { path, decoding, whole } in all.iter().take(WORST) {
        println!("{decoding:>8.2} {whole:>8.2}  {path}");
    }
    Ok(())
}

/// By format.
fn read(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<Score>>> {
    let mut formats: BTreeMap<String, Vec<Score>> = BTreeMap::new();
    for entry in fs::read_dir(folder)
        .with_context(|| format!("read {}: `make scores` runs the tests", folder.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tsv") {
            for line in fs::read_to_string(&path)?.lines().skip(1) {
                let (format, score) = parsed(line).with_context(|| format!("{}: {line}", path.display()))?;
                formats.entry(format).or_default().extend(score);
            }
        }
    }
    ensure!(!formats.is_empty(), "{} holds no scores: `make scores` runs the tests", folder.display());
    Ok(formats)
}

/// A line of path, format, columns, rows and two scores, which small pictures do not have.
fn parsed(line: &str) -> Option<(String, Option<Score>)> {
    let [path, format, _, _, decoding, whole] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
    let score = decoding.parse().ok().zip(whole.parse().ok());
    let score = score.map(|(decoding, whole)| Score { path: path.to_owned(), decoding, whole });
    Some((format.to_owned(), score))
}

/// Least, median and mean.
fn spread(numbers: impl Iterator<Item = f64>) -> String {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let Some(least) = sorted.first() else { return format!("{:>7} {:>7} {:>7}", "-", "-", "-") };
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    format!("{least:>7.2} {:>7.2} {mean:>7.2}", sorted[sorted.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_have_no_score() {
        assert!(matches!(parsed("a.png\tPNG\t16\t16\t\t"), Some((_, None))));
        assert!(matches!(parsed("a.png\tPNG\t256\t200\t99.5\t80.25"), Some((_, Some(_)))));
        assert!(parsed("a.png\tPNG").is_none());
    }

    #[test]
    fn the_middle_is_between_the_least_and_the_most() {
        assert_eq!(spread([3.0, 1.0, 2.0].into_iter()), "   1.00    2.00    2.00");
    }
}
