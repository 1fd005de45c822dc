//! `tintype failures`: what has no thumbnail, why, and what one can do; trying again.

use crate::{
    args::{FailuresAction, FailuresArgs, FailuresListArgs, RetryArgs},
    out::Paint,
    session::{Exit, Session},
    views::FailureView,
};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use tintype_core::{FailedContent, Library, RetryWhich, ThumbnailJob, jobs::Priority};

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
    let below = wanted.path.as_deref().map(absolute).transpose()?;
    let fits = |failed: &FailedContent| {
        wanted.reason.is_none_or(|reason| failed.reason == reason.word())
            && below
                .as_deref()
                .is_none_or(|below| failed.path.as_deref().is_some_and(|path| path.starts_with(below)))
    };
    let mut left = wanted.limit.unwrap_or(usize::MAX);
    let mut after = 0;
    while left > 0 {
        let page = library.failures(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.key;
        for failed in page.into_iter().filter(fits).take(left) {
            session.out.show(&FailureView::from(failed), words)?;
            left -= 1;
        }
    }
    if left == wanted.limit.unwrap_or(usize::MAX) && left > 0 && !session.out.is_json() {
        session.out.note("no failures");
    }
    Ok(Exit::DONE)
}

fn words(failed: &FailureView, paint: Paint) -> String {
    let name = failed.path.as_deref().unwrap_or(&failed.cas_id);
    let reason = paint.yellow(&failed.reason);
    format!("{name}\n    {reason}: {}\n    {}", failed.detail, failed.advice)
}

fn retry(session: &Session, library: &Library, which: &RetryArgs) -> Result<Exit> {
    let wanted = match (which.reason, &which.path) {
        (Some(reason), _) => RetryWhich::Reason(reason),
        (None, Some(path)) => RetryWhich::Path(absolute(path)?),
        (None, None) => RetryWhich::All,
    };
    let count = library.retry_failures(&wanted)?;
    if count == 0 {
        session.out.note("no failures to try again");
        return Ok(Exit::DONE);
    }
    session.out.note(&format!("trying {} again", crate::units::counted(count, "content")));
    let job = library.generate_thumbnails(ThumbnailJob::default(), Priority::Asked)?;
    super::generate::finish(session, library, &[job], which.detach)
}

/// As the library knows it: without links, as far as it exists.
fn absolute(path: &Path) -> Result<PathBuf> {
    let found = path.canonicalize().or_else(|_| std::path::absolute(path));
    found.with_context(|| format!("find {}", path.display()))
}
