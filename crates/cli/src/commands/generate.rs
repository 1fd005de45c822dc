//! `tintype generate`: makes the thumbnails that are missing, of everything or of what is named.

use crate::{
    args::GenerateArgs,
    session::{Exit, Session},
    units::{bytes, count, counted, duration, rate},
    views::JobView,
};
use anyhow::{Result, anyhow};
use serde::Serialize;
use std::{path::Path, time::Duration};
use tintype_core::{
    Library, Options, ThumbnailJob, ThumbnailOutput,
    jobs::{JobHandle, Priority},
};

/// What a job that makes thumbnails came to.
#[derive(Serialize)]
struct Made {
    thumbnails: Vec<ThumbnailOutput>,
    jobs: Vec<JobView>,
}

pub(crate) fn run(session: &Session, args: &GenerateArgs) -> Result<Exit> {
    let workers = args.workers.map(usize::from);
    let library = session.open_with(Options { workers, ..Options::default() })?;
    let mut jobs = Vec::new();
    for wanted in wanted(&library, args)? {
        jobs.push(library.generate_thumbnails(wanted, Priority::Asked)?);
    }
    finish(session, &library, &jobs, args.detach)
}

/// Runs or follows jobs that make thumbnails, and says what came of them.
pub(super) fn finish(session: &Session, library: &Library, jobs: &[JobHandle], detach: bool) -> Result<Exit> {
    let told = super::carry_out(session, library, jobs, detach)?;
    let mut made = Made { thumbnails: Vec::new(), jobs: Vec::new() };
    for job in jobs {
        made.thumbnails.extend(job.output::<ThumbnailJob>()?);
        made.jobs.push(job.look()?.into());
    }
    if let Err(exit) = told {
        session.out.unfinished(&made)?;
        return Ok(exit);
    }
    session.out.summary(&made, |made, _| {
        if detach {
            return "the work goes on in the background; `tintype jobs` shows how far it is".to_owned();
        }
        made.thumbnails.iter().map(sentence).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::Done { files_failed: made.thumbnails.iter().map(|output| output.errors).sum() })
}

/// One job for all files that are named, and one for every folder.
fn wanted(library: &Library, args: &GenerateArgs) -> Result<Vec<ThumbnailJob>> {
    let plain = ThumbnailJob {
        sizes: args.sizes.clone(),
        quality: args.quality,
        regenerate: args.regenerate,
        batch_size: args.batch_size,
        ..ThumbnailJob::default()
    };
    if args.paths.is_empty() {
        return Ok(vec![plain]);
    }
    let (mut entries, mut jobs) = (Vec::new(), Vec::new());
    for path in &args.paths {
        if let Some(entry) = library.find(path)? {
            entries.push(entry.entry_id);
            continue;
        }
        let folder = library.find_folder(path)?.filter(|_| path.is_dir()).ok_or_else(|| not_indexed(path))?;
        jobs.push(ThumbnailJob { folder: Some(folder), ..plain.clone() });
    }
    if !entries.is_empty() {
        jobs.push(ThumbnailJob { entry_ids: Some(entries), ..plain });
    }
    Ok(jobs)
}

/// What to do about a path that the library does not know.
pub(super) fn not_indexed(path: &Path) -> anyhow::Error {
    if !path.exists() {
        return anyhow!("there is no {}", path.display());
    }
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    anyhow!("{} is not in the library; `tintype add {}` puts it in", path.display(), folder.display())
}

/// `1,200 thumbnails of 400 contents, 31.2 MB, in 12 s (33.3/s); 3 skipped, 2 failed`
pub(super) fn sentence(made: &ThumbnailOutput) -> String {
    let time = Duration::from_millis(made.duration_ms);
    let mut words = format!(
        "{} of {}, {}, in {}",
        counted(made.generated, "thumbnail"),
        counted(made.contents, "content"),
        bytes(made.total_bytes),
        duration(time)
    );
    if made.contents > 0 && !time.is_zero() {
        words = format!("{words} ({})", rate(made.contents as f64 / time.as_secs_f64()));
    }
    let further =
        [(made.skipped, "skipped"), (made.errors, "failed"), (made.orphans_removed, "orphans removed")];
    let further: Vec<_> = further
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(*number)))
        .collect();
    if further.is_empty() { words } else { format!("{words}; {}", further.join(", ")) }
}
