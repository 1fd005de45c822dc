//! Takes out of the catalogue what the walk did not see, but only what is certainly not there.
//! Knows "offline" from "deleted"; reads no file.

use super::{
    Phase, Run,
    root::{Root, means_gone},
    seen::Seen,
    walk::reason_to_skip,
};
use crate::{
    catalogue::EntryRow,
    jobs::{JobResult, Progress},
    paths,
};
use std::{fs, os::unix::fs::MetadataExt};

/// Entries looked at in one transaction: see `compare::AT_ONCE`. Each that was not seen costs a look at the disk.
const AT_ONCE: usize = 2000;

/// Entries between two looks at whether to stop, when each needs a look at the disk.
const LOOK_EVERY: usize = 200;

/// What has become of a file that the walk did not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is not there, or not to be looked at any more.
    Gone,
    /// It is on a drive that is not plugged in.
    Away,
    /// It is there after all, or nobody can say.
    Kept,
}

impl Run<'_> {
    /// Compares the entries with what the walk has seen, and begins the next phase.
    pub(super) fn take_out_gone(&mut self, seen: &Seen) -> JobResult<()> {
        let scope = self.job.scope.clone();
        if !scope.is_empty() {
            // The scope may be a file now, or have been one.
            let location = self.job.location;
            let entry = self.ctx.library().catalogue().read(|rows| rows.entry_at(location, &scope))?;
            self.take_out(&entry.into_iter().collect::<Vec<_>>(), seen)?;
        }
        let folder = if scope.is_empty() { scope } else { [&scope, b"/".as_slice()].concat() };
        let mut after = folder.clone();
        loop {
            self.ctx.check_interrupt()?;
            let location = self.job.location;
            let mut page =
                self.ctx.library().catalogue().read(|rows| rows.entries_after(location, &after, AT_ONCE))?;
            let is_last = page.len() < AT_ONCE;
            page.retain(|entry| entry.path.starts_with(&folder));
            let Some(last) = page.last() else { break };
            after.clone_from(&last.path);
            self.take_out(&page, seen)?;
            if is_last {
                break;
            }
        }
        self.job.phase = Phase::Identify;
        self.ctx.checkpoint(&*self.job)
    }

    fn take_out(&mut self, page: &[EntryRow], seen: &Seen) -> JobResult<()> {
        let mut look = Look { root: self.root, follow_symlinks: self.follows_symlinks(), last: None };
        let mut gone = Vec::new();
        for (turn, entry) in page.iter().filter(|entry| !seen.contains(entry.id)).enumerate() {
            if turn % LOOK_EVERY == 0 {
                self.ctx.check_interrupt()?;
            }
            match look.fate(entry) {
                Fate::Gone => gone.push(entry.id),
                Fate::Away => self.job.output.skip("away"),
                Fate::Kept => self.job.output.skip("not-reached"),
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        // All these looks meant something only if the drive was there all the time.
        self.root.check_still_there()?;
        self.job.output.gone += gone.len() as u64;
        self.ctx.commit(&*self.job, |rows| gone.iter().try_for_each(|id| rows.delete_entry(*id)))?;
        self.ctx.progress(Progress::count("walk", self.job.output.found, 0));
        Ok(())
    }

    pub(super) fn follows_symlinks(&self) -> bool {
        self.ctx.library().settings().index.follow_symlinks
    }
}

/// Looks where entries were. They come in order of path, so the folder of the last one is often that of the next.
struct Look<'a> {
    root: &'a Root,
    follow_symlinks: bool,
    last: Option<(Vec<u8>, FolderState)>,
}

/// What there is where a folder was.
#[derive(Clone, Copy)]
enum FolderState {
    /// On this device.
    There(u64),
    /// Gone; what is nearest above it is on this device.
    Missing(u64),
    /// Not to be looked into.
    Excluded,
    /// Nobody can say.
    Unknown,
}

impl Look<'_> {
    fn fate(&mut self, entry: &EntryRow) -> Fate {
        let folder =
            entry.path.iter().rposition(|byte| *byte == b'/').map_or(&[] as &[u8], |end| &entry.path[..end]);
        match self.folder(folder) {
            FolderState::Unknown => Fate::Kept,
            FolderState::Excluded => Fate::Gone,
            FolderState::Missing(device) => self.gone_or_away(entry, device),
            FolderState::There(device) => match self.metadata(&entry.path) {
                Ok(metadata) if metadata.is_file() => Fate::Kept,
                Ok(_) => Fate::Gone,
                Err(error) if means_gone(&error) => self.gone_or_away(entry, device),
                Err(_) => Fate::Kept,
            },
        }
    }

    /// A file of another drive that was mounted below the root, where now there is only what it was mounted over.
    fn gone_or_away(&self, entry: &EntryRow, device: u64) -> Fate {
        let of_root = [self.root.device, self.root.known_device].contains(&entry.stat.device);
        if !of_root && device == self.root.device { Fate::Away } else { Fate::Gone }
    }

    fn folder(&mut self, folder: &[u8]) -> FolderState {
        if let Some((last, state)) = &self.last
            && last == folder
        {
            return *state;
        }
        let state = self.look_at(folder);
        self.last = Some((folder.to_vec(), state));
        state
    }

    /// From the root down, as the walk went.
    fn look_at(&self, folder: &[u8]) -> FolderState {
        let mut device = self.root.device;
        let ends = folder.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        for end in ends.chain((!folder.is_empty()).then_some(folder.len())) {
            match self.metadata(&folder[..end]) {
                Ok(metadata) if !metadata.is_dir() => return FolderState::Excluded,
                Ok(metadata) => device = metadata.dev(),
                Err(error) if means_gone(&error) => return FolderState::Missing(device),
                Err(_) => return FolderState::Unknown,
            }
            if reason_to_skip(&self.root.join(&folder[..end])).is_some() {
                return FolderState::Excluded;
            }
        }
        FolderState::There(device)
    }

    fn metadata(&self, path: &[u8]) -> std::io::Result<fs::Metadata> {
        let path = self.root.path.join(paths::from_bytes(path));
        if self.follow_symlinks { fs::metadata(path) } else { fs::symlink_metadata(path) }
    }
}
