//! Looks at one file: may it be read now, what is its name, what kind of file is it.
//! Knows the file system; nothing of the catalogue's rows or of threads.

use super::root::{means_gone, stat_of};
use crate::{
    cas::{Cas, CasId, Namer},
    catalogue::Stat,
    clock,
    detect::{Guess, Suspect, sniff},
    source_file::{self, Links},
};
use std::{
    fs::{self, File, Metadata},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// A file that was written to less than this long ago may still be written to. Programs that copy write all the time,
/// so two seconds of rest (and the resolution of FAT's times) tell enough.
const REST_NS: i64 = 2_000_000_000;

/// A file of this size without a single block on disk has its content elsewhere. Smaller ones can lie in the inode.
const PLACEHOLDER_FROM: u64 = 16 * 1024;

/// Endings that programs give to downloads while they last. (`.tmp` is not among them: what is really written to is
/// noticed by its time.)
const UNFINISHED: &[&str] = &["part", "partial", "crdownload", "download", "opdownload", "!qb", "!ut"];

/// Why a file is left for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deferral {
    Empty,
    Placeholder,
    BeingWritten,
    Unreadable,
}

impl Deferral {
    /// The word for it in SQL and JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Placeholder => "placeholder",
            Self::BeingWritten => "being-written",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What came of looking at a file.
#[derive(Debug)]
pub(super) enum Outcome {
    Identified {
        stat: Stat,
        cas_id: CasId,
        mime_type: String,
    },
    Deferred(Deferral),
    /// Left for later because of an error, in words.
    Broken(String),
    /// Written to a moment ago: to be looked at once more.
    Fresh,
    /// There is no such file.
    Gone,
    /// Dropped because the job is to stop.
    Stopped,
}

/// How files are looked at.
#[derive(Clone, Copy)]
pub(super) struct Manner<'a> {
    pub(super) cas: Cas,
    pub(super) links: Links,
    /// Whether a fresh file has had its second chance.
    pub(super) is_second_look: bool,
    pub(super) stopping: &'a (dyn Fn() -> bool + Sync),
}

/// Looks at files, one after another. Keeps its buffers, so one per thread.
#[derive(Default)]
pub(super) struct Examiner {
    namer: Namer,
    pub(super) bytes_read: u64,
}

impl Examiner {
    /// The same, and a panic is one file's bad luck, not the end of the job.
    pub(super) fn examine_guarded(&mut self, path: &Path, manner: &Manner<'_>) -> Outcome {
        catch_unwind(AssertUnwindSafe(|| self.examine(path, manner))).unwrap_or_else(|_| {
            *self = Self::default(); // its buffers may be half filled
            let path = path.display();
            Outcome::Broken(format!(
                "read {path}: the program panicked over it; please report it with the file"
            ))
        })
    }

    pub(super) fn examine(&mut self, path: &Path, manner: &Manner<'_>) -> Outcome {
        self.bytes_read = 0;
        if (manner.stopping)() {
            return Outcome::Stopped;
        }
        self.try_examine(path, manner).unwrap_or_else(|error| match error.kind() {
            _ if means_gone(&error) => Outcome::Gone,
            _ if (manner.stopping)() => Outcome::Stopped,
            io::ErrorKind::UnexpectedEof => Outcome::Deferred(Deferral::BeingWritten),
            _ => Outcome::Broken(format!("read {}: {error}", path.display())),
        })
    }

    fn try_examine(&mut self, path: &Path, manner: &Manner<'_>) -> io::Result<Outcome> {
        // Looked at before it is opened: opening can fetch a file from the cloud, or block.
        let before =
            if manner.links == Links::Follow { fs::metadata(path) } else { fs::symlink_metadata(path) }?;
        if let Some(outcome) = reason_to_wait(path, &before, manner) {
            return Ok(outcome);
        }
        let file = source_file::open(path, manner.links)?;
        let opened = file.metadata()?;
        if !opened.is_file() {
            return Ok(Outcome::Gone);
        }
        let stat = stat_of(&opened);
        let (cas_id, mime_type) = self.read(&file, (path, stat.size), manner)?;
        if !stat_of(&file.metadata()?).same_version(&stat) {
            return Ok(Outcome::Deferred(Deferral::BeingWritten));
        }
        Ok(Outcome::Identified { stat, cas_id, mime_type })
    }

    fn read(
        &mut self,
        file: &File,
        (path, size): (&Path, u64),
        manner: &Manner<'_>,
    ) -> io::Result<(CasId, String)> {
        let read_at = |buffer: &mut [u8], position: u64| {
            if (manner.stopping)() {
                return Err(io::Error::other("stopping"));
            }
            file.read_at(buffer, position)
        };
        let named = self.namer.name(manner.cas, size, read_at);
        self.bytes_read += self.namer.bytes_read();
        let cas_id = named?;
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let (Guess { mime_type, .. }, more_read) =
            sniff(&Suspect { name, head: self.namer.head(), size }, read_at);
        self.bytes_read += more_read;
        Ok((cas_id, mime_type))
    }
}

fn reason_to_wait(path: &Path, metadata: &Metadata, manner: &Manner<'_>) -> Option<Outcome> {
    if !metadata.is_file() {
        return Some(Outcome::Gone);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let age = clock::now_ns() - stat_of(metadata).mtime;
    if metadata.len() == 0 {
        Some(Outcome::Deferred(Deferral::Empty))
    } else if UNFINISHED.contains(&extension) {
        Some(Outcome::Deferred(Deferral::BeingWritten))
    } else if extension == "icloud" || is_placeholder(metadata) {
        Some(Outcome::Deferred(Deferral::Placeholder))
    } else if age.abs() >= REST_NS {
        None // a time in the future says nothing, but must not keep a file from being read for ever
    } else if manner.is_second_look {
        Some(Outcome::Deferred(Deferral::BeingWritten))
    } else {
        Some(Outcome::Fresh)
    }
}

#[cfg(not(target_os = "macos"))]
fn is_placeholder(metadata: &Metadata) -> bool {
    metadata.len() >= PLACEHOLDER_FROM && metadata.blocks() == 0
}

#[cfg(target_os = "macos")]
fn is_placeholder(metadata: &Metadata) -> bool {
    use std::os::macos::fs::MetadataExt as _;
    const SF_DATALESS: u32 = 0x4000_0000; // sys/stat.h: reading it fetches the content
    metadata.st_flags() & SF_DATALESS != 0 || metadata.len() >= PLACEHOLDER_FROM && metadata.blocks() == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    fn manner(stopping: &(dyn Fn() -> bool + Sync)) -> Manner<'_> {
        Manner { cas: Cas::Sampled, links: Links::Refuse, is_second_look: true, stopping }
    }

    #[test]
    fn a_panic_over_one_file_is_that_files_failure_and_the_next_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        fs::write(&file, "hello").unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        File::open(&file).unwrap().set_modified(long_ago).unwrap();
        let mut examiner = Examiner::default();
        let broken = examiner.examine_guarded(&file, &manner(&|| panic!("as the test wants it")));
        assert!(
            matches!(&broken, Outcome::Broken(why) if why.contains("a.png: the program panicked")),
            "{broken:?}"
        );
        let read = examiner.examine_guarded(&file, &manner(&|| false));
        assert!(
            matches!(&read, Outcome::Identified { cas_id, .. } if cas_id.as_str() == "cc2104c68d62617f"),
            "{read:?}"
        );
    }
}
