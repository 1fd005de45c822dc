//! What libFuzzer's log says in the end.
//! Knows its words; runs nothing.

/// What one target did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    runs: u64,
    per_second: u64,
    /// Places of the program that were reached by the seeds, and in the end.
    coverage: (u64, u64),
    /// The input that showed something, if one did.
    pub(super) finding: Option<String>,
}

impl Summary {
    /// The head of the table.
    pub(super) const TITLE: &str = "target                 runs    a second  coverage   new  found";

    /// The summary of a whole log.
    pub(super) fn of(log: &str) -> Self {
        let statistic = |name: &str| {
            let line = log.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
            line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
        };
        let mut coverage = log.lines().filter_map(coverage);
        let first = log.lines().find(|line| line.contains("INITED")).and_then(self::coverage).unwrap_or(0);
        Self {
            runs: statistic("number_of_executed_units"),
            per_second: statistic("average_exec_per_sec"),
            coverage: (first, coverage.next_back().unwrap_or(first)),
            finding: log
                .lines()
                .find_map(|line| Some(line.split_once("Test unit written to ")?.1.to_owned())),
        }
    }

    /// A row of the table.
    pub(super) fn row(&self, target: &str) -> String {
        let Self { runs, per_second, coverage: (first, last), finding } = self;
        let new = last.saturating_sub(*first);
        let found = u8::from(finding.is_some());
        format!("{target:<16} {runs:>10}  {per_second:>10}  {last:>8} {new:>5}  {found:>5}")
    }
}

/// `#123 NEW    cov: 45 ft: 67 …`
fn coverage(line: &str) -> Option<u64> {
    let (_, rest) = line.strip_prefix('#')?.split_once("cov: ")?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "INFO: Seed: 1\n#2\tINITED cov: 30 ft: 31 corp: 1/1b\n#9\tNEW    cov: 33 ft: 40\n\
        cov: 99 says a parser\n#20\tDONE   cov: 35 ft: 41\nstat::number_of_executed_units: 20\n\
        stat::average_exec_per_sec:     10\nstat::new_units_added: 3\n";

    #[track_caller]
    fn check(log: &str, row: &str) {
        assert_eq!(Summary::of(log).row("exif"), row);
    }

    #[test]
    fn the_row_says_what_was_done_and_found() {
        check(LOG, "exif                     20          10        35     5      0");
        let crash = format!("{LOG}artifact_prefix='a/'; Test unit written to a/crash-1\nBase64: AA==\n");
        check(&crash, "exif                     20          10        35     5      1");
        assert_eq!(Summary::of(&crash).finding.as_deref(), Some("a/crash-1"));
        check("", "exif                      0           0         0     0      0");
    }
}
