//! `tintype failures`: what has no thumbnail, why, and what one can do; trying again.

use crate::{
    args::{FailuresAction, FailuresArgs, FailuresListArgs, RetryArgs},
    out::Paint,
    session::{Exit, Session},
    units::counted,
    views::FailureView,
};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use tintype_core::{FailureFilter, Library, ThumbnailJob, jobs::Priority};

/// How many failures are held at once; a library may have millions.
const PAGE: usize = 500;

pub(crate) fn run(session: &Session, args: FailuresArgs) -> Result<Exit> {
    let library = session.open()?;
    match args.action.unwrap_or(FailuresAction::List(args.list)) {
        FailuresAction::List(list) => show_list(session, &library, &list),
        FailuresAction::Retry(which) => retry(session, &library, &which),
    }
}

fn show_list(session: &Session, library: &Library, wanted: &FailuresListArgs) -> Result<Exit> {
    let path = wanted.path.as_deref().map(absolute).transpose()?;
    let which = FailureFilter { reason: wanted.reason, path };
    let limit = wanted.limit.unwrap_or(usize::MAX);
    let (mut shown, mut after) = (0, 0);
    while shown < limit {
        let page = library.failures(&which, after, PAGE.min(limit - shown))?;
        let Some(last) = page.last() else { break };
        after = last.key;
        shown += page.len();
        for failed in page {
            session.out.show(&FailureView::from(failed), words)?;
        }
    }
    if shown == 0 && limit > 0 && !session.out.is_json() {
        session.out.note("no failures");
    }
    Ok(Exit::DONE)
}

/// ```text
/// /photos/a.jpg
///     crashed: the worker was killed by SIGSEGV
///     in quarantine after 2 attempts; tried again when its file, tintype or its limits change, or when you ask
///     keep the file and report it
/// ```
fn words(failed: &FailureView, paint: Paint) -> String {
    let name = failed.path.as_deref().unwrap_or(&failed.cas_id);
    let reason = paint.yellow(&failed.reason);
    let quarantine = if failed.quarantined { "in quarantine " } else { "" };
    let again = match &failed.next_attempt_at {
        _ if failed.attempts == 0 => "tried again by the next job".to_owned(),
        Some(at) => format!("tried again after {at}"),
        None => "tried again when its file, tintype or its limits change, or when you ask".to_owned(),
    };
    let attempts = counted(failed.attempts.into(), "attempt");
    format!(
        "{name}\n    {reason}: {}\n    {quarantine}after {attempts}; {again}\n    {}",
        failed.detail, failed.advice
    )
}

fn retry(session: &Session, library: &Library, which: &RetryArgs) -> Result<Exit> {
    let path = which.path.as_deref().map(absolute).transpose()?;
    let count = library.retry_failures(&FailureFilter { reason: which.reason, path })?;
    if count == 0 {
        session.out.note("no failures to try again");
        return Ok(Exit::DONE);
    }
    session.out.note(&format!("trying {} again", counted(count, "content")));
    let job = library.generate_thumbnails(ThumbnailJob::default(), Priority::Asked)?;
    super::generate::finish(session, library, &[job], which.detach)
}

/// As the library knows it: without links, as far as it exists.
fn absolute(path: &Path) -> Result<PathBuf> {
    let found = path.canonicalize().or_else(|_| std::path::absolute(path));
    found.with_context(|| format!("find {}", path.display()))
}
