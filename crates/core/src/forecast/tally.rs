//! Counts files by format, and chooses a few of each that are spread over all lengths.
//! Holds a few names for each format and length, however many files there are; opens nothing.

use super::Work;
use std::collections::BTreeMap;

/// Formats that are told apart; the rest goes together. Folders full of numbered extensions exist.
const MOST_FORMATS: usize = 256;

/// What is too rare, or comes too late, to be told apart.
const REST: &str = "other";

/// Files by format, each with something to find it by.
pub struct Tally<T> {
    samples: usize,
    chance: Chance,
    formats: BTreeMap<String, Format<T>>,
}

struct Format<T> {
    work: Work,
    /// By the length's power of two.
    lengths: BTreeMap<u32, Class<T>>,
}

struct Class<T> {
    files: u64,
    chosen: Vec<T>,
}

impl<T> Tally<T> {
    /// Up to so many samples of each format.
    pub fn new(samples: usize) -> Self {
        Self { samples, chance: Chance(1), formats: BTreeMap::new() }
    }

    /// Counts a file. Of each length, every file has the same chance to be a sample.
    pub fn add(&mut self, format: &str, bytes: u64, file: impl FnOnce() -> T) {
        let known = self.formats.contains_key(format) || self.formats.len() < MOST_FORMATS;
        let name = if known { format } else { REST };
        if !self.formats.contains_key(name) {
            self.formats.insert(name.to_owned(), Format { work: Work::default(), lengths: BTreeMap::new() });
        }
        let Some(format) = self.formats.get_mut(name) else { return };
        format.work.add(bytes);
        let empty = || Class { files: 0, chosen: Vec::new() };
        let class = format.lengths.entry(bytes.checked_ilog2().unwrap_or(0)).or_insert_with(empty);
        class.files += 1;
        if class.chosen.len() < self.samples {
            class.chosen.push(file());
        } else if let Some(place) = class.chosen.get_mut(self.chance.below(class.files) as usize) {
            *place = file();
        }
    }

    /// Every format: its name, how much there is, and the samples.
    pub fn finish(self) -> Vec<(String, Work, Vec<T>)> {
        let samples = self.samples;
        self.formats.into_iter().map(|(name, format)| (name, format.work, format.choose(samples))).collect()
    }
}

impl<T> Format<T> {
    /// Half of them spread over the files, as most files are; half over the lengths from the largest down, as most of
    /// the work is. What a length cannot give, the others do.
    fn choose(self, samples: usize) -> Vec<T> {
        let mut classes: Vec<Class<T>> = self.lengths.into_values().collect();
        let half = samples / 2;
        let by_length = (0..samples - half).map(|turn| classes.len() - 1 - turn % classes.len());
        let by_files = (0..half).map(|turn| {
            let rank = (2 * turn as u64 + 1) * self.work.files / (2 * half as u64);
            class_of(&classes, rank)
        });
        let wanted: Vec<usize> = by_length.chain(by_files).collect();
        let mut chosen = Vec::with_capacity(samples);
        for class in wanted {
            chosen.extend(classes[class].chosen.pop());
        }
        for class in classes.iter_mut().rev() {
            while chosen.len() < samples
                && let Some(more) = class.chosen.pop()
            {
                chosen.push(more);
            }
        }
        chosen
    }
}

/// The class that holds the file of this rank by length.
fn class_of<T>(classes: &[Class<T>], rank: u64) -> usize {
    let mut below = 0;
    classes
        .iter()
        .position(|class| {
            below += class.files;
            rank < below
        })
        .unwrap_or(classes.len() - 1)
}

/// Numbers by chance (xorshift). The same in every run, so that the same files give the same samples.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of one format by length and number; how many of each length are chosen.
    #[track_caller]
    fn check(samples: usize, files: &[(u64, usize)], expected: &[(u64, usize)]) {
        let mut tally = Tally::new(samples);
        for &(bytes, number) in files {
            (0..number).for_each(|_| tally.add("image/png", bytes, || bytes));
        }
        let mut chosen = BTreeMap::new();
        for (_, work, samples) in tally.finish() {
            assert_eq!(work.files as usize, files.iter().map(|(_, number)| number).sum::<usize>());
            for bytes in samples {
                *chosen.entry(bytes).or_insert(0) += 1;
            }
        }
        assert_eq!(chosen.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn samples_are_spread_over_files_and_lengths() {
        check(12, &[], &[]);
        check(12, &[(100, 3)], &[(100, 3)]);
        check(12, &[(100, 1000)], &[(100, 12)]);
        check(12, &[(100, 1000), (1_000_000, 5)], &[(100, 9), (1_000_000, 3)]);
        check(12, &[(100, 1000), (1_000_000, 1)], &[(100, 11), (1_000_000, 1)]);
        check(1, &[(100, 1000), (1_000_000, 1)], &[(1_000_000, 1)]);
        check(0, &[(100, 1000)], &[]);
    }

    #[test]
    fn late_files_have_the_same_chance() {
        let mut tally = Tally::new(20);
        (0..10_000).for_each(|number| tally.add("image/png", 2, || number));
        let late = tally.finish().remove(0).2.into_iter().filter(|number| *number >= 5000).count();
        assert!((4..=16).contains(&late), "{late} of 20 are from the second half");
    }

    #[test]
    fn too_many_formats_go_together() {
        let mut tally = Tally::new(2);
        (0..1000).for_each(|number| tally.add(&format!("{number:04}"), 1, || number));
        let formats = tally.finish();
        assert_eq!(formats.len(), MOST_FORMATS + 1);
        let rest = formats.last().map(|(name, work, chosen)| (name.as_str(), work.files, chosen.len()));
        assert_eq!(rest, Some((REST, 1000 - MOST_FORMATS as u64, 2)));
    }
}
