//! What a content needs, and what becomes of it once an attempt has ended.
//! Pure decisions on rows and a time; acts on nothing.

use crate::catalogue::{FailureRow, ThumbnailRow};
use crate::render::{Effort, Fault, Reason};
use std::time::Duration;

/// Transient failures are tried this often in one job; DESIGN.md, section 6.
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// The wait before the second attempt; the third waits four times as long. A machine short of memory or a disk that
/// spins up has recovered after seconds, and a job should not hang on its last file for minutes.
const FIRST_BACK_OFF: Duration = Duration::from_secs(2);

/// Everything but the source that decides the thumbnails of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// Longest edges, largest first.
    pub(crate) sizes: Vec<u32>,
    /// WebP quality.
    pub(crate) quality: u8,
    /// Its name in the catalogue: quality and engine.
    pub(crate) name: String,
    /// What failures are keyed by besides the content.
    pub(crate) engine: String,
    /// Whether thumbnails that are there are made again.
    pub(crate) regenerate: bool,
    /// Whether these are the thumbnails that the library's settings ask for.
    pub(crate) settles: bool,
}

/// The name of a recipe: what besides source and size decides a thumbnail's bytes.
pub(crate) fn recipe_name(quality: u8, engine_version: &str) -> String {
    format!("q{quality}-e{engine_version}")
}

/// What a content needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: it has its thumbnails.
    Nothing,
    /// Nothing more: it failed for good under the present engine and limits.
    GivenUp,
    /// Another attempt, but not yet.
    Later,
    /// These sizes, after this many attempts that failed.
    Sizes(Vec<u32>, u32),
}

/// Which round of a job a content is met in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// The first, over the whole selection.
    First,
    /// Because an attempt failed, and it is time for the next.
    Retry,
}

/// What a content needs, given what is there.
pub(crate) fn need(
    recipe: &Recipe,
    present: &[ThumbnailRow],
    failure: Option<&FailureRow>,
    (round, now): (Round, i64),
) -> Need {
    let has = |size: u32| present.iter().any(|row| row.size == size && row.recipe == recipe.name);
    let missing: Vec<u32> =
        recipe.sizes.iter().copied().filter(|size| recipe.regenerate || !has(*size)).collect();
    if missing.is_empty() {
        return Need::Nothing;
    }
    // Whoever has everything made again does not ask what failed before this job, but counts what fails in it.
    let counts = |failure: &&FailureRow| {
        failure.engine == recipe.engine && (!recipe.regenerate || round == Round::Retry)
    };
    match failure.filter(counts) {
        None => Need::Sizes(missing, 0),
        Some(failure) => match failure.next_attempt_at {
            None => Need::GivenUp,
            Some(at) if !is_due(at, now) => Need::Later,
            Some(_) => Need::Sizes(missing, failure.attempts),
        },
    }
}

/// Whether the time for another attempt has come. One that lies further ahead than any wait was written while the
/// clock stood elsewhere, and would never come.
pub(crate) fn is_due(at: i64, now: i64) -> bool {
    let longest = FIRST_BACK_OFF * 4_u32.pow(MAX_ATTEMPTS);
    at <= now || at - now > longest.as_millis() as i64
}

/// What becomes of a content whose attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another attempt after this wait.
    RetryAfter(Duration),
    /// Something smaller, made with less effort; the failure stands for the rest.
    Settle(Vec<u32>),
    /// Nothing more until something changes.
    GiveUp,
}

/// What becomes of a content whose `attempt`-th attempt (from 1) at `sizes` failed.
pub(crate) fn after_failure(attempt: u32, sizes: &[u32], effort: Effort, reason: Reason) -> Next {
    if effort == Effort::Reduced {
        return Next::GiveUp;
    }
    if reason.worth_retrying() && attempt < MAX_ATTEMPTS {
        return Next::RetryAfter(FIRST_BACK_OFF * 4_u32.pow(attempt.saturating_sub(1)));
    }
    if too_dear(reason) {
        // The largest size is what costs; when it is the only one, a rough one is better than none.
        let smaller = if sizes.len() > 1 { sizes.iter().copied().skip(1).collect() } else { sizes.to_vec() };
        return Next::Settle(smaller);
    }
    Next::GiveUp
}

/// Whether the way was right but cost too much.
fn too_dear(reason: Reason) -> bool {
    match reason {
        Reason::TimedOut | Reason::OutOfMemory | Reason::TooLarge => true,
        Reason::Unsupported
        | Reason::Corrupt
        | Reason::Encrypted
        | Reason::NoPicture
        | Reason::Unavailable
        | Reason::Crashed
        | Reason::Io => false,
    }
}

/// The failure row after `attempt` attempts.
pub(crate) fn failure_row(
    content: i64,
    fault: &Fault,
    attempt: u32,
    recipe: &Recipe,
    next_at: Option<i64>,
) -> FailureRow {
    FailureRow {
        content,
        reason: fault.reason.word().to_owned(),
        detail: fault.detail.clone(),
        attempts: attempt,
        engine: recipe.engine.clone(),
        next_attempt_at: next_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(regenerate: bool) -> Recipe {
        let name = recipe_name(85, "1");
        Recipe { sizes: vec![512, 128], quality: 85, name, engine: "e".into(), regenerate, settles: true }
    }

    fn present(size: u32, recipe: &str) -> ThumbnailRow {
        ThumbnailRow {
            size,
            width: 1,
            height: 1,
            file_size: 1,
            recipe: recipe.into(),
            checksum: String::new(),
        }
    }

    fn failed(engine: &str, next_attempt_at: Option<i64>) -> FailureRow {
        let (reason, detail) = ("crashed".to_owned(), String::new());
        FailureRow { content: 1, reason, detail, attempts: 2, engine: engine.into(), next_attempt_at }
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "rows read better without borrows")]
    fn check(recipe: &Recipe, rows: &[ThumbnailRow], failure: Option<FailureRow>, want: &Need) {
        assert_eq!(&need(recipe, rows, failure.as_ref(), (Round::First, 1000)), want);
    }

    #[test]
    fn a_content_needs_what_it_lacks_at_the_present_recipe() {
        let usual = recipe(false);
        check(&usual, &[], None, &Need::Sizes(vec![512, 128], 0));
        check(&usual, &[present(512, "q85-e1")], None, &Need::Sizes(vec![128], 0));
        check(&usual, &[present(512, "q85-e1"), present(128, "q85-e1")], None, &Need::Nothing);
        check(&usual, &[present(512, "q80-e1"), present(128, "")], None, &Need::Sizes(vec![512, 128], 0));
        check(&recipe(true), &[present(512, "q85-e1")], None, &Need::Sizes(vec![512, 128], 0));
    }

    #[test]
    fn a_failure_holds_until_its_time_or_another_engine() {
        let usual = recipe(false);
        check(&usual, &[], Some(failed("e", None)), &Need::GivenUp);
        check(&usual, &[], Some(failed("older", None)), &Need::Sizes(vec![512, 128], 0));
        check(&usual, &[], Some(failed("e", Some(2000))), &Need::Later);
        check(&usual, &[], Some(failed("e", Some(1000))), &Need::Sizes(vec![512, 128], 2));
        check(&recipe(true), &[], Some(failed("e", None)), &Need::Sizes(vec![512, 128], 0));
        check(&usual, &[], Some(failed("e", Some(1000 + 3_600_000))), &Need::Sizes(vec![512, 128], 2));
        let in_this_job = need(&recipe(true), &[], Some(&failed("e", Some(900))), (Round::Retry, 1000));
        assert_eq!(in_this_job, Need::Sizes(vec![512, 128], 2), "or it would be tried for ever");
    }

    #[test]
    fn transient_reasons_are_tried_three_times_and_dear_ones_settle_for_less() {
        let secs = |seconds| Next::RetryAfter(Duration::from_secs(seconds));
        let all = [512, 256, 128];
        let check =
            |attempt, effort, reason, want| assert_eq!(after_failure(attempt, &all, effort, reason), want);
        check(1, Effort::Full, Reason::Crashed, secs(2));
        check(2, Effort::Full, Reason::Crashed, secs(8));
        check(3, Effort::Full, Reason::Crashed, Next::GiveUp);
        check(1, Effort::Full, Reason::Corrupt, Next::GiveUp);
        check(3, Effort::Full, Reason::TimedOut, Next::Settle(vec![256, 128]));
        check(1, Effort::Full, Reason::TooLarge, Next::Settle(vec![256, 128]));
        check(3, Effort::Reduced, Reason::TimedOut, Next::GiveUp);
    }
}
