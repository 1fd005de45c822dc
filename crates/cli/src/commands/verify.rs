//! `tintype verify`: every thumbnail is there, whole, and as it was written; or is made again.

use crate::{
    args::VerifyArgs,
    bar::Bar,
    follow,
    out::Paint,
    session::{Exit, Session},
    units::counted,
};
use anyhow::Result;
use serde::Serialize;
use tintype_core::{Damage, Library, ThumbnailJob, ThumbnailOutput, VerifyReport, jobs::Priority};

#[derive(Serialize)]
struct Verified {
    #[serde(flatten)]
    report: VerifyReport,
    /// What repairing made.
    made: Option<ThumbnailOutput>,
}

pub(crate) fn run(session: &Session, args: &VerifyArgs) -> Result<Exit> {
    let library = session.open()?;
    let bar = Bar::busy(&session.out, "checking every thumbnail");
    let report = library.verify(args.repair)?;
    drop(bar);
    let mut verified = Verified { report, made: None };
    if verified.report.repaired > 0 {
        match make_again(session, &library)? {
            Ok(made) => verified.made = made,
            Err(exit) => return Ok(exit),
        }
    }
    session.out.show(&verified, Verified::words)?;
    let left = verified.report.damaged.len() as u64 - verified.report.repaired;
    Ok(Exit::Done { files_failed: left + verified.made.map_or(0, |made| made.errors) })
}

fn make_again(session: &Session, library: &Library) -> Result<Result<Option<ThumbnailOutput>, Exit>> {
    let job = library.generate_thumbnails(ThumbnailJob::default(), Priority::Asked)?;
    let ended = follow::run_or_follow(session, library, std::slice::from_ref(&job))?;
    Ok(match ended.told(session) {
        Ok(()) => Ok(job.output::<ThumbnailJob>()?),
        Err(exit) => Err(exit),
    })
}

impl Verified {
    fn words(&self, paint: Paint) -> String {
        let VerifyReport { sound, damaged, repaired } = &self.report;
        let mut lines: Vec<_> = damaged
            .iter()
            .map(|one| format!("{} {} px: {}", one.cas_id, one.size, paint.yellow(in_words(one.damage))))
            .collect();
        lines.push(match (damaged.len() as u64, repaired) {
            (0, _) => format!("{} sound", counted(*sound, "thumbnail")),
            (some, 0) => format!(
                "{} sound, {some} damaged; `tintype verify --repair` puts them right",
                counted(*sound, "thumbnail")
            ),
            (some, repaired) => {
                format!("{} sound, {some} damaged, {repaired} put right", counted(*sound, "thumbnail"))
            }
        });
        lines.join("\n")
    }
}

fn in_words(damage: Damage) -> &'static str {
    match damage {
        Damage::Missing => "missing",
        Damage::WrongLength => "cut short or grown",
        Damage::WrongChecksum => "other bytes than were written",
        Damage::Foreign => "a file that does not belong",
    }
}
