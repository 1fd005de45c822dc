//! What became of every regular file of a tree: a thumbnail, a failure with its reason, a reason to wait, or a folder
//! that could not be looked into and is named.
//! Knows a library as those know it who embed it; walks the tree in a way of its own.

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;
use std::{
    collections::{BTreeMap, HashSet},
    ffi::OsStr,
    fmt,
    os::fd::{AsFd, BorrowedFd},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};
use tintype_core::{CasId, Library, jobs::JobId};

/// What a new library makes of every content.
const SIZES: [u32; 3] = [128, 256, 512];

/// Reasons to wait that the design names.
const DEFERRALS: [&str; 4] = ["empty", "placeholder", "being-written", "unreadable"];

/// More messages than one job on this tree has.
const ALL: usize = 100_000;

/// Paths of more bytes can be given to no system call, and so be in no catalogue.
const LONGEST_PATH: usize = 4095;

/// How all files fared.
#[derive(Default)]
pub(crate) struct Report {
    /// Files that the catalogue knows.
    pub(crate) entries: u64,
    /// The CAS ID of the picture that nobody else may show.
    pub(crate) canary: String,
    /// What was said of each content that failed.
    pub(crate) words: Vec<String>,
    files: usize,
    fates: BTreeMap<String, usize>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fates: Vec<_> = self.fates.iter().map(|(fate, count)| format!("{fate} {count}")).collect();
        write!(f, "{} files: {}", self.files, fates.join(", "))
    }
}

/// Asks the library in `root` about every file of `tree`.
#[track_caller]
pub(crate) fn settle(root: &Path, tree: &Path) -> Report {
    let library = Library::open(root).unwrap();
    let messages = messages(&library);
    let mut report = Report::default();
    for path in files(tree) {
        let (fate, known) = fate(&library, &path, &messages)
            .unwrap_or_else(|why| panic!("{} is not accounted for: {why}", path.display()));
        report.words.extend(words(&library, &path));
        *report.fates.entry(fate).or_default() += 1;
        report.files += 1;
        report.entries += u64::from(known);
    }
    let status = library.status().unwrap();
    assert_eq!(status.entries, report.entries, "the catalogue knows files that are not there");
    assert!(status.kinds.iter().all(|kind| kind.pending == 0), "left undone: {:?}", status.kinds);
    report.canary = library.find(tree.join("canary.png")).unwrap().unwrap().cas_id.unwrap();
    report
}

/// All that jobs remarked.
fn messages(library: &Library) -> HashSet<String> {
    let jobs = library.jobs().list(ALL).unwrap();
    let errors = jobs.iter().flat_map(|job| library.jobs().errors(JobId(job.id), ALL).unwrap());
    errors.map(|(_, message)| message).collect()
}

/// What became of one file, and whether the catalogue knows it.
fn fate(library: &Library, path: &Path, messages: &HashSet<String>) -> Result<(String, bool), String> {
    let fits = path.as_os_str().len() <= LONGEST_PATH;
    let Some(entry) = fits.then(|| library.find(path).unwrap()).flatten() else {
        return unreachable(path, messages).map(|fate| (fate, false));
    };
    let fate = match (entry.deferred, entry.cas_id) {
        (Some(reason), None) if DEFERRALS.contains(&reason.as_str()) => format!("left for later ({reason})"),
        (None, Some(cas_id)) => content(library, &cas_id.parse().unwrap())?,
        neither => return Err(format!("{neither:?}")),
    };
    Ok((fate, true))
}

fn content(library: &Library, cas_id: &CasId) -> Result<String, String> {
    if library.sizes_of(cas_id).unwrap() == SIZES {
        return Ok("thumbnail".to_owned());
    }
    let failed = library.failure_of(cas_id).unwrap().ok_or("neither thumbnails nor a failure")?;
    if failed.detail.is_empty() || failed.advice.is_empty() {
        return Err(format!("a failure without words: {failed:?}"));
    }
    Ok(failed.reason)
}

/// What was said of a file that failed: its name, the reason and the words.
fn words(library: &Library, path: &Path) -> Option<String> {
    let fits = path.as_os_str().len() <= LONGEST_PATH;
    let cas_id = fits.then(|| library.find(path).unwrap()).flatten()?.cas_id?;
    let failed = library.failure_of(&cas_id.parse().unwrap()).unwrap()?;
    let name = path.file_name().unwrap_or_default().display();
    Some(format!("{name}: {}: {}", failed.reason, failed.detail))
}

/// A job must have named the file or a folder above it, with what was wrong.
fn unreachable(path: &Path, messages: &HashSet<String>) -> Result<String, String> {
    let named = |above: &Path| {
        let start = format!("{}: ", above.display());
        messages.iter().any(|message| message.starts_with(&start))
    };
    let found = path.ancestors().any(named);
    found.then(|| "in a folder that cannot be read".to_owned()).ok_or("no message names it".to_owned())
}

/// Every regular file below a folder that can be seen at all, found by descriptors, so that no path is too long.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(CWD, folder.as_os_str(), folder, &mut found).unwrap();
    found
}

fn walk(
    above: BorrowedFd<'_>,
    name: &OsStr,
    path: &Path,
    found: &mut Vec<PathBuf>,
) -> rustix::io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let folder = openat(above, name, flags, Mode::empty())?;
    for item in Dir::read_from(&folder)? {
        let item = item?;
        let name = OsStr::from_bytes(item.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let path = path.join(name);
        let looked = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).and_then(|stat| {
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => walk(folder.as_fd(), name, &path, found)?,
                FileType::RegularFile => found.push(path),
                _ => {}
            }
            Ok(())
        });
        match looked {
            Ok(()) | Err(Errno::ACCESS) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
