//! Forecast and truth of a job side by side.
//! Knows what a job said before and after; nothing of how either came about.

use crate::{
    table::{Align, Table},
    units::{bytes, count, reckoned, size_name},
};
use serde::Serialize;
use std::time::Duration;
use tintype_core::{
    SizeTotals, ThumbnailOutput,
    forecast::{Forecast, Range},
    jobs::{JobStatus, JobUpdate},
    rfc3339,
};

/// What a finished job was expected to cost, and what it did.
#[derive(Debug, Serialize)]
pub(crate) struct Hindsight {
    job: i64,
    finished_at: Option<String>,
    forecast: Option<Forecast>,
    truth: Truth,
}

/// What it did cost.
#[derive(Debug, Serialize)]
struct Truth {
    /// By the clock; time in which the job made way for something else is not counted.
    seconds: f64,
    with_thumbnails: u64,
    thumbnails: Vec<SizeTotals>,
    bytes: u64,
    worker_memory: u64,
}

impl Hindsight {
    /// Nothing, as long as the job is not completed.
    pub(crate) fn of(job: JobUpdate) -> Option<Self> {
        let output = job.output.filter(|_| job.status == JobStatus::Completed)?;
        let output: ThumbnailOutput = serde_json::from_value(output).ok()?;
        Some(Self {
            job: job.id,
            finished_at: job.finished_at.map(rfc3339),
            truth: Truth {
                seconds: Duration::from_millis(output.duration_ms.saturating_sub(output.waited_ms))
                    .as_secs_f64(),
                with_thumbnails: output.contents,
                thumbnails: output.sizes,
                bytes: output.total_bytes,
                worker_memory: output.metrics.peak_memory,
            },
            forecast: output.forecast,
        })
    }

    pub(crate) fn title(&self) -> String {
        let title = format!("Last job, number {}", self.job);
        match &self.forecast {
            Some(_) => format!("{title}: forecast and truth"),
            None => format!("{title}: no forecast, for nothing was known of such files"),
        }
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(&[Align::Left, Align::Left, Align::Left, Align::Left, Align::Left]);
        let size = |value: f64| bytes(value as u64);
        let number = |value: f64| count(value.round() as u64);
        let truth = &self.truth;
        let mut row = |what: String, range: Option<Range>, truth: f64, words: &dyn Fn(f64) -> String| {
            let (likely, between, verdict) = match range {
                None => Default::default(),
                Some(range) => (
                    format!("forecast {}", words(range.likely)),
                    format!("{} to {}", words(range.low), words(range.high)),
                    verdict(&range, truth).to_owned(),
                ),
            };
            table.row([what, words(truth), likely, between, verdict]);
        };
        let told = self.forecast.as_ref();
        row("time".to_owned(), told.map(|told| told.seconds), truth.seconds, &reckoned);
        let made = truth.with_thumbnails as f64;
        row("files with thumbnails".to_owned(), told.map(|told| told.with_thumbnails), made, &number);
        row("disk".to_owned(), told.map(|told| told.bytes), truth.bytes as f64, &size);
        for made in &truth.thumbnails {
            let range = told.and_then(|told| told.thumbnails.iter().find(|one| one.size == made.size));
            row(
                format!("  of {}", size_name(made.size)),
                range.map(|one| one.bytes),
                made.bytes as f64,
                &size,
            );
        }
        let memory = truth.worker_memory as f64;
        row("memory of a worker".to_owned(), told.map(|told| told.worker_memory), memory, &size);
        table
    }
}

fn verdict(range: &Range, truth: f64) -> &'static str {
    match truth {
        _ if range.holds(truth) => "as told",
        less if less < range.low => "less than told",
        _ => "more than told",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(truth: f64, words: &str) {
        assert_eq!(verdict(&Range { low: 1.0, likely: 2.0, high: 4.0 }, truth), words);
    }

    #[test]
    fn the_truth_is_in_the_range_or_not() {
        check(0.9, "less than told");
        check(1.0, "as told");
        check(4.0, "as told");
        check(4.1, "more than told");
    }
}
