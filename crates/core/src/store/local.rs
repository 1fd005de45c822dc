//! Thumbnails as files in a directory: `ab/cd/abcd…_256.webp`, written under temporary names in `tmp/`.
//! Knows paths and the order of writing, syncing and renaming; nothing of the catalogue.

use super::{Found, Page, Staged, StoreDescription, Stored, ThumbnailStore, durable, metadata, walk};
use crate::{
    cas::{CasId, parse_file_name},
    error::{Error, Result},
};
use std::{
    fs::{self, DirEntry, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Where what is staged lies: below the store, so that it is on the same file system and can be renamed.
pub(super) const STAGING: &str = "tmp";

/// Thumbnails in a directory.
#[derive(Debug)]
pub struct LocalStore {
    folder: PathBuf,
    staging: PathBuf,
}

impl LocalStore {
    /// Opens the store in `folder`, making it if there is none. One of a newer version is refused.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        let staging = folder.join(STAGING);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        metadata::check_version(&folder)?;
        fs::create_dir_all(&staging).map_err(Error::io("create", &staging))?;
        Ok(Self { folder, staging })
    }

    /// Where a thumbnail lies, or would.
    pub fn path(&self, cas_id: &CasId, size: u32) -> PathBuf {
        self.folder.join(cas_id.thumbnail_path(size))
    }

    fn staging_path(&self, staged: &Staged) -> PathBuf {
        self.staging.join(staged.cas_id.file_name(staged.size))
    }

    /// Where something of this store lies: a name that leads out of it is refused.
    fn below(&self, name: &Path) -> Result<PathBuf> {
        let inside = |part| matches!(part, std::path::Component::Normal(_));
        if name.components().all(inside) {
            return Ok(self.folder.join(name));
        }
        Err(Error::Invalid(format!("{} is not below the store", name.display())))
    }

    fn final_path(&self, staged: &Staged) -> PathBuf {
        self.path(&staged.cas_id, staged.size)
    }

    fn rename_into_place(&self, staged: &Staged) -> Result<()> {
        let (from, to) = (self.staging_path(staged), self.final_path(staged));
        let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let renamed = match fs::rename(&from, &to) {
            // The common case is that the folder is there: there are only 65,536.
            Err(error) if missing(&error) => {
                let folder = to.parent().unwrap_or(&self.folder);
                fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
                fs::rename(&from, &to)
            }
            renamed => renamed,
        };
        match renamed {
            Err(error) if missing(&error) && is_file_of(staged, &to)? => Ok(()), // published before a crash
            renamed => renamed.map_err(Error::io("rename", from)),
        }
    }
}

impl ThumbnailStore for LocalStore {
    fn get(&self, cas_id: &CasId, size: u32) -> Result<Option<Vec<u8>>> {
        read_if_there(&self.path(cas_id, size))
    }

    fn delete(&self, cas_id: &CasId, size: u32) -> Result<bool> {
        remove_if_there(&self.path(cas_id, size))
    }

    fn list(&self, page: &Page<'_>) -> Result<Vec<Stored>> {
        let mut found = Vec::new();
        // What comes after an ID lies in its folder or a later one.
        let first = page.after.map_or("", |(cas_id, _)| cas_id.as_str());
        for top in folders(&self.folder, |name| name >= part(first, 0))? {
            if !agrees(&top.name, part(page.prefix, 0)) {
                continue;
            }
            let is_first = top.name == part(first, 0);
            for sub in folders(&top.path, |name| !is_first || name >= part(first, 1))? {
                if agrees(&sub.name, part(page.prefix, 1)) {
                    let digits = format!("{}{}", top.name, sub.name);
                    found.extend(thumbnails_in(&sub.path, &digits, page)?);
                }
                if found.len() >= page.limit {
                    found.truncate(page.limit);
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    fn stage(&self, cas_id: &CasId, size: u32, bytes: &[u8]) -> Result<Staged> {
        let staged = Staged::of(cas_id, size, bytes);
        let path = self.staging_path(&staged);
        let written = File::create(&path)
            .map_err(Error::io("create", &path))
            .and_then(|mut file| file.write_all(bytes).map_err(Error::io("write", &path)));
        if let Err(error) = written {
            // Best effort: the error that matters is the one we return.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(staged)
    }

    fn publish(&self, batch: &[Staged]) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let staged: Vec<_> = batch.iter().map(|staged| self.staging_path(staged)).collect();
        let published: Vec<_> = batch.iter().map(|staged| self.final_path(staged)).collect();
        durable::sync_contents(&self.staging, &staged)?;
        batch.iter().try_for_each(|staged| self.rename_into_place(staged))?;
        durable::sync_names(&self.folder, &published)
    }

    fn adopt(&self, staged: &Staged) -> Result<bool> {
        let waiting = self.staging_path(staged);
        if is_file_of(staged, &waiting)? {
            return Ok(true);
        }
        // A torn one must never be renamed over a whole one.
        remove_if_there(&waiting)?;
        is_file_of(staged, &self.final_path(staged))
    }

    fn clear_staging(&self, kept: &[Staged]) -> Result<()> {
        let kept: Vec<PathBuf> = kept.iter().map(|staged| self.staging_path(staged)).collect();
        for entry in fs::read_dir(&self.staging).map_err(Error::io("read", &self.staging))? {
            let entry = entry.map_err(Error::io("read", &self.staging))?;
            let ours = entry.file_name().to_str().and_then(parse_file_name).is_some();
            if ours && !kept.contains(&entry.path()) {
                remove_if_there(&entry.path())?;
            }
        }
        Ok(())
    }

    fn walk(&self, visit: &mut dyn FnMut(&Found) -> Result<()>) -> Result<()> {
        walk::walk(&self.folder, visit)
    }

    fn staged_name(&self, staged: &Staged) -> PathBuf {
        Path::new(STAGING).join(staged.cas_id.file_name(staged.size))
    }

    fn put_in_place(&self, name: &Path, whole: &Staged) -> Result<bool> {
        let (from, to) = (self.below(name)?, self.final_path(whole));
        if !is_file_of(whole, &from)? {
            return Ok(false);
        }
        durable::sync_contents(&self.folder, std::slice::from_ref(&from))?;
        let folder = to.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        fs::rename(&from, &to).map_err(Error::io("rename", from))?;
        durable::sync_names(&self.folder, &[to])?;
        Ok(true)
    }

    fn remove(&self, name: &Path) -> Result<bool> {
        remove_if_there(&self.below(name)?)
    }

    fn describe(&self, description: &StoreDescription) -> Result<()> {
        metadata::describe(&self.folder, description)
    }
}

struct Folder {
    name: String,
    path: PathBuf,
}

/// The folders of the store in a folder, in order. Whatever else lies there is not ours.
fn folders(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Folder>> {
    let mut found = Vec::new();
    for entry in entries(folder)? {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if walk::is_two_digits(&name) && wanted(&name) {
            found.push(Folder { name, path: entry.path() });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The thumbnails in the folder of these first four digits. One of other digits is misplaced, and not got either.
fn thumbnails_in(folder: &Path, digits: &str, page: &Page<'_>) -> Result<Vec<Stored>> {
    let mut found = Vec::new();
    for entry in entries(folder)? {
        let name = entry.file_name();
        let Some((cas_id, size)) = name.to_str().and_then(parse_file_name) else { continue };
        let later = page.after.is_none_or(|after| (&cas_id, size) > after);
        let in_place = cas_id.as_str().starts_with(digits);
        if !later || !in_place || !cas_id.as_str().starts_with(page.prefix) {
            continue;
        }
        match entry.metadata() {
            Ok(metadata) => found.push(Stored { cas_id, size, len: metadata.len() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {} // deleted meanwhile
            Err(error) => return Err(Error::io("read", entry.path())(error)),
        }
    }
    found.sort();
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(Error::io("read", folder)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(Error::io("read", folder)(error)),
    }
}

/// The two digits of an ID, or of the beginning of one, that name a folder of this depth.
fn part(digits: &str, depth: usize) -> &str {
    let (from, to) = ((2 * depth).min(digits.len()), (2 * depth + 2).min(digits.len()));
    digits.get(from..to).unwrap_or_default()
}

/// Whether a folder can hold what starts like this: `ab` can hold `a`, and anything can hold what is left open.
fn agrees(name: &str, beginning: &str) -> bool {
    name.starts_with(beginning)
}

fn is_file_of(staged: &Staged, path: &Path) -> Result<bool> {
    Ok(read_if_there(path)?.is_some_and(|bytes| staged.is(&bytes)))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

fn remove_if_there(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("remove", path)(error)),
    }
}

#[cfg(test)]
mod tests;
