//! Light of any brightness to light that a screen can show: the one operator, for coded pictures (PQ, HLG) and for
//! those that store light (`OpenEXR`, Radiance).
//! Knows arithmetic; knows nothing of formats, curves or primaries. The reasons and figures are in `docs/colour.md`.
//!
//! A picture that stays within white, which is most of what people keep, is left as it is. In one that goes beyond,
//! light up to [`KNEE`] is kept and the rest is bent (Reinhard's extended curve) so that what is brightest is just
//! white: by the brightest of a pixel's channels and for all three alike, so that hues stay.

/// Up to here light is always kept: a quarter of white is sRGB level 137, above shadows, foliage and most skin. Against
/// the pictures that photographers made of their own HDR ones, half or 0.8 lose highlights, and 0 darkens all.
const KNEE: f32 = 0.25;

/// One pixel in so many may be brighter than what becomes white: a glint, the rim that compression leaves.
const GLINTS: usize = 1000;

/// No light is brighter than this: beyond it, arithmetic would overflow.
const BRIGHTEST: f32 = 1e15;

/// As many pixels are looked at, spread evenly over a picture, as say how bright it is: a thousand times [`GLINTS`].
const LOOKED_AT: usize = 1 << 20;

/// The curve for one picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tone {
    /// The brightest light, above the knee and in units of the room there; 1 or less bends nothing.
    white: f32,
}

impl Tone {
    /// The curve for a picture of these pixels.
    pub(crate) fn of(light: impl ExactSizeIterator<Item = [f32; 3]>) -> Self {
        // Each bin has the numbers that agree in exponent and seven bits: they differ by less than a percent, and white
        // is the least of its own.
        let mut bins = vec![0_usize; 1 << 15];
        let step = (light.len() / LOOKED_AT).max(1);
        let mut count = 0_usize;
        for pixel in light.step_by(step) {
            count = count.saturating_add(1);
            let bin = (brightest(clean(pixel)).to_bits() >> 16) as usize;
            if let Some(bin) = bins.get_mut(bin) {
                *bin = bin.saturating_add(1);
            }
        }
        let mut above = 0_usize;
        let has_enough = |number: &usize| {
            above = above.saturating_add(*number);
            above > count / GLINTS
        };
        let bin = bins.iter().rposition(has_enough).unwrap_or_default();
        Self { white: above_knee(f32::from_bits((bin as u32) << 16)) }
    }

    /// One pixel of linear light, alpha straight, between black and white. What is not a number, or negative, is dark.
    pub(crate) fn bent(self, light: [f32; 3]) -> [f32; 3] {
        let light = clean(light);
        let brightest = brightest(light);
        if self.white <= 1.0 || brightest <= KNEE {
            return light.map(|channel| channel.min(1.0));
        }
        let over = above_knee(brightest);
        let bent = over * (1.0 + over / (self.white * self.white)) / (1.0 + over);
        let factor = (KNEE + (1.0 - KNEE) * bent.min(1.0)) / brightest;
        light.map(|channel| channel * factor)
    }
}

fn clean(light: [f32; 3]) -> [f32; 3] {
    light.map(|level| if level > 0.0 { level.min(BRIGHTEST) } else { 0.0 })
}

fn brightest(light: [f32; 3]) -> f32 {
    light.into_iter().fold(0.0, f32::max)
}

fn above_knee(level: f32) -> f32 {
    (level - KNEE) / (1.0 - KNEE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pixel becomes in a picture whose brightest pixels are `white`.
    #[track_caller]
    fn check(white: f32, light: [f32; 3], wanted: [f32; 3]) {
        let got = Tone::of([[white; 3], light].into_iter()).bent(light);
        assert!(
            got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 0.005),
            "{got:?}, not {wanted:?}"
        );
    }

    #[test]
    fn a_picture_within_white_is_kept() {
        check(1.0, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]);
        check(1.0, [1.0, 0.9, 0.1], [1.0, 0.9, 0.1]);
        check(1.007, [1.007, 0.9, 0.1], [1.0, 0.9, 0.1]);
    }

    #[test]
    fn light_below_the_knee_is_kept_in_any_picture() {
        check(1e9, [0.25, 0.2, 0.1], [0.25, 0.2, 0.1]);
    }

    /// Worked out by hand: white is 1 above the knee in units of its room, and 4 is 5.
    #[test]
    fn brighter_light_is_bent_and_keeps_its_hue() {
        check(1e9, [1.0, 1.0, 1.0], [0.625, 0.625, 0.625]);
        check(4.0, [1.0, 0.5, 0.0], [0.64, 0.32, 0.0]);
        check(4.0, [4.0, 2.0, 0.0], [1.0, 0.5, 0.0]);
    }

    #[test]
    fn a_glint_does_not_darken_a_picture() {
        let light =
            |glints: usize| std::iter::repeat_n([1e6; 3], glints).chain(std::iter::repeat_n([1.0; 3], 1000));
        let white = |glints| Tone::of(light(glints).collect::<Vec<_>>().into_iter()).bent([1.0; 3])[0];
        assert_eq!((white(1), white(2)), (1.0, 0.625));
    }

    #[test]
    fn what_is_no_light_is_dark() {
        check(1.0, [f32::NAN, -1.0, f32::NEG_INFINITY], [0.0, 0.0, 0.0]);
        check(1.0, [f32::INFINITY, 0.0, 0.0], [1.0, 0.0, 0.0]);
    }
}
