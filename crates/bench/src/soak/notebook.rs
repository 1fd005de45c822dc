//! What was measured, kept in a file so that a run that was cut off goes on, and as a table beside what is required.
//! Knows names, numbers and requirements; nothing of how they are measured.

use anyhow::Context;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// One line of the table.
struct Figure {
    key: &'static str,
    words: &'static str,
    digits: usize,
    wanted: Wanted,
}

/// What is required of a figure.
enum Wanted {
    /// Nothing: it explains others.
    Nothing,
    /// At most this.
    AtMost(f64),
    /// At most this many times what it is in the smallest library.
    TimesTheFirst(f64),
    /// No number is required, but nearer to one is better.
    NearOne,
}

/// Half as much again: rows no longer fit into the database's cache, which is a constant, not a growth.
const INDEPENDENT: f64 = 1.5;

#[rustfmt::skip]
const FIGURES: &[Figure] = &[
    Figure { key: "baseline_wall", words: "find + read the same files: s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "baseline_cpu", words: "  CPU s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "index_wall", words: "index them: s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "index_cpu", words: "  CPU s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "index_ratio_wall", words: "  times find + read, wall", digits: 2, wanted: Wanted::NearOne },
    Figure { key: "index_ratio_cpu", words: "  times find + read, CPU", digits: 2, wanted: Wanted::NearOne },
    Figure { key: "index_rate", words: "  files a second", digits: 0, wanted: Wanted::Nothing },
    Figure { key: "generate_wall", words: "make their thumbnails: s", digits: 0, wanted: Wanted::Nothing },
    Figure { key: "generate_rate", words: "  contents a second", digits: 0, wanted: Wanted::Nothing },
    Figure { key: "idle_wall", words: "`generate`, nothing to do: s", digits: 2, wanted: Wanted::AtMost(2.0) },
    Figure { key: "again_wall", words: "`index`, nothing changed: s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "again_cpu", words: "  CPU s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "find_wall", words: "  find -size -1 of the same: s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "add_again_wall", words: "`add`, nothing changed: s", digits: 2, wanted: Wanted::Nothing },
    Figure { key: "peak", words: "largest main process: MiB", digits: 0, wanted: Wanted::AtMost(200.0) },
    Figure { key: "checkpoint_cpu_us", words: "a checkpoint: µs CPU", digits: 0, wanted: Wanted::TimesTheFirst(INDEPENDENT) },
    Figure { key: "checkpoint_us", words: "  µs, waiting for the disk included", digits: 0, wanted: Wanted::Nothing },
    Figure { key: "record_us", words: "main process a thumbnail: µs CPU", digits: 0, wanted: Wanted::TimesTheFirst(INDEPENDENT) },
    Figure { key: "record_bytes", words: "  bytes written", digits: 0, wanted: Wanted::TimesTheFirst(INDEPENDENT) },
    Figure { key: "entry_bytes", words: "database: bytes an entry", digits: 0, wanted: Wanted::Nothing },
    Figure { key: "status_ms", words: "`status`: ms", digits: 0, wanted: Wanted::AtMost(300.0) },
    Figure { key: "failures_ms", words: "`failures | head`: ms", digits: 0, wanted: Wanted::AtMost(300.0) },
    Figure { key: "jobs_ms", words: "`jobs`: ms", digits: 0, wanted: Wanted::AtMost(300.0) },
    Figure { key: "get_ms", words: "`get`: ms", digits: 0, wanted: Wanted::AtMost(300.0) },
];

/// Figures by the number of files and their key.
pub(super) struct Notebook {
    path: PathBuf,
    figures: BTreeMap<u64, BTreeMap<String, f64>>,
}

impl Notebook {
    /// What an earlier run wrote into the file at `path`, or nothing yet.
    pub(super) fn open(path: PathBuf) -> anyhow::Result<Self> {
        let figures = match fs::read(&path) {
            Ok(json) => serde_json::from_slice(&json).with_context(|| path.display().to_string())?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Self { path, figures })
    }

    pub(super) fn get(&self, files: u64, key: &str) -> Option<f64> {
        self.figures.get(&files)?.get(key).copied()
    }

    /// Whether all of these are there.
    pub(super) fn has(&self, files: u64, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.get(files, key).is_some())
    }

    /// Writes figures down at once: what comes next may take an hour.
    pub(super) fn note(&mut self, files: u64, figures: &[(&str, f64)]) -> anyhow::Result<()> {
        let page = self.figures.entry(files).or_default();
        page.extend(figures.iter().map(|(key, value)| ((*key).to_owned(), *value)));
        let json = serde_json::to_vec_pretty(&self.figures)?;
        fs::write(&self.path, json).with_context(|| self.path.display().to_string())
    }

    /// Keeps the larger of this and what is there.
    pub(super) fn note_most(&mut self, files: u64, key: &str, value: f64) -> anyhow::Result<()> {
        let most = self.get(files, key).map_or(value, |known| known.max(value));
        self.note(files, &[(key, most)])
    }

    /// Everything, one column for each size of the library.
    pub(super) fn table(&self) -> String {
        let mut text = format!("{:<34}", "files");
        for files in self.figures.keys() {
            let _ = write!(text, "{files:>12}");
        }
        text.push_str("   required\n");
        for figure in FIGURES {
            let _ = writeln!(text, "{}", self.line(figure));
        }
        text
    }

    fn line(&self, figure: &Figure) -> String {
        let values: Vec<Option<f64>> =
            self.figures.values().map(|page| page.get(figure.key).copied()).collect();
        let mut line = format!("{:<34}", figure.words);
        for value in &values {
            let shown = value.map_or_else(|| "-".to_owned(), |value| format!("{value:.*}", figure.digits));
            let _ = write!(line, "{shown:>12}");
        }
        let values: Vec<f64> = values.into_iter().flatten().collect();
        let _ = write!(line, "   {}", figure.wanted.words(&values));
        line.trim_end().to_owned()
    }
}

impl Wanted {
    fn words(&self, values: &[f64]) -> String {
        let (Some(first), Some(last)) = (values.first(), values.last()) else { return String::new() };
        let worst = values.iter().copied().fold(0.0, f64::max);
        match self {
            Self::Nothing => String::new(),
            Self::NearOne => "as near 1 as can be".to_owned(),
            Self::AtMost(most) => format!("at most {most}: {}", verdict(worst <= *most)),
            Self::TimesTheFirst(most) => {
                let times = last / first;
                format!("does not grow: {times:.2} times the first, {}", verdict(times <= *most))
            }
        }
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &Wanted, values: &[f64], words: &str) {
        assert!(wanted.words(values).contains(words), "{}", wanted.words(values));
    }

    #[test]
    fn requirements_are_judged_by_the_worst_and_growth_by_the_last() {
        check(&Wanted::AtMost(2.0), &[0.1, 1.9], "met");
        check(&Wanted::AtMost(2.0), &[2.1, 1.9], "MISSED");
        check(&Wanted::TimesTheFirst(1.5), &[10.0, 99.0, 14.0], "1.40 times the first, met");
        check(&Wanted::TimesTheFirst(1.5), &[10.0, 16.0], "MISSED");
        check(&Wanted::AtMost(2.0), &[], "");
    }

    #[test]
    fn what_was_noted_is_there_for_the_next_run() {
        let path = std::env::temp_dir().join(format!("soak-notes-{}.json", std::process::id()));
        let mut notes = Notebook::open(path.clone()).unwrap();
        notes.note(10, &[("idle_wall", 1.0)]).unwrap();
        notes.note_most(10, "peak", 5.0).unwrap();
        notes.note_most(10, "peak", 3.0).unwrap();
        let again = Notebook::open(path.clone()).unwrap();
        assert!(again.has(10, &["idle_wall", "peak"]) && !again.has(20, &["peak"]));
        assert_eq!(again.get(10, "peak"), Some(5.0));
        assert!(again.table().contains("at most 2: met"), "{}", again.table());
        fs::remove_file(path).unwrap();
    }
}
