//! Says what kind of file something is by what it holds; the name decides only where contents cannot.
//! Knows bytes and an extension; nothing of paths, and it decodes nothing.

use crate::cas::{HEAD, ReadAt};
use file_format::FileFormat;
use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// What is said of bytes that nobody knows.
const UNKNOWN: &str = "application/octet-stream";

/// What may be read beside the head to look into one container: directories lie at its end. An office document takes
/// some tens of KiB; a hostile one shall not take more than a moment.
const MOST_READ: u64 = 1024 * 1024;

/// A format that holds others, so that its head alone does not tell what it is.
struct Container {
    offset: usize,
    magic: &'static [u8],
    /// What it is when looking into it did not help.
    otherwise: &'static str,
}

const CONTAINERS: &[Container] = &[
    Container { offset: 0, magic: b"PK\x03\x04", otherwise: "application/zip" },
    Container { offset: 0, magic: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", otherwise: "application/x-cfb" },
    Container { offset: 0, magic: b"\x1a\x45\xdf\xa3", otherwise: "video/matroska" },
    Container { offset: 0, magic: b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", otherwise: "application/vnd.ms-asf" },
    Container { offset: 4, magic: b"ftyp", otherwise: "video/mp4" },
];

/// What a file is whose content says one of `found` and whose name has one of `extensions`.
struct TieBreak {
    found: &'static [&'static str],
    extensions: &'static [&'static str],
    mime_type: &'static str,
}

const NOTHING_SAID: &[&str] = &[UNKNOWN, "text/plain"];
const LIKE_TGA: &[&str] =
    &[UNKNOWN, "text/plain", "image/bmp", "image/vnd.microsoft.icon", "image/x-win-bitmap", "video/mpeg"];
const LIKE_TIFF: &[&str] = &["image/tiff", "image/x-sony-arw"];

/// Formats without a signature, and those that share theirs. (TGA has none, and may begin like anything.)
#[rustfmt::skip]
const TIE_BREAKS: &[TieBreak] = &[
    TieBreak { found: LIKE_TGA, extensions: &["tga", "icb", "vda", "vst"], mime_type: "image/x-tga" },
    TieBreak { found: &["application/zip"], extensions: &["cbz"], mime_type: "application/vnd.comicbook+zip" },
    TieBreak { found: &["application/vnd.rar"], extensions: &["cbr"], mime_type: "application/vnd.comicbook-rar" },
    TieBreak { found: LIKE_TIFF, extensions: &["dng"], mime_type: "image/x-adobe-dng" },
    TieBreak { found: LIKE_TIFF, extensions: &["nef", "nrw"], mime_type: "image/x-nikon-nef" },
    TieBreak { found: LIKE_TIFF, extensions: &["pef"], mime_type: "image/x-pentax-pef" },
    TieBreak { found: LIKE_TIFF, extensions: &["srw"], mime_type: "image/x-samsung-srw" },
    TieBreak { found: LIKE_TIFF, extensions: &["3fr", "fff"], mime_type: "image/x-hasselblad-3fr" },
    TieBreak { found: LIKE_TIFF, extensions: &["arw", "sr2", "srf"], mime_type: "image/x-sony-arw" },
    TieBreak { found: &[UNKNOWN], extensions: &["ts", "m2ts", "mts"], mime_type: "video/mp2t" },
    TieBreak { found: &[UNKNOWN], extensions: &["mrw"], mime_type: "image/x-minolta-mrw" },
    TieBreak { found: &[UNKNOWN], extensions: &["x3f"], mime_type: "image/x-sigma-x3f" },
    TieBreak { found: &[UNKNOWN], extensions: &["dib"], mime_type: "image/bmp" },
    TieBreak { found: &["text/plain"], extensions: &["xbm"], mime_type: "image/x-xbitmap" },
    TieBreak { found: &[UNKNOWN, "application/x-id3v2"], extensions: &["mp3"], mime_type: "audio/mpeg" },
    TieBreak { found: &["application/x-matroska"], extensions: &["mkv"], mime_type: "video/matroska" },
    TieBreak { found: &["application/x-matroska"], extensions: &["mka"], mime_type: "audio/matroska" },
    TieBreak { found: &["application/mp4"], extensions: &["m4a", "m4b"], mime_type: "audio/mp4" },
    TieBreak { found: &["application/mp4"], extensions: &["mp4", "m4v", "mov"], mime_type: "video/mp4" },
    TieBreak { found: &["text/plain", "application/xml", "text/xml"], extensions: &["svg"], mime_type: "image/svg+xml" },
    TieBreak { found: NOTHING_SAID, extensions: &["csv"], mime_type: "text/csv" },
    TieBreak { found: NOTHING_SAID, extensions: &["md", "markdown"], mime_type: "text/markdown" },
    TieBreak { found: &["text/plain"], extensions: &["htm", "html"], mime_type: "text/html" },
    TieBreak { found: &["text/plain"], extensions: &["json"], mime_type: "application/json" },
];

/// A file as far as sniffing is concerned.
pub(super) struct Suspect<'a> {
    /// Its last path component.
    pub(super) name: &'a [u8],
    /// Its first bytes; all of them, if it is small.
    pub(super) head: &'a [u8],
    pub(super) size: u64,
}

/// The MIME type of a file, and how much was read beside its head.
pub(super) fn sniff(suspect: &Suspect<'_>, read_at: impl ReadAt) -> (String, u64) {
    let mut window = Window { read_at, size: suspect.size, position: 0, bytes_read: 0 };
    let found = by_content(suspect, &mut window);
    let extension = extension(suspect.name);
    let tie_break = TIE_BREAKS.iter().find(|row| {
        row.found.contains(&found.as_str()) && row.extensions.iter().any(|known| *known == extension)
    });
    (tie_break.map_or(found, |row| row.mime_type.to_owned()), window.bytes_read)
}

/// The MIME type of an open file called `path`, as the indexer would find it. One that cannot be read says nothing.
pub fn mime_type_of(file: &File, path: &Path) -> String {
    let mut head = Vec::new();
    let mut read = || -> io::Result<u64> {
        let size = file.metadata()?.len();
        head.resize(usize::try_from(size).unwrap_or(HEAD).min(HEAD), 0);
        file.read_exact_at(&mut head, 0)?;
        Ok(size)
    };
    let Ok(size) = read() else { return UNKNOWN.to_owned() };
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    sniff(&Suspect { name, head: &head, size }, |buffer: &mut [u8], at| file.read_at(buffer, at)).0
}

/// Holds sniffing to its promises on a file of these bytes: a MIME type, little reading, and the same again.
#[cfg(any(test, fuzzing))]
pub(crate) fn check_sniffing(bytes: &[u8]) {
    // At the end, so that real files can be given as they are.
    let Some((rest, [name_len, head_len])) = bytes.split_last_chunk::<2>() else { return };
    let (file, name) = rest.split_at(rest.len().saturating_sub(usize::from(*name_len) % 16));
    // The less of it is in the head, the more is sought for elsewhere.
    let head = &file[..file.len().min(HEAD >> (head_len % 12))];
    let read_at = |buffer: &mut [u8], at: u64| {
        let rest = usize::try_from(at).ok().and_then(|at| file.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    };
    let look = || sniff(&Suspect { name, head, size: file.len() as u64 }, read_at);
    let (mime_type, bytes_read) = look();
    let sound = |half: &str| !half.is_empty() && half.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(
        mime_type.split_once('/').is_some_and(|(kind, rest)| sound(kind) && sound(rest)),
        "{mime_type:?}"
    );
    assert!(bytes_read <= 2 * MOST_READ, "{bytes_read} bytes read");
    assert_eq!(look().0, mime_type);
}

fn by_content(suspect: &Suspect<'_>, window: &mut Window<impl ReadAt>) -> String {
    let whole = suspect.head.len() as u64 == suspect.size;
    let container = CONTAINERS.iter().find(|container| {
        suspect.head.get(container.offset..).is_some_and(|rest| rest.starts_with(container.magic))
    });
    let by_head = guarded(|| FileFormat::from_bytes(suspect.head));
    let Some(container) = container else { return by_head };
    // A directory at the end of the file is not in the head, but something like it may be: stored archives.
    let found = if whole || (by_head != UNKNOWN && container.offset == 4) {
        by_head
    } else {
        guarded(|| FileFormat::from_reader(window).unwrap_or_default())
    };
    if NOTHING_SAID.contains(&found.as_str()) { container.otherwise.to_owned() } else { found }
}

/// Whoever makes files on purpose may find a way to make the sniffer panic: that is an answer too.
fn guarded(sniff: impl FnOnce() -> FileFormat) -> String {
    catch_unwind(AssertUnwindSafe(sniff)).unwrap_or_default().media_type().to_owned()
}

/// In lower case; empty where there is none.
fn extension(name: &[u8]) -> Cow<'_, str> {
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) => String::from_utf8_lossy(&name[dot + 1..]).to_ascii_lowercase().into(),
        None => Cow::Borrowed(""),
    }
}

/// A file to read and seek in, but not for long.
struct Window<R> {
    read_at: R,
    size: u64,
    position: u64,
    bytes_read: u64,
}

impl<R: ReadAt> Read for Window<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes_read >= MOST_READ {
            return Err(io::Error::other("looked at enough of this file"));
        }
        let read = (self.read_at)(buffer, self.position)?;
        self.position += read as u64;
        self.bytes_read += read as u64;
        Ok(read)
    }
}

impl<R: ReadAt> Seek for Window<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests;
