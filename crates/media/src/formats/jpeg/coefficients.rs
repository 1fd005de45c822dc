//! What a JPEG of several scans takes in memory before its first pixel: all of its coefficients.
//! Knows a frame's header, nothing of what coefficients mean.

use super::markers::{SOS, header, segments};

/// A block of 8 × 8 coefficients of two bytes.
const BLOCK_BYTES: u64 = 64 * 2;

/// The bytes that the library keeps for coefficients. None where a single scan holds everything: then it works row
/// by row.
pub(super) fn bytes(jpeg: &[u8]) -> u64 {
    let Some(frame) = header(jpeg).find(|segment| is_frame(segment.marker)) else { return 0 };
    let [_precision, high, low, wide, narrow, _count, components @ ..] = frame.body else { return 0 };
    let (components, _) = components.as_chunks::<3>();
    let in_first_scan = segments(jpeg)
        .find(|segment| segment.marker == SOS)
        .and_then(|scan| scan.body.first().copied())
        .map_or(components.len(), usize::from);
    if !is_progressive(frame.marker) && in_first_scan >= components.len() {
        return 0;
    }
    let sampling = || components.iter().map(|[_, sampling, _]| (sampling >> 4, sampling & 15));
    let most_across = sampling().map(|(across, _)| across).max().unwrap_or(1);
    let most_down = sampling().map(|(_, down)| down).max().unwrap_or(1);
    let blocks: u64 = sampling().map(|(across, down)| u64::from(across).saturating_mul(down.into())).sum();
    let units = |pixels: [u8; 2], most: u8| {
        u64::from(u16::from_be_bytes(pixels)).div_ceil(u64::from(most.max(1)).saturating_mul(8))
    };
    units([*wide, *narrow], most_across)
        .saturating_mul(units([*high, *low], most_down))
        .saturating_mul(blocks)
        .saturating_mul(BLOCK_BYTES)
}

/// `SOF0` to `SOF15`, between which tables (`DHT`, `DAC`) and an extension (`JPG`) have their places.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

fn is_progressive(marker: u8) -> bool {
    matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // a test that panics has done its work
    use super::*;

    /// A frame of 100 × 50 pixels and the header of its first scan.
    #[track_caller]
    fn check(marker: u8, sampling: &[u8], in_first_scan: u8, expected: u64) {
        let mut jpeg =
            vec![0xFF, marker, 0, 8 + 3 * sampling.len() as u8, 8, 0, 50, 0, 100, sampling.len() as u8];
        jpeg.extend(sampling.iter().flat_map(|sampling| [1, *sampling, 0]));
        jpeg.extend([0xFF, SOS, 0, 3, in_first_scan]);
        assert_eq!(bytes(&jpeg), expected);
    }

    #[test]
    fn only_pictures_in_several_scans_are_kept_whole() {
        check(0xC0, &[0x22, 0x11, 0x11], 3, 0);
        check(0xC0, &[0x22, 0x11, 0x11], 1, 7 * 4 * 6 * 128);
        check(0xC2, &[0x22, 0x11, 0x11], 3, 7 * 4 * 6 * 128);
        check(0xCA, &[0x11, 0x11, 0x11], 3, 13 * 7 * 3 * 128);
        check(0xC2, &[0x11], 1, 13 * 7 * 128);
        check(0xC4, &[0x11], 1, 0);
        check(0xC2, &[0x00], 1, 0);
    }
}
