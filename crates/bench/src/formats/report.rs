//! The results as a table for people and as JSON for programs.
//! Knows nothing of how they came about.

use super::{Missed, Result};
use crate::speed::statistics::Spread;
use serde_json::{Value, json};

pub(super) const WHAT: &str = "\
CPU time, user and system, of one thumbnail of 512 px per megapixel of the source: `tintype thumbnail` whole (program,
jail, worker, WebP of quality 85) beside the peer, which makes the same WebP with the same effort unless its name says
what else. Everything on one thread; start-up, measured on a picture of 16 × 16, taken off on both sides, but not for SVG and
camera RAW. Median of the rounds with the least and the most; ratios are taken within a round.
";

pub(super) const HEAD: &str =
    "format         n     MP   ours ms/MP  peer ms/MP   ours : peer            peer";

pub(super) fn row(result: &Result) -> String {
    let Result { format, peer, files, megapixels, .. } = result;
    let median =
        |numbers: &[f64]| Spread::of(numbers.iter().copied()).map_or(f64::NAN, |spread| spread.median);
    let (ours, theirs) = (median(&result.ours), median(&result.theirs));
    let ratio = result.ratio().map(|spread| format!("{spread:.2}")).unwrap_or_default();
    let slower = if result.ratio().is_some_and(|spread| spread.median > 1.0) { "  SLOWER" } else { "" };
    format!("{format:<14} {files} {megapixels:>6.1} {ours:>12.2} {theirs:>11.2}   {ratio:<22} {peer}{slower}")
}

pub(super) fn json(results: &[Result], missed: &[Missed]) -> Value {
    let measured = results.iter().map(|result| {
        json!({
            "format": result.format,
            "peer": result.peer,
            "files": result.files,
            "megapixels": result.megapixels,
            "ours_ms_per_megapixel": Spread::of(result.ours.iter().copied()),
            "peer_ms_per_megapixel": Spread::of(result.theirs.iter().copied()),
            "ratio": result.ratio(),
        })
    });
    let missed = missed.iter().map(|missed| json!({ "format": missed.format, "why": missed.why }));
    json!({ "measured": measured.collect::<Vec<_>>(), "not_measured": missed.collect::<Vec<_>>() })
}
