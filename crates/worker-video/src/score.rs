//! How good a picture is to know a film by: neither black nor white, not plain, no test card.
//! Knows pixels; nothing of films.

use tintype_media::planes::Plane;
use tintype_media::{Picture, Pixels};

/// Columns and rows that are looked at. What cannot be seen in so few is too small for a thumbnail.
const GRID: (usize, usize) = (64, 36);

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Score {
    /// Brightness, from 0 to 1.
    mean: f32,
    /// How far brightness strays from it.
    spread: f32,
    /// Mean difference of neighbours in a row, and in a column.
    across: f32,
    down: f32,
}

/// Columns and rows round each of these places that are taken together, so that grain is no detail.
const SPOT: usize = 4;

/// Darker than this on average is night at best, and mostly a fade.
const DARKEST: f32 = 0.14;
/// A page with words on it, or a name on white, has 0.93.
const BRIGHTEST: f32 = 0.95;
/// A title on black spreads by twice as much; a plain wall by half.
const LEAST_SPREAD: f32 = 0.05;
/// Neighbours differ by three times as much in a scene out of focus.
const LEAST_DETAIL: f32 = 0.004;
/// A test card's bars differ to the side only: ten times as much as from top to bottom.
const BARS: f32 = 10.0;

impl Score {
    pub(crate) fn of(picture: &Picture) -> Self {
        let size = (picture.width as usize, picture.height as usize);
        Self::of_grid(&grid(&picture.pixels, size))
    }

    /// Of luma alone, without a picture being made of it.
    pub(crate) fn of_luma(luma: &Plane<'_>, full_range: bool) -> Self {
        let scale = (1_u32 << luma.bits.saturating_sub(8).min(8)) as f32;
        let (black, white) =
            if full_range { (0.0, 256.0 * scale - 1.0) } else { (16.0 * scale, 235.0 * scale) };
        let places = (0..GRID.1).flat_map(|y| (0..GRID.0).map(move |x| (x, y)));
        let spots = places.map(|place| ((spot(luma, place) - black) / (white - black)).clamp(0.0, 1.0));
        Self::of_grid(&spots.collect::<Vec<_>>())
    }

    fn of_grid(luma: &[f32]) -> Self {
        let count = luma.len().max(1) as f32;
        let mean = luma.iter().sum::<f32>() / count;
        let spread = (luma.iter().map(|one| (one - mean).powi(2)).sum::<f32>() / count).sqrt();
        let rows = luma.chunks_exact(GRID.0);
        let across =
            rows.flat_map(|row| row.iter().zip(row.iter().skip(1))).map(|(one, next)| (one - next).abs());
        let down = luma.iter().zip(luma.iter().skip(GRID.0)).map(|(one, next)| (one - next).abs());
        Self { mean, spread, across: across.sum::<f32>() / count, down: down.sum::<f32>() / count }
    }

    /// Whether nobody need look for a better one.
    pub(crate) fn is_good(self) -> bool {
        (DARKEST..=BRIGHTEST).contains(&self.mean)
            && self.spread >= LEAST_SPREAD
            && self.across + self.down >= LEAST_DETAIL
            && !self.is_bars()
    }

    /// Grows with exposure, contrast and detail.
    pub(crate) fn worth(self) -> f32 {
        let exposure = 1.0 - (self.mean - 0.45).abs() / 0.55;
        let detail = (self.across + self.down).min(0.1) * 10.0;
        let bars = if self.is_bars() { 0.1 } else { 1.0 };
        (exposure.max(0.0) * self.spread.min(0.25) * 4.0 + 0.01) * (0.2 + detail) * bars
    }

    fn is_bars(self) -> bool {
        self.across > LEAST_DETAIL && self.across > self.down * BARS
    }
}

/// The mean level round a place of the grid.
fn spot(luma: &Plane<'_>, (x, y): (usize, usize)) -> f32 {
    let (width, height) = (luma.width as usize, luma.height as usize);
    let (left, top) = (x * width / GRID.0, y * height / GRID.1);
    let (columns, rows) = (SPOT.min(width - left), SPOT.min(height - top));
    let sample = if luma.bits > 8 { 2 } else { 1 };
    let levels = (top..top + rows).flat_map(|row| {
        let start = row * luma.stride + left * sample;
        let bytes = luma.bytes.get(start..start + columns * sample).unwrap_or_default();
        bytes.chunks_exact(sample).map(|level| match level {
            [low, high] => u32::from(u16::from_ne_bytes([*low, *high])),
            _ => level.iter().copied().map(u32::from).sum(),
        })
    });
    levels.sum::<u32>() as f32 / (columns * rows).max(1) as f32
}

/// Luma of as many pixels as the grid has places, from 0 to 1.
fn grid(pixels: &Pixels, size: (usize, usize)) -> Vec<f32> {
    match pixels {
        Pixels::Rgb8(samples) => sampled(samples, 3, size, 255.0),
        Pixels::Rgba8(samples) => sampled(samples, 4, size, 255.0),
        Pixels::Rgb16(samples) => sampled(samples, 3, size, 65535.0),
        Pixels::Rgba16(samples) => sampled(samples, 4, size, 65535.0),
        Pixels::Cmyk8(_) => Vec::new(),
    }
}

fn sampled<S: Copy + Into<f32>>(
    samples: &[S],
    channels: usize,
    (width, height): (usize, usize),
    most: f32,
) -> Vec<f32> {
    let places = (0..GRID.1).flat_map(|y| (0..GRID.0).map(move |x| (x, y)));
    let luma = places.filter_map(|(x, y)| {
        let (x, y) = ((2 * x + 1) * width / (2 * GRID.0), (2 * y + 1) * height / (2 * GRID.1));
        let at = (y * width + x) * channels;
        let [red, green, blue] = samples.get(at..)?.first_chunk::<3>()?.map(Into::into);
        Some((0.299 * red + 0.587 * green + 0.114 * blue) / most)
    });
    luma.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(luma: impl Fn(u32, u32) -> u8) -> Score {
        let (width, height) = (128, 72);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rgb = pixels.flat_map(|(x, y)| [luma(x, y); 3]).collect();
        Score::of(&Picture::new(Pixels::Rgb8(rgb), width, height))
    }

    #[track_caller]
    fn check(luma: impl Fn(u32, u32) -> u8, good: bool) {
        let score = picture(luma);
        assert_eq!(score.is_good(), good, "{score:?}");
    }

    #[test]
    fn black_plain_faded_and_barred_are_not_good() {
        check(|_, _| 0, false);
        check(|_, _| 128, false);
        check(|x, y| ((x + y) % 16) as u8, false);
        check(|x, _| (x / 16 * 30) as u8, false);
        check(|x, y| 250 + ((x + y) % 6) as u8, false);
    }

    #[test]
    fn luma_tells_what_the_picture_tells() {
        let check = |bits: u32, full_range: bool, good: bool| {
            let levels = (0..72_u16).flat_map(|y| (0..128).map(move |x| (16 + (x + y) % 200) << (bits - 8)));
            let bytes: Vec<u8> = levels
                .flat_map(|level| if bits > 8 { level.to_ne_bytes().to_vec() } else { vec![level as u8] })
                .collect();
            let stride = bytes.len() / 72;
            let score =
                Score::of_luma(&Plane { bytes: &bytes, stride, width: 128, height: 72, bits }, full_range);
            assert_eq!(score.is_good(), good, "{score:?}");
        };
        check(8, false, true);
        check(8, true, true);
        check(10, false, true);
        check(16, true, true);
        let grey = [128; 2];
        let plain = Plane { bytes: &grey, stride: 2, width: 2, height: 1, bits: 8 };
        assert!(!Score::of_luma(&plain, true).is_good());
        let black = [16; 2];
        let black = Score::of_luma(&Plane { bytes: &black, ..plain }, false);
        assert_eq!((black.mean, black.spread), (0.0, 0.0));
    }

    #[test]
    fn a_scene_is_good_and_worth_more_than_its_fade() {
        let scene = |x: u32, y: u32| ((x * 7 + y * 3) % 200) as u8;
        check(scene, true);
        assert!(picture(scene).worth() > picture(|x, y| scene(x, y) / 8).worth());
        assert!(picture(scene).worth() > picture(|x, _| (x / 16 * 30) as u8).worth());
        assert!(picture(|x, y| scene(x, y) / 8).worth() > picture(|_, _| 0).worth());
    }
}
