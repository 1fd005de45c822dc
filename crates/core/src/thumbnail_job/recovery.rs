//! What a run that died left behind: renditions whose files lie under temporary names.
//! Knows rows and the store; trusts only files that have the right checksum.

use super::ThumbnailJob;
use super::batch::{Batch, files_of, staged_files};
use super::feed::Feed;
use super::plan::Recipe;
use super::render_file::StagedRendition;
use super::selection::Selection;
use crate::error::Result;
use crate::jobs::{JobContext, JobId, JobResult};
use crate::library::Library;

impl ThumbnailJob {
    /// Takes over what an earlier run of this very job had finished but not recorded.
    pub(super) fn adopt_staged(&mut self, ctx: &JobContext<'_>, recipe: &Recipe) -> JobResult<()> {
        let library = ctx.library();
        let mut batch = Batch::default();
        for (id, staged) in staged(library)? {
            let Some(staged) = staged.filter(|staged| staged.job == ctx.id().0) else { continue };
            // A job of another priority may be making the same thumbnails right now.
            let held = library.in_hand().take(id, &|| ctx.interrupted().is_some());
            match (library.catalogue().read(|rows| rows.content(id))?, held) {
                (_, None) => ctx.check_interrupt()?,
                (Some(content), Some(held)) if whole(library, &staged)? => {
                    batch.adopt(&content, staged, held);
                }
                _ => library.catalogue().write(|rows| rows.unstage_rendition(id))?,
            }
        }
        let selection = Selection::Everything;
        let mut feed = Feed::new(&selection, recipe, self.checkpoint.cursor.clone());
        library.store().publish(&staged_files(&batch)?)?;
        self.record(ctx, recipe, &mut feed, &batch)
    }
}

/// Forgets staged renditions that no job will take over, and removes files that no row speaks of.
/// Only for the holder of the runner's lock, before any job runs.
pub(crate) fn sweep_staging(library: &Library) -> Result<()> {
    let mut kept = Vec::new();
    for (id, staged) in staged(library)? {
        match staged {
            Some(staged) if will_run(library, JobId(staged.job))? => kept.extend(files_of(&staged)?),
            _ => library.catalogue().write(|rows| rows.unstage_rendition(id))?,
        }
    }
    library.store().clear_staging(&kept)
}

/// Every staged rendition with its content; `None` for one whose note cannot be read.
fn staged(library: &Library) -> Result<Vec<(i64, Option<StagedRendition>)>> {
    let notes = library.catalogue().read(|rows| rows.staged_renditions())?;
    Ok(notes.into_iter().map(|(id, note)| (id, serde_json::from_str(&note).ok())).collect())
}

fn will_run(library: &Library, job: JobId) -> Result<bool> {
    let row = library.catalogue().read(|rows| rows.job(job))?;
    Ok(row.is_some_and(|row| !row.status.is_over()))
}

/// Whether every file of a rendition is there, as it was written.
fn whole(library: &Library, staged: &StagedRendition) -> Result<bool> {
    for file in files_of(staged)? {
        if !library.store().adopt(&file)? {
            return Ok(false);
        }
    }
    Ok(true)
}
