//! Thumbnails as WebP files.
//! Knows what a thumbnail is worth; knows nothing of where it came from or where it goes.

use crate::canvas::Canvas;
use crate::libwebp::{Fidelity, Image, Settings, encode};
use crate::{Fault, Subject};

/// Two to nearly three times quicker than the library's default of 4, for 1 to 4 % more bytes at less than a
/// point of SSIMULACRA2. The next, 3, costs as much as 4.
const METHOD: u8 = 2;

/// A page is even paper for the most part, where looking for better predictions finds little: as good to SSIM as with 2, in
/// two thirds of the time (1.3 ms less of 3.4 for 362 × 512 pixels), for a sixth more bytes (0.2 to 5 kB).
const METHOD_OF_PAGES: u8 = 0;

/// Up to this edge colours keep sharp edges. Chroma is stored at half the size, and in a thumbnail of 128 pixels half
/// is little: 0.5 ms and 3 % more bytes gain 3 to 5 points of SSIMULACRA2 (2 to 4 at equal bytes) on four of five
/// photographs. At 512 pixels it is 8 ms for one point.
const SHARP_EDGE: u32 = 128;

/// Up to so many pixels nothing is lost. Icons and pixel art come this small: lossy WebP, with colours at half the
/// size, took up to a quarter of their range off them, and saved no byte worth mentioning.
const LOSSLESS_PIXELS: u64 = 64 * 64;

/// `canvas` as a WebP file: lossy, with alpha kept without loss; tiny ones without any loss.
pub(crate) fn webp(canvas: &Canvas, quality: u8, subject: Subject) -> Result<Vec<u8>, Fault> {
    let &Canvas { width, height, channels, .. } = canvas;
    webp_of(&Image { width, height, channels, numbers: &canvas.to_srgb8()? }, quality, subject)
}

/// The same of what is sRGB numbers already.
pub(crate) fn webp_of(image: &Image<'_>, quality: u8, subject: Subject) -> Result<Vec<u8>, Fault> {
    let method = match subject {
        Subject::Scene => METHOD,
        Subject::Page => METHOD_OF_PAGES,
    };
    encode(image, Settings { quality, method, fidelity: fidelity(image.width, image.height) })
}

fn fidelity(width: u32, height: u32) -> Fidelity {
    if u64::from(width).saturating_mul(height.into()) <= LOSSLESS_PIXELS {
        Fidelity::Lossless
    } else if width.max(height) <= SHARP_EDGE {
        Fidelity::SharpChroma
    } else {
        Fidelity::Usual
    }
}
