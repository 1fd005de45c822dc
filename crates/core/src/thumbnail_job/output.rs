//! What a thumbnail job counts, and what it has to say in the end.
//! Knows numbers only.

use crate::catalogue::SizeTotals;
use crate::forecast::Forecast;
use crate::render::Metrics;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// What a thumbnail job has to say in the end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThumbnailOutput {
    /// Thumbnails made.
    pub generated: u64,
    /// Contents whose thumbnails were made.
    pub contents: u64,
    /// Contents that needed nothing, or could not be reached now.
    pub skipped: u64,
    /// Contents that failed for good.
    pub errors: u64,
    /// Bytes of thumbnails written.
    pub total_bytes: u64,
    /// Milliseconds, over all runs of the job.
    pub duration_ms: u64,
    /// Of these, how many it made way for something else: quiet hours, the battery.
    pub waited_ms: u64,
    /// Contents removed because nothing refers to them.
    pub orphans_removed: u64,
    /// What was made of each size, smallest first.
    pub sizes: Vec<SizeTotals>,
    /// What the job expected when it began; nothing, if nothing was known.
    pub forecast: Option<Forecast>,
    /// Where the time went.
    pub metrics: ThumbnailMetrics,
}

/// Where the time went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThumbnailMetrics {
    /// CPU milliseconds spent decoding, in all workers.
    pub decode_ms: u64,
    /// CPU milliseconds spent resizing.
    pub resize_ms: u64,
    /// CPU milliseconds spent encoding.
    pub encode_ms: u64,
    /// Bytes of source files given to workers.
    pub bytes_read: u64,
    /// The largest resident memory of any worker, bytes.
    pub peak_memory: u64,
    /// Contents done per kind.
    pub per_kind: BTreeMap<String, u64>,
    /// Attempts that failed and were tried again.
    pub retries: u64,
    /// How often results and state were written down together.
    pub checkpoints: u64,
    /// Microseconds that took, waiting for the disk included.
    pub checkpoint_us: u64,
    /// Microseconds of CPU that took.
    pub checkpoint_cpu_us: u64,
}

/// What a job has counted so far; part of its checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counters {
    pub(super) generated: u64,
    pub(super) contents: u64,
    pub(super) skipped: u64,
    pub(super) errors: u64,
    pub(super) bytes_written: u64,
    pub(super) orphans_removed: u64,
    pub(super) retries: u64,
    pub(super) bytes_read: u64,
    pub(super) decode_us: u64,
    pub(super) resize_us: u64,
    pub(super) encode_us: u64,
    pub(super) peak_memory: u64,
    pub(super) checkpoints: u64,
    pub(super) checkpoint_us: u64,
    pub(super) checkpoint_cpu_us: u64,
    pub(super) per_kind: BTreeMap<String, u64>,
    pub(super) sizes: Vec<SizeTotals>,
}

impl Counters {
    /// Adds what a worker says one file cost.
    pub(super) fn spend(&mut self, bytes: u64, metrics: Metrics) {
        self.bytes_read += bytes;
        self.decode_us += metrics.decode_us;
        self.resize_us += metrics.resize_us;
        self.encode_us += metrics.encode_us;
        self.peak_memory = self.peak_memory.max(metrics.peak_memory);
    }

    /// Counts a thumbnail.
    pub(super) fn make(&mut self, size: u32, bytes: u64) {
        self.generated += 1;
        self.bytes_written += bytes;
        let place = self.sizes.partition_point(|made| made.size < size);
        if self.sizes.get(place).is_none_or(|made| made.size != size) {
            self.sizes.insert(place, SizeTotals { size, count: 0, bytes: 0 });
        }
        self.sizes[place].count += 1;
        self.sizes[place].bytes += bytes;
    }

    /// Contents that are settled, one way or another.
    pub(super) fn done(&self) -> u64 {
        self.contents + self.skipped + self.errors
    }

    /// The final words.
    pub(super) fn output(&self, elapsed: Duration) -> ThumbnailOutput {
        ThumbnailOutput {
            generated: self.generated,
            contents: self.contents,
            skipped: self.skipped,
            errors: self.errors,
            total_bytes: self.bytes_written,
            duration_ms: elapsed.as_millis() as u64,
            waited_ms: 0,
            sizes: self.sizes.clone(),
            forecast: None,
            orphans_removed: self.orphans_removed,
            metrics: ThumbnailMetrics {
                decode_ms: self.decode_us / 1000,
                resize_ms: self.resize_us / 1000,
                encode_ms: self.encode_us / 1000,
                bytes_read: self.bytes_read,
                peak_memory: self.peak_memory,
                per_kind: self.per_kind.clone(),
                retries: self.retries,
                checkpoints: self.checkpoints,
                checkpoint_us: self.checkpoint_us,
                checkpoint_cpu_us: self.checkpoint_cpu_us,
            },
        }
    }
}
