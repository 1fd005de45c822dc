//! What work will cost, from what a few files like it cost: time, bytes for each size, memory; with ranges.
//! Pure arithmetic: knows nothing of files, workers or clocks. `tintype estimate` and the time left of a job are this.
//!
//! **The model.** A file of `x` bytes takes `a + b·x` seconds of a worker; `a` and `b` are fitted for each format, as the
//! ratio estimator of surveys does it: the variance of a file's time is supposed to grow with its length, and what was
//! tried is told as it was ([`line`] says how). Thumbnails are the other way round: nearly all of one size, but
//! smaller where the source is; they are fitted on a scale of the source that saturates.
//!
//! **The range** holds the truth nine times of ten, if the files that were tried are like the others: the 5 % and 95 %
//! points of Student's distribution about the prediction. Its variance has three parts: the scatter of the files that
//! are left, the error of the line, and a scatter supposed beforehand, which weighs as much as two files and so keeps
//! two files that happen to agree from seeming to be the truth. Ranges are symmetric in proportion (half to twice as
//! much), for no time is below zero. What was tried is known, so the range closes as nothing is left.
//!
//! **What it does not know:** what a file of the same format and length holds. A sample spread over the lengths meets a
//! kind that is one file in twelve; one in a thousand that takes a hundred times as long stays a surprise.

mod line;
mod outlook;
mod rates;
mod tally;

pub(crate) use outlook::Outlook;
pub use outlook::Pace;
pub use rates::{Rates, Sample, Work};
pub use tally::Tally;

use line::Guess;
use serde::{Deserialize, Serialize};

/// How far two measurements of the same time lie apart on a machine that does other things too (measured: 15 % where it
/// does little, half where builds come and go).
const WANDER: f64 = 0.25;

/// How far two measurements of the same worker's memory lie apart (measured: 13 %, over the same files in another order).
const MEMORY_WANDER: f64 = 0.2;

/// What was tried before counts as this many files beside what is tried now: enough to help where little is tried, too
/// little to outvote a dozen.
const REMEMBERED: f64 = 6.0;

/// A sum and the range in which it probably lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// One time of twenty it is less.
    pub low: f64,
    /// The single number that is best.
    pub likely: f64,
    /// One time of twenty it is more.
    pub high: f64,
}

/// The work of one format, and what is known of its like.
#[derive(Debug, Clone, Default)]
pub struct FormatWork {
    /// Its MIME type.
    pub name: String,
    /// All of it, with what was tried.
    pub work: Work,
    /// Files of it that were tried.
    pub samples: Vec<Sample>,
    /// What files of this format cost at other times.
    pub kept: Rates,
}

/// Under what conditions the work is done.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// The sizes that are made.
    pub sizes: Vec<u32>,
    /// How many files at once.
    pub workers: usize,
    /// How the time of jobs compares with that of their workers.
    pub pace: Pace,
    /// The most memory that one worker gets, in bytes.
    pub worker_memory_limit: u64,
}

/// What the work will cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forecast {
    /// Files in all.
    pub files: u64,
    /// Their bytes.
    pub source_bytes: u64,
    /// Files that were tried for it.
    pub tried: u64,
    /// Files it rests upon, those of earlier jobs included, as far as they still count.
    pub rests_on: u64,
    /// Files of which nothing is known, nor of anything like them: they are left out.
    pub unknown: u64,
    /// Files that will have thumbnails.
    pub with_thumbnails: Range,
    /// By the clock.
    pub seconds: Range,
    /// Workers at a time.
    pub workers: u64,
    /// For each size.
    pub thumbnails: Vec<SizeForecast>,
    /// Of all sizes.
    pub bytes: Range,
    /// The largest worker. The upper end is its limit as long as anything is untried: no sample tells the extreme.
    pub worker_memory: Range,
    /// All workers, if all meet such a file at once.
    pub memory: Range,
    /// For each format; the dearest first.
    pub formats: Vec<FormatForecast>,
}

/// Bytes of one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeForecast {
    /// Longest edge in pixels.
    pub size: u32,
    /// Of all thumbnails of this size.
    pub bytes: Range,
}

/// What one format will cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormatForecast {
    /// Its MIME type.
    pub name: String,
    /// Files of it.
    pub files: u64,
    /// Their bytes.
    pub source_bytes: u64,
    /// Files of it that were tried.
    pub tried: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// By the clock.
    pub seconds: Range,
    /// Of all sizes.
    pub bytes: Range,
}

/// What the work will cost; nothing, if nothing is known of any of it.
pub fn forecast(formats: &[FormatWork], conditions: &Conditions) -> Option<Forecast> {
    let fits: Vec<Fit<'_>> = formats.iter().map(Fit::new).collect();
    let all = fits.iter().fold(Rates::default(), |all, fit| all.plus(&fit.rates));
    let fits: Vec<Fit<'_>> = fits.into_iter().filter_map(|fit| fit.or_like(&all)).collect();
    let known: u64 = fits.iter().map(|fit| fit.of.work.files).sum();
    let files: u64 = formats.iter().map(|of| of.work.files).sum();
    if known == 0 {
        return None;
    }
    let seconds = |of: &[Fit<'_>]| conditions.clock(of.iter().map(Fit::seconds).sum());
    let made: Guess = fits.iter().map(Fit::made).sum();
    let sizes = known_sizes(&fits, conditions);
    let per_size: Vec<Guess> =
        sizes.iter().map(|size| fits.iter().map(|fit| fit.bytes(*size)).sum()).collect();
    let memory = worker_memory(&fits, conditions);
    let mut dearest: Vec<FormatForecast> =
        fits.iter().map(|fit| fit.forecast(&sizes, seconds(std::slice::from_ref(fit)))).collect();
    dearest.sort_by(|one, other| other.seconds.likely.total_cmp(&one.seconds.likely));
    Some(Forecast {
        files,
        source_bytes: formats.iter().map(|of| of.work.bytes as u64).sum(),
        tried: formats.iter().map(|of| of.samples.len() as u64).sum(),
        rests_on: fits.iter().map(|fit| fit.rates.files().round() as u64).sum(),
        unknown: files - known,
        with_thumbnails: made.range().at_most(known as f64),
        seconds: seconds(&fits),
        workers: conditions.workers as u64,
        bytes: Guess::together(&per_size).range(),
        thumbnails: sizes
            .iter()
            .zip(&per_size)
            .map(|(&size, bytes)| SizeForecast { size, bytes: bytes.range() })
            .collect(),
        worker_memory: memory,
        memory: memory.times(conditions.workers as f64),
        formats: dearest,
    })
}

/// What is known of the work of one format.
struct Fit<'a> {
    of: &'a FormatWork,
    /// What was tried now, with a little of what was known before.
    rates: Rates,
    /// What was tried is known.
    done: Work,
}

impl<'a> Fit<'a> {
    fn new(of: &'a FormatWork) -> Self {
        let (mut rates, mut done) = (of.kept.at_most(of.prior_weight()), Work::default());
        for sample in &of.samples {
            rates.learn(sample);
            done.add(sample.bytes);
        }
        Self { of, rates, done }
    }

    /// For want of anything better, like everything else; but that counts as a single file. `None` if there is nothing.
    fn or_like(mut self, all: &Rates) -> Option<Self> {
        if self.rates.is_empty() {
            self.rates = all.at_most(1.0);
        }
        (!self.rates.is_empty()).then_some(self)
    }

    fn left(&self) -> Work {
        self.of.work.without(&self.done)
    }

    fn seconds(&self) -> Guess {
        let spent = self.of.samples.iter().map(|sample| sample.seconds).sum();
        self.rates.seconds(&self.left()).and_known(spent)
    }

    fn bytes(&self, size: u32) -> Guess {
        let made = self.of.samples.iter().map(|sample| sample.bytes_of(size) as f64).sum();
        self.rates.bytes(size, &self.left()).and_known(made)
    }

    fn made(&self) -> Guess {
        let made = self.of.samples.iter().filter(|sample| sample.is_made()).count();
        self.rates.made(&self.left()).and_known(made as f64)
    }

    fn forecast(&self, sizes: &[u32], seconds: Range) -> FormatForecast {
        let bytes: Vec<Guess> = sizes.iter().map(|size| self.bytes(*size)).collect();
        FormatForecast {
            name: self.of.name.clone(),
            files: self.of.work.files,
            source_bytes: self.of.work.bytes as u64,
            tried: self.of.samples.len() as u64,
            failed: self.of.samples.iter().filter(|sample| !sample.is_made()).count() as u64,
            seconds,
            bytes: Guess::together(&bytes).range(),
        }
    }
}

impl FormatWork {
    /// Where nothing is tried now, what was known before is all there is.
    fn prior_weight(&self) -> f64 {
        if self.samples.is_empty() { f64::INFINITY } else { REMEMBERED }
    }

    /// What is to be kept of this format: what was tried now, with a little of what was known before.
    pub fn rates(&self) -> Rates {
        Fit::new(self).rates
    }
}

impl Conditions {
    /// From seconds of workers to seconds by the clock.
    fn clock(&self, seconds: Guess) -> Range {
        seconds.wandering(WANDER).times(self.pace.factor() / self.workers.max(1) as f64).range()
    }
}

/// The wanted sizes of which anything is known.
fn known_sizes(fits: &[Fit<'_>], conditions: &Conditions) -> Vec<u32> {
    let mut sizes = conditions.sizes.clone();
    sizes.sort_unstable();
    sizes.retain(|size| fits.iter().any(|fit| fit.rates.knows(*size)));
    sizes
}

fn worker_memory(fits: &[Fit<'_>], conditions: &Conditions) -> Range {
    let seen = fits.iter().map(|fit| fit.rates.peak_memory()).max().unwrap_or(0) as f64;
    let untried = fits.iter().any(|fit| fit.left().files > 0);
    let limit = conditions.worker_memory_limit as f64;
    let high = if untried { limit.max(seen) } else { seen * (1.0 + MEMORY_WANDER) };
    Range { low: seen * (1.0 - MEMORY_WANDER), likely: seen, high }
}

impl Range {
    fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, likely: self.likely * factor, high: self.high * factor }
    }

    fn at_most(self, most: f64) -> Self {
        Self { low: self.low.min(most), likely: self.likely.min(most), high: self.high.min(most) }
    }

    /// Whether it was right.
    pub fn holds(&self, truth: f64) -> bool {
        (self.low..=self.high).contains(&truth)
    }
}

#[cfg(test)]
mod tests;
