//! How bright a developed picture is, and its numbers in sRGB.
//! Knows light; knows nothing of cameras.

/// Sensors are exposed so that nothing is lost in the highlights, and are dark when shown as they are. The part of
/// pixels that may become white: what dcraw has taken for thirty years.
const WHITE_PART: f32 = 0.01;
/// No picture is made brighter than by two stops: a photograph of the night shall stay one.
const MOST_GAIN: f32 = 4.0;
/// Steps in which brightness is counted.
const STEPS: usize = 4096;

/// The picture in 16 bits of sRGB.
pub(crate) fn srgb(light: Vec<[f32; 3]>) -> Vec<u16> {
    let gain = gain(&light);
    light.into_iter().flatten().map(|light| number((light * gain).min(1.0))).collect()
}

fn gain(light: &[[f32; 3]]) -> f32 {
    let mut counts = vec![0_usize; STEPS];
    for pixel in light {
        let brightest = pixel.iter().copied().fold(0.0, f32::max);
        counts[((brightest * STEPS as f32) as usize).min(STEPS - 1)] += 1;
    }
    let mut left = (light.len() as f32 * WHITE_PART) as usize;
    let white = counts.iter().rposition(|count| {
        let reached = *count > left;
        left = left.saturating_sub(*count);
        reached
    });
    let white = (white.unwrap_or(STEPS - 1) + 1) as f32 / STEPS as f32;
    (1.0 / white).clamp(1.0, MOST_GAIN)
}

/// IEC 61966-2-1.
fn number(light: f32) -> u16 {
    let level = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (level * 65535.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(levels: &[f32], expected: f32) {
        let light: Vec<_> = levels.iter().map(|level| [*level, 0.0, 0.0]).collect();
        let found = gain(&light);
        assert!((found / expected - 1.0).abs() < 0.01, "{found}");
    }

    #[test]
    fn dark_pictures_are_brightened_but_not_the_night() {
        check(&[0.5; 100], 2.0);
        check(&[0.01; 100], 4.0);
        check(&[1.0; 100], 1.0);
        // A few sparks are allowed to be lost.
        check(&[[0.5; 199].as_slice(), &[1.0; 1]].concat(), 2.0);
        check(&[[0.5; 95].as_slice(), &[1.0; 5]].concat(), 1.0);
    }
}
