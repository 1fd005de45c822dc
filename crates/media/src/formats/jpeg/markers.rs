//! The segments of a JPEG: where each marker stands and how far it reaches.
//! Knows the grammar of ITU-T T.81 annex B and nothing of what pixels mean.

pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const APP1: u8 = 0xE1;

/// One marker and what belongs to it.
pub(super) struct Segment<'a> {
    /// The byte after 0xFF.
    pub(super) marker: u8,
    /// What follows the length; empty for a marker that stands alone.
    pub(super) body: &'a [u8],
    /// Where its 0xFF stands. What lies between its body and the start of the next one is a scan's coded data, or
    /// junk.
    pub(super) start: usize,
}

/// The segments of `jpeg` in order, up to the end of its first picture or to where the grammar breaks. Coded data is
/// walked over only when somebody asks what comes after it.
pub(super) fn segments(jpeg: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let (segment, end) = segment_from(jpeg, next?)?;
        next = (segment.marker != EOI).then_some(end);
        Some(segment)
    })
}

/// The segments before the first scan: all that describes the picture.
pub(super) fn header(jpeg: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    segments(jpeg).take_while(|segment| segment.marker != SOS)
}

/// The first segment from `at` on, and where its body ends.
fn segment_from(jpeg: &[u8], at: usize) -> Option<(Segment<'_>, usize)> {
    let start = next_marker(jpeg, at)?;
    let marker = *jpeg.get(start.checked_add(1)?)?;
    let header_end = start.checked_add(2)?;
    if stands_alone(marker) {
        return Some((Segment { marker, body: &[], start }, header_end));
    }
    let body_start = header_end.checked_add(2)?;
    let len = u16::from_be_bytes(*jpeg.get(header_end..body_start)?.first_chunk()?);
    let body_end = header_end.checked_add(usize::from(len))?;
    let body = jpeg.get(body_start..body_end)?;
    Some((Segment { marker, body, start }, body_end))
}

/// Where the next marker stands. Stuffed zeros, restart markers and fill bytes are data to us.
fn next_marker(jpeg: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let ff = at.checked_add(jpeg.get(at..)?.iter().position(|byte| *byte == 0xFF)?)?;
        at = match jpeg.get(ff.checked_add(1)?)? {
            0x00 | 0xD0..=0xD7 => ff.checked_add(2)?,
            0xFF => ff.checked_add(1)?,
            _ => return Some(ff),
        };
    }
}

fn stands_alone(marker: u8) -> bool {
    matches!(marker, SOI | EOI | 0x01)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // a test that panics has done its work
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(jpeg: &[u8], expected: &[(u8, usize)]) {
        let found: Vec<_> = segments(jpeg).map(|segment| (segment.marker, segment.start)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn segments_follow_one_another() {
        check(&[0xFF, SOI, 0xFF, 0xFE, 0, 3, 7, 0xFF, EOI], &[(SOI, 0), (0xFE, 2), (EOI, 7)]);
    }

    #[test]
    fn a_scan_takes_its_data_with_stuffing_and_restarts() {
        let jpeg = [0xFF, SOS, 0, 2, 1, 0xFF, 0, 0xFF, 0xD3, 9, 0xFF, 0xFF, EOI];
        check(&jpeg, &[(SOS, 0), (EOI, 11)]);
    }

    #[test]
    fn junk_between_segments_is_passed_over() {
        check(&[0xFF, SOI, 1, 2, 3, 0xFF, EOI], &[(SOI, 0), (EOI, 5)]);
    }

    #[test]
    fn what_follows_the_first_picture_is_left_alone() {
        check(&[0xFF, SOI, 0xFF, EOI, 0xFF, SOI], &[(SOI, 0), (EOI, 2)]);
    }

    #[test]
    fn a_scan_cut_short_is_still_a_scan() {
        check(&[0xFF, SOS, 0, 2, 1, 2, 3], &[(SOS, 0)]);
    }

    #[test]
    fn a_segment_longer_than_the_file_ends_the_walk() {
        check(&[0xFF, SOI, 0xFF, 0xE1, 0xFF, 0xFF, 1], &[(SOI, 0)]);
    }

    proptest! {
        #[test]
        fn segments_never_overlap_and_always_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let starts: Vec<_> = segments(&bytes).map(|segment| segment.start).collect();
            prop_assert!(starts.is_sorted_by(|one, next| one + 2 <= *next));
            prop_assert!(starts.iter().all(|start| bytes[*start] == 0xFF));
        }
    }
}
