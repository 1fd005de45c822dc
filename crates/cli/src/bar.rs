//! One progress bar for whichever job is at work.
//! Knows how progress looks; nothing of where it comes from.

use crate::{out::Out, units};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use tintype_core::jobs::{JobStatus, JobUpdate, Progress, Unit};

/// How often a spinner turns: often enough to look alive.
const TURN_EVERY: Duration = Duration::from_millis(120);

/// The longest name of a file beside a bar, in characters: the bar needs room too.
const ITEM_WIDTH: usize = 32;

/// A bar on a terminal, nothing elsewhere.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    pub(crate) fn new(out: &Out) -> Self {
        let bar = out.bars().map(|bars| bars.add(ProgressBar::no_length()));
        if let Some(bar) = &bar {
            bar.enable_steady_tick(TURN_EVERY);
        }
        Self(bar)
    }

    /// Busy with something nobody can measure.
    pub(crate) fn busy(out: &Out, what: &str) -> Self {
        let bar = Self::new(out);
        bar.spin(what);
        bar
    }

    /// Work of `total` steps that no job does.
    pub(crate) fn counted(out: &Out, what: &str, total: u64) -> Self {
        let bar = Self::new(out);
        if let Some(bar) = &bar.0 {
            bar.set_style(style("{prefix:<11} {bar:28.cyan/dim} {percent:>3} %  {pos}/{len}"));
            bar.set_prefix(what.to_owned());
            bar.set_length(total);
        }
        bar
    }

    /// One step further.
    pub(crate) fn advance(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Shows where a job stands.
    pub(crate) fn show(&self, job: &JobUpdate) {
        let Some(bar) = &self.0 else { return };
        let progress = &job.progress;
        match job.status {
            JobStatus::Running if progress.waits_for().is_some() => {
                self.spin(&format!("{}: {}", title(job), waiting(progress)));
            }
            JobStatus::Running if progress.unit != Unit::Indeterminate && progress.total > 0 => {
                bar.set_style(style("{prefix:<11} {bar:28.cyan/dim} {percent:>3} %  {wide_msg}"));
                bar.set_prefix(title(job));
                bar.set_length(progress.total);
                bar.set_position(progress.done.min(progress.total));
                bar.set_message(measure(progress));
            }
            JobStatus::Running => self.spin(&format!("{}: {}", title(job), unmeasured(progress))),
            JobStatus::Queued => self.spin(&format!("{}: waiting for its turn", title(job))),
            _ => self.spin(&format!("{}: {}", title(job), job.status)),
        }
    }

    fn spin(&self, what: &str) {
        if let Some(bar) = &self.0 {
            bar.set_style(style("{spinner:.cyan} {wide_msg}"));
            bar.set_message(what.to_owned());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are the constants above, so the fallback is never seen.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("━╸─")
}

/// What a job is called on a bar.
fn title(job: &JobUpdate) -> String {
    match job.name.as_str() {
        "indexer" => "Indexing".to_owned(),
        "thumbnail" => "Thumbnails".to_owned(),
        other => other.to_owned(),
    }
}

/// `120/400  41.2/s  3 m 20 s left  IMG_0001.jpg`
fn measure(progress: &Progress) -> String {
    let number = |value| if progress.unit == Unit::Bytes { units::bytes(value) } else { units::count(value) };
    let mut words = vec![format!("{}/{}", number(progress.done), number(progress.total))];
    if let Some(rate) = progress.rate {
        let bytes = progress.unit == Unit::Bytes;
        words.push(if bytes { format!("{}/s", units::bytes(rate as u64)) } else { units::rate(rate) });
    }
    words.extend(progress.eta_s.map(units::left));
    words.extend(item(progress));
    words.join("  ")
}

/// `120/4,000, waiting: on battery`
fn waiting(progress: &Progress) -> String {
    match progress.total {
        0 => progress.phase.clone(),
        _ => format!("{}/{}, {}", units::count(progress.done), units::count(progress.total), progress.phase),
    }
}

/// `walking: 1,234 so far  41.2/s  some/folder`
fn unmeasured(progress: &Progress) -> String {
    let mut words =
        vec![if progress.phase.is_empty() { "starting".to_owned() } else { progress.phase.clone() }];
    if progress.done > 0 {
        words.push(format!("{} so far", units::count(progress.done)));
    }
    words.extend(progress.rate.map(units::rate));
    words.extend(item(progress));
    words.join("  ")
}

/// The end of what is in hand, which tells more than its beginning.
fn item(progress: &Progress) -> Option<String> {
    let item = progress.item.as_deref()?;
    let skipped = item.chars().count().saturating_sub(ITEM_WIDTH);
    if skipped == 0 {
        return Some(item.to_owned());
    }
    Some(format!("…{}", item.chars().skip(skipped + 1).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(progress: &Progress, words: &str) {
        let said = match (progress.waits_for(), progress.total) {
            (Some(_), _) => waiting(progress),
            (None, 0) => unmeasured(progress),
            (None, _) => measure(progress),
        };
        assert_eq!(said, words);
    }

    #[test]
    fn progress_in_words() {
        let counted = Progress::count("processing", 120, 4000);
        check(&counted, "120/4,000");
        check(&counted.clone().measured(100, Duration::from_secs(10)), "120/4,000  10.0/s  6 m 28 s left");
        check(&counted.clone().waiting_for("on battery"), "120/4,000, waiting: on battery");
        check(&Progress::indeterminate("walk").waiting_for("on battery"), "waiting: on battery");
        check(&counted.at("a.jpg"), "120/4,000  a.jpg");
        check(&Progress::bytes("copy", 1000, 2000), "1.0 kB/2.0 kB");
        check(&Progress::indeterminate(""), "starting");
        check(
            &Progress::indeterminate("walking").at("x/".repeat(40)),
            &format!("walking  …{}", &"x/".repeat(40)[49..]),
        );
    }
}
