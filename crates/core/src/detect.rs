//! Says what a file is by what it holds, as a MIME type and as a name for people; what the file is called decides only
//! where contents cannot.
//! Knows bytes and an extension; nothing of paths, and it decodes nothing.

mod names;
mod raw;
mod signatures;
mod ties;
mod window;

use crate::cas::{HEAD, ReadAt};
use file_format::FileFormat;
use std::{
    borrow::Cow,
    fs::File,
    io,
    os::unix::fs::FileExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};
#[cfg(any(test, fuzzing))]
use window::MOST_READ;
use window::Window;

/// What is said of bytes that nobody knows.
const UNKNOWN: &str = "application/octet-stream";

/// A format that holds others, so that its head alone does not tell what it is.
struct Container {
    offset: usize,
    magic: &'static [u8],
    /// What it is when looking into it did not help.
    otherwise: FileFormat,
}

impl Container {
    fn otherwise(&self) -> Guess {
        names::of(self.otherwise)
    }
}

const CONTAINERS: &[Container] = &[
    Container { offset: 0, magic: b"PK\x03\x04", otherwise: FileFormat::Zip },
    Container {
        offset: 0,
        magic: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        otherwise: FileFormat::CompoundFileBinary,
    },
    Container { offset: 0, magic: b"\x1a\x45\xdf\xa3", otherwise: FileFormat::MatroskaVideo },
    Container {
        offset: 0,
        magic: b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        otherwise: FileFormat::AdvancedSystemsFormat,
    },
    Container { offset: 4, magic: b"ftyp", otherwise: FileFormat::Mpeg4Part14Video },
];

/// A file as far as sniffing is concerned.
pub(crate) struct Suspect<'a> {
    /// Its last path component.
    pub(crate) name: &'a [u8],
    /// Its first bytes; all of them, if it is small.
    pub(crate) head: &'a [u8],
    pub(crate) size: u64,
}

/// What a file is taken to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guess {
    pub(crate) mime_type: String,
    /// What people call it.
    pub(crate) name: String,
}

impl Guess {
    fn new(mime_type: &str, name: &str) -> Self {
        Self { mime_type: mime_type.to_owned(), name: name.to_owned() }
    }
}

/// What a file is, and how much was read beside its head.
pub(crate) fn sniff(suspect: &Suspect<'_>, read_at: impl ReadAt) -> (Guess, u64) {
    let mut window = Window::new(read_at, suspect.size);
    let found = by_content(suspect, &mut window);
    let extension = extension(suspect.name);
    let tie_break = ties::BREAKS.iter().find(|row| {
        row.found.contains(&found.mime_type.as_str())
            && row.extensions.iter().any(|known| *known == extension)
    });
    (tie_break.map_or(found, |row| Guess::new(row.mime_type, row.name)), window.bytes_read)
}

/// The MIME type of an open file called `path`, as the indexer would find it. One that cannot be read says nothing.
pub fn mime_type_of(file: &File, path: &Path) -> String {
    look(file, path.file_name().unwrap_or_default().as_encoded_bytes()).mime_type
}

/// What people call the content of an open file that was taken for `mime_type`, whatever the file is called.
pub(crate) fn name_of(file: &File, mime_type: &str) -> String {
    let found = look(file, b"");
    let by_name = ties::BREAKS
        .iter()
        .find(|row| row.mime_type == mime_type && row.found.contains(&found.mime_type.as_str()));
    match by_name {
        // Of what begins like anything, the name is all that speaks for it.
        Some(row) if found.mime_type == UNKNOWN => format!("{}, by its name", row.name),
        Some(row) => row.name.to_owned(),
        None => found.name,
    }
}

fn look(file: &File, name: &[u8]) -> Guess {
    let mut head = Vec::new();
    let mut read = || -> io::Result<u64> {
        let size = file.metadata()?.len();
        head.resize(usize::try_from(size).unwrap_or(HEAD).min(HEAD), 0);
        file.read_exact_at(&mut head, 0)?;
        Ok(size)
    };
    let Ok(size) = read() else { return names::of(FileFormat::default()) };
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
    let (Guess { mime_type, name }, bytes_read) = look();
    assert!(!name.is_empty() && !name.contains(char::is_control), "{name:?}");
    let sound = |half: &str| !half.is_empty() && half.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(
        mime_type.split_once('/').is_some_and(|(kind, rest)| sound(kind) && sound(rest)),
        "{mime_type:?}"
    );
    assert!(bytes_read <= 2 * MOST_READ, "{bytes_read} bytes read");
    assert_eq!(look().0.mime_type, mime_type);
}

fn by_content(suspect: &Suspect<'_>, window: &mut Window<impl ReadAt>) -> Guess {
    if let Some(known) = signatures::certain(suspect.head) {
        return known;
    }
    let found = by_crate(suspect, window);
    if ties::LIKE_TIFF.contains(&found.mime_type.as_str()) {
        return raw::of(window).unwrap_or(found);
    }
    if signatures::SILENT.contains(&found.mime_type.as_str()) {
        return signatures::likely(suspect.head).unwrap_or(found);
    }
    found
}

fn by_crate(suspect: &Suspect<'_>, window: &mut Window<impl ReadAt>) -> Guess {
    let whole = suspect.head.len() as u64 == suspect.size;
    let container = CONTAINERS.iter().find(|container| {
        suspect.head.get(container.offset..).is_some_and(|rest| rest.starts_with(container.magic))
    });
    let by_head = guarded(|| FileFormat::from_bytes(suspect.head));
    let Some(container) = container else { return by_head };
    // A directory at the end of the file is not in the head, but something like it may be: stored archives.
    let found = if whole || (by_head.mime_type != UNKNOWN && container.offset == 4) {
        by_head
    } else {
        guarded(|| FileFormat::from_reader(window).unwrap_or_default())
    };
    if ties::NOTHING_SAID.contains(&found.mime_type.as_str()) { container.otherwise() } else { found }
}

/// Whoever makes files on purpose may find a way to make the sniffer panic: that is an answer too.
fn guarded(sniff: impl FnOnce() -> FileFormat) -> Guess {
    names::of(catch_unwind(AssertUnwindSafe(sniff)).unwrap_or_default())
}

/// In lower case; empty where there is none.
fn extension(name: &[u8]) -> Cow<'_, str> {
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) => String::from_utf8_lossy(&name[dot + 1..]).to_ascii_lowercase().into(),
        None => Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests;
