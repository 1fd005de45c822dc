//! Makes many files, or many names, durable at once.
//! Knows nothing of what they are.

use crate::{
    atomic,
    error::{Error, Result},
};
use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
};

/// Makes the content of `files`, which lie on the file system of `folder`, durable. One `syncfs` costs about as much as
/// one `fsync`, and a batch has a hundred files.
pub(super) fn sync_contents(folder: &Path, files: &[PathBuf]) -> Result<()> {
    if sync_file_system(folder)? { Ok(()) } else { sync_each_content(files) }
}

/// Makes the names of `files` below `folder` durable, with those of the folders that were made for them.
pub(super) fn sync_names(folder: &Path, files: &[PathBuf]) -> Result<()> {
    if sync_file_system(folder)? { Ok(()) } else { sync_each_name(folder, files) }
}

fn sync_each_content(files: &[PathBuf]) -> Result<()> {
    files.iter().try_for_each(|path| match File::open(path) {
        Ok(file) => file.sync_all().map_err(Error::io("sync", path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()), // published before: synced before
        Err(error) => Err(Error::io("open", path)(error)),
    })
}

fn sync_each_name(folder: &Path, files: &[PathBuf]) -> Result<()> {
    // The deepest first: a name is worth nothing before what it names.
    folders_of(folder, files).into_iter().rev().try_for_each(atomic::sync_folder)
}

fn folders_of<'a>(folder: &'a Path, files: &'a [PathBuf]) -> BTreeSet<&'a Path> {
    let above =
        |file: &'a PathBuf| file.ancestors().skip(1).take_while(|ancestor| ancestor.starts_with(folder));
    files.iter().flat_map(above).chain([folder]).collect()
}

/// Says `false` where the system has no such call, or refuses it, and the slow way has to do.
/// A failure to write is an error: it would be lost if somebody else asked afterwards.
#[cfg(target_os = "linux")]
fn sync_file_system(folder: &Path) -> Result<bool> {
    use rustix::io::Errno;
    let open = File::open(folder).map_err(Error::io("open", folder))?;
    match rustix::fs::syncfs(&open) {
        Ok(()) => Ok(true),
        Err(Errno::NOSYS | Errno::PERM | Errno::OPNOTSUPP | Errno::INVAL) => Ok(false),
        Err(error) => Err(Error::io("sync", folder)(error.into())),
    }
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_folder: &Path) -> Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    #[test]
    fn without_one_call_for_all_every_file_and_folder_is_synced() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        let file = folder.join("ab/cd/x.webp");
        std::fs::create_dir_all(folder.join("ab/cd")).unwrap();
        std::fs::write(&file, b"x").unwrap();
        let files = [file, folder.join("ab/cd/published-before.webp")];
        sync_each_content(&files).unwrap();
        sync_each_name(folder, &files).unwrap();
        let folders: Vec<_> = folders_of(folder, &files).into_iter().collect();
        assert_eq!(folders, [folder, &folder.join("ab"), &folder.join("ab/cd")]);
        assert!(sync_each_name(folder, &[folder.join("no/such/x.webp")]).is_err());
    }
}
