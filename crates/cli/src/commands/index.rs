//! `tintype index`: looks for new, changed, moved and gone files.

use crate::{
    args::IndexArgs,
    session::{Exit, Session},
    units::{count, counted, duration},
    views::JobView,
};
use anyhow::{Result, anyhow};
use serde::Serialize;
use std::{path::Path, time::Duration};
use tintype_core::{Folder, IndexerJob, IndexerOutput, Library};

/// What the looks came to.
#[derive(Serialize)]
struct Looked {
    index: Vec<IndexerOutput>,
    jobs: Vec<JobView>,
}

pub(crate) fn run(session: &Session, args: &IndexArgs) -> Result<Exit> {
    let library = session.open()?;
    let mut jobs = Vec::new();
    for folder in folders(&library, args)? {
        jobs.push(library.index_only(&folder)?);
    }
    let told = super::carry_out(session, &library, &jobs, args.detach)?;
    let mut looked = Looked { index: Vec::new(), jobs: Vec::new() };
    for job in &jobs {
        looked.index.extend(job.output::<IndexerJob>()?);
        looked.jobs.push(job.look()?.into());
    }
    if let Err(exit) = told {
        session.out.unfinished(&looked)?;
        return Ok(exit);
    }
    session.out.summary(&looked, |looked, _| {
        if args.detach {
            return "the work goes on in the background; `tintype jobs` shows how far it is".to_owned();
        }
        looked.index.iter().map(sentence).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::DONE)
}

fn folders(library: &Library, args: &IndexArgs) -> Result<Vec<Folder>> {
    if args.locations.is_empty() {
        let all = library.locations()?;
        if all.is_empty() {
            return Err(anyhow!("the library has no locations yet; `tintype add FOLDER` adds one"));
        }
        return Ok(all
            .into_iter()
            .map(|location| Folder { location: location.id, path: Vec::new() })
            .collect());
    }
    args.locations.iter().map(|named| folder(library, named)).collect()
}

/// A location by its number, or a folder in one.
fn folder(library: &Library, named: &Path) -> Result<Folder> {
    if let Some(id) = number(library, named)? {
        return Ok(Folder { location: id, path: Vec::new() });
    }
    library.find_folder(named)?.ok_or_else(|| {
        anyhow!(
            "{} is in no location; `tintype locations` lists them, `tintype add` adds one",
            named.display()
        )
    })
}

/// The location with this number, if it is one.
pub(super) fn number(library: &Library, named: &Path) -> Result<Option<i64>> {
    let Some(id) = named.to_str().and_then(|word| word.parse::<i64>().ok()) else { return Ok(None) };
    Ok(library.locations()?.iter().any(|location| location.id == id).then_some(id))
}

/// `1,234 files: 12 new, 3 changed, 1 gone, 2 left for later; looked at in 1.2 s`
pub(super) fn sentence(looked: &IndexerOutput) -> String {
    let changes = [
        (looked.new, "new"),
        (looked.changed, "changed"),
        (looked.moved, "moved"),
        (looked.gone, "gone"),
        (looked.deferred.values().sum(), "left for later"),
        (looked.errors, "unreadable"),
    ];
    let changes: Vec<_> = changes
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(*number)))
        .collect();
    let changes = if changes.is_empty() { "nothing changed".to_owned() } else { changes.join(", ") };
    let time = duration(Duration::from_millis(looked.duration_ms));
    format!("{}: {changes}; looked at in {time}", counted(looked.found, "file"))
}
