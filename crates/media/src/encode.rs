//! Thumbnails as WebP files.
//! Knows what a thumbnail is worth; knows nothing of where it came from or where it goes.

use crate::Fault;
use crate::canvas::Canvas;
use crate::libwebp::{Image, Settings, encode};

/// Two to nearly three times quicker than the library's default of 4, for 1 to 4 % more bytes at less than a
/// point of SSIMULACRA2. The next, 3, costs as much as 4.
const METHOD: u8 = 2;

/// Up to this edge colours keep sharp edges. Chroma is stored at half the size, and in a thumbnail of 128 pixels half
/// is little: 0.5 ms and 3 % more bytes gain 3 to 5 points of SSIMULACRA2 (2 to 4 at equal bytes) on four of five
/// photographs. At 512 pixels it is 8 ms for one point.
const SHARP_EDGE: u32 = 128;

/// `canvas` as a lossy WebP file, alpha kept without loss.
pub(crate) fn webp(canvas: &Canvas, quality: u8) -> Result<Vec<u8>, Fault> {
    let numbers = canvas.to_srgb8()?;
    let image =
        Image { width: canvas.width, height: canvas.height, channels: canvas.channels, numbers: &numbers };
    encode(
        &image,
        Settings { quality, method: METHOD, sharp_chroma: canvas.width.max(canvas.height) <= SHARP_EDGE },
    )
}
