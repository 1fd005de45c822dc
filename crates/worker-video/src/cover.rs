//! The cover inside a film: a whole picture file, opened by the formats of still pictures.
//! Knows when it may stand for the film; nothing of how it lies in there.

use crate::film::Film;
use tintype_media::formats::{self, Kind, Order};
use tintype_media::{Picture, Source};

/// A cover of fewer pixels an edge is an icon. Posters and the pictures that programs put in are several times as large.
const LEAST_EDGE: u32 = 96;

/// The best cover that can be shown and is no icon, or any one where a film has no pictures else.
pub(crate) fn of(film: &Film<'_>, order: &Order<'_>) -> Option<Picture> {
    let least = if film.has_pictures() { LEAST_EDGE.min(order.smallest_edge) } else { 1 };
    let mut covers = film.covers();
    covers.sort_by_key(|cover| rank(&cover.said));
    let pictures = covers.into_iter().filter_map(|cover| {
        let source = Source::from_bytes(&cover.bytes);
        // A book or a song in the place of a cover would have covers of its own.
        let format = formats::sniff(formats::ALL, &source).filter(|format| format.kind == Kind::Image)?;
        (format.decode)(&source, order).ok()
    });
    pictures.into_iter().find(|picture| picture.full_size.0.min(picture.full_size.1) >= least)
}

/// What people take for the cover, before what may be anything, before what is something else for certain.
fn rank(said: &str) -> u8 {
    let said = said.to_ascii_lowercase();
    match said.as_str() {
        "cover (front)" => 0,
        // Matroska's own names: upright and large, and the others.
        named if named.starts_with("cover.") => 0,
        "" | "other" => 1,
        icon if icon.contains("icon") => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_goes_before_what_may_be_anything() {
        let mut said =
            ["32x32 pixels 'file icon'", "Cover (back)", "", "small_cover.jpg", "cover.png", "Cover (front)"];
        said.sort_by_key(|said| rank(said));
        assert_eq!(said[..3], ["cover.png", "Cover (front)", ""]);
        assert_eq!(said[5], "32x32 pixels 'file icon'");
    }
}
