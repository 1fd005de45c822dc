//! Comics in ZIP archives.
//! Knows where the first page is; which it is, and what it shows, is told by `pages`.

use super::archive::{self, Archive};
use super::is_archive;
use crate::formats::{
    Order,
    pages::{self, Pages},
};
use crate::{Fault, Limits, Picture, Source};

/// An archive of pictures, with next to nothing else in it. Any archive of photographs is one, too.
pub(super) fn looks_right(source: &Source<'_>) -> bool {
    // A directory that a comic would not have is not read.
    const LIMITS: Limits = Limits { max_pixels: 0, max_memory: 64 << 20 };
    if !is_archive(source) {
        return false;
    }
    match Archive::open(source, &LIMITS) {
        Ok(archive) => pages::are_a_comic(archive.entries().map(|entry| entry.name)),
        Err(_) => archive::first_entry(source.head()).is_some_and(|(name, _)| pages::is_page(name)),
    }
}

pub(super) fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let archive = Archive::open(source, order.limits)?;
    let mut found = Pages::none();
    for entry in archive.entries() {
        found.meet(entry.name, entry);
    }
    let first = found.first().ok_or_else(|| pages::no_page("CBZ"))?;
    found.picture(&archive.read(first, pages::most_bytes(order.limits))?, order)
}
