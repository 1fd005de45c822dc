//! Which files there are and which of them are tried: below a folder by extension, in a library by MIME type.
//! Reads names and sizes; opens nothing.

use super::Group;
use crate::stop::Stop;
use anyhow::{Context, Result};
use std::{fs, path::Path};
use tintype_core::{Library, forecast::Tally};

/// What has no extension.
const NO_EXTENSION: &str = "other";

/// What is still missing in a library.
pub(crate) fn pending(library: &Library, samples: usize) -> Result<Vec<Group>> {
    let types = library.pending_by_type(samples)?;
    let group = |of: tintype_core::PendingType| Group {
        name: of.mime_type,
        is_mime: true,
        work: of.work,
        samples: of.samples,
    };
    Ok(types.into_iter().map(group).collect())
}

/// What lies at or below `path`. Links are not followed; what cannot be read is left out.
pub(crate) fn below(path: &Path, samples: usize, stop: &Stop) -> Result<Vec<Group>> {
    let mut tally = Tally::new(samples);
    let mut add = |path: &Path, bytes| tally.add(&name_of(path), bytes, || path.to_owned());
    let first = fs::metadata(path).with_context(|| format!("open {}", path.display()))?;
    let mut folders = Vec::new();
    if first.is_file() {
        add(path, first.len());
    } else {
        folders.push(path.to_owned());
    }
    while let Some(folder) = folders.pop() {
        let Ok(items) = fs::read_dir(&folder) else { continue };
        for item in items.flatten() {
            let Ok(facts) = item.metadata() else { continue };
            if facts.is_dir() {
                folders.push(item.path());
            } else if facts.is_file() && facts.len() > 0 {
                add(&item.path(), facts.len());
            }
        }
        if stop.asked() {
            break;
        }
    }
    let group = |(name, work, samples)| Group { name, is_mime: false, work, samples };
    Ok(tally.finish().into_iter().map(group).collect())
}

fn name_of(path: &Path) -> String {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.map_or_else(|| NO_EXTENSION.to_owned(), str::to_ascii_lowercase)
}
