//! Names content by what it holds: the CAS ID.
//! Knows bytes by position. Knows nothing of paths, file systems or the catalogue.

use serde::{Deserialize, Serialize};
use std::{fmt, io, path::PathBuf, str::FromStr};

/// Up to this size the whole content is hashed; above it, samples. Fixed by the original Spacedrive, whose thumbnails
/// can be taken over because of it.
const WHOLE_UP_TO: u64 = 100 * 1024;

/// What is hashed at each end of a large file.
const END: u64 = 8 * 1024;

/// What is hashed at each of the four places between the ends.
const SAMPLE: u64 = 10 * 1024;

/// How many places between the ends.
const SAMPLES: u64 = 4;

/// Digits of an ID made of samples: 64 bits, as the original has it.
const SAMPLED_DIGITS: usize = 16;

/// What is read at once when everything is hashed: large enough that BLAKE3 uses its widest instructions and a disk its
/// read-ahead, small enough to stay in the second-level cache.
const CHUNK: usize = 256 * 1024;

/// What sniffing gets to see: enough for every signature at a fixed place (the furthest lies at 36 KiB, in disc images).
pub(crate) const HEAD: usize = 64 * 1024;

/// The size that stands for a film's scrub sheet wherever a thumbnail has its size: no picture has an edge of no pixels.
pub const SCRUB_SHEET: u32 = 0;

/// What stands for [`SCRUB_SHEET`] in names of files.
const SCRUB_WORD: &str = "scrub";

/// The name of a content: 16 to 64 lower-case hex digits. Nothing else ever becomes the path of a thumbnail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CasId(String);

impl CasId {
    /// Where a thumbnail of this content lives, below the thumbnails folder.
    pub fn thumbnail_path(&self, size: u32) -> PathBuf {
        let id = &self.0;
        [&id[0..2], &id[2..4], &self.file_name(size)].iter().collect()
    }

    /// The last part of [`CasId::thumbnail_path`].
    pub(crate) fn file_name(&self, size: u32) -> String {
        match size {
            SCRUB_SHEET => format!("{}_{SCRUB_WORD}.webp", self.0),
            size => format!("{}_{size}.webp", self.0),
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The reverse of [`CasId::file_name`]; `None` for any other name.
pub(crate) fn parse_file_name(name: &str) -> Option<(CasId, u32)> {
    let (id, size) = name.strip_suffix(".webp")?.split_once('_')?;
    let size = if size == SCRUB_WORD { SCRUB_SHEET } else { size.parse().ok()? };
    let id: CasId = id.parse().ok()?;
    (id.file_name(size) == name).then_some((id, size))
}

impl FromStr for CasId {
    type Err = NotACasId;

    fn from_str(digits: &str) -> Result<Self, NotACasId> {
        let legal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if (16..=64).contains(&digits.len()) && digits.bytes().all(legal) {
            Ok(Self(digits.to_owned()))
        } else {
            Err(NotACasId(digits.to_owned()))
        }
    }
}

impl TryFrom<String> for CasId {
    type Error = NotACasId;

    fn try_from(digits: String) -> Result<Self, NotACasId> {
        digits.parse()
    }
}

impl From<CasId> for String {
    fn from(id: CasId) -> Self {
        id.0
    }
}

impl fmt::Display for CasId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A string that should have been a CAS ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotACasId(String);

impl fmt::Display for NotACasId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a CAS ID: 16 to 64 digits of 0-9 and a-f are", self.0)
    }
}

impl std::error::Error for NotACasId {}

/// How a library names contents. Chosen when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cas {
    /// By size and samples: at most 57,344 bytes of a large file are read. Two files of equal size that differ only
    /// between the samples share an ID.
    #[default]
    Sampled,
    /// By size and the whole content.
    Full,
}

impl Cas {
    /// Whether two contents of this size can share an ID though they differ.
    pub(crate) fn can_confuse(self, size: u64) -> bool {
        self == Self::Sampled && size > WHOLE_UP_TO
    }
}

/// Names contents one after another. Keeps its buffers, so one per thread.
#[derive(Default)]
pub(crate) struct Namer {
    buffer: Vec<u8>,
    head: Vec<u8>,
    bytes_read: u64,
}

impl Namer {
    /// The ID of a content of `size` bytes, which is not empty. `read_at` fills what it can of the buffer from the
    /// position and says how much. A content that turns out shorter is an `UnexpectedEof`.
    pub(crate) fn name(&mut self, cas: Cas, size: u64, read_at: impl ReadAt) -> io::Result<CasId> {
        self.head.clear();
        self.bytes_read = 0;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&size.to_le_bytes());
        match cas {
            Cas::Sampled if size <= WHOLE_UP_TO => self.feed_all(&mut hasher, size, read_at)?,
            Cas::Sampled => self.feed_samples(&mut hasher, size, read_at)?,
            Cas::Full => self.feed_all(&mut hasher, size, read_at)?,
        }
        let mut digits = hasher.finalize().to_hex().to_string();
        if cas == Cas::Sampled {
            digits.truncate(SAMPLED_DIGITS);
        }
        Ok(CasId(digits))
    }

    /// The first bytes of the content named last: for sniffing, without a second read.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// How much was read for the content named last.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn feed_all(
        &mut self,
        hasher: &mut blake3::Hasher,
        size: u64,
        mut read_at: impl ReadAt,
    ) -> io::Result<()> {
        let mut position = 0;
        while position < size {
            let length = (size - position).min(CHUNK as u64);
            self.feed(hasher, position, length, &mut read_at)?;
            position += length;
        }
        Ok(())
    }

    fn feed_samples(
        &mut self,
        hasher: &mut blake3::Hasher,
        size: u64,
        mut read_at: impl ReadAt,
    ) -> io::Result<()> {
        let stride = (size - 2 * END) / SAMPLES;
        self.feed(hasher, 0, END, &mut read_at)?;
        for k in 0..SAMPLES {
            self.feed(hasher, END + k * stride, SAMPLE, &mut read_at)?;
        }
        self.feed(hasher, size - END, END, &mut read_at)
    }

    fn feed(
        &mut self,
        hasher: &mut blake3::Hasher,
        position: u64,
        length: u64,
        read_at: &mut impl ReadAt,
    ) -> io::Result<()> {
        self.buffer.resize(length as usize, 0);
        fill(&mut self.buffer, position, read_at)?;
        self.bytes_read += length;
        if position == 0 {
            self.head.extend_from_slice(&self.buffer[..self.buffer.len().min(HEAD)]);
        }
        hasher.update(&self.buffer);
        Ok(())
    }
}

/// Reads from a position: buffer and position in, bytes read out, 0 at the end.
pub(crate) trait ReadAt: FnMut(&mut [u8], u64) -> io::Result<usize> {}

impl<F: FnMut(&mut [u8], u64) -> io::Result<usize>> ReadAt for F {}

fn fill(buffer: &mut [u8], position: u64, read_at: &mut impl ReadAt) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match read_at(&mut buffer[done..], position + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    /// Reads from memory, at most `step` bytes a time, as slow file systems do.
    fn reader(content: &[u8], step: usize) -> impl ReadAt + '_ {
        move |buffer, position| {
            let rest = content.get(position as usize..).unwrap_or_default();
            let length = rest.len().min(buffer.len()).min(step);
            buffer[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        }
    }

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|i| (i % 251) as u8).collect()
    }

    #[track_caller]
    fn check(content: &[u8], id: &str) {
        let mut namer = Namer::default();
        for step in [usize::MAX, 1000] {
            let cas_id = namer.name(Cas::Sampled, content.len() as u64, reader(content, step)).unwrap();
            assert_eq!(cas_id.as_str(), id);
            assert!(content.starts_with(namer.head()) && !namer.head().is_empty());
        }
    }

    #[test]
    fn ids_are_those_of_the_original() {
        check(b"hello", "cc2104c68d62617f");
        check(&pattern(1), "9b779f74b305adc3");
        check(&pattern(102_399), "cfbff674ab1c0c5d");
        check(&pattern(102_400), "c66a52267c7e5ee9");
        check(&pattern(102_401), "17f74805066119da");
        check(&pattern(1_000_000), "95414982aaf3f512");
        check(&pattern(16_777_216), "3d96f292e8859fb0");
        check(&vec![0; 102_401], "3ff0653003c4fb66");
        check(&vec![0; 1_048_576], "9dacadbacfab3bf1");
    }

    #[test]
    fn a_full_id_is_the_hash_of_size_and_content() {
        let content = pattern(1_000_000);
        let id = Namer::default().name(Cas::Full, 1_000_000, reader(&content, usize::MAX)).unwrap();
        let expected = blake3::hash(&[&1_000_000_u64.to_le_bytes(), content.as_slice()].concat());
        assert_eq!(id.as_str(), expected.to_hex().as_str());
    }

    #[track_caller]
    fn check_reads(cas: Cas, size: u64, bytes: u64) {
        let content = vec![7; size as usize];
        let mut seen = 0;
        let mut read = reader(&content, usize::MAX);
        let mut namer = Namer::default();
        let counted = |buffer: &mut [u8], position| read(buffer, position).inspect(|&n| seen += n as u64);
        namer.name(cas, size, counted).unwrap();
        assert_eq!((seen, namer.bytes_read()), (bytes, bytes));
    }

    #[test]
    fn samples_are_all_that_is_read_of_a_large_file() {
        check_reads(Cas::Sampled, 102_400, 102_400);
        check_reads(Cas::Sampled, 102_401, 57_344);
        check_reads(Cas::Sampled, 3_000_000, 57_344);
        check_reads(Cas::Full, 3_000_000, 3_000_000);
    }

    #[track_caller]
    fn check_short(cas: Cas, promised: u64, there: usize) {
        let content = pattern(there);
        let error = Namer::default().name(cas, promised, reader(&content, usize::MAX)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_file_that_got_shorter_has_no_id() {
        check_short(Cas::Sampled, 10, 9);
        check_short(Cas::Sampled, 102_400, 102_399);
        check_short(Cas::Sampled, 200_000, 199_999);
        check_short(Cas::Sampled, 200_000, 0);
        check_short(Cas::Full, 1_000_000, 999_999);
    }

    #[test]
    fn an_interrupted_read_is_repeated_and_another_error_is_not() {
        let mut calls = 0;
        let content = pattern(10);
        let flaky = |buffer: &mut [u8], position| {
            calls += 1;
            if calls == 1 {
                Err(io::ErrorKind::Interrupted.into())
            } else {
                reader(&content, 3)(buffer, position)
            }
        };
        assert!(Namer::default().name(Cas::Full, 10, flaky).is_ok());
        let broken = |_: &mut [u8], _| Err(io::ErrorKind::PermissionDenied.into());
        let error = Namer::default().name(Cas::Full, 10, broken).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }

    #[track_caller]
    fn check_parse(text: &str, legal: bool) {
        assert_eq!(text.parse::<CasId>().is_ok(), legal, "{text}");
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(serde_json::from_str::<CasId>(&json).is_ok(), legal, "{text} in JSON");
    }

    #[test]
    fn only_lower_case_hex_becomes_an_id() {
        check_parse("abcd0123456789ef", true);
        check_parse(&"a".repeat(64), true);
        check_parse("abcd0123456789e", false);
        check_parse(&"a".repeat(65), false);
        check_parse("ABCD0123456789EF", false);
        check_parse("abcd0123456789eg", false);
        check_parse("../../../../../etc", false);
        check_parse("abcd0123456789eé", false);
        check_parse("", false);
    }

    #[test]
    fn the_path_of_a_thumbnail_follows_from_its_id() {
        let id: CasId = "abcd0123456789ef".parse().unwrap();
        assert_eq!(id.thumbnail_path(256), PathBuf::from("ab/cd/abcd0123456789ef_256.webp"));
        assert_eq!(parse_file_name("abcd0123456789ef_256.webp"), Some((id, 256)));
        for foreign in
            ["abcd0123456789ef_+256.webp", "abcd0123456789ef_0256.webp", "x_1.webp", "abcd0123456789ef.webp"]
        {
            assert_eq!(parse_file_name(foreign), None, "{foreign}");
        }
    }
}
