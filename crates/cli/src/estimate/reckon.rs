//! From what a few files cost to what all will: sums with the range in which they probably lie.
//! Numbers in, numbers out.

use super::{Group, Trial};
use serde::Serialize;

/// How many standard errors to each side: nineteen sums of twenty lie between.
const WIDTH: f64 = 2.0;

/// How wrong a single sample may be: nobody knows, so half of it.
const DOUBT: f64 = 0.5;

/// How far two measurements of the same time lie apart on a machine that does other things too (measured: 15 %).
const WANDER: f64 = 0.15;

/// A sum and the range in which it probably lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) likely: f64,
    pub(crate) high: f64,
}

/// What the work would cost.
#[derive(Debug, Serialize)]
pub(crate) struct Estimate {
    pub(crate) files: u64,
    pub(crate) source_bytes: u64,
    /// Files that were tried.
    pub(crate) tried: u64,
    /// Files that will probably have thumbnails.
    pub(crate) with_thumbnails: Range,
    /// By the clock, with this many workers on this machine as busy as it is now.
    pub(crate) seconds: Range,
    pub(crate) workers: usize,
    /// Per size.
    pub(crate) thumbnails: Vec<SizeEstimate>,
    /// Of all sizes.
    pub(crate) bytes: Range,
    /// The largest worker that was seen.
    pub(crate) worker_memory: u64,
    /// All workers, if all meet such a file at once.
    pub(crate) memory: u64,
    pub(crate) groups: Vec<GroupEstimate>,
}

/// Bytes of one size.
#[derive(Debug, Serialize)]
pub(crate) struct SizeEstimate {
    pub(crate) size: u32,
    pub(crate) bytes: Range,
}

/// One group of files.
#[derive(Debug, Serialize)]
pub(crate) struct GroupEstimate {
    pub(crate) name: String,
    pub(crate) files: u64,
    pub(crate) source_bytes: u64,
    pub(crate) tried: u64,
    pub(crate) failed: u64,
    pub(crate) seconds: Range,
    pub(crate) bytes: Range,
}

/// Reckons from the trials of each group, with `sizes` wanted and so many `workers`.
pub(crate) fn reckon(groups: &[Group], trials: &[Vec<Trial>], sizes: &[u32], workers: usize) -> Estimate {
    let over_groups = |cost: &dyn Fn(&Trial) -> f64| {
        sum(groups
            .iter()
            .zip(trials)
            .map(|(group, trials)| extrapolate(group.files, trials.iter().map(cost))))
    };
    let worker_memory = trials.iter().flatten().map(|trial| trial.peak_memory).max().unwrap_or(0);
    Estimate {
        files: groups.iter().map(|group| group.files).sum(),
        source_bytes: groups.iter().map(|group| group.bytes).sum(),
        tried: trials.iter().map(|trials| trials.len() as u64).sum(),
        with_thumbnails: over_groups(&|trial| f64::from(!trial.made.is_empty())),
        seconds: wander(over_groups(&|trial| trial.seconds / workers as f64)),
        workers,
        thumbnails: sizes
            .iter()
            .map(|&size| SizeEstimate { size, bytes: over_groups(&|trial| bytes_of(trial, size)) })
            .collect(),
        bytes: over_groups(&bytes),
        worker_memory,
        memory: worker_memory * workers as u64,
        groups: groups.iter().zip(trials).map(|(group, trials)| one_group(group, trials, workers)).collect(),
    }
}

fn one_group(group: &Group, trials: &[Trial], workers: usize) -> GroupEstimate {
    GroupEstimate {
        name: group.name.clone(),
        files: group.files,
        source_bytes: group.bytes,
        tried: trials.len() as u64,
        failed: trials.iter().filter(|trial| trial.made.is_empty()).count() as u64,
        seconds: wander(extrapolate(group.files, trials.iter().map(|trial| trial.seconds / workers as f64))),
        bytes: extrapolate(group.files, trials.iter().map(bytes)),
    }
}

fn bytes(trial: &Trial) -> f64 {
    trial.made.iter().map(|(_, bytes)| *bytes as f64).sum()
}

fn bytes_of(trial: &Trial, size: u32) -> f64 {
    trial.made.iter().filter(|(made, _)| *made == size).map(|(_, bytes)| *bytes as f64).sum()
}

/// From samples of `files` to the sum of all, by the mean and its standard error. What was tried is known, so the range
/// closes as the samples become all files.
fn extrapolate(files: u64, samples: impl Iterator<Item = f64>) -> Range {
    let samples: Vec<f64> = samples.collect();
    let (count, all) = (samples.len() as f64, files as f64);
    if samples.is_empty() {
        return Range::default();
    }
    let mean = samples.iter().sum::<f64>() / count;
    let unknown = if all > 1.0 { ((all - count) / (all - 1.0)).max(0.0).sqrt() } else { 0.0 };
    let error = match samples.len() {
        1 => DOUBT * mean / WIDTH,
        _ => {
            (samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0) / count).sqrt()
        }
    };
    around(all * mean, WIDTH * all * error * unknown)
}

/// Errors of independent groups add up like the sides of a right triangle.
fn sum(ranges: impl Iterator<Item = Range>) -> Range {
    let (likely, squares) = ranges.fold((0.0, 0.0), |(likely, squares), range| {
        (likely + range.likely, squares + (range.high - range.likely).powi(2))
    });
    around(likely, squares.sqrt())
}

/// Times are never known exactly, though every file was tried.
fn wander(range: Range) -> Range {
    around(range.likely, (range.high - range.likely).hypot(WANDER * range.likely))
}

fn around(likely: f64, half: f64) -> Range {
    Range { low: (likely - half).max(0.0), likely, high: likely + half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: u64, samples: &[f64], low: f64, likely: f64, high: f64) {
        let range = extrapolate(files, samples.iter().copied());
        let close = |a: f64, b: f64| (a - b).abs() < 0.05;
        assert!(close(range.low, low) && close(range.likely, likely) && close(range.high, high), "{range:?}");
    }

    #[test]
    fn a_few_stand_for_all() {
        check(1000, &[], 0.0, 0.0, 0.0);
        check(3, &[1.0, 2.0, 3.0], 6.0, 6.0, 6.0); // all were tried
        check(1, &[5.0], 5.0, 5.0, 5.0);
        check(100, &[2.0], 100.0, 200.0, 300.0); // one sample: half as much to half more
        check(1000, &[2.0, 2.0, 2.0], 2000.0, 2000.0, 2000.0); // no spread, no doubt
        check(1000, &[1.0, 3.0], 1.0, 2000.0, 3999.0);
    }

    #[test]
    fn groups_add_up() {
        let group = |name: &str, files| Group {
            name: name.to_owned(),
            files,
            bytes: 10 * files,
            samples: Vec::new(),
        };
        let trial = |seconds, made: &[(u32, u64)]| Trial { seconds, made: made.to_vec(), peak_memory: 7 };
        let groups = [group("jpg", 100), group("txt", 50)];
        let trials = [
            vec![trial(0.2, &[(256, 1000), (128, 300)]), trial(0.2, &[(256, 1000), (128, 300)])],
            vec![trial(0.1, &[]), trial(0.1, &[])],
        ];
        let estimate = reckon(&groups, &trials, &[128, 256], 2);
        assert_eq!((estimate.files, estimate.source_bytes, estimate.tried), (150, 1500, 4));
        assert!((estimate.seconds.likely - 12.5).abs() < 1e-9, "{:?}", estimate.seconds);
        assert!((estimate.with_thumbnails.likely - 100.0).abs() < 1e-9);
        let sizes: Vec<_> =
            estimate.thumbnails.iter().map(|one| (one.size, one.bytes.likely as u64)).collect();
        assert_eq!(sizes, [(128, 30_000), (256, 100_000)]);
        assert_eq!((estimate.worker_memory, estimate.memory), (7, 14));
        assert_eq!(estimate.groups.iter().map(|group| group.failed).collect::<Vec<_>>(), [0, 2]);
    }
}
