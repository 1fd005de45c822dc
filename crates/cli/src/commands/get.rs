//! `tintype get`: where the thumbnail of a file or a content is, or its bytes; made first when it is missing.

use crate::{
    args::GetArgs,
    follow, scrub_index,
    session::{Exit, Session},
    views::lossy,
    whole_file,
};
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::path::Path;
use tintype_core::{CasId, ContentInfo, Kind, Library, SCRUB_SHEET, SheetInfo, ThumbnailJob, jobs::Priority};

/// The size when nobody says which: what file managers show. Libraries without it give what is next above.
const USUAL_SIZE: u32 = 256;

/// A thumbnail that is there.
#[derive(Serialize)]
struct Got {
    cas_id: String,
    size: u32,
    path: String,
    /// Whether it is an older one: the new one is not made yet, or could not be.
    stale: bool,
    /// What is known of the file.
    facts: Option<ContentInfo>,
    /// Of a scrub sheet: where its pictures lie and when each is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<SheetInfo>,
}

/// Whose thumbnail is wanted.
struct Wanted {
    cas_id: CasId,
    entry: i64,
    /// Or the scrub sheet: [`SCRUB_SHEET`].
    size: u32,
}

impl Wanted {
    fn is_there(&self, library: &Library) -> Result<bool> {
        Ok(match self.size {
            SCRUB_SHEET => library.scrub_sheet(&self.cas_id)?.is_some(),
            size => library.has_thumbnail(&self.cas_id, size)?,
        })
    }
}

pub(crate) fn run(session: &Session, args: &GetArgs) -> Result<Exit> {
    let library = session.open()?;
    let wanted = find(&library, args)?;
    if !wanted.is_there(&library)? {
        check_size(&library, &wanted)?;
        if let Some(exit) = make(session, &library, &wanted)? {
            return Ok(exit);
        }
    }
    let stale = note_if_stale(session, &library, &wanted)?;
    if let Some(output) = &args.output {
        write_bytes(session, &library, &wanted, output)?;
        return Ok(Exit::DONE);
    }
    let path = library.thumbnail_path(&wanted.cas_id, wanted.size);
    if !path.is_file() {
        return Err(anyhow!("{} is gone; `tintype verify --repair` makes it again", path.display()));
    }
    let sheet = library.scrub_sheet(&wanted.cas_id)?.filter(|_| wanted.size == SCRUB_SHEET);
    let facts = library.content_info(&wanted.cas_id)?;
    let (cas_id, size, path) = (wanted.cas_id.to_string(), wanted.size, lossy(&path));
    let got = Got { cas_id, size, path, stale, facts, sheet };
    session.out.show(&got, |got, _| got.path.clone())?;
    Ok(Exit::DONE)
}

/// Says on stderr that a thumbnail is an older one, and why.
fn note_if_stale(session: &Session, library: &Library, wanted: &Wanted) -> Result<bool> {
    let stale = library.thumbnail_info(&wanted.cas_id, wanted.size)?.is_some_and(|info| info.stale);
    if stale {
        session.out.note(&match library.failure_of(&wanted.cas_id)? {
            Some(failed) => {
                format!("an older thumbnail; the new one failed: {}: {}", failed.reason, failed.detail)
            }
            None => "an older thumbnail; the new one is not made yet: `tintype generate` does it".to_owned(),
        });
    }
    Ok(stale)
}

/// A file comes first, for a file may be called like a CAS ID.
fn find(library: &Library, args: &GetArgs) -> Result<Wanted> {
    let size = match args.size {
        _ if args.scrub => SCRUB_SHEET,
        Some(size) => size,
        None => usual_size(&library.settings().thumbnails.sizes),
    };
    let named = args.what.to_str().and_then(|word| word.parse::<CasId>().ok());
    if let Some(entry) = library.find(&args.what)? {
        let path = args.what.display();
        let why = || match entry.deferred.as_deref() {
            Some("empty") => anyhow!("{path} is empty, so there is no thumbnail"),
            Some(why) => {
                anyhow!("{path} could not be read when it was indexed ({why}); `tintype index` looks again")
            }
            None => anyhow!("{path} is not read yet; `tintype index` does it"),
        };
        let cas_id = entry.cas_id.as_deref().ok_or_else(why)?.parse()?;
        return Ok(Wanted { cas_id, entry: entry.entry_id, size });
    }
    match named {
        Some(cas_id) if !args.what.exists() => {
            let entry = library.entry_of(&cas_id)?.ok_or_else(|| {
                anyhow!("no file holds the content {cas_id} any more, and it has no thumbnail of {size} px")
            });
            match entry {
                Ok(entry) => Ok(Wanted { cas_id, entry, size }),
                // An orphan's thumbnails are there until somebody cleans.
                Err(error) => match (Wanted { cas_id, entry: 0, size }) {
                    wanted if wanted.is_there(library)? => Ok(wanted),
                    _ => Err(error),
                },
            }
        }
        _ => Err(super::generate::not_indexed(&args.what)),
    }
}

fn usual_size(sizes: &[u32]) -> u32 {
    let above = sizes.iter().copied().filter(|size| *size >= USUAL_SIZE).min();
    above.or_else(|| sizes.iter().copied().max()).unwrap_or(USUAL_SIZE)
}

/// Only the library's own sizes are made by themselves; for others one is asked to say so.
fn check_size(library: &Library, wanted: &Wanted) -> Result<()> {
    if wanted.size == SCRUB_SHEET {
        return check_scrub(library, wanted);
    }
    let usual = &library.settings().thumbnails.sizes;
    if usual.contains(&wanted.size) {
        return Ok(());
    }
    let mut sizes = library.sizes_of(&wanted.cas_id)?;
    sizes.extend(usual);
    sizes.sort_unstable();
    sizes.dedup();
    let sizes = sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    Err(anyhow!(
        "there is no thumbnail of {0} px; there are {sizes}, and `tintype generate FILE --sizes {0}` makes it",
        wanted.size
    ))
}

fn check_scrub(library: &Library, wanted: &Wanted) -> Result<()> {
    if library.settings().thumbnails.scrub_frames == 0 {
        let file = library.root().join("library.toml");
        return Err(anyhow!(
            "this library makes no scrub sheets; set scrub_frames in [thumbnails] of {}",
            file.display()
        ));
    }
    match library.content_info(&wanted.cas_id)? {
        Some(facts) if facts.kind != Kind::Video.word() => {
            Err(anyhow!("there is no scrub sheet: this is no film, but {}", facts.mime_type))
        }
        _ => Ok(()),
    }
}

/// Has it made before everything else; `Some` when it did not come to that.
fn make(session: &Session, library: &Library, wanted: &Wanted) -> Result<Option<Exit>> {
    if let Some(failed) = library.failure_of(&wanted.cas_id)? {
        return Err(anyhow!("no thumbnail: {}: {}; {}", failed.reason, failed.detail, failed.advice));
    }
    let job = ThumbnailJob { entry_ids: Some(vec![wanted.entry]), ..ThumbnailJob::default() };
    let job = library.generate_thumbnails(job, Priority::Now)?;
    if let Err(exit) = follow::run_or_follow(session, library, std::slice::from_ref(&job))?.told(session) {
        return Ok(Some(exit));
    }
    if wanted.is_there(library)? {
        return Ok(None);
    }
    if let Some(failed) = library.failure_of(&wanted.cas_id)? {
        return Err(anyhow!("no thumbnail: {}: {}; {}", failed.reason, failed.detail, failed.advice));
    }
    let errors = library.jobs().errors(job.id(), 1)?;
    let why = errors.into_iter().next().map_or_else(
        || "the file has changed or is gone; `tintype index` looks again".to_owned(),
        |(_, why)| why,
    );
    Err(anyhow!("no thumbnail: {why}"))
}

fn write_bytes(session: &Session, library: &Library, wanted: &Wanted, output: &Path) -> Result<()> {
    let bytes = library
        .get_thumbnail(&wanted.cas_id, wanted.size)?
        .context("its thumbnail is gone; `tintype verify --repair` makes it again")?;
    if output == Path::new("-") {
        return Ok(session.out.bytes(&bytes)?);
    }
    whole_file::write(output, &bytes)?;
    match library.scrub_sheet(&wanted.cas_id)?.filter(|_| wanted.size == SCRUB_SHEET) {
        Some(sheet) => scrub_index::write(output, &sheet),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sizes: &[u32], size: u32) {
        assert_eq!(usual_size(sizes), size);
    }

    #[test]
    fn the_usual_size_is_the_nearest_from_above() {
        check(&[128, 256, 512], 256);
        check(&[128, 320, 512], 320);
        check(&[64, 128], 128);
    }
}
