//! How large a JPEG is, and whether it is a picture at all: sensor data are JPEGs too, of a kind nobody can look at.
//! Knows the segments up to the frame; knows nothing of what is coded in it.

use super::window::Window;

/// Segments before the frame: cameras write a handful, editors some dozens.
const MOST_SEGMENTS: usize = 256;
/// The smallest side that shows anything. Sample files have 8 × 8 in the place of what was taken out.
pub(super) const LEAST_SIDE: u32 = 16;

/// Columns and rows of a JPEG that a person could look at: baseline or progressive, 8 bits, grey or colour.
pub(super) fn size(jpeg: &Window<'_>) -> Option<(u32, u32)> {
    let [_, 0xD8] = jpeg.array(0)? else { return None };
    let mut at = 2_u64;
    for _ in 0..MOST_SEGMENTS {
        let [0xFF, marker] = jpeg.array(at)? else { return None };
        match marker {
            0xFF => at = at.checked_add(1)?,
            0xC0..=0xC2 => return frame(jpeg, at),
            // Lossless frames, scans without a frame, and the end.
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xD8..=0xDA => return None,
            _ => at = at.checked_add(2)?.checked_add(u64::from(jpeg.u16_be(at.checked_add(2)?)?))?,
        }
    }
    None
}

fn frame(jpeg: &Window<'_>, at: u64) -> Option<(u32, u32)> {
    let [8, high, low, wide, narrow, components] = jpeg.array(at.checked_add(4)?)? else { return None };
    let (height, width) = (u16::from_be_bytes([high, low]), u16::from_be_bytes([wide, narrow]));
    let (width, height) = (u32::from(width), u32::from(height));
    (matches!(components, 1 | 3) && width.min(height) >= LEAST_SIDE).then_some((width, height))
}
