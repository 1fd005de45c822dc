//! The fonts of this machine, found before the jail closes and mapped, so that behind it they are memory.
//! Knows folders and names of files; which letters are in them is the engine's business.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tintype_media::{FontFile, Fonts};
use tintype_sandbox::MappedFile;

/// Where Linux and macOS keep the fonts of all users. A worker has no environment and so no home.
const FOLDERS: &[&str] =
    &["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts"];

const EXTENSIONS: &[&str] = &["ttf", "otf", "ttc", "otc"];

/// What names of files begin with, letters and digits only: first what has the letters of most languages, then what
/// stands in for the families that drawings name. One folder's worth of these is all that most pictures need.
#[rustfmt::skip]
const FIRST: &[&str] = &[
    "dejavusans", "notosans", "liberationsans", "dejavuserif", "notoserif", "liberationserif", "dejavusansmono",
    "notosansmono", "liberationmono", "arial", "helvetica", "times", "courier", "menlo", "notosanscjk", "pingfang",
    "hiraginosans", "droidsansfallback", "wqy", "notocoloremoji", "applecoloremoji", "nimbus", "carlito", "caladea",
];

/// Parts of the names of faces that are used less than upright ones in regular and bold.
const SPECIAL: &[&str] =
    &["italic", "oblique", "condensed", "narrow", "light", "thin", "medium", "black", "semi", "extra"];

/// How much a face is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Regular,
    Bold,
    Special,
}

/// A machine of a typesetter's has thousands. Each costs 10 µs at start-up, whether anybody writes or not.
const MOST_FILES: usize = 128;
/// Of address space, which is what limits a worker's memory; what is not looked at takes no memory. Room for two fonts
/// of Chinese, Japanese and Korean beside the rest.
const MOST_BYTES: u64 = 64 << 20;
/// The largest in wide use have 20 to 30 MiB.
const MOST_BYTES_OF_ONE: u64 = 40 << 20;
/// Folders of fonts are two or three deep, and some thousand entries long at most.
const MOST_DEEP: usize = 4;
const MOST_ENTRIES: usize = 5000;

/// The most useful fonts of this machine, and how much address space they take.
pub(crate) fn of_this_machine() -> (Fonts, u64) {
    let mut paths = Vec::new();
    for folder in FOLDERS {
        list(Path::new(folder), MOST_DEEP, &mut paths);
    }
    let (files, bytes) = mapped(&most_useful_first(paths));
    (Fonts::new(files), bytes)
}

fn list(folder: &Path, deep: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if found.len() >= MOST_ENTRIES {
            return;
        }
        let path = entry.path();
        match entry.file_type() {
            // A link to a folder is not followed: it may lead round in a circle.
            Ok(kind) if kind.is_dir() && deep > 0 => list(&path, deep.saturating_sub(1), found),
            Ok(kind) if !kind.is_dir() && is_font(&path) => found.push(path),
            _ => {}
        }
    }
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    EXTENSIONS.iter().any(|known| extension == *known)
}

/// The order is the same on every run, and the order of what is looked for letters that a family does not have.
fn most_useful_first(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort_by_cached_key(|path| {
        let (family, used) = rank(path);
        (family == FIRST.len(), used, family, path.clone())
    });
    paths
}

/// The place of the family among [`FIRST`], and which of its faces it is.
fn rank(path: &Path) -> (usize, Use) {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let starts = FIRST.iter().enumerate().filter(|(_, start)| name.starts_with(**start));
    // The longest tells best: `notosansmono` begins like `notosans`.
    let family = starts.max_by_key(|(_, start)| start.len()).map_or(FIRST.len(), |(place, _)| place);
    let used = match name.as_str() {
        name if SPECIAL.iter().any(|part| name.contains(part)) => Use::Special,
        name if name.contains("bold") => Use::Bold,
        _ => Use::Regular,
    };
    (family, used)
}

fn mapped(paths: &[PathBuf]) -> (Vec<FontFile>, u64) {
    let (mut files, mut bytes): (Vec<FontFile>, u64) = (Vec::new(), 0);
    for path in paths {
        let room = MOST_BYTES.saturating_sub(bytes).min(MOST_BYTES_OF_ONE);
        if let Ok(file) = MappedFile::open(path, room) {
            bytes += file.as_ref().len() as u64;
            files.push(Arc::new(file));
        }
        if files.len() == MOST_FILES {
            break;
        }
    }
    (files, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upright_faces_of_common_families_come_first() {
        let paths = [
            "a/Zapfino.ttf",
            "a/DejaVuSans-Oblique.ttf",
            "b/LiberationSans-Regular.ttf",
            "a/NotoSansMono-Regular.ttf",
            "b/DejaVuSans.ttf",
            "b/DejaVuSans-Bold.ttf",
            "b/Abyss-Bold.otf",
        ];
        let sorted = most_useful_first(paths.map(PathBuf::from).to_vec());
        let names: Vec<_> = sorted.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        assert_eq!(
            names,
            [
                "b/DejaVuSans.ttf",
                "b/LiberationSans-Regular.ttf",
                "a/NotoSansMono-Regular.ttf",
                "b/DejaVuSans-Bold.ttf",
                "a/DejaVuSans-Oblique.ttf",
                "a/Zapfino.ttf",
                "b/Abyss-Bold.otf",
            ]
        );
    }

    #[test]
    fn only_fonts_are_taken_along() {
        assert!(is_font(Path::new("a.ttf")) && is_font(Path::new("a.OTF")));
        assert!(!is_font(Path::new("a.pfb")) && !is_font(Path::new("ttf")));
    }
}
