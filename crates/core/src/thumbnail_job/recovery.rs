//! What a run that died left behind: notes of failures, and of renditions whose files lie under temporary names.
//! Knows rows and the store; trusts only files that have the right checksum.

use super::ThumbnailJob;
use super::batch::{Batch, files_of, staged_files};
use super::feed::Feed;
use super::plan::Recipe;
use super::render_file::StagedRendition;
use super::selection::Selection;
use crate::catalogue::{Reading, ThumbnailRow, Writing};
use crate::clock::now_ms;
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
            let held = library.in_hand().take(&staged.cas_id, &|| ctx.interrupted().is_some());
            match (library.catalogue().read(|rows| rows.content(id))?, held) {
                (_, None) => ctx.check_interrupt()?,
                (Some(content), Some(held)) if is_whole(library, &staged)? => {
                    batch.adopt(&content, staged, held);
                }
                _ => save(library, id, staged)?,
            }
        }
        let selection = Selection::Everything;
        let mut feed = Feed::new(&selection, recipe, self.checkpoint.cursor.clone());
        library.store().publish(&staged_files(&batch))?;
        self.record(ctx, recipe, &mut feed, &batch)
    }
}

/// Brings what no job will take over into the catalogue, as far as it is whole: some of it may be in its place already,
/// over an older one. Then removes files that no note speaks of.
/// Only for the holder of the runner's lock, before any job runs.
pub(crate) fn sweep_staging(library: &Library) -> Result<()> {
    let mut kept = Vec::new();
    for (id, staged) in staged(library)? {
        match staged {
            Some(staged) if will_run(library, JobId(staged.job))? => kept.extend(files_of(&staged)),
            Some(staged) => save(library, id, staged)?,
            None => library.catalogue().write(|rows| rows.unstage_rendition(id))?,
        }
    }
    library.store().clear_staging(&kept)
}

/// The thumbnails of a content that are just being published.
pub(crate) fn being_published(rows: &Reading<'_>, content: i64) -> Result<Vec<ThumbnailRow>> {
    let note = rows.staged_rendition(content)?.and_then(|note| parse(&note));
    Ok(note.map(|note| note.thumbnails).unwrap_or_default())
}

/// The names of files that are staged, or about to be published.
pub(crate) fn noted_files(library: &Library) -> Result<Vec<crate::store::Staged>> {
    Ok(staged(library)?.iter().filter_map(|(_, note)| note.as_ref()).flat_map(files_of).collect())
}

/// Records what is whole of a rendition, and forgets its note. The rest is still to be made: its content stays pending.
fn save(library: &Library, content: i64, mut staged: StagedRendition) -> Result<()> {
    let mut whole = Vec::new();
    for (file, row) in files_of(&staged).into_iter().zip(&staged.thumbnails) {
        if library.store().adopt(&file)? {
            whole.push((file, row.clone()));
        }
    }
    let (files, rows): (Vec<_>, _) = whole.into_iter().unzip();
    library.store().publish(&files)?;
    staged.thumbnails = rows;
    library.catalogue().write(|rows| {
        if rows.content(content)?.is_some() {
            keep(rows, content, &staged)?;
        }
        rows.unstage_rendition(content)
    })
}

/// Writes the rows of thumbnails that are in their place.
pub(super) fn keep(rows: &Writing<'_>, content: i64, staged: &StagedRendition) -> Result<()> {
    for thumbnail in &staged.thumbnails {
        let recipe = if staged.stale { String::new() } else { thumbnail.recipe.clone() };
        rows.upsert_thumbnail(content, &ThumbnailRow { recipe, ..thumbnail.clone() }, now_ms())?;
    }
    Ok(())
}

/// Every staged rendition with its content; `None` for one whose note cannot be read.
fn staged(library: &Library) -> Result<Vec<(i64, Option<StagedRendition>)>> {
    let notes = library.catalogue().read(|rows| rows.staged_renditions())?;
    Ok(notes.into_iter().map(|(id, note)| (id, parse(&note))).collect())
}

pub(super) fn parse(note: &str) -> Option<StagedRendition> {
    serde_json::from_str(note).ok()
}

/// Holds the reader of notes to its promise: what it takes for a rendition comes back when it is written.
#[cfg(any(test, fuzzing))]
pub(crate) fn check_staged_note(note: &str) {
    if let Some(staged) = parse(note) {
        let written = serde_json::to_string(&staged).expect("numbers and texts can be written as JSON");
        assert_eq!(parse(&written), Some(staged));
    }
}

fn will_run(library: &Library, job: JobId) -> Result<bool> {
    let row = library.catalogue().read(|rows| rows.job(job))?;
    Ok(row.is_some_and(|row| !row.status.is_over()))
}

/// Whether every file of a rendition is there, as it was written.
fn is_whole(library: &Library, staged: &StagedRendition) -> Result<bool> {
    for file in files_of(staged) {
        if !library.store().adopt(&file)? {
            return Ok(false);
        }
    }
    Ok(true)
}
