//! Walks a folder on several threads and tells what lies there.
//! Knows the file system; nothing of the catalogue. Opens no file but markers of folders.

use super::root::{means_gone, stat_of};
use crate::{catalogue::Stat, paths};
use std::{
    fs::{self, DirEntry, File, FileType, Metadata},
    io::{self, Read},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    thread,
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

/// Paths of more bytes can be given to no system call (`PATH_MAX` of `linux/limits.h`, less its zero). A folder lets one
/// see such a file, but nobody could open it.
const LONGEST_PATH: usize = 4095;

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

/// A folder to look into. What waits is folders, never files: a folder may hold a million of those.
struct Folder {
    path: PathBuf,
    /// What it lies in, itself first; only where links are followed, to notice those that lead back.
    trail: Option<Arc<Trail>>,
}

/// Device and inode of a folder, and what it lies in.
struct Trail {
    id: (u64, u64),
    above: Option<Arc<Trail>>,
}

/// The folders that wait, and how many threads may still find some. The last that was found comes first, so that what
/// waits is what lies beside the way down, not a whole level.
struct Stack {
    state: Mutex<(Vec<Folder>, usize)>,
    changed: Condvar,
}

impl Stack {
    /// The next folder; `None` when there are none left and nobody can find any.
    fn take(&self) -> Option<(Folder, InWork<'_>)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(folder) = state.0.pop() {
                state.1 += 1;
                return Some((folder, InWork(self)));
            }
            if state.1 == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, folder: Folder) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.push(folder);
        self.changed.notify_one();
    }
}

/// A thread that may find folders, until this is dropped: also by a panic, or the others would wait for ever.
struct InWork<'s>(&'s Stack);

impl Drop for InWork<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).1 -= 1;
        self.0.changed.notify_all();
    }
}

/// Nobody listens any more, or the job is to stop.
struct Enough;

impl Walk<'_> {
    /// Tells everything there is, until it has or `stop` is set or nobody listens any more.
    pub(super) fn run(&self, events: &SyncSender<Vec<Event>>, stop: &AtomicBool) {
        let mut outbox = Outbox { events: events.clone(), waiting: Vec::new() };
        let start = self.start();
        let metadata = match fs::metadata(&start) {
            Ok(metadata) => metadata,
            Err(error) if means_gone(&error) => return, // a scope that is gone holds nothing
            Err(error) => {
                outbox.put(unreadable(&start, &error));
                return;
            }
        };
        if !metadata.is_dir() {
            if let Some(event) = self.file(&start, &metadata) {
                outbox.put(event);
            }
            return;
        }
        let trail = self.trail(&metadata, None);
        let stack =
            Stack { state: Mutex::new((vec![Folder { path: start, trail }], 0)), changed: Condvar::new() };
        thread::scope(|scope| {
            for _ in 0..self.threads {
                let mut outbox = Outbox { events: events.clone(), waiting: Vec::new() };
                let stack = &stack;
                scope.spawn(move || {
                    let mut enough = false;
                    while let Some((folder, _in_work)) = stack.take() {
                        // After enough, what waits is only emptied, so that all threads end.
                        enough = enough || self.look_into(&folder, stack, &mut outbox, stop).is_err();
                    }
                });
            }
        });
    }

    fn start(&self) -> PathBuf {
        if self.scope.is_empty() {
            self.root.to_owned()
        } else {
            self.root.join(paths::from_bytes(self.scope))
        }
    }

    fn look_into(
        &self,
        folder: &Folder,
        stack: &Stack,
        outbox: &mut Outbox,
        stop: &AtomicBool,
    ) -> Result<(), Enough> {
        let mut tell = |event| if outbox.put(event) { Ok(()) } else { Err(Enough) };
        let entries = match fs::read_dir(&folder.path) {
            Ok(entries) => entries,
            Err(error) if means_gone(&error) => return Ok(()), // between being listed and being looked into
            Err(error) => return tell(unreadable(&folder.path, &error)),
        };
        for entry in entries {
            if stop.load(Ordering::Relaxed) {
                return Err(Enough);
            }
            let found = match entry {
                Ok(entry) => self.look_at(&entry, folder),
                Err(error) => {
                    // The system has lost its place in this folder.
                    return tell(unreadable(&folder.path, &error));
                }
            };
            match found {
                Some(Sight::Event(event)) => tell(event)?,
                Some(Sight::Folder(folder)) => stack.put(folder),
                None => {}
            }
        }
        Ok(())
    }

    fn look_at(&self, entry: &DirEntry, folder: &Folder) -> Option<Sight> {
        let path = entry.path();
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) if means_gone(&error) => return None,
            Err(error) => return Some(Sight::Event(unreadable(&path, &error))),
        };
        if kind.is_symlink() && self.follow_symlinks {
            return self.follow(path, folder);
        }
        if kind.is_dir() {
            if folder.trail.is_none() {
                return Some(enter(path, None));
            }
        } else if !kind.is_file() {
            return Some(Sight::Event(Event::Skipped(kind_of(kind))));
        }
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                Some(enter(path, self.trail(&metadata, folder.trail.as_ref())))
            }
            Ok(metadata) => self.file(&path, &metadata).map(Sight::Event),
            Err(error) if means_gone(&error) => None, // between being listed and being looked at
            Err(error) => Some(Sight::Event(unreadable(&path, &error))),
        }
    }

    /// What a link leads to.
    fn follow(&self, path: PathBuf, folder: &Folder) -> Option<Sight> {
        let skipped = |kind| Some(Sight::Event(Event::Skipped(kind)));
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if means_gone(&error) => {
                return if path.is_symlink() { skipped("broken-link") } else { None };
            }
            // Links that lead to themselves without passing a folder.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return skipped("symlink-loop");
            }
            Err(error) => return Some(Sight::Event(unreadable(&path, &error))),
        };
        if !metadata.is_dir() {
            return match self.file(&path, &metadata) {
                Some(event) => Some(Sight::Event(event)),
                None => skipped(kind_of(metadata.file_type())),
            };
        }
        let id = (metadata.dev(), metadata.ino());
        let mut above = folder.trail.as_ref();
        while let Some(trail) = above {
            if trail.id == id {
                return skipped("symlink-loop");
            }
            above = trail.above.as_ref();
        }
        Some(enter(path, self.trail(&metadata, folder.trail.as_ref())))
    }

    fn trail(&self, metadata: &Metadata, above: Option<&Arc<Trail>>) -> Option<Arc<Trail>> {
        let id = (metadata.dev(), metadata.ino());
        self.follow_symlinks.then(|| Arc::new(Trail { id, above: above.cloned() }))
    }

    fn file(&self, path: &Path, metadata: &Metadata) -> Option<Event> {
        if path.as_os_str().len() > LONGEST_PATH {
            return Some(unreadable(path, &rustix::io::Errno::NAMETOOLONG.into()));
        }
        let path = paths::to_bytes(path.strip_prefix(self.root).ok()?);
        metadata.is_file().then(|| Event::File(Found { path, stat: stat_of(metadata) }))
    }
}

/// What lies in a folder.
enum Sight {
    Event(Event),
    Folder(Folder),
}

/// A folder that was found, unless it holds what can be made again.
fn enter(path: PathBuf, trail: Option<Arc<Trail>>) -> Sight {
    match reason_to_skip(&path) {
        Some(reason) => Sight::Event(Event::Skipped(reason)),
        None => Sight::Folder(Folder { path, trail }),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Event {
    Event::Unreadable(format!("{}: {error}", path.display()))
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
