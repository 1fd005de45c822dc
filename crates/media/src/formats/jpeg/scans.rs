//! Leaves out the scans of a progressive JPEG whose work a small picture does not show.
//! Knows the order of scans, nothing of how they are decoded.
//!
//! A progressive file sends each frequency coarsely first and its last bits later, in refinement scans, which are
//! most of the bytes and of the decoding time. Decoded at a small scale the averaging hides those bits.

use super::markers::{SOS, Segment, header, segments};
use std::borrow::Cow;

/// `jpeg` without the scans that refine frequencies above zero (Ss > 0, Ah > 0). Files that are not progressive
/// come back as they are.
pub(super) fn without_refinements(jpeg: &[u8]) -> Cow<'_, [u8]> {
    if !header(jpeg).any(|segment| is_progressive_frame(segment.marker)) {
        return Cow::Borrowed(jpeg);
    }
    let mut kept = Vec::with_capacity(jpeg.len());
    let mut keep_from = Some(0);
    for segment in segments(jpeg) {
        match (keep_from, refines_ac(&segment)) {
            (Some(start), true) => {
                kept.extend_from_slice(jpeg.get(start..segment.start).unwrap_or_default());
                keep_from = None;
            }
            (None, false) => keep_from = Some(segment.start),
            _ => {}
        }
    }
    kept.extend_from_slice(keep_from.and_then(|start| jpeg.get(start..)).unwrap_or_default());
    Cow::Owned(kept)
}

/// SOF2 is Huffman-coded, SOF10 arithmetic-coded.
fn is_progressive_frame(marker: u8) -> bool {
    matches!(marker, 0xC2 | 0xCA)
}

/// A scan's header ends with the first frequency, the last one, and in one byte the bit positions before and now.
fn refines_ac(segment: &Segment<'_>) -> bool {
    match segment.body {
        [.., first, _last, positions] if segment.marker == SOS => *first > 0 && positions >> 4 > 0,
        _ => false,
    }
}
