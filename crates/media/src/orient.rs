//! Turns EXIF's eight orientations into pixels the right way up.
//! Knows pixels and a number from 1 to 8. Knows nothing of files, EXIF bytes or colour.

use crate::canvas::Canvas;
use crate::memory::filled;
use crate::{Fault, Orientation};

/// Where the first stored row and column end up decides all: each orientation is a walk over the stored pixels.
/// Given the upright column and row, and the last stored column and row, it says which stored pixel to take.
fn stored_place(orientation: Orientation, (x, y): (u32, u32), (right, bottom): (u32, u32)) -> (u32, u32) {
    let (from_right, from_bottom) = (right.saturating_sub(x), bottom.saturating_sub(y));
    let (from_right_by_row, from_bottom_by_column) = (right.saturating_sub(y), bottom.saturating_sub(x));
    match orientation.exif() {
        2 => (from_right, y),
        3 => (from_right, from_bottom),
        4 => (x, from_bottom),
        5 => (y, x),
        6 => (y, from_bottom_by_column),
        7 => (from_right_by_row, from_bottom_by_column),
        8 => (from_right_by_row, x),
        _ => (x, y),
    }
}

/// The canvas turned and mirrored as `orientation` says.
pub(crate) fn upright(canvas: Canvas, orientation: Orientation) -> Result<Canvas, Fault> {
    if orientation == Orientation::UPRIGHT {
        return Ok(canvas);
    }
    let (width, height) = orientation.upright_size((canvas.width, canvas.height));
    let channels = canvas.channels.count();
    let mut samples = filled(0_u16, width, height, channels)?;
    let corner = (canvas.width.saturating_sub(1), canvas.height.saturating_sub(1));
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    for (pixel, place) in samples.chunks_exact_mut(channels).zip(places) {
        let (x, y) = stored_place(orientation, place, corner);
        let index = (y as usize).saturating_mul(canvas.width as usize).saturating_add(x as usize);
        let start = index.saturating_mul(channels);
        let stored = canvas.samples.get(start..start.saturating_add(channels)).unwrap_or_default();
        pixel.iter_mut().zip(stored).for_each(|(to, from)| *to = *from);
    }
    Ok(Canvas { width, height, channels: canvas.channels, samples })
}
