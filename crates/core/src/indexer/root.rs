//! Whether a location is really there: "offline" must never look like "deleted".
//! Knows the root and a few entries to recognise it by; nothing of the rest.

use crate::{
    catalogue::{EntryRow, Location, Reading, Stat},
    error::Error,
    jobs::{JobContext, JobError, JobResult},
    paths, source_file,
};
use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A location that is there.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    /// The file system it is on.
    pub(super) device: u64,
    /// The one it was on before; another number for the same, if it differs.
    pub(super) known_device: u64,
}

/// Where in the order of paths entries are taken from to recognise a location by: all over the alphabet, because a
/// whole folder may have been deleted.
const SAMPLE_AFTER: &[&[u8]] = &[b"", b"1", b"A", b"G", b"M", b"S", b"a", b"g", b"m", b"s", b"\x80", b"\xe0"];

/// How many entries are taken from each place.
const SAMPLE_AT_ONCE: usize = 16;

impl Root {
    /// Finds a location's root, or says why it counts as offline.
    pub(super) fn find(ctx: &JobContext<'_>, location: i64) -> JobResult<Self> {
        ctx.library()
            .catalogue()
            .read(|rows| {
                let location = rows.location(location)?;
                let known = Sample::take(rows, location.id)?;
                Ok((location, known))
            })
            .map_err(JobError::from)
            .and_then(|(location, known)| look(&location, &known).map_err(JobError::Failed))
    }

    /// Fails when the root has gone away since it was found.
    pub(super) fn check_still_there(&self) -> JobResult<()> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.dev() == self.device => Ok(()),
            Ok(_) => Err(JobError::Failed(format!("{} went away while it was indexed", self.path.display()))),
            Err(error) => Err(Error::io("open", &self.path)(error).into()),
        }
    }

    /// A path below the root, absolute.
    pub(super) fn join(&self, path: &[u8]) -> PathBuf {
        self.path.join(paths::from_bytes(path))
    }
}

/// Some entries of a location, all over its paths.
struct Sample(Vec<EntryRow>);

impl Sample {
    fn take(rows: &Reading<'_>, location: i64) -> crate::error::Result<Self> {
        let mut entries = Vec::new();
        for after in SAMPLE_AFTER {
            entries.extend(rows.entries_after(location, after, SAMPLE_AT_ONCE)?);
        }
        Ok(Self(entries))
    }

    /// Whether any of the files is there as it was.
    fn is_at(&self, root: &Path) -> bool {
        self.0.iter().any(|entry| {
            fs::symlink_metadata(root.join(paths::from_bytes(&entry.path)))
                .is_ok_and(|metadata| stat_of(&metadata).same_version(&entry.stat))
        })
    }
}

/// What the file system says of a file.
pub(super) fn stat_of(metadata: &Metadata) -> Stat {
    Stat {
        size: metadata.len(),
        mtime: source_file::mtime_ns(metadata),
        device: metadata.dev(),
        inode: metadata.ino(),
    }
}

/// Whether an error of the file system means that there is nothing at a path.
pub(super) fn means_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn look(location: &Location, known: &Sample) -> Result<Root, String> {
    let path = &location.path;
    let advice = format!(
        "plug in its drive, or say where it is now with `tintype locations relink {} FOLDER`; nothing was forgotten",
        location.id
    );
    let offline = |why: String| format!("{} {why}; {advice}", path.display());
    let metadata = fs::metadata(path).map_err(|error| offline(format!("cannot be opened: {error}")))?;
    if !metadata.is_dir() {
        return Err(offline("is not a folder any more".to_owned()));
    }
    let mut entries = fs::read_dir(path).map_err(|error| offline(format!("cannot be read: {error}")))?;
    if entries.next().is_none() && !known.0.is_empty() {
        return Err(offline("is empty, but held files before".to_owned()));
    }
    let device = metadata.dev();
    // Some systems number their devices anew at every start: it is the files that tell.
    if device != location.device && !known.0.is_empty() && !known.is_at(path) {
        return Err(offline("is on another drive than before, and none of its files are there".to_owned()));
    }
    Ok(Root { path: path.clone(), device, known_device: location.device })
}
