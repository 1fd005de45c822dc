//! Leaves out the scans of a progressive JPEG whose work a small picture does not show.
//! Knows the order of scans, nothing of how they are decoded.
//!
//! A progressive file sends each frequency coarsely first and its last bits later, in refinement scans, which are
//! most of the bytes and of the decoding time. Decoded at a small scale the averaging hides those bits.

use super::markers::{SOS, Segment, segments};
use std::borrow::Cow;

/// `jpeg` without the scans that refine frequencies above zero (Ss > 0, Ah > 0). Files that are not progressive
/// come back as they are.
pub(super) fn without_refinements(jpeg: &[u8]) -> Cow<'_, [u8]> {
    let mut progressive = false;
    let mut kept_to = 0;
    let mut kept = Vec::new();
    for segment in segments(jpeg) {
        progressive |= is_progressive_frame(segment.marker);
        if progressive && refines_ac(&segment) {
            kept.extend_from_slice(jpeg.get(kept_to..segment.whole.start).unwrap_or_default());
            kept_to = segment.whole.end;
        }
    }
    if kept_to == 0 {
        return Cow::Borrowed(jpeg);
    }
    kept.extend_from_slice(jpeg.get(kept_to..).unwrap_or_default());
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
