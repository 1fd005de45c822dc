//! The largest resident memory of this process.
//! Knows nothing of who wants to know.
//!
//! Not by getrusage: its figure survives exec, so a worker would report the peak of the program that started it.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// The kernel's page about this process, opened before the jail closes on paths.
pub(crate) struct PeakMemory(Option<File>);

impl PeakMemory {
    /// Opens the page. Where there is none, nothing is known.
    pub(crate) fn open() -> Self {
        Self(File::open("/proc/self/status").ok())
    }

    /// The peak so far in bytes; 0 where the system does not say.
    pub(crate) fn bytes(&self) -> u64 {
        // The page is about 1.5 KiB long and the line is in its first third.
        let mut page = [0; 2048];
        let read = self.0.as_ref().and_then(|file| file.read_at(&mut page, 0).ok()).unwrap_or(0);
        peak_of(&String::from_utf8_lossy(&page[..read]))
    }
}

fn peak_of(page: &str) -> u64 {
    page.lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|kibibytes| kibibytes.trim().parse::<u64>().ok())
        .map_or(0, |kibibytes| kibibytes.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, bytes: u64) {
        assert_eq!(peak_of(page), bytes);
    }

    #[test]
    fn the_peak_is_read_from_the_kernels_page() {
        check("Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t    12 kB\nVmRSS:\t 3 kB\n", 12 * 1024);
        check("VmHWM:\t18446744073709551615 kB\n", u64::MAX);
        check("VmHWM:\tmany kB\n", 0);
        check("", 0);
    }
}
