//! The time that is left of a job: what is left of each format, and what its files have cost so far.
//! Keeps counters, never a list; knows no clock.

use super::line::Guess;
use super::{Conditions, Forecast, FormatWork, Rates, Sample, Work, forecast};
use crate::library::Experience;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a job without history is supposed to take beside its workers' time: to write, sync and record thumbnails, and
/// workers that wait for the next file. Measured on two cores, over photographs: 4 %, over icons: 30 %.
const USUAL: f64 = 1.1;

/// The supposition weighs as much as so many seconds of workers.
const SUPPOSED_SECONDS: f64 = 5.0;

/// So many seconds of workers are remembered; older ones fade.
const MOST_SECONDS: f64 = 600.0;

/// What is kept of a format counts as this many files when a job begins: after some dozen of its own, the job believes
/// those.
const KEPT_WEIGHT: f64 = 24.0;

/// How the time of jobs compares with that of their workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// Seconds by the clock, times workers.
    elapsed: f64,
    /// Seconds that workers had files.
    worked: f64,
}

impl Pace {
    /// Seconds by the clock, times workers, for each second that a worker has a file.
    pub fn factor(&self) -> f64 {
        (self.elapsed + USUAL * SUPPOSED_SECONDS) / (self.worked + SUPPOSED_SECONDS)
    }

    fn learn(&mut self, elapsed: f64, worked: f64) {
        self.elapsed += elapsed;
        self.worked += worked;
        let fade = (MOST_SECONDS / self.worked).min(1.0);
        self.elapsed *= fade;
        self.worked *= fade;
    }
}

/// What a job expects, and what it has learnt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outlook {
    workers: usize,
    pace: Pace,
    rates: BTreeMap<String, Rates>,
    left: BTreeMap<String, Work>,
    /// Since the pace was learnt last.
    worked: f64,
}

impl Outlook {
    /// What a job expects that begins: so much of each format, with what is kept of earlier ones.
    pub(crate) fn new(
        workers: usize,
        pace: Pace,
        kept: BTreeMap<String, Rates>,
        left: BTreeMap<String, Work>,
    ) -> Self {
        Self { workers, pace, rates: kept, left, worked: 0.0 }
    }

    /// The forecast for what is left.
    pub(crate) fn forecast(&self, sizes: &[u32], worker_memory_limit: u64) -> Option<Forecast> {
        let conditions =
            Conditions { sizes: sizes.to_vec(), workers: self.workers, pace: self.pace, worker_memory_limit };
        let formats: Vec<_> = self
            .left
            .iter()
            .map(|(name, work)| FormatWork {
                name: name.clone(),
                work: *work,
                samples: Vec::new(),
                kept: self.rates.get(name).cloned().unwrap_or_default(),
            })
            .collect();
        forecast(&formats, &conditions)
    }

    /// From now on, what the job sees itself counts for more.
    pub(crate) fn begin(&mut self) {
        for rates in self.rates.values_mut() {
            *rates = rates.at_most(KEPT_WEIGHT);
        }
    }

    /// A file of this format has cost this.
    pub(crate) fn learn(&mut self, format: &str, sample: &Sample) {
        if !self.rates.contains_key(format) {
            self.rates.insert(format.to_owned(), Rates::default());
        }
        if let Some(rates) = self.rates.get_mut(format) {
            rates.learn(sample);
        }
        self.worked += sample.seconds;
    }

    /// So many seconds have passed in which the job was free to work.
    pub(crate) fn pass(&mut self, seconds: f64) {
        let worked = std::mem::take(&mut self.worked);
        self.pace.learn(seconds * self.workers as f64, worked);
    }

    /// A file of this format is done with.
    pub(crate) fn done(&mut self, format: &str, bytes: u64) {
        if let Some(work) = self.left.get_mut(format) {
            work.take(bytes);
        }
    }

    /// Seconds left by the clock; `None` while nothing is known, or nobody counted what there is.
    pub(crate) fn seconds_left(&self) -> Option<f64> {
        let mut unknown = Work::default();
        let mut seconds = 0.0;
        for (format, work) in self.left.iter().filter(|(_, work)| work.files > 0) {
            match self.rates.get(format).filter(|rates| !rates.is_empty()) {
                Some(rates) => seconds += rates.seconds(work).mean,
                None => unknown = unknown.plus(work),
            }
        }
        if unknown.files > 0 {
            seconds += self.like_all_others(&unknown)?.mean;
        }
        (!self.left.is_empty()).then(|| seconds * self.pace.factor() / self.workers.max(1) as f64)
    }

    fn like_all_others(&self, work: &Work) -> Option<Guess> {
        let all = self.rates.values().fold(Rates::default(), |all, rates| all.plus(rates));
        (!all.is_empty()).then(|| all.seconds(work))
    }

    /// What is to be kept for later jobs.
    pub(crate) fn experience(&self) -> Experience {
        Experience { rates: self.rates.clone(), pace: self.pace }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(files: u64, bytes: u64) -> Work {
        let mut work = Work::default();
        (0..files).for_each(|_| work.add(bytes));
        work
    }

    fn sample(bytes: u64, seconds: f64) -> Sample {
        Sample { bytes, seconds, thumbnails: vec![(128, 1000)], peak_memory: 1 }
    }

    /// A thousand small PNGs and a hundred large TIFFs, which take a hundred times as long; one worker.
    fn mixed(kept: BTreeMap<String, Rates>) -> Outlook {
        let left =
            [("image/png".to_owned(), work(1000, 10_000)), ("image/tiff".to_owned(), work(100, 5_000_000))];
        Outlook::new(1, Pace::default(), kept, left.into())
    }

    const TRUTH: f64 = 1000.0 * 0.01 + 100.0 * 1.0;

    #[track_caller]
    fn check(outlook: &Outlook, low: f64, high: f64) {
        let left = outlook.seconds_left().map(|seconds| seconds / outlook.pace.factor());
        assert!(left.is_some_and(|left| (low..high).contains(&left)), "{left:?}, expected {low} to {high}");
    }

    #[test]
    fn small_files_do_not_mislead_about_large_ones_of_another_format() {
        let mut earlier = Outlook::new(1, Pace::default(), BTreeMap::new(), BTreeMap::new());
        (0..30).for_each(|_| earlier.learn("image/tiff", &sample(5_000_000, 1.0)));
        let mut outlook = mixed(earlier.rates);
        (0..1000).for_each(|_| {
            outlook.learn("image/png", &sample(10_000, 0.01));
            outlook.done("image/png", 10_000);
        });
        // Nine tenths of the files are done, a tenth of the work.
        check(&outlook, 0.95 * 100.0, 1.05 * 100.0);
    }

    #[test]
    fn what_is_not_known_is_supposed_to_be_like_the_rest_of_its_length() {
        let mut outlook = mixed(BTreeMap::new());
        assert_eq!(outlook.seconds_left(), None, "nothing is known yet");
        (0..20).for_each(|_| outlook.learn("image/png", &sample(10_000, 0.01)));
        check(&outlook, 0.2 * TRUTH, 2.0 * TRUTH);
        (0..3).for_each(|_| outlook.learn("image/tiff", &sample(5_000_000, 1.0)));
        check(&outlook, 0.95 * TRUTH, 1.05 * TRUTH);
    }

    #[test]
    fn a_job_believes_itself_more_than_what_was_kept() {
        let mut earlier = Outlook::new(1, Pace::default(), BTreeMap::new(), BTreeMap::new());
        (0..10_000).for_each(|_| earlier.learn("image/png", &sample(10_000, 0.01)));
        let mut outlook = mixed(earlier.rates);
        outlook.begin();
        (0..200).for_each(|_| outlook.learn("image/png", &sample(10_000, 0.1)));
        outlook.left.remove("image/tiff");
        check(&outlook, 90.0, 101.0); // and not ten seconds
    }

    #[test]
    fn nothing_left_takes_no_time() {
        let mut outlook = mixed(BTreeMap::new());
        outlook.learn("image/png", &sample(10_000, 0.01));
        (0..1000).for_each(|_| outlook.done("image/png", 10_000));
        (0..100).for_each(|_| outlook.done("image/tiff", 5_000_000));
        assert_eq!(outlook.seconds_left(), Some(0.0));
        outlook.done("image/tiff", 5_000_000); // one that came while the job ran
        outlook.done("text/plain", 5);
        assert_eq!(outlook.seconds_left(), Some(0.0));
    }

    #[test]
    fn the_pace_is_learnt_and_fades() {
        let mut pace = Pace::default();
        assert!((pace.factor() - USUAL).abs() < 1e-9);
        pace.learn(2000.0, 1000.0);
        assert!((1.9..2.0).contains(&pace.factor()), "{pace:?}");
        (0..10).for_each(|_| pace.learn(600.0, 600.0));
        assert!((1.0..1.01).contains(&pace.factor()), "{pace:?}");
        pace.learn(10.0, 0.0); // nothing came out in that time
        assert!(pace.factor().is_finite());
    }
}
