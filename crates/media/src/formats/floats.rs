//! Samples of floats whose meaning nobody declared (PFM, float TIFF) to something that can be looked at.
//! Knows nothing of formats.

use super::raster::reserved;
use super::tone;
use crate::{Fault, Pixels};

/// `depth` samples a pixel, of which the first one or three are shown. Values within 0 and 1 are linear light.
/// Any others mean what the writer meant, often levels or depths, and are stretched from the least to the greatest.
pub(crate) fn shown(samples: &[f32], depth: usize) -> Result<Pixels, Fault> {
    let depth = depth.max(1);
    let (least, greatest) = range(samples);
    if least >= 0.0 && greatest <= 1.0 {
        return tone::rgb(samples.chunks_exact(depth).map(color));
    }
    let span = (greatest - least).max(f32::MIN_POSITIVE);
    let level =
        |sample: f32| ((sample - least) / span * f32::from(u16::MAX)).clamp(0.0, f32::from(u16::MAX)) as u16;
    let mut out = reserved(samples.len().div_ceil(depth).saturating_mul(3))?;
    samples.chunks_exact(depth).for_each(|pixel| out.extend(color(pixel).map(level)));
    Ok(Pixels::Rgb16(out))
}

fn color(pixel: &[f32]) -> [f32; 3] {
    match pixel {
        [red, green, blue, ..] => [*red, *green, *blue],
        [grey, ..] => [*grey; 3],
        [] => [0.0; 3],
    }
}

/// The least and the greatest number, leaving out what is none.
fn range(samples: &[f32]) -> (f32, f32) {
    let finite = samples.iter().copied().filter(|sample| sample.is_finite());
    let (least, greatest) = finite
        .fold((f32::MAX, f32::MIN), |(least, greatest), sample| (least.min(sample), greatest.max(sample)));
    if least > greatest { (0.0, 1.0) } else { (least, greatest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(samples: &[f32], wanted: &[u16]) {
        assert_eq!(
            shown(samples, 1).unwrap(),
            Pixels::Rgb16(wanted.iter().flat_map(|level| [*level; 3]).collect())
        );
    }

    #[test]
    fn light_is_light_and_anything_else_is_stretched() {
        check(&[0.0, 0.5], &[0, 48192]);
        check(&[0.0, 100.0, 200.0], &[0, 32767, 65535]);
        check(&[-5.0, f32::NAN, 5.0], &[0, 0, 65535]);
        check(&[f32::NAN], &[0]);
        check(&[7.0, 7.0], &[0, 0]);
    }
}
