//! Pages of a comic, in whatever archive: which entries are pages, which of them comes first, what picture it is.
//! Knows names and the bytes of one page; nothing of archives.

mod order;

use super::{Order, inside};
use crate::{Fault, Limits, Picture, Reason};
use order::natural;

/// What pages are, by how their names end.
const ENDS: &[&[u8]] = &[
    b".jpg", b".jpeg", b".jpe", b".png", b".gif", b".webp", b".bmp", b".tif", b".tiff", b".jxl", b".jp2",
    b".avif",
];

/// What may lie beside the pages: lists, notes and what programs leave behind.
const BESIDE: &[&[u8]] = &[b".xml", b".txt", b".nfo", b".json", b".sfv", b".db", b".ini", b".url", b".html"];

/// The pages among the entries that were met: their number, and the first as people count. What is remembered does not
/// grow with the archive.
pub struct Pages<Place> {
    first: Option<(Vec<u8>, Place)>,
    count: u32,
}

impl<Place> Pages<Place> {
    /// Before any entry.
    pub fn none() -> Self {
        Self { first: None, count: 0 }
    }

    /// Takes notice of a file of this name, if it is a page; `place` is for finding it again.
    pub fn meet(&mut self, name: &[u8], place: Place) {
        if !is_page(name) || is_hidden(name) {
            return;
        }
        self.count = self.count.saturating_add(1);
        if self.first.as_ref().is_none_or(|(first, _)| natural(name, first).is_lt()) {
            self.first = Some((name.to_vec(), place));
        }
    }

    /// Where the first page is, if there is one.
    pub fn first(&self) -> Option<&Place> {
        self.first.as_ref().map(|(_, place)| place)
    }

    /// The picture that the bytes of the first page are, as the picture of all pages.
    pub fn picture(&self, first: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
        let mut picture = inside::picture(first, order)?;
        picture.pages = Some(self.count);
        Ok(picture)
    }
}

/// What to say of an archive, known by `format`, that has no pages.
pub fn no_page(format: &str) -> Fault {
    Reason::NoPicture.says(format!("{format}: no picture in it"))
}

/// How many bytes a page may have.
pub fn most_bytes(limits: &Limits) -> u64 {
    inside::most_bytes(limits)
}

/// Whether an archive of these files is a comic: pages, with next to nothing else.
pub(super) fn are_a_comic<'a>(names: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut files = names.filter(|name| !name.ends_with(b"/") && !is_hidden(name));
    let mut pages = 0_u32;
    let fits = files.all(|name| {
        pages = pages.saturating_add(is_page(name).into());
        is_page(name) || ends_with_any(name, BESIDE)
    });
    fits && pages > 0
}

pub(super) fn is_page(name: &[u8]) -> bool {
    ends_with_any(name, ENDS)
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

    #[track_caller]
    fn check(names: &[&str], first: Option<usize>, count: u32) {
        let mut pages = Pages::none();
        for (place, name) in names.iter().enumerate() {
            pages.meet(name.as_bytes(), place);
        }
        assert_eq!((pages.first().copied(), pages.count), (first, count));
    }

    #[test]
    fn the_first_page_is_the_first_as_people_count() {
        check(&["page10.jpg", "page2.png", "page 3", ".page1.jpg", "__MACOSX/page1.jpg"], Some(1), 2);
        check(&["P01.jpg", "p1.jpg"], Some(0), 2);
        check(&["a.txt", "b/"], None, 0);
    }
}
