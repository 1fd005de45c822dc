//! `tintype add`: a folder becomes a location of the library, and its thumbnails are made.

use crate::{
    args::AddArgs,
    detach, follow,
    out::Paint,
    session::{Exit, Session},
    units::{count, counted},
    views::{JobView, lossy},
};
use anyhow::Result;
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write};
use tintype_core::{Added, IndexerOutput, Library, ThumbnailJob, ThumbnailOutput};

/// What became of a folder that was added.
#[derive(Serialize)]
struct Summary {
    library: String,
    path: String,
    location: i64,
    resumed: bool,
    index: Option<IndexerOutput>,
    thumbnails: Option<ThumbnailOutput>,
    /// Failures of the whole library, per reason.
    failures: BTreeMap<String, u64>,
    jobs: [JobView; 2],
}

pub(crate) fn run(session: &Session, args: &AddArgs) -> Result<Exit> {
    if !args.path.is_dir() {
        // Asked before a library is made for a slip of the pen.
        return Err(no_folder(args));
    }
    let library = session.open_or_create(args.cas.map(Into::into))?;
    let added = library.add_location(&args.path)?;
    if added.resumed {
        session.out.note("going on with what was unfinished");
    }
    if args.now {
        added.index.hurry()?;
        added.thumbnails.hurry()?;
    }
    if args.detach {
        detach::start_runner(&library)?;
        session.out.summary(&summary(&library, args, &added)?, detached)?;
        return Ok(Exit::DONE);
    }
    let ended = follow::run_or_follow(session, &library, &[added.index.clone(), added.thumbnails.clone()])?;
    let told = ended.told(session);
    let summary = summary(&library, args, &added)?;
    if let Err(exit) = told {
        session.out.unfinished(&summary)?;
        return Ok(exit);
    }
    session.out.summary(&summary, Summary::words)?;
    Ok(Exit::Done { files_failed: summary.thumbnails.map_or(0, |made| made.errors) })
}

fn no_folder(args: &AddArgs) -> anyhow::Error {
    let path = args.path.display();
    match args.path.parent().filter(|_| args.path.exists()) {
        Some(parent) if !parent.as_os_str().is_empty() => {
            anyhow::anyhow!(
                "{path} is not a folder; `tintype add {}` adds the folder it is in",
                parent.display()
            )
        }
        Some(_) => anyhow::anyhow!("{path} is not a folder; `tintype add .` adds the folder it is in"),
        None => anyhow::anyhow!("there is no folder {path}"),
    }
}

fn summary(library: &Library, args: &AddArgs, added: &Added) -> Result<Summary> {
    Ok(Summary {
        library: lossy(library.root()),
        path: lossy(&args.path),
        location: added.location,
        resumed: added.resumed,
        index: added.index.output::<tintype_core::IndexerJob>()?,
        thumbnails: added.thumbnails.output::<ThumbnailJob>()?,
        failures: library.status()?.failures.into_iter().collect(),
        jobs: [added.index.look()?.into(), added.thumbnails.look()?.into()],
    })
}

fn detached(summary: &Summary, _: Paint) -> String {
    let jobs = summary.jobs.each_ref().map(|job| job.id.to_string()).join(" and ");
    format!("jobs {jobs} go on in the background; `tintype jobs` shows how far they are")
}

impl Summary {
    fn words(&self, paint: Paint) -> String {
        let mut text = String::new();
        let _ = self.write(&mut text, paint); // writing to a String cannot fail
        text
    }

    fn write(&self, text: &mut String, paint: Paint) -> std::fmt::Result {
        if let Some(index) = &self.index {
            writeln!(text, "{}", paint.bold(&super::index::sentence(index)))?;
        }
        if let Some(made) = &self.thumbnails {
            writeln!(text, "{}", paint.bold(&super::generate::sentence(made)))?;
        }
        if !self.failures.is_empty() {
            let total: u64 = self.failures.values().sum();
            let reasons: Vec<_> =
                self.failures.iter().map(|(reason, number)| format!("{} {reason}", count(*number))).collect();
            let what = paint.yellow(&format!("{} without thumbnail", counted(total, "content")));
            writeln!(text, "{what}: {}; `tintype failures` says which", reasons.join(", "))?;
        }
        writeln!(text, "in {}", self.library)
    }
}
