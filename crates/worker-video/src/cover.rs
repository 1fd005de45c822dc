//! The cover inside a film: a whole picture file, opened by the formats of still pictures.
//! Knows when it may stand for the film; nothing of how it lies in there.

use crate::film::Film;
use tintype_media::formats::{self, Kind, Order};
use tintype_media::{Picture, Source};

/// A cover of fewer pixels an edge is an icon. Posters and the pictures that programs put in are several times as large.
const LEAST_EDGE: u32 = 96;

/// The first cover that can be shown and is no icon, or any one where a film has no pictures else.
pub(crate) fn of(film: &Film<'_>, order: &Order<'_>) -> Option<Picture> {
    let least = if film.has_pictures() { LEAST_EDGE.min(order.smallest_edge) } else { 1 };
    let pictures = film.covers().into_iter().filter_map(|file| {
        let source = Source::from_bytes(&file);
        // A book or a song in the place of a cover would have covers of its own.
        let format = formats::sniff(formats::ALL, &source).filter(|format| format.kind == Kind::Image)?;
        (format.decode)(&source, order).ok()
    });
    pictures.into_iter().find(|picture| picture.full_size.0.min(picture.full_size.1) >= least)
}
