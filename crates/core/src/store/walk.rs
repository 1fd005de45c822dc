//! Everything that lies in a store's directory, and what each thing is: ours, misplaced, left behind, or strange.
//! Knows names; opens no file and changes nothing.

use super::{Found, What, local::STAGING, metadata};
use crate::{cas::parse_file_name, error::Result};
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

/// Who is shown what is found.
type Visit<'v> = &'v mut dyn FnMut(&Found) -> Result<()>;

/// Walks over the store in `root`. Holds one folder's handle for each level, whatever lies there.
pub(super) fn walk(root: &Path, visit: Visit<'_>) -> Result<()> {
    Walk { root, visit }.folder(Path::new(""), Level::Root)
}

/// Where in a store a folder is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Staging,
    /// The folder of an ID's first two digits.
    First,
    /// The folder of its second two.
    Second,
}

impl Level {
    /// The level of the folder `name` in a folder of this level, if it is one of ours.
    fn below(self, name: &str) -> Option<Self> {
        match self {
            Self::Root if name == STAGING => Some(Self::Staging),
            Self::Root if is_two_digits(name) => Some(Self::First),
            Self::First if is_two_digits(name) => Some(Self::Second),
            Self::Root | Self::First | Self::Second | Self::Staging => None,
        }
    }
}

struct Walk<'w> {
    root: &'w Path,
    visit: Visit<'w>,
}

impl Walk<'_> {
    fn folder(&mut self, name: &Path, level: Level) -> Result<()> {
        let entries = match fs::read_dir(self.root.join(name)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return self.unreadable(name.to_owned(), &error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable(name.to_owned(), &error)?;
                    break; // the system may say the same for ever
                }
            };
            self.entry(name.join(entry.file_name()), &entry.file_name(), level)?;
        }
        Ok(())
    }

    fn entry(&mut self, name: PathBuf, last: &OsStr, level: Level) -> Result<()> {
        let path = self.root.join(&name);
        // A folder of ours may be a link to another disk; what lies in it may not be one.
        let below = last.to_str().and_then(|last| level.below(last)).filter(|_| path.is_dir());
        if let Some(below) = below {
            return self.folder(&name, below);
        }
        match fs::symlink_metadata(&path) {
            Ok(metadata) => {
                let what = if metadata.is_dir() { What::Strange } else { what(&name, last, level) };
                let ours = level == Level::Root && last.to_str().is_some_and(metadata::is_ours);
                if ours { Ok(()) } else { (self.visit)(&Found { name, len: metadata.len(), what }) }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()), // gone meanwhile
            Err(error) => self.unreadable(name, &error),
        }
    }

    fn unreadable(&mut self, name: PathBuf, error: &io::Error) -> Result<()> {
        (self.visit)(&Found { name, len: 0, what: What::Unreadable(error.to_string()) })
    }
}

fn what(name: &Path, last: &OsStr, level: Level) -> What {
    let last = last.to_str().unwrap_or_default();
    match (parse_file_name(last), level) {
        (Some(_), Level::Staging) => What::Temporary,
        (Some((cas_id, size)), _) if cas_id.thumbnail_path(size) == name => What::Thumbnail(cas_id, size),
        (Some((cas_id, size)), _) => What::Misplaced(cas_id, size),
        (None, Level::Root) if metadata::is_temporary(last) => What::Temporary,
        (None, _) => What::Strange,
    }
}

/// Whether a folder is one of those that IDs begin with.
pub(super) fn is_two_digits(name: &str) -> bool {
    name.len() == 2 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
