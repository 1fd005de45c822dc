//! What files of one format cost: what was measured of a few, and how much there is of all.
//! Knows sums; nothing of where they come from.

use super::line::{Guess, Line, Places};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many bytes of a file take about as long as opening it, choosing a decoder and encoding the thumbnails: some five
/// milliseconds. The unit of weight; what a small file weighs beside a large one as long as nothing is measured.
const FIXED: f64 = 65_536.0;

/// Measurements fade when there are more than this: a machine that has become busier is believed after some hundred
/// files, and a folder of another camera too.
const MOST_REMEMBERED: f64 = 256.0;

/// What one file cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The file's bytes.
    pub bytes: u64,
    /// How long a worker had it.
    pub seconds: f64,
    /// Every size that was wanted, and its bytes; 0 where there is no thumbnail.
    pub thumbnails: Vec<(u32, u64)>,
    /// The largest resident memory of the worker, bytes; 0 when nobody knows.
    pub peak_memory: u64,
}

impl Sample {
    /// Whether there is a thumbnail.
    pub fn is_made(&self) -> bool {
        self.thumbnails.iter().any(|(_, bytes)| *bytes > 0)
    }

    pub(super) fn bytes_of(&self, size: u32) -> u64 {
        self.thumbnails.iter().filter(|(made, _)| *made == size).map(|(_, bytes)| bytes).sum()
    }
}

/// How much there is of one format, in the sums that a forecast needs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: f64,
    places: f64,
}

/// Where a file stands between the smallest and the largest: 0 to 1.
fn place(bytes: f64) -> f64 {
    bytes / (bytes + FIXED)
}

impl Work {
    /// One file more.
    pub fn add(&mut self, bytes: u64) {
        let bytes = bytes as f64;
        self.files += 1;
        self.bytes += bytes;
        self.places += place(bytes);
    }

    /// One file less.
    pub(super) fn take(&mut self, bytes: u64) {
        let mut one = Self::default();
        one.add(bytes);
        *self = self.without(&one);
    }

    /// What is left of it. Nothing is exactly nothing, whatever the rounding of the sums.
    pub(super) fn without(&self, part: &Self) -> Self {
        let files = self.files.saturating_sub(part.files);
        if files == 0 {
            return Self::default();
        }
        Self {
            files,
            bytes: (self.bytes - part.bytes).max(0.0),
            places: (self.places - part.places).max(0.0),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
            places: self.places + other.places,
        }
    }

    /// Each file with its weight in time: the line then says seconds per weight.
    fn by_weight(&self) -> Places {
        let in_units = self.bytes / FIXED;
        Places { weights: in_units + self.files as f64, weighted: in_units } // weight times place is the bytes
    }

    /// Each file as one.
    fn by_number(&self) -> Places {
        let files = self.files as f64;
        Places { weights: files, weighted: self.places }
    }
}

/// What files of one format cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rates {
    seconds_per_weight: Line,
    made: Line,
    bytes: BTreeMap<u32, Line>,
    peak_memory: u64,
}

impl Rates {
    /// Takes one file in.
    pub(crate) fn learn(&mut self, sample: &Sample) {
        if self.files() >= MOST_REMEMBERED {
            *self = self.at_most(MOST_REMEMBERED / 2.0);
        }
        let bytes = sample.bytes as f64;
        let at = place(bytes);
        let weight = bytes / FIXED + 1.0;
        self.seconds_per_weight.learn(at, sample.seconds / weight, weight);
        self.made.learn(at, f64::from(u8::from(sample.is_made())), 1.0);
        for (size, bytes) in &sample.thumbnails {
            self.bytes.entry(*size).or_default().learn(at, *bytes as f64, 1.0);
        }
        self.peak_memory = self.peak_memory.max(sample.peak_memory);
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut bytes = self.bytes.clone();
        for (size, line) in &other.bytes {
            let sum = bytes.entry(*size).or_default();
            *sum = sum.plus(line);
        }
        Self {
            seconds_per_weight: self.seconds_per_weight.plus(&other.seconds_per_weight),
            made: self.made.plus(&other.made),
            bytes,
            peak_memory: self.peak_memory.max(other.peak_memory),
        }
    }

    /// The same with the weight of at most so many files.
    pub(super) fn at_most(&self, files: f64) -> Self {
        Self {
            seconds_per_weight: self.seconds_per_weight.at_most(files),
            made: self.made.at_most(files),
            bytes: self.bytes.iter().map(|(size, line)| (*size, line.at_most(files))).collect(),
            peak_memory: self.peak_memory,
        }
    }

    /// On how many files it rests.
    pub(super) fn files(&self) -> f64 {
        self.seconds_per_weight.n
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files() <= 0.0
    }

    pub(super) fn knows(&self, size: u32) -> bool {
        self.bytes.contains_key(&size)
    }

    pub(super) fn peak_memory(&self) -> u64 {
        self.peak_memory
    }

    /// Seconds of workers.
    pub(super) fn seconds(&self, work: &Work) -> Guess {
        self.seconds_per_weight.sum(work.by_weight(), 0.0)
    }

    /// Bytes of thumbnails of one size.
    pub(super) fn bytes(&self, size: u32, work: &Work) -> Guess {
        self.bytes.get(&size).map(|line| line.sum(work.by_number(), 0.0)).unwrap_or_default()
    }

    /// Files that get thumbnails. That a dozen went well does not prove that all do: the scatter is at least that of a
    /// dozen with half a failure more.
    pub(super) fn made(&self, work: &Work) -> Guess {
        let part = (self.made.mean() * self.files() + 0.5) / (self.files() + 1.0);
        self.made.sum(work.by_number(), (part * (1.0 - part)).max(0.0).sqrt())
    }
}
