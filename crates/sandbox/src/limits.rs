//! What one file may cost, as the parent sets it and as the worker is told.
//! Knows nothing of how any limit is enforced.

use crate::Manners;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most pixels a decoded picture may have.
    pub max_pixels: u64,
    /// The most address space of a worker, in bytes.
    pub memory: u64,
    /// The most CPU time for one file. Kept in whole seconds, rounded up: that is all the kernel counts.
    pub cpu: Duration,
    /// The most time for one file by the clock on the wall.
    pub wall: Duration,
}

impl Default for Limits {
    /// 100 megapixels are more than any camera sold takes, and 400 MB as RGBA; the rest follows from that.
    fn default() -> Self {
        Self {
            max_pixels: 100_000_000,
            memory: 1 << 30,
            cpu: Duration::from_secs(30),
            wall: Duration::from_mins(1),
        }
    }
}

/// The terms a worker serves under: its command line, as one argument of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The process that started it, and that it must not outlive.
    pub parent: u32,
    /// The most pixels a decoded picture may have.
    pub max_pixels: u64,
    /// The most address space, in bytes.
    pub memory: u64,
    /// The most seconds of CPU time for one file.
    pub cpu_seconds: u64,
    /// The most seconds of CPU time from start to end, whatever the worker does to its own limits.
    pub lifetime_cpu_seconds: u64,
    /// How much it yields to everybody else.
    #[serde(default)]
    pub manners: Manners,
}

impl Terms {
    /// The terms for a worker of this process that may serve `files`.
    pub(crate) fn new(limits: &Limits, files: u32) -> Self {
        let cpu_seconds = limits.cpu.as_secs() + u64::from(limits.cpu.subsec_nanos() > 0);
        Self {
            parent: std::process::id(),
            max_pixels: limits.max_pixels,
            memory: limits.memory,
            cpu_seconds,
            lifetime_cpu_seconds: (cpu_seconds + 1).saturating_mul(u64::from(files) + 1),
            manners: Manners::default(),
        }
    }
}
