//! Whether the kernel has lately killed a process of this machine for lack of memory.
//! Knows a counter of the kernel's; nothing of whom it killed.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the kernel had done so when somebody last looked.
pub(super) struct OomKills(AtomicU64);

impl OomKills {
    pub(super) fn look() -> Self {
        Self(AtomicU64::new(count()))
    }

    /// Whether it has done so since anybody last asked. Where the system does not say, it has not.
    pub(super) fn happened(&self) -> bool {
        let now = count();
        self.0.swap(now, Ordering::Relaxed) < now
    }
}

fn count() -> u64 {
    count_in(&fs::read_to_string("/proc/vmstat").unwrap_or_default())
}

fn count_in(page: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix("oom_kill "));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_counter_is_found() {
        assert_eq!(count_in("nr_free_pages 1\noom_kill 12\noom_killed 5\n"), 12);
        assert_eq!(count_in("nr_free_pages 1\n"), 0);
        assert!(!OomKills(AtomicU64::new(u64::MAX)).happened());
    }

    #[test]
    fn a_kill_is_told_once() {
        let kills = OomKills(AtomicU64::new(0));
        kills.0.store(count(), Ordering::Relaxed);
        assert!(!kills.happened());
    }
}
