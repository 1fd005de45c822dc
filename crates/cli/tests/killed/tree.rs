//! A folder of small pictures that grows and changes from round to round, the same for the same round.
//! Knows nothing of what is done with it.

use crate::support::{
    corpus,
    pictures::{noise, write},
};
use std::{fs, path::PathBuf};

/// New pictures of a round: some seconds' work for two workers, so that there is time to be killed in.
pub(crate) const NEW: usize = 70;

/// Of the round before: deleted (what they showed is orphaned then), written anew, renamed, and copied.
const DELETED: usize = 25;
const REWRITTEN: usize = 5;
const RENAMED: usize = 5;
const COPIED: usize = 5;

/// Names of one content that is no picture: time to be killed in while the index job walks and reads.
const NAMES: usize = 800;

/// Sound files by other people.
const FOREIGN: &[&str] =
    &["png/pngsuite/basn0g08.png", "jpeg/orientation/portrait_6.jpg", "png/misc/sampleWithExifData.png"];

/// Files that have no thumbnail, and why.
const BAD: &[(&str, &[u8])] = &[
    ("empty.png", b""),
    ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0"),
    ("torn.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0 and no more"),
    ("huge.pgm", b"P5 60000 60000 255\n and no more"),
    ("noise.dat", b"\0no picture at all"),
];

pub(crate) struct Tree(pub(crate) PathBuf);

impl Tree {
    /// Brings the folder from the round before to this one.
    pub(crate) fn advance_to(&self, round: usize) {
        let folder = self.folder(round);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..NEW {
            self.picture(round, number, round * NEW + number);
        }
        for (name, bytes) in BAD {
            let bytes =
                if bytes.is_empty() { Vec::new() } else { [*bytes, round.to_string().as_bytes()].concat() };
            write(&folder.join(name), &bytes, round);
        }
        for number in 0..NAMES {
            write(
                &folder.join(format!("name {number:04}.dat")),
                b"\0the same noise under many names",
                number,
            );
        }
        if round == 0 {
            for name in FOREIGN {
                let picture = corpus(name);
                write(&folder.join(picture.file_name().unwrap()), &fs::read(&picture).unwrap(), round);
            }
        } else {
            self.change(round);
        }
    }

    fn change(&self, round: usize) {
        let before = self.folder(round - 1);
        let name = |number: usize| before.join(format!("{number:03}.ppm"));
        let mut numbers = 0..NEW;
        for number in numbers.by_ref().take(DELETED) {
            fs::remove_file(name(number)).unwrap();
        }
        for number in numbers.by_ref().take(REWRITTEN) {
            self.picture(round - 1, number, 1_000_000 + round * NEW + number);
        }
        for number in numbers.by_ref().take(RENAMED) {
            fs::rename(name(number), before.join(format!("renamed {number}.ppm"))).unwrap();
        }
        for number in numbers.by_ref().take(COPIED) {
            let bytes = fs::read(name(number)).unwrap();
            write(&before.join(format!("copy {number}.ppm")), &bytes, round);
        }
    }

    fn folder(&self, round: usize) -> PathBuf {
        self.0.join(format!("round {round}"))
    }

    fn picture(&self, round: usize, number: usize, motif: usize) {
        let bytes = noise(motif as u64);
        write(&self.folder(round).join(format!("{number:03}.ppm")), &bytes, motif);
    }
}
