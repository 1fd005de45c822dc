//! Walks a folder on several threads and tells what lies there.
//! Knows the file system; nothing of the catalogue. Opens no file but markers of folders.

use super::root::{means_gone, stat_of};
use crate::{catalogue::Stat, paths};
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::{
    fs::{self, File, FileType},
    io::Read,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
};

/// What a walk tells.
#[derive(Debug)]
pub(super) enum Event {
    File(Found),
    /// Something that is not looked at, by kind.
    Skipped(&'static str),
    /// Something that could not be looked at, in words.
    Unreadable(String),
}

/// A regular file.
#[derive(Debug)]
pub(super) struct Found {
    /// Below the location.
    pub(super) path: Vec<u8>,
    pub(super) stat: Stat,
}

/// What to walk.
pub(super) struct Walk<'a> {
    /// The location's root.
    pub(super) root: &'a Path,
    /// The folder below it where to start; empty for the root.
    pub(super) scope: &'a [u8],
    pub(super) follow_symlinks: bool,
    pub(super) threads: usize,
}

/// So many events are sent together: to wake who listens costs more than to look at a file.
const TOLD_TOGETHER: usize = 64;

/// What one thread has to tell; the rest when it ends.
struct Outbox {
    events: SyncSender<Vec<Event>>,
    waiting: Vec<Event>,
}

impl Outbox {
    /// Whether somebody listens.
    fn put(&mut self, event: Event) -> bool {
        self.waiting.push(event);
        self.waiting.len() < TOLD_TOGETHER || self.send()
    }

    fn send(&mut self) -> bool {
        self.events.send(std::mem::take(&mut self.waiting)).is_ok()
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.send(); // to nobody, when the job is to stop
    }
}

impl Walk<'_> {
    /// Tells everything there is, until it has or `stop` is set or nobody listens any more.
    pub(super) fn run(&self, events: &SyncSender<Vec<Event>>, stop: &AtomicBool) {
        let start = self.start();
        if fs::symlink_metadata(&start).is_err_and(|error| means_gone(&error)) {
            return; // a scope that is gone holds nothing
        }
        let walker = WalkBuilder::new(&start)
            .standard_filters(false) // hidden and ignored files are files
            .follow_links(self.follow_symlinks)
            .threads(self.threads)
            .build_parallel();
        walker.run(|| {
            let mut outbox = Outbox { events: events.clone(), waiting: Vec::new() };
            Box::new(move |entry| {
                let (event, next) = self.event(entry);
                let heard = event.is_none_or(|event| outbox.put(event));
                if heard && !stop.load(Ordering::Relaxed) { next } else { WalkState::Quit }
            })
        });
    }

    fn start(&self) -> PathBuf {
        if self.scope.is_empty() {
            self.root.to_owned()
        } else {
            self.root.join(paths::from_bytes(self.scope))
        }
    }

    fn event(&self, entry: Result<DirEntry, ignore::Error>) -> (Option<Event>, WalkState) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return (trouble(&error), WalkState::Continue),
        };
        let Some(kind) = entry.file_type() else { return (None, WalkState::Continue) };
        if kind.is_dir() {
            // The folder somebody asked for is looked at in any case.
            let skipped = (entry.depth() > 0).then(|| reason_to_skip(entry.path())).flatten();
            return match skipped {
                Some(reason) => (Some(Event::Skipped(reason)), WalkState::Skip),
                None => (None, WalkState::Continue),
            };
        }
        let event = if kind.is_file() { self.file(&entry) } else { Some(Event::Skipped(kind_of(kind))) };
        (event, WalkState::Continue)
    }

    fn file(&self, entry: &DirEntry) -> Option<Event> {
        let path = paths::to_bytes(entry.path().strip_prefix(self.root).ok()?);
        match entry.metadata() {
            Ok(metadata) => Some(Event::File(Found { path, stat: stat_of(&metadata) })),
            Err(error) => trouble(&error),
        }
    }
}

/// Why a folder is not looked into, if it is not: it holds what can be made again.
pub(super) fn reason_to_skip(folder: &Path) -> Option<&'static str> {
    if folder.join("library.toml").is_file() && folder.join("thumbnails").is_dir() {
        Some("library")
    } else if is_cache(folder) {
        Some("cache")
    } else {
        None
    }
}

/// The Cache Directory Tagging Specification: the tag counts only with its signature.
fn is_cache(folder: &Path) -> bool {
    const SIGNATURE: &[u8; 43] = b"Signature: 8a477f597d28d172789f06886806bc55";
    let path = folder.join("CACHEDIR.TAG");
    // Looked at before it is opened: a FIFO of this name would block.
    if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let mut start = [0; SIGNATURE.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == SIGNATURE
}

fn kind_of(kind: FileType) -> &'static str {
    if kind.is_symlink() {
        "symlink"
    } else if kind.is_fifo() {
        "fifo"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "device"
    } else {
        "other"
    }
}

fn trouble(error: &ignore::Error) -> Option<Event> {
    match innermost(error) {
        ignore::Error::Loop { .. } => Some(Event::Skipped("symlink-loop")),
        ignore::Error::Io(io) if means_gone(io) => match path_of(error) {
            Some(path) if path.is_symlink() => Some(Event::Skipped("broken-link")),
            _ => None, // gone between being listed and being looked at
        },
        // Links that lead to themselves without passing a folder.
        ignore::Error::Io(io) if io.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            Some(Event::Skipped("symlink-loop"))
        }
        _ => Some(Event::Unreadable(error.to_string())),
    }
}

fn innermost(error: &ignore::Error) -> &ignore::Error {
    match error {
        ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithPath { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => innermost(err),
        error => error,
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}
