//! `tintype clean`: removes what no file needs any more, or says what that would be.

use crate::{
    args::CleanArgs,
    bar::Bar,
    session::{Exit, Session},
    units::{bytes, counted},
};
use anyhow::Result;
use serde::Serialize;
use tintype_core::CleanReport;

#[derive(Serialize)]
struct Cleaned {
    dry_run: bool,
    #[serde(flatten)]
    report: CleanReport,
}

pub(crate) fn run(session: &Session, args: &CleanArgs) -> Result<Exit> {
    let library = session.open()?;
    let bar = Bar::busy(&session.out, "looking for what no file needs any more");
    let report = if args.dry_run { library.plan_clean()? } else { library.clean()? };
    drop(bar);
    session.out.show(&Cleaned { dry_run: args.dry_run, report }, |Cleaned { dry_run, report }, _| {
        let what = format!(
            "{} of {}, {}",
            counted(report.thumbnails, "thumbnail"),
            counted(report.contents, "content"),
            bytes(report.bytes)
        );
        if *dry_run { format!("would remove {what}") } else { format!("removed {what}") }
    })?;
    Ok(Exit::DONE)
}
