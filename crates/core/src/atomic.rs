//! Replaces small files so that whoever reads them, even after a power cut, finds the old content or the new one.
//! Knows nothing of what is in them.

use crate::error::{Error, Result};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Writes `content` under a temporary name beside `path`, syncs it, and renames it into place.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = temporary_name(path);
    let written = write_synced(&temporary, content)
        .and_then(|()| fs::rename(&temporary, path).map_err(Error::io("rename", &temporary)))
        .and_then(|()| sync_folder_of(path));
    if written.is_err() {
        // Best effort: the error that matters is the one we return.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes the names in a folder durable. A system that cannot sync folders keeps their order by itself or not at all.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        let open = File::open(folder).map_err(Error::io("open", folder))?;
        open.sync_all().map_err(Error::io("sync", folder))?;
    }
    Ok(())
}

fn sync_folder_of(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => sync_folder(folder),
        _ => sync_folder(Path::new(".")),
    }
}

/// With the process and a number in it, so that nobody ever writes into another's file.
fn temporary_name(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// Whether a name ends as temporary ones do behind the name of what they become.
pub(crate) fn is_temporary_ending(ending: &str) -> bool {
    let numbers = ending
        .strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(".tmp"))
        .and_then(|rest| rest.split_once('-'));
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(process, number)| is_number(process) && is_number(number))
}

fn write_synced(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(Error::io("create", path))?;
    file.write_all(content).map_err(Error::io("write", path))?;
    file.sync_all().map_err(Error::io("sync", path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn temporary_names_are_known_again() {
        let name = temporary_name(Path::new("/x/a.toml"));
        let ending = name.file_name().unwrap().to_str().unwrap().strip_prefix("a.toml").unwrap();
        assert!(is_temporary_ending(ending), "{ending}");
        for other in ["", ".tmp", ".-.tmp", ".1-2.bak", ".1-x.tmp", ".old"] {
            assert!(!is_temporary_ending(other), "{other}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        fs::create_dir_all(path.join("in the way")).unwrap();
        assert!(matches!(replace(&path, b"new"), Err(Error::Io { action: "rename", .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
