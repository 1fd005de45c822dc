//! Comics: an archive of pages, of which the first is shown.
//! Knows names of pages; nothing of pictures.

use super::archive::{self, Archive};
use super::order::natural;
use super::{is_archive, picture};
use crate::formats::Order;
use crate::{Fault, Limits, Picture, Reason, Source};

/// What pages are, by how their names end.
const PAGES: &[&[u8]] = &[
    b".jpg", b".jpeg", b".jpe", b".png", b".gif", b".webp", b".bmp", b".tif", b".tiff", b".jxl", b".jp2",
    b".avif",
];

/// What may lie beside the pages: lists, notes and what programs leave behind.
const BESIDE: &[&[u8]] = &[b".xml", b".txt", b".nfo", b".json", b".sfv", b".db", b".ini", b".url", b".html"];

/// An archive of pictures, with next to nothing else in it. Any archive of photographs is one, too.
pub(super) fn looks_right(source: &Source<'_>) -> bool {
    // A directory that a comic would not have is not read.
    const LIMITS: Limits = Limits { max_pixels: 0, max_memory: 64 << 20 };
    if !is_archive(source) {
        return false;
    }
    let Ok(archive) = Archive::open(source, &LIMITS) else {
        return archive::first_entry(source.head()).is_some_and(|(name, _)| is_page(name));
    };
    let mut files = archive.entries().filter(|entry| !entry.name.ends_with(b"/") && !is_hidden(entry.name));
    let mut pages = 0_u32;
    let fits = files.all(|entry| {
        pages = pages.saturating_add(is_page(entry.name).into());
        is_page(entry.name) || ends_with_any(entry.name, BESIDE)
    });
    fits && pages > 0
}

pub(super) fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let archive = Archive::open(source, order.limits)?;
    let pages = || archive.entries().filter(|entry| is_page(entry.name) && !is_hidden(entry.name));
    let first = pages().min_by(|one, other| natural(one.name, other.name));
    let first = first.ok_or_else(|| Reason::NoPicture.says("CBZ: no picture in it"))?;
    let mut picture = picture(&archive, &first, order)?;
    picture.pages = Some(u32::try_from(pages().count()).unwrap_or(u32::MAX));
    Ok(picture)
}

fn is_page(name: &[u8]) -> bool {
    ends_with_any(name, PAGES)
}

fn ends_with_any(name: &[u8], ends: &[&[u8]]) -> bool {
    ends.iter().any(|end| {
        let start = name.len().checked_sub(end.len());
        start.and_then(|start| name.get(start..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
    })
}

/// What macOS and Windows leave in archives, and whatever else begins with a dot.
fn is_hidden(name: &[u8]) -> bool {
    name.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part.starts_with(b".") || part == b"__MACOSX")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_by_name() {
        assert!(is_page(b"a/B.JPG") && is_page(b".png") && !is_page(b"jpg") && !is_page(b"a.txt"));
        assert!(is_hidden(b"__MACOSX/a.jpg") && is_hidden(b"a/._b.jpg") && is_hidden(b"a\\.b\\c.jpg"));
        assert!(!is_hidden(b"a.b/c.jpg"));
    }
}
