//! How like the reference a WebP file looks, by SSIMULACRA2: 90 can hardly be told apart, 70 is good, 50 is not.
//! Knows nothing of who made the file.

use super::light::Light;
use super::reference::Reference;
use anyhow::anyhow;
use ssimulacra2::{LinearRgb, compute_frame_ssimulacra2};
use std::collections::HashMap;

/// One thumbnail, weighed and judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// Of the picture itself: vips 8.14 writes EXIF though told not to, and who carries luggage shall not pay twice.
    pub(super) bytes: usize,
    pub(super) score: f64,
}

/// Scores thumbnails of one photograph.
pub(super) struct Judge {
    reference: Reference,
    /// The reference at each size that was asked for: contenders round sides differently.
    sized: HashMap<(u32, u32), Light>,
}

impl Judge {
    pub(super) fn of(reference: Reference) -> Self {
        Self { reference, sized: HashMap::new() }
    }

    pub(super) fn reference(&self) -> &Reference {
        &self.reference
    }

    pub(super) fn point(&mut self, webp: &[u8]) -> anyhow::Result<Point> {
        let (rgb, width, height) = webpx::decode_rgb(webp).map_err(|error| anyhow!("{error}"))?;
        let score = self.unencoded(&Light::of_srgb(width, height, &rgb))?;
        Ok(Point { bytes: picture_bytes(webp), score })
    }

    /// The score of a picture that no encoder has touched.
    pub(super) fn unencoded(&mut self, seen: &Light) -> anyhow::Result<f64> {
        let size = (seen.width, seen.height);
        if !self.sized.contains_key(&size) {
            self.sized.insert(size, self.reference.at(size)?);
        }
        ssimulacra2(&self.sized[&size], seen)
    }
}

/// The length of the chunk that holds the picture: RIFF's are a name, a length and so many bytes, padded to an even
/// number, behind the first twelve.
fn picture_bytes(webp: &[u8]) -> usize {
    let mut rest = webp.get(12..).unwrap_or_default();
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let [kind @ .., _, _, _, _] = head;
        let [_, _, _, _, len @ ..] = head;
        let len = u32::from_le_bytes(*len) as usize;
        if kind == b"VP8 " {
            return len;
        }
        rest = body.get(len.next_multiple_of(2)..).unwrap_or_default();
    }
    webp.len()
}

fn ssimulacra2(reference: &Light, seen: &Light) -> anyhow::Result<f64> {
    let linear =
        |light: &Light| LinearRgb::new(light.rgb.clone(), light.width as usize, light.height as usize);
    Ok(compute_frame_ssimulacra2(linear(reference)?, linear(seen)?)?)
}

/// The score that a sweep of qualities has at so many bytes, on the line between its neighbours. Outside the sweep
/// there is none: a line drawn on into the unknown would flatter somebody.
pub(super) fn at_bytes(sweep: &[Point], bytes: usize) -> Option<f64> {
    let bytes = bytes as f64;
    sweep.windows(2).find_map(|pair| {
        let [low, high] = pair else { return None };
        let (from, to) = (low.bytes as f64, high.bytes as f64);
        let between = from <= bytes && bytes <= to && from < to;
        between.then(|| low.score + (high.score - low.score) * (bytes - from) / (to - from))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[test]
    fn scores_lie_on_the_line_between_neighbours() {
        let point = |bytes, score| Point { bytes, score };
        let sweep = [point(100, 70.0), point(200, 80.0), point(300, 85.0)];
        assert_eq!(at_bytes(&sweep, 150), Some(75.0));
        assert_eq!(at_bytes(&sweep, 300), Some(85.0));
        assert_eq!(at_bytes(&sweep, 99), None);
        assert_eq!(at_bytes(&sweep, 301), None);
    }

    #[test]
    fn the_same_picture_scores_a_hundred_and_another_less() {
        let ramp: Vec<u8> = (0..64 * 64 * 3).map(|at| (at % 251) as u8).collect();
        let one = Light::of_srgb(64, 64, &ramp);
        let other = Light::of_srgb(64, 64, &ramp.iter().map(|number| number / 2).collect::<Vec<_>>());
        assert!((ssimulacra2(&one, &one).unwrap() - 100.0).abs() < 0.001);
        assert!(ssimulacra2(&one, &other).unwrap() < 80.0);
    }
}
