//! The `ThumbHash` of a picture: some 25 bytes that unfold to a blurred placeholder.
//! Knows canvases; knows nothing of who shows it.

use crate::canvas::{Canvas, Channels};
use crate::libwebp::Image;
use crate::{Fault, resize};

/// The hash keeps at most seven waves along the long edge, so more pixels change nothing, and its cost grows with
/// their number: 1.2 ms at the 100 pixels it allows, a tenth of that here.
pub(crate) const EDGE: u32 = 32;

/// Averages of blocks that leave so many pixels along the long edge are as good to a filter that keeps a quarter of them.
/// It took an eighth of the time of a page of 512 pixels without them.
const ENOUGH: u32 = 4 * EDGE;

/// The hash of `canvas`.
pub(crate) fn thumbhash(canvas: &Canvas) -> Result<Vec<u8>, Fault> {
    let size = (canvas.width, canvas.height);
    match step(size) {
        0 | 1 => of_few(canvas, size),
        step => of_few(&resize::averaged(canvas, step)?, size),
    }
}

/// The hash of what was drawn in sRGB and is opaque.
pub(crate) fn thumbhash_of(image: &Image<'_>) -> Result<Vec<u8>, Fault> {
    let size = (image.width, image.height);
    of_few(&resize::averaged_numbers(image.numbers, size, step(size))?, size)
}

fn step((width, height): (u32, u32)) -> u32 {
    width.max(height) / ENOUGH
}

/// The hash of a picture that had this size.
fn of_few(canvas: &Canvas, size: (u32, u32)) -> Result<Vec<u8>, Fault> {
    let small = resize::smaller(canvas, resize::shape(size, EDGE))?;
    let numbers = small.to_srgb8()?;
    let rgba = match small.channels {
        Channels::Rgba => numbers,
        Channels::Rgb => numbers.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 0xFF]).collect(),
    };
    Ok(thumbhash::rgba_to_thumb_hash(small.width as usize, small.height as usize, &rgba))
}
