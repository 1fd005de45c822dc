//! `tintype verify`: every thumbnail is there, whole, and as it was written; or is made again.

use crate::{
    args::VerifyArgs,
    bar::Bar,
    follow,
    out::Paint,
    session::{Exit, Session},
    units::{counted, size_name},
    views::lossy,
};
use anyhow::Result;
use serde::Serialize;
use tintype_core::{
    Damage, Finding, Library, LostThumbnail, Repair, ThumbnailJob, ThumbnailOutput, VerifyReport,
    jobs::Priority,
};

/// How many thumbnails that are not made again are held at once.
const PAGE: usize = 500;

/// What it came to, behind the single findings.
#[derive(Serialize)]
struct Verified {
    #[serde(flatten)]
    report: VerifyReport,
    /// What repairing made.
    made: Option<ThumbnailOutput>,
    /// How many thumbnails could not be made again yet.
    not_made: u64,
}

/// One thing that is not as it should be.
#[derive(Serialize)]
struct FindingView<'f> {
    damage: Damage,
    name: String,
    cas_id: Option<&'f str>,
    size: Option<u32>,
    detail: Option<&'f str>,
    repair: Option<Repair>,
}

/// A thumbnail that could not be made again.
#[derive(Serialize)]
struct NotMade {
    /// Its CAS ID.
    lost: String,
    size: u32,
    path: Option<String>,
    why: String,
}

pub(crate) fn run(session: &Session, args: &VerifyArgs) -> Result<Exit> {
    let library = session.open()?;
    let bar = Bar::busy(&session.out, "checking every thumbnail");
    let mut shown = Ok(());
    let tell = |finding: &Finding| {
        if shown.is_ok() {
            shown = session.out.show(&FindingView::of(finding), FindingView::words);
        }
    };
    let report = if args.repair { library.repair(tell)? } else { library.verify(tell)? };
    drop(bar);
    shown?;
    let mut verified = Verified { report, made: None, not_made: 0 };
    if verified.report.repairs.contains_key(&Repair::ToBeMade) {
        match make_again(session, &library)? {
            Ok(made) => verified.made = made,
            Err(exit) => return Ok(exit),
        }
    }
    if args.repair {
        verified.not_made = show_lost(session, &library)?;
    }
    session.out.show(&verified, Verified::words)?;
    let left = verified.report.damaged - verified.report.repaired;
    Ok(Exit::Done { files_failed: left + verified.not_made })
}

fn make_again(session: &Session, library: &Library) -> Result<Result<Option<ThumbnailOutput>, Exit>> {
    let job = library.generate_thumbnails(ThumbnailJob::default(), Priority::Asked)?;
    let ended = follow::run_or_follow(session, library, std::slice::from_ref(&job))?;
    Ok(match ended.told(session) {
        Ok(()) => Ok(job.output::<ThumbnailJob>()?),
        Err(exit) => Err(exit),
    })
}

/// Says which thumbnails could not be made again, and why. How many.
fn show_lost(session: &Session, library: &Library) -> Result<u64> {
    let (mut after, mut count) = ((0, 0), 0);
    loop {
        let page = library.lost_thumbnails(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(count) };
        after = last.key;
        count += page.len() as u64;
        for lost in page {
            session.out.show(&NotMade::from(lost), |lost, paint| {
                let name = lost.path.as_deref().unwrap_or(&lost.lost);
                let what = size_name(lost.size);
                format!("{name}: {what} {}: {}", paint.yellow("not made again"), lost.why)
            })?;
        }
    }
}

impl From<LostThumbnail> for NotMade {
    fn from(lost: LostThumbnail) -> Self {
        let why = match (&lost.path, lost.failure) {
            (_, Some((reason, detail))) => format!("{reason}: {detail}"),
            (Some(_), None) => {
                "its file cannot be reached; the next `tintype generate` tries again".to_owned()
            }
            (None, None) => "no file holds its content any more".to_owned(),
        };
        Self { lost: lost.cas_id, size: lost.size, path: lost.path.as_deref().map(lossy), why }
    }
}

impl<'f> FindingView<'f> {
    fn of(finding: &'f Finding) -> Self {
        Self {
            damage: finding.damage,
            name: lossy(&finding.name),
            cas_id: finding.cas_id.as_ref().map(tintype_core::CasId::as_str),
            size: finding.size,
            detail: finding.detail.as_deref(),
            repair: finding.repair,
        }
    }

    /// `ab/cd/abcd0123456789ef_256.webp: truncated: shorter than it was written; to be made again`
    fn words(&self, paint: Paint) -> String {
        let (word, meaning) = in_words(self.damage);
        let mut words = format!("{}: {}: {}", self.name, paint.yellow(word), self.detail.unwrap_or(meaning));
        if let Some(repair) = self.repair {
            words = format!("{words}; {}", done(repair));
        }
        words
    }
}

impl Verified {
    fn words(&self, paint: Paint) -> String {
        let VerifyReport { sound, damaged, repaired, .. } = self.report;
        let sound = counted(sound, "thumbnail");
        if damaged == 0 {
            return format!("{sound} sound");
        }
        let words = format!("{sound} sound, {damaged} damaged");
        if self.report.repairs.is_empty() {
            return format!("{words}; `tintype verify --repair` puts right what can be");
        }
        let not_made = paint.yellow(&format!("{} not made again", self.not_made));
        let not_made = if self.not_made > 0 { format!(", {not_made}") } else { String::new() };
        format!("{words}, {repaired} put right{not_made}")
    }
}

fn in_words(damage: Damage) -> (&'static str, &'static str) {
    match damage {
        Damage::Missing => ("missing", "there is no file"),
        Damage::Truncated => ("truncated", "shorter than it was written"),
        Damage::Corrupted => ("corrupted", "other bytes than were written"),
        Damage::Foreign => ("foreign", "a thumbnail that the library does not know"),
        Damage::Misplaced => ("misplaced", "a thumbnail in a place that is not its own"),
        Damage::Strange => ("strange", "nothing that tintype wrote"),
        Damage::Unreadable => ("unreadable", "it cannot be read"),
    }
}

fn done(repair: Repair) -> &'static str {
    match repair {
        Repair::Moved => "moved to where it belongs",
        Repair::ToBeMade => "to be made again",
        Repair::Removed => "removed",
        Repair::SourceGone => "removed, and not made again: no file holds its content any more",
        Repair::LeftAlone => "left alone",
    }
}
