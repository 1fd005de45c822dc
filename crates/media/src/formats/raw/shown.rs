//! Which of the previews inside is shown, and how it stands for the picture.
//! Knows sizes and shapes; knows nothing of containers.

use super::about::{About, Coding, Preview};
use super::jpeg_head::LEAST_SIDE;
use crate::formats::Order;
use crate::formats::jpeg;
use crate::formats::jpeg::inset::{largest_within, middle};
use crate::formats::raster::{admit, filled};
use crate::source::read_full;
use crate::{Effort, Fault, Orientation, Picture, Pixels, ReadAt, Reason, Source};

/// How many previews are tried before the file is given up: damaged ones cost as much as sound ones.
const MOST_TRIED: usize = 6;
/// Black as cameras' bars are, with what coding leaves of the picture's edge.
const BLACK: u8 = 24;
/// Of the bars, rows next to the picture that blocks of 8 × 8 may have smeared.
const SMEARED: u32 = 4;
/// Shapes that differ by less are one shape, rounded to multiples of 8 or 16: 1616 × 1080 stands for 6000 × 4000. In
/// hundredths.
const SAME_SHAPE: u64 = 2;

/// The picture of the preview that serves best, decoded and framed.
pub(super) fn shown(about: &About<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut damaged: Option<Picture> = None;
    let mut first_fault = None;
    for preview in by_service(&about.previews, order).into_iter().take(MOST_TRIED) {
        match decoded(preview, order) {
            Ok(picture) if picture.warnings.is_empty() => return Ok(framed(picture, about)),
            Ok(picture) => damaged = damaged.or(Some(picture)),
            Err(fault) => first_fault = first_fault.or(Some(fault)),
        }
    }
    match (damaged, first_fault) {
        (Some(picture), _) => Ok(framed(picture, about)),
        (None, Some(fault)) => Err(fault),
        (None, None) => Err(Reason::NoPicture.says("no preview inside")),
    }
}

/// Whole ones before those cut short; of the whole ones first the smallest that is large enough, then what is next
/// larger, then smaller ones.
fn by_service<'p, 'a>(previews: &'p [Preview<'a>], order: &Order<'_>) -> Vec<&'p Preview<'a>> {
    let enough = match order.effort {
        Effort::Full => order.least_edge(),
        Effort::Reduced => order.smallest_edge,
    };
    let mut ranked: Vec<_> = previews.iter().collect();
    ranked.sort_by_key(|preview| {
        let edge = preview.long_edge();
        let serves = edge >= enough;
        (!preview.whole, !serves, if serves { u64::from(edge) } else { u64::MAX.saturating_sub(edge.into()) })
    });
    ranked
}

fn decoded(preview: &Preview<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut picture = match preview.coding {
        Coding::Jpeg => jpeg_of(preview, order)?,
        Coding::Rgb => rgb_of(preview, order)?,
    };
    if !preview.whole && picture.warnings.is_empty() {
        picture.warnings.push("cut short".to_owned());
    }
    Ok(picture)
}

/// Minolta overwrites a JPEG's first byte.
struct Mended<'a, 'b>(&'b Preview<'a>);

impl ReadAt for Mended<'_, '_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let got = self.0.bytes.read_at(buffer, offset)?;
        if let (0, Some(first)) = (offset, buffer.first_mut().filter(|_| got > 0)) {
            *first = 0xFF;
        }
        Ok(got)
    }
}

fn jpeg_of(preview: &Preview<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mended = Mended(preview);
    let source = Source::new(&mended, preview.bytes.len())?;
    // What is inside a preview is no better than the preview.
    let order = Order { effort: Effort::Full, ..*order };
    (jpeg::FORMAT.decode)(&source, &order)
}

fn rgb_of(preview: &Preview<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let admitted = admit(order.limits, preview.size, 3)?;
    let mut samples = filled(0_u8, admitted.pixels.saturating_mul(3))?;
    let got = read_full(&preview.bytes, &mut samples, 0)?;
    if got < samples.len() / 2 {
        return Err(Reason::Corrupt.says("the preview is cut short"));
    }
    Ok(Picture::new(Pixels::Rgb8(samples), admitted.width, admitted.height))
}

/// The preview as the picture that it stands for: turned as the file says, its bars cut, its size that of the picture.
fn framed(picture: Picture, about: &About<'_>) -> Picture {
    let orientation = about.orientation.unwrap_or(picture.orientation);
    let (stored, orientation) = match about.full_size {
        Some(full) if orientation.swaps_axes() && lies_across(picture_size(&picture), full) => {
            // Turned already, by a camera that left the tag as it was.
            ((full.1, full.0), Orientation::UPRIGHT)
        }
        Some(full) => (full, orientation),
        None => (picture.full_size, orientation),
    };
    let picture = without_bars(picture, stored);
    let full_size = standing_for(picture_size(&picture), stored);
    Picture { full_size, orientation, ..picture }
}

fn picture_size(picture: &Picture) -> (u32, u32) {
    (picture.width, picture.height)
}

fn lies_across(one: (u32, u32), other: (u32, u32)) -> bool {
    (one.0 > one.1 && other.0 < other.1) || (one.0 < one.1 && other.0 > other.1)
}

/// The size that a file speaks of, or as much of it as has the preview's shape: a camera set to 16:9 or to a square
/// keeps the whole sensor, and shows a part.
fn standing_for(preview: (u32, u32), full: (u32, u32)) -> (u32, u32) {
    let full = if lies_across(preview, full) { (full.1, full.0) } else { full };
    if same_shape(preview, full) { full } else { largest_within(full, preview) }
}

fn same_shape(one: (u32, u32), other: (u32, u32)) -> bool {
    let product = |one: u32, another: u32| u64::from(one).saturating_mul(another.into());
    let (left, right) = (product(one.0, other.1), product(one.1, other.0));
    left.abs_diff(right).saturating_mul(100) <= left.max(right).saturating_mul(SAME_SHAPE)
}

/// Without the bars that fill a preview up to another shape: where the file's own size says that there must be some,
/// and they are black. A camera that was set to another shape has a picture there.
fn without_bars(picture: Picture, full: (u32, u32)) -> Picture {
    let size = picture_size(&picture);
    let inner = largest_within(size, full);
    if same_shape(size, full) || lies_across(size, full) || inner.0.min(inner.1) < LEAST_SIDE {
        return picture;
    }
    let Pixels::Rgb8(samples) = picture.pixels else { return picture };
    if !bars_are_black(&samples, size, inner) {
        return Picture { pixels: Pixels::Rgb8(samples), ..picture };
    }
    match middle(samples, size.0, size.1, inner) {
        Ok(samples) => Picture { pixels: Pixels::Rgb8(samples), width: inner.0, height: inner.1, ..picture },
        // Memory for a copy of a thumbnail cannot be had: then nothing can.
        Err(_) => Picture { pixels: Pixels::Rgb8(Vec::new()), width: 0, height: 0, ..picture },
    }
}

fn bars_are_black(samples: &[u8], size: (u32, u32), inner: (u32, u32)) -> bool {
    let margin = |whole: u32, part: u32| (whole.saturating_sub(part) / 2).saturating_sub(SMEARED);
    let (left, top) = (margin(size.0, inner.0), margin(size.1, inner.1));
    if left.max(top) == 0 {
        return false;
    }
    let (right, bottom) = (size.0.saturating_sub(left), size.1.saturating_sub(top));
    let is_bar = |x: u32, y: u32| x < left || x >= right || y < top || y >= bottom;
    let rows = samples.chunks_exact((size.0 as usize).saturating_mul(3).max(1));
    let black = |pixel: &[u8]| pixel.iter().all(|level| *level <= BLACK);
    rows.zip(0..).all(|(row, y)| row.chunks_exact(3).zip(0..).all(|(pixel, x)| !is_bar(x, y) || black(pixel)))
}

/// How much larger than the preview a picture could be that is developed: by less nobody sees it.
pub(super) fn is_too_small(picture: &Picture, order: &Order<'_>) -> bool {
    let (shown, full) = (picture.width.max(picture.height), picture.full_size.0.max(picture.full_size.1));
    order.effort == Effort::Full && shown < order.edge && shown < full.saturating_sub(full / 8)
}
