//! A folder of very many small files, the same every time: pictures, second copies, broken ones, what is no picture.
//! Knows where each file lies and what is in it; nothing of who reads them.

use super::pictures;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use std::{fs, thread};

/// Files in a folder, as a camera does it, rounded.
const IN_FOLDER: u64 = 1000;

/// When the first file was changed last, in seconds since 1970; each next one a second later. In the
/// past, because the program waits for files that may still be written to.
const FIRST_TIME: u64 = 1_600_000_000;

/// Part of the files, in a folder of its own: the library grows by one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) first: u64,
    /// One after the last.
    pub(super) end: u64,
}

/// Where libraries of ten and a hundred thousand files end, if there are to be more.
const ENDS: [(&str, u64); 3] = [("a", 10_000), ("b", 100_000), ("c", u64::MAX)];

/// The parts of a tree of so many files. The last may be all.
pub(super) fn parts(files: u64) -> Vec<Part> {
    let mut first = 0;
    let mut parts = Vec::new();
    for (name, end) in ENDS {
        let end = end.min(files);
        if first < end {
            parts.push(Part { name, first, end });
        }
        first = end;
    }
    parts
}

/// What lies under a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Picture(u64),
    CutOff,
    Text,
    Empty,
}

/// In a thousand files: twenty second copies of the file before, twenty broken ones, twenty texts, one empty.
fn sort(number: u64) -> Sort {
    match number % 50 {
        _ if number % 1000 == 999 => Sort::Empty,
        10 => Sort::Picture(number - 1),
        20 => Sort::CutOff,
        30 => Sort::Text,
        _ => Sort::Picture(number),
    }
}

/// Makes the files of a part below `folder`, unless an earlier run has made all of them.
pub(super) fn make(folder: &Path, part: &Part) -> anyhow::Result<()> {
    // Beside the folder: what lies in it is counted.
    let done = folder.with_file_name(format!("made-{}-{}", part.name, part.end));
    if done.exists() {
        return Ok(());
    }
    eprintln!("making {} files in {}", part.end - part.first, folder.join(part.name).display());
    let next = AtomicU64::new(part.first / IN_FOLDER);
    thread::scope(|scope| {
        let makers: Vec<_> = (0..thread::available_parallelism().map_or(1, usize::from))
            .map(|_| scope.spawn(|| make_folders(folder, part, &next)))
            .collect();
        makers.into_iter().try_for_each(|maker| match maker.join() {
            Ok(made) => made,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    fs::write(&done, "").with_context(|| done.display().to_string())
}

fn make_folders(folder: &Path, part: &Part, next: &AtomicU64) -> anyhow::Result<()> {
    loop {
        let first = next.fetch_add(1, Ordering::Relaxed) * IN_FOLDER;
        if first >= part.end {
            return Ok(());
        }
        let path = folder.join(part.name).join(format!("{:04}", first / IN_FOLDER));
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        for number in first..(first + IN_FOLDER).min(part.end) {
            write(&path, number)?;
        }
    }
}

fn write(folder: &Path, number: u64) -> anyhow::Result<()> {
    let (bytes, extension) = match sort(number) {
        Sort::Picture(picture) => pictures::picture(picture)?,
        Sort::CutOff => (pictures::cut_off(number), "png"),
        Sort::Text => (format!("Note {number}: nothing to see here.\n").into_bytes(), "txt"),
        Sort::Empty => (Vec::new(), "jpg"),
    };
    let path = folder.join(format!("IMG_{number:07}.{extension}"));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(FIRST_TIME + number);
    fs::write(&path, bytes)
        .and_then(|()| fs::File::options().write(true).open(&path)?.set_modified(time))
        .with_context(|| path.display().to_string())
}

/// A picture of the tree, to ask for.
pub(super) fn some_file(folder: &Path, part: &Part) -> PathBuf {
    let number = part.first + 1;
    let folder = folder.join(part.name).join(format!("{:04}", number / IN_FOLDER));
    let extension = pictures::picture(number).map_or("jpg", |(_, extension)| extension);
    folder.join(format!("IMG_{number:07}.{extension}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: u64, expected: &[(&str, u64, u64)]) {
        let parts: Vec<_> = parts(files).into_iter().map(|part| (part.name, part.first, part.end)).collect();
        assert_eq!(parts, expected);
    }

    #[test]
    fn parts_cover_all_files_once() {
        check(500, &[("a", 0, 500)]);
        check(20_000, &[("a", 0, 10_000), ("b", 10_000, 20_000)]);
        check(1_000_000, &[("a", 0, 10_000), ("b", 10_000, 100_000), ("c", 100_000, 1_000_000)]);
    }

    #[test]
    fn a_part_is_made_once() {
        let root = std::env::temp_dir().join(format!("soak-tree-{}", std::process::id()));
        let (folder, part) = (root.join("files"), Part { name: "a", first: 0, end: 25 });
        fs::create_dir_all(&folder).unwrap();
        make(&folder, &part).unwrap();
        assert_eq!(fs::read_dir(folder.join("a/0000")).unwrap().count(), 25);
        assert!(some_file(&folder, &part).is_file());
        fs::remove_dir_all(folder.join("a")).unwrap();
        make(&folder, &part).unwrap();
        assert!(!folder.join("a").exists(), "it was made already");
        fs::remove_dir_all(&root).unwrap();
    }
}
