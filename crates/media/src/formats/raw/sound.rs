//! Whether the directories of a file can be trusted to come to an end and to announce no more than there is, for a
//! decoder that follows them all and reserves what they announce.
//! Knows where a directory leads; nothing of what is in it.

use super::ifd::{Ifd, Tiff};
use super::window::Window;
use std::collections::HashSet;

/// Tags that lead to directories: of other pictures, of EXIF, of the place.
const BELOW: [u16; 3] = [0x014A, 0x8769, 0x8825];

/// A camera's file has a dozen directories; a TIFF of so many pages is none of its files.
const MOST_DIRECTORIES: usize = 512;

/// A value is announced once, and what two directories share twice.
const MOST_TIMES: u64 = 2;

/// Says what is wrong with them. What is no TIFF has no directories that could be wrong.
pub(super) fn check(file: Window<'_>) -> Result<(), &'static str> {
    let Some((tiff, first)) = Tiff::open(file) else { return Ok(()) };
    let (mut next, mut chain, mut seen) = (first, HashSet::new(), 0_usize);
    let mut room = file.len().saturating_mul(MOST_TIMES);
    while next != 0 {
        if !chain.insert(next) {
            return Err("its directories go round in a circle");
        }
        let Some(directory) = tiff.directory(next) else { break };
        next = directory.next;
        let below = BELOW.iter().flat_map(|tag| directory.numbers(*tag, MOST_DIRECTORIES as u32));
        let below: Vec<_> = below.filter_map(|at| tiff.directory(at)).collect();
        seen = seen.saturating_add(below.len()).saturating_add(1);
        if seen > MOST_DIRECTORIES {
            return Err("more directories than any camera writes");
        }
        for directory in below.iter().chain([&directory]) {
            room =
                room.checked_sub(announced(directory)).ok_or("its tags announce more than is in the file")?;
        }
    }
    Ok(())
}

/// Bytes of all values that do not lie in the directory itself.
fn announced(directory: &Ifd<'_>) -> u64 {
    directory.lengths().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// A file of one directory of one tag, and what comes after it.
    #[track_caller]
    fn check_file((tag, count, value): (u16, u32, u32), next: u32, expected: Result<(), &str>) {
        let mut file = b"II\x2a\0\x08\0\0\0\x01\0".to_vec();
        file.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        file.extend([count.to_le_bytes(), value.to_le_bytes(), next.to_le_bytes()].concat());
        file.resize(100, 0);
        assert_eq!(check(Window::whole(&Source::from_bytes(&file.as_slice()))), expected);
    }

    #[test]
    fn circles_and_announcements_are_seen() {
        let plain = (256, 1, 10);
        check_file(plain, 0, Ok(()));
        check_file(plain, 5000, Ok(()));
        check_file(plain, 8, Err("its directories go round in a circle"));
        check_file((256, 25, 10), 0, Ok(()));
        check_file((256, 51, 10), 0, Err("its tags announce more than is in the file"));
        check_file((256, u32::MAX, 10), 0, Err("its tags announce more than is in the file"));
        check_file((330, 1, 8), 0, Ok(())); // followed once, and no further
    }
}
