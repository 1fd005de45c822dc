//! The small picture that a camera puts into EXIF, made to stand for the large one.
//! Knows shapes; knows nothing of how either picture is coded.

use crate::formats::raster::reserved;
use crate::{Fault, Picture, Pixels};

/// `preview` as the picture of `full_size` that it stands for. Cameras fill previews up to 4:3 with black bars:
/// what is beyond the full picture's shape is cut away. None if it lies where the full picture stands.
pub(super) fn standing_for(full_size: (u32, u32), preview: Picture) -> Option<Picture> {
    let (width, height) = (preview.width, preview.height);
    if (width > height && full_size.0 < full_size.1) || (width < height && full_size.0 > full_size.1) {
        return None;
    }
    let shape = largest_within((width, height), full_size);
    let pixels = match preview.pixels {
        Pixels::Rgb8(samples) => Pixels::Rgb8(middle(samples, width, height, shape).ok()?),
        Pixels::Cmyk8(samples) => Pixels::Cmyk8(middle(samples, width, height, shape).ok()?),
        // Cameras write neither, so there are no bars to cut.
        other => return Some(Picture { full_size, pixels: other, ..preview }),
    };
    Some(Picture { full_size, pixels, width: shape.0, height: shape.1, ..preview })
}

/// The largest shape within `frame` that is `like` another, give or take the pixel that a camera rounds away.
pub(in crate::formats) fn largest_within(frame: (u32, u32), like: (u32, u32)) -> (u32, u32) {
    let rounded = |side: u32, times: u32, by: u32| {
        let product = u64::from(side).saturating_mul(times.into()).saturating_add(u64::from(by / 2));
        product.checked_div(by.into()).and_then(|side| u32::try_from(side).ok()).unwrap_or(u32::MAX).max(1)
    };
    let (width, height) = (rounded(frame.1, like.0, like.1), rounded(frame.0, like.1, like.0));
    let nearly = |side: u32, whole: u32| if side.saturating_add(1) >= whole { whole } else { side };
    (nearly(width, frame.0), nearly(height, frame.1))
}

/// The middle part, of `shape`, of a picture.
pub(in crate::formats) fn middle(
    samples: Vec<u8>,
    width: u32,
    height: u32,
    shape: (u32, u32),
) -> Result<Vec<u8>, Fault> {
    if shape == (width, height) {
        return Ok(samples);
    }
    let channels = samples.len().checked_div((width as usize).saturating_mul(height as usize)).unwrap_or(0);
    let bytes = |columns: u32| (columns as usize).saturating_mul(channels);
    let (left, top) = (width.saturating_sub(shape.0) / 2, height.saturating_sub(shape.1) / 2);
    let mut part = reserved(bytes(shape.0).saturating_mul(shape.1 as usize))?;
    let rows = samples.chunks_exact(bytes(width).max(1)).skip(top as usize).take(shape.1 as usize);
    rows.for_each(|row| part.extend(row.iter().skip(bytes(left)).take(bytes(shape.0))));
    Ok(part)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // a test that panics has done its work
    use super::*;

    /// A preview whose red is the column and green the row; the part that is left begins there.
    #[track_caller]
    fn check(preview: (u32, u32), full: (u32, u32), expected: Option<((u32, u32), (u8, u8))>) {
        let pixels = (0..preview.1).flat_map(|y| (0..preview.0).flat_map(move |x| [x as u8, y as u8, 0]));
        let picture = Picture::new(Pixels::Rgb8(pixels.collect()), preview.0, preview.1);
        let found = standing_for(full, picture).map(|picture| {
            let Pixels::Rgb8(samples) = &picture.pixels else { panic!("{:?}", picture.pixels) };
            assert_eq!(samples.len(), picture.width as usize * picture.height as usize * 3);
            assert_eq!(picture.full_size, full);
            ((picture.width, picture.height), (samples[0], samples[1]))
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn bars_are_cut_away() {
        check((160, 120), (4000, 3000), Some(((160, 120), (0, 0))));
        check((160, 120), (6000, 4000), Some(((160, 107), (0, 6))));
        check((160, 120), (3000, 3000), Some(((120, 120), (20, 0))));
        check((160, 107), (6000, 4000), Some(((160, 107), (0, 0))));
        check((160, 106), (6000, 4000), Some(((160, 106), (0, 0))));
        check((160, 120), (12000, 1000), Some(((160, 13), (0, 53))));
    }

    #[test]
    fn a_preview_that_lies_on_its_side_is_none() {
        check((160, 120), (3000, 4000), None);
        check((120, 160), (4000, 3000), None);
    }
}
