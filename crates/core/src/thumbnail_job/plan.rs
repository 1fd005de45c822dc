//! What a content needs, and what becomes of it once an attempt has ended.
//! Pure decisions on rows and a time; acts on nothing.

use crate::cas::SCRUB_SHEET;
use crate::catalogue::{FailureRow, QUARANTINE_AFTER, ThumbnailRow};
use crate::kind::Kind;
use crate::render::{Effort, Extras, Fault, Order, Reason, Scrub};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Transient failures are tried this often in one job; DESIGN.md, section 6. Those that cost a worker are tried less:
/// see [`QUARANTINE_AFTER`].
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
    /// What is wanted of films beside thumbnails, and its recipe's name.
    pub(crate) scrub: Option<(Scrub, String)>,
    /// Whether sound without a cover is drawn.
    pub(crate) waveform: bool,
    /// What failures are keyed by besides the content: engines and limits.
    pub(crate) engine: String,
    /// What is wanted, where that is not what the settings say: such a failure must not stand for the usual ones.
    pub(crate) wanted: String,
    /// The sizes that the settings want; others are there because somebody asked.
    pub(crate) usual_sizes: Vec<u32>,
    /// Whether thumbnails that are there are made again.
    pub(crate) regenerate: bool,
    /// Whether these are the thumbnails that the library's settings ask for.
    pub(crate) settles: bool,
}

impl Recipe {
    /// Those of its sizes that the settings do not want.
    pub(crate) fn asked_sizes(&self) -> Vec<u32> {
        self.sizes.iter().copied().filter(|size| !self.usual_sizes.contains(size)).collect()
    }

    /// Largest first, what contents of a kind are to have.
    fn sizes_of(&self, kind: &str) -> impl Iterator<Item = u32> {
        let is_film = kind == Kind::Video.word();
        let sheet = self.scrub.as_ref().filter(|_| is_film).map(|_| SCRUB_SHEET);
        self.sizes.iter().copied().chain(sheet)
    }

    /// Every size that is made of anything, with that of scrub sheets if there are any.
    pub(crate) fn kept_sizes(&self) -> Vec<u32> {
        self.sizes_of(Kind::Video.word()).collect()
    }

    /// The name of what makes this size.
    pub(crate) fn name_of(&self, size: u32) -> &str {
        match &self.scrub {
            Some((_, name)) if size == SCRUB_SHEET => name,
            _ => &self.name,
        }
    }

    /// The order for an attempt.
    pub(crate) fn order(&self, attempt: &Attempt) -> Order {
        let (sheets, sizes): (Vec<u32>, _) = attempt.sizes.iter().partition(|size| **size == SCRUB_SHEET);
        let scrub = self.scrub.as_ref().filter(|_| !sheets.is_empty()).map(|(scrub, _)| *scrub);
        let extras = Extras { scrub, waveform: self.waveform };
        Order { sizes, quality: self.quality, effort: attempt.effort, extras }
    }
}

/// The name of a recipe: what besides source and size decides a thumbnail's bytes.
pub(crate) fn recipe_name(quality: u8, engine_version: &str) -> String {
    format!("q{quality}-e{engine_version}")
}

/// The same of a scrub sheet.
pub(crate) fn scrub_recipe_name(Scrub { frames, edge }: Scrub, quality: u8, engine_version: &str) -> String {
    format!("q{quality}-s{frames}x{edge}-e{engine_version}")
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
    /// This attempt.
    Attempt(Attempt),
}

/// What was tried before in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Tries {
    /// Under the same engine and limits, for the same.
    pub(crate) attempts: u32,
    /// How many attempts under the same engine and limits were the end of a worker.
    pub(crate) kills: u32,
}

impl Tries {
    /// One more.
    pub(crate) fn and(self, reason: Reason) -> Self {
        Self { attempts: self.attempts + 1, kills: self.kills + u32::from(reason.costs_a_worker()) }
    }
}

/// One attempt at a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Longest edges, largest first.
    pub(crate) sizes: Vec<u32>,
    pub(crate) effort: Effort,
    pub(crate) before: Tries,
    /// The failure that stands for what it does not try.
    pub(crate) instead_of: Option<Fault>,
    /// Whether there are sizes that it does not try.
    pub(crate) leaves_out: bool,
}

/// Which round of a job a content is met in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// The first, over the whole selection.
    First,
    /// Because an attempt failed, and it is time for the next.
    Retry,
}

/// What a content of a kind needs, given what is there: its thumbnails, and its failure. `lost` are sizes that it had.
pub(crate) fn need(
    (recipe, kind): (&Recipe, &str),
    (present, lost): (&[ThumbnailRow], &[u32]),
    failure: Option<&FailureRow>,
    (round, now): (Round, i64),
) -> Need {
    let has = |size: u32| present.iter().any(|row| row.size == size && row.recipe == recipe.name_of(size));
    let mut missing: Vec<u32> =
        recipe.sizes_of(kind).filter(|size| recipe.regenerate || !has(*size)).collect();
    missing.extend(lost.iter().filter(|size| **size != SCRUB_SHEET && !recipe.sizes.contains(size)));
    missing.sort_unstable_by(|a, b| b.cmp(a));
    if missing.is_empty() {
        return Need::Nothing;
    }
    // Whoever has everything made again does not ask what failed before this job, but counts what fails in it.
    let counts = |failure: &&FailureRow| {
        failure.engine == recipe.engine && (!recipe.regenerate || round == Round::Retry)
    };
    let Some(failure) = failure.filter(counts) else {
        return Need::Attempt(Attempt::first(missing, Tries::default()));
    };
    let is_same = failure.wanted == recipe.wanted;
    match failure.next_attempt_at {
        _ if failure.is_quarantined() => Need::GivenUp,
        _ if !is_same => Need::Attempt(Attempt::first(missing, Tries { attempts: 0, kills: failure.kills })),
        None => Need::GivenUp,
        Some(at) if !is_due(at, now) => Need::Later,
        Some(_) => Need::Attempt(Attempt::again(missing, failure)),
    }
}

impl Attempt {
    fn first(sizes: Vec<u32>, before: Tries) -> Self {
        Self { sizes, effort: Effort::Full, before, instead_of: None, leaves_out: false }
    }

    /// The attempt after those of a failure. What took too long or too much is tried with less effort the second time,
    /// so that there is a picture before the right way gets its second and last chance.
    fn again(missing: Vec<u32>, failure: &FailureRow) -> Self {
        let before = Tries { attempts: failure.attempts, kills: failure.kills };
        let reason = failure.reason.parse().ok().filter(|reason| too_dear(*reason));
        match reason {
            Some(reason) if before == (Tries { attempts: 1, kills: 1 }) => {
                Self::reduced(&missing, before, reason.says(&failure.detail))
            }
            _ => Self::first(missing, before),
        }
    }

    /// The largest size is what costs, and a scrub sheet; when one is the only one, a rough one is better than none.
    pub(crate) fn reduced(sizes: &[u32], before: Tries, instead_of: Fault) -> Self {
        let leaves_out = sizes.len() > 1;
        let pictures = sizes.iter().filter(|size| **size != SCRUB_SHEET).count();
        let dear = |(place, size): &(usize, &u32)| **size == SCRUB_SHEET || (*place == 0 && pictures > 1);
        let cheap = sizes.iter().enumerate().filter(|one| !leaves_out || !dear(one)).map(|(_, size)| *size);
        let sizes = cheap.collect();
        Self { sizes, effort: Effort::Reduced, before, instead_of: Some(instead_of), leaves_out }
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
    /// Something smaller at once, made with less effort; the failure stands for the rest.
    Settle,
    /// Nothing more until something changes.
    GiveUp,
}

/// What becomes of a content whose attempt failed for `reason`; `tries` counts it.
pub(crate) fn after_failure(tries: Tries, attempt: &Attempt, reason: Reason) -> Next {
    match &attempt.instead_of {
        _ if tries.kills >= QUARANTINE_AFTER => Next::GiveUp,
        // The way out failed too; the right way has a chance left when the machine may have been at fault.
        Some(first) => after_way_out(tries, first),
        None if reason.worth_retrying() && tries.attempts < MAX_ATTEMPTS => {
            Next::RetryAfter(back_off(tries.attempts))
        }
        None if too_dear(reason) && !reason.worth_retrying() => Next::Settle,
        None => Next::GiveUp,
    }
}

/// What becomes of the sizes that a reduced attempt left out, or did not get, once it has ended.
pub(crate) fn after_way_out(tries: Tries, first: &Fault) -> Next {
    if first.reason.worth_retrying() && tries.attempts < MAX_ATTEMPTS {
        Next::RetryAfter(back_off(tries.attempts))
    } else {
        Next::GiveUp
    }
}

fn back_off(attempts: u32) -> Duration {
    FIRST_BACK_OFF * 4_u32.pow(attempts.saturating_sub(1))
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

/// The failure row after so many tries.
pub(crate) fn failure_row(
    content: i64,
    fault: &Fault,
    tries: Tries,
    (recipe, next_at): (&Recipe, Option<i64>),
) -> FailureRow {
    FailureRow {
        content,
        reason: fault.reason.word().to_owned(),
        detail: fault.detail.clone(),
        attempts: tries.attempts,
        kills: tries.kills,
        engine: recipe.engine.clone(),
        wanted: recipe.wanted.clone(),
        next_attempt_at: next_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(regenerate: bool) -> Recipe {
        let (name, wanted) = (recipe_name(85, "1"), String::new());
        let (sizes, usual_sizes) = (vec![512, 128], vec![512, 128]);
        let engine = "e".into();
        let (scrub, waveform, settles) = (None, false, true);
        Recipe { sizes, quality: 85, name, scrub, waveform, engine, wanted, usual_sizes, regenerate, settles }
    }

    fn present(size: u32, recipe: &str) -> ThumbnailRow {
        ThumbnailRow { size, recipe: recipe.into(), ..ThumbnailRow::default() }
    }

    /// A crash under an engine, after so many attempts that were all kills.
    fn failed(engine: &str, kills: u32, next_attempt_at: Option<i64>) -> FailureRow {
        let tries = Tries { attempts: kills, kills };
        let recipe = Recipe { engine: engine.into(), ..recipe(false) };
        failure_row(1, &Reason::Crashed.says("words"), tries, (&recipe, next_attempt_at))
    }

    fn attempt(sizes: &[u32], attempts: u32, kills: u32) -> Need {
        Need::Attempt(Attempt::first(sizes.to_vec(), Tries { attempts, kills }))
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "rows read better without borrows")]
    fn check(recipe: &Recipe, rows: &[ThumbnailRow], failure: Option<FailureRow>, want: Need) {
        assert_eq!(need((recipe, "image"), (rows, &[]), failure.as_ref(), (Round::First, 1000)), want);
    }

    #[test]
    fn a_content_needs_what_it_lacks_at_the_present_recipe() {
        let usual = recipe(false);
        check(&usual, &[], None, attempt(&[512, 128], 0, 0));
        check(&usual, &[present(512, "q85-e1")], None, attempt(&[128], 0, 0));
        check(&usual, &[present(512, "q85-e1"), present(128, "q85-e1")], None, Need::Nothing);
        check(&usual, &[present(512, "q80-e1"), present(128, "")], None, attempt(&[512, 128], 0, 0));
        check(&recipe(true), &[present(512, "q85-e1")], None, attempt(&[512, 128], 0, 0));
    }

    #[test]
    fn what_was_lost_is_needed_at_its_own_size() {
        let rows = [present(512, "q85-e1"), present(128, "q85-e1")];
        let needed =
            |lost: &[u32]| need((&recipe(false), "image"), (&rows, lost), None, (Round::First, 1000));
        assert_eq!(needed(&[1024]), attempt(&[1024], 0, 0));
        assert_eq!(needed(&[128]), Need::Nothing, "made again already");
    }

    #[test]
    fn a_failure_holds_until_its_time_or_another_engine() {
        let usual = recipe(false);
        check(&usual, &[], Some(failed("e", 1, None)), Need::GivenUp);
        check(&usual, &[], Some(failed("older", 1, None)), attempt(&[512, 128], 0, 0));
        check(&usual, &[], Some(failed("e", 1, Some(2000))), Need::Later);
        check(&usual, &[], Some(failed("e", 1, Some(1000))), attempt(&[512, 128], 1, 1));
        check(&recipe(true), &[], Some(failed("e", 1, None)), attempt(&[512, 128], 0, 0));
        check(&usual, &[], Some(failed("e", 1, Some(1000 + 3_600_000))), attempt(&[512, 128], 1, 1));
        let in_this_job = need(
            (&recipe(true), "image"),
            (&[], &[]),
            Some(&failed("e", 1, Some(900))),
            (Round::Retry, 1000),
        );
        assert_eq!(in_this_job, attempt(&[512, 128], 1, 1), "or it would be tried for ever");
    }

    #[test]
    fn quarantine_holds_for_whatever_is_wanted_but_not_under_another_engine_or_when_somebody_asks() {
        let usual = recipe(false);
        let odd = Recipe { wanted: "64 px".into(), sizes: vec![64], ..recipe(false) };
        check(&usual, &[], Some(failed("e", 2, None)), Need::GivenUp);
        check(&usual, &[], Some(failed("e", 2, Some(900))), Need::GivenUp);
        check(&odd, &[], Some(failed("e", 2, None)), Need::GivenUp);
        check(&odd, &[], Some(failed("e", 1, None)), attempt(&[64], 0, 1));
        check(&usual, &[], Some(failed("older", 2, None)), attempt(&[512, 128], 0, 0));
        check(&recipe(true), &[], Some(failed("e", 2, None)), attempt(&[512, 128], 0, 0));
    }

    #[test]
    fn what_is_too_dear_is_tried_with_less_effort_the_second_time_and_in_full_the_third() {
        let dear = |attempts, kills| {
            let tries = Tries { attempts, kills };
            failure_row(1, &Reason::TimedOut.says("words"), tries, (&recipe(false), Some(0)))
        };
        let first = || Reason::TimedOut.says("words");
        let reduced = Attempt::reduced(&[512, 128], Tries { attempts: 1, kills: 1 }, first());
        assert_eq!(reduced.sizes, [128]);
        check(&recipe(false), &[], Some(dear(1, 1)), Need::Attempt(reduced));
        check(&recipe(false), &[present(128, "q85-e1")], Some(dear(2, 1)), attempt(&[512], 2, 1));
        assert_eq!(Attempt::reduced(&[512], Tries::default(), first()).sizes, [512], "rough, but there");
    }

    #[track_caller]
    fn check_next(tries: (u32, u32), instead_of: Option<Reason>, reason: Reason, want: &Next) {
        let tries = Tries { attempts: tries.0, kills: tries.1 };
        let mut attempt = Attempt::first(vec![512, 128], Tries::default());
        attempt.instead_of = instead_of.map(|reason| reason.says(""));
        assert_eq!(&after_failure(tries, &attempt, reason), want);
    }

    #[test]
    fn a_hiccup_is_tried_three_times_a_kill_twice_and_the_rest_once() {
        use Reason::{Corrupt, Crashed, Io, OutOfMemory, TimedOut, TooLarge};
        let secs = |seconds| Next::RetryAfter(Duration::from_secs(seconds));
        check_next((1, 0), None, Io, &secs(2));
        check_next((2, 0), None, Io, &secs(8));
        check_next((3, 0), None, Io, &Next::GiveUp);
        check_next((1, 1), None, Crashed, &secs(2));
        check_next((2, 2), None, Crashed, &Next::GiveUp);
        check_next((1, 2), None, OutOfMemory, &Next::GiveUp);
        check_next((1, 0), None, Corrupt, &Next::GiveUp);
        check_next((1, 0), None, TooLarge, &Next::Settle);
        check_next((1, 1), None, TimedOut, &secs(2));
        check_next((2, 2), Some(TimedOut), TimedOut, &Next::GiveUp);
        check_next((2, 1), Some(TimedOut), Corrupt, &secs(8));
        check_next((2, 0), Some(TooLarge), Corrupt, &Next::GiveUp);
        check_next((2, 1), Some(TooLarge), TimedOut, &Next::GiveUp);
    }
}
