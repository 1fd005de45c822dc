//! `tintype clean`: removes what no file needs any more, or says what that would be.

use crate::{
    args::CleanArgs,
    bar::Bar,
    out::Paint,
    session::{Exit, Session},
    table::{Align, Table},
    units::{bytes, counted},
};
use anyhow::Result;
use serde::Serialize;
use std::fmt::Write;
use tintype_core::{CleanKept, CleanReport, CleanWhy};

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
    for problem in &report.problems {
        session.out.note(problem);
    }
    session.out.show(&Cleaned { dry_run: args.dry_run, report }, Cleaned::words)?;
    Ok(Exit::DONE)
}

impl Cleaned {
    /// ```text
    /// would remove 7 thumbnails of 2 contents, 71 kB
    ///   content gone      6 files  70 kB  no file holds it any more
    ///   size not wanted   1 file    1 kB  library.toml wants other sizes
    /// ```
    fn words(&self, _: Paint) -> String {
        let Self { dry_run, report } = self;
        let verb = if *dry_run { "would remove" } else { "removed" };
        let mut text = format!("{verb} {}", counted(report.thumbnails, "thumbnail"));
        if report.contents > 0 {
            let _ = write!(text, " of {}", counted(report.contents, "content")); // writing to a String cannot fail
        }
        let _ = writeln!(text, ", {}", bytes(report.bytes));
        let columns = [Align::Left, Align::Right, Align::Right, Align::Left];
        let mut table = Table::new(&columns);
        for (why, amount) in &report.why {
            let (name, words) = why_in_words(*why);
            table.row([
                name.to_owned(),
                counted(amount.files, "file"),
                bytes(amount.bytes),
                words.to_owned(),
            ]);
        }
        for (why, amount) in &report.kept {
            let words = kept_in_words(*why).to_owned();
            table.row(["kept".to_owned(), counted(amount.files, "file"), bytes(amount.bytes), words]);
        }
        text.push_str(&table.text());
        if report.strange > 0 {
            let _ =
                writeln!(text, "{} left alone that tintype did not write", counted(report.strange, "thing"));
        }
        text
    }
}

fn why_in_words(why: CleanWhy) -> (&'static str, &'static str) {
    match why {
        CleanWhy::ContentGone => ("content gone", "no file holds it any more"),
        CleanWhy::SizeNotWanted => ("size not wanted", "library.toml wants other sizes"),
        CleanWhy::NoRow => ("no row", "written, but never recorded"),
        CleanWhy::Temporary => ("temporary", "left by a process that died"),
    }
}

fn kept_in_words(why: CleanKept) -> &'static str {
    match why {
        CleanKept::WantedAgain => "wanted again meanwhile",
        CleanKept::BeingWritten => "being written just now",
        CleanKept::Changed => "changed meanwhile",
        CleanKept::AlreadyGone => "gone already",
        CleanKept::NotRemoved => "could not be removed",
    }
}
