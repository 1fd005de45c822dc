//! `bench quality`: how good our thumbnails are at the bytes that vipsthumbnail spends.
//! Knows the order of the comparison; how things are scored and who makes them is below.

mod contenders;
mod light;
mod reference;
mod score;

use crate::photographs::{self, Photograph};
use contenders::{VARIANTS, tintype, vips};
use reference::Reference;
use score::{Judge, Point, at_bytes};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also try the steps of our engine with other settings, one at a time.
    #[arg(long)]
    variants: bool,
    /// A folder for files in between.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

/// The quality everybody is asked for, and what vipsthumbnail's bytes are taken at.
const QUALITY: u8 = 85;

/// Around it: method 2 spends a few per cent more bytes than vipsthumbnail's 4, other resizes a few less.
const SWEEP: std::ops::RangeInclusive<u8> = 76..=94;
const STEP: usize = 2;

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(&options.folder)?;
    println!("SSIMULACRA2 of thumbnails of 512 px against full decode, sRGB, Lanczos 3 in linear light.");
    println!("Ours at vipsthumbnail's bytes: on the line between the two nearest of our qualities.\n");
    println!("{:<36} {:>7} {:>7} {:>7} {:>7} {:>7}", "photograph", "bytes", "vips", "ours", "+", "ours 85");
    let mut differences = Vec::new();
    for photograph in photographs::all()? {
        differences.extend(compare(&photograph, options)?);
    }
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    println!("\nmean difference {mean:+.2} over {} photographs: {}", differences.len(), verdict(mean));
    Ok(())
}

fn verdict(mean: f64) -> &'static str {
    if mean >= 0.0 { "no worse than vipsthumbnail" } else { "WORSE than vipsthumbnail" }
}

/// One photograph's line, and by how much ours is better.
fn compare(photograph: &Photograph, options: &Options) -> anyhow::Result<Option<f64>> {
    let mut judge = Judge::of(Reference::of(photograph)?);
    let theirs = vips(photograph, judge.reference(), QUALITY, &options.folder)?;
    let theirs = judge.point(&theirs)?;
    let sweep: Vec<Point> = SWEEP
        .step_by(STEP)
        .map(|quality| judge.point(&tintype(photograph, quality)?))
        .collect::<anyhow::Result<_>>()?;
    let plain = judge.point(&tintype(photograph, QUALITY)?)?;
    let ours = at_bytes(&sweep, theirs.bytes);
    let name = photograph.name();
    match ours {
        Some(ours) => println!(
            "{name:<36} {:>7} {:>7.2} {ours:>7.2} {:>+7.2} {:>7.2} at {}",
            theirs.bytes,
            theirs.score,
            ours - theirs.score,
            plain.score,
            plain.bytes
        ),
        None => println!("{name:<36} {:>7} {:>7.2} outside the sweep", theirs.bytes, theirs.score),
    }
    if options.variants {
        variants(photograph, &mut judge, theirs)?;
    }
    Ok(ours.map(|ours| ours - theirs.score))
}

fn variants(photograph: &Photograph, judge: &mut Judge, theirs: Point) -> anyhow::Result<()> {
    for variant in VARIANTS {
        let small = variant.small(photograph, judge.reference())?;
        let sweep: Vec<Point> = SWEEP
            .step_by(STEP)
            .map(|quality| judge.point(&variant.encode(&small, quality)?))
            .collect::<anyhow::Result<_>>()?;
        let unencoded = judge.unencoded(&small)?;
        let ours =
            at_bytes(&sweep, theirs.bytes).map_or_else(|| "outside".to_owned(), |ours| format!("{ours:.2}"));
        println!("    {:<32} {:>7} {:>7} {ours:>7}   before encoding {unencoded:.2}", variant.name, "", "");
    }
    Ok(())
}
