//! What a PNG says of its colours. Its gamma and chromaticities become a profile, so that they go the way of profiles.
//! Knows nothing of pixels.

use crate::{CodePoints, ColorSpace};
use moxcms::{ColorProfile, ToneReprCurve};
use png::{Info, ScaledFloat, SourceChromaticities};

/// gAMA of a picture meant for sRGB displays, times 100,000. Writers put it beside sRGB's curve, which it only
/// approximates, so it and its neighbours mean sRGB.
const SRGB_GAMMA: u32 = 45_455;
/// What counts as a neighbour: writers round 1/2.2 to 0.45, 0.4545 or 0.46.
const GAMMA_TOLERANCE: u32 = 600;

/// The colour space, by the precedence of PNG's third edition: cICP, iCCP, sRGB, gAMA with cHRM.
pub(super) fn space(info: &Info<'_>) -> ColorSpace {
    if let Some(points) = info.coding_independent_code_points {
        let (primaries, transfer) = (points.color_primaries, points.transfer_function);
        return ColorSpace::Coded(CodePoints { primaries, transfer });
    }
    if let Some(profile) = &info.icc_profile {
        return ColorSpace::Icc(profile.to_vec());
    }
    if info.srgb.is_some() {
        return ColorSpace::Srgb;
    }
    of_numbers(info.gama_chunk, info.chrm_chunk.as_ref())
}

fn of_numbers(gamma: Option<ScaledFloat>, chromaticities: Option<&SourceChromaticities>) -> ColorSpace {
    let plain_gamma = gamma.is_none_or(|gamma| gamma.into_scaled().abs_diff(SRGB_GAMMA) <= GAMMA_TOLERANCE);
    let plain_primaries = chromaticities.is_none_or(|given| *given == srgb_chromaticities());
    if plain_gamma && plain_primaries {
        return ColorSpace::Srgb;
    }
    let mut profile = ColorProfile::new_srgb();
    if let Some(gamma) = gamma.filter(|gamma| !plain_gamma && gamma.into_value() > 0.0) {
        let curve = ToneReprCurve::Parametric(vec![1.0 / gamma.into_value()]);
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
        profile.cicp = None;
    }
    if let Some(given) = chromaticities.filter(|_| !plain_primaries) {
        apply_primaries(&mut profile, given);
    }
    encoded(&profile).unwrap_or_default()
}

fn apply_primaries(profile: &mut ColorProfile, given: &SourceChromaticities) {
    let point =
        |(x, y): (ScaledFloat, ScaledFloat)| moxcms::Chromaticity::new(x.into_value(), y.into_value());
    let white =
        moxcms::XyY::new(f64::from(given.white.0.into_value()), f64::from(given.white.1.into_value()), 1.0);
    let primaries =
        moxcms::ColorPrimaries { red: point(given.red), green: point(given.green), blue: point(given.blue) };
    profile.update_rgb_colorimetry(white, primaries);
    profile.cicp = None;
}

fn srgb_chromaticities() -> SourceChromaticities {
    SourceChromaticities::new((0.3127, 0.329), (0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
}

fn encoded(profile: &ColorProfile) -> Option<ColorSpace> {
    profile.encode().ok().map(ColorSpace::Icc)
}
