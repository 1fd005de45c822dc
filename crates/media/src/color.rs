//! From what a file's numbers mean to sRGB: how they are read as light before the resize, and what is left to do on the
//! small picture, where it costs least. The whole path is told in `docs/colour.md`.
//! Knows ICC profiles, code points and inks; knows nothing of formats or sizes.

use crate::canvas::{Canvas, Channels, premultiplied, straight};
use crate::light::{LIGHT_OF_8, LIGHT_OF_16, SRGB_16};
use crate::memory::filled;
use crate::reading::{Bright, Curves, Reading, Table};
use crate::resize::Small;
use crate::transfer::{Transfer, of_code_point};
use crate::{CodePoints, ColorSpace, Fault, Pixels};
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, ToneReprCurve,
    TransferCharacteristics, TransformOptions,
};
use std::sync::Arc;

/// What a picture's numbers mean.
pub(crate) struct Meaning {
    /// How they become light.
    pub(crate) reading: Reading,
    rest: Rest,
}

/// What makes the small picture sRGB.
enum Rest {
    /// It is already, or ink that nobody says more of.
    Nothing,
    /// Other primaries.
    Primaries([[f32; 3]; 3]),
    /// A profile's tables, by way of the file's own numbers.
    Numbers(Numbers),
    /// A profile of inks.
    Inks(Arc<moxcms::Transform8BitExecutor>),
}

/// The file's numbers of 16 bits, with so many channels, into sRGB numbers.
struct Numbers {
    layout: Layout,
    transform: Arc<moxcms::Transform16BitExecutor>,
}

impl Meaning {
    const SRGB: Self = Self { reading: Reading::Srgb, rest: Rest::Nothing };

    /// What the numbers of these pixels mean. A profile that is broken, or made for another kind of numbers, is left out
    /// with a warning: the picture as sRGB is better than none.
    pub(crate) fn of(color: &ColorSpace, pixels: &Pixels, warnings: &mut Vec<String>) -> Self {
        let profile = match (color, pixels) {
            (ColorSpace::Icc(bytes), _) => {
                ColorProfile::new_from_slice(bytes).map_err(|error| error.to_string())
            }
            // Inks have no other words than a profile's.
            (ColorSpace::Srgb, _) | (_, Pixels::Cmyk8(_)) => return Self::SRGB,
            (ColorSpace::AdobeRgb, _) => Ok(ColorProfile::new_adobe_rgb()),
            (ColorSpace::Coded(points), _) => return Self::of_code_points(*points, pixels),
        };
        profile.and_then(|profile| Self::of_profile(&profile, pixels)).unwrap_or_else(|words| {
            warnings.push(format!("colour profile ignored: {words}"));
            Self::SRGB
        })
    }

    fn of_code_points(points: CodePoints, pixels: &Pixels) -> Self {
        let reading = match of_code_point(points.transfer) {
            Transfer::Srgb => Reading::Srgb,
            transfer @ Transfer::Other(_) => {
                let table = Table::new(pixels, |number| transfer.light(number));
                Reading::Curves(Curves([table.clone(), table.clone(), table]))
            }
            transfer @ (Transfer::Pq | Transfer::Hlg) => Reading::Bright(Bright::of(transfer, pixels)),
        };
        Self { reading, rest: Rest::of_primaries(&with_primaries_of(points.primaries)) }
    }

    fn of_profile(profile: &ColorProfile, pixels: &Pixels) -> Result<Self, String> {
        match (profile.color_space, pixels) {
            (DataColorSpace::Cmyk, Pixels::Cmyk8(_)) => Self::of_inks(profile),
            (DataColorSpace::Gray, _) if is_gray(pixels) => match &profile.gray_trc {
                Some(curve) => Ok(Self { reading: reading([curve; 3], pixels)?, rest: Rest::Nothing }),
                None => Self::of_tables(profile, Layout::Gray),
            },
            (DataColorSpace::Rgb, Pixels::Cmyk8(_)) => Err("it is for Rgb, the picture has inks".to_owned()),
            (DataColorSpace::Rgb, _) => Self::of_rgb(profile, pixels),
            (other, _) => Err(format!("it is for {other:?}, the picture is not")),
        }
    }

    fn of_rgb(profile: &ColorProfile, pixels: &Pixels) -> Result<Self, String> {
        // Profiles for PQ and HLG have curves or tables too, for programs that know nothing brighter than white.
        if let Some(cicp) = profile.cicp {
            let points = CodePoints {
                primaries: cicp.color_primaries as u8,
                transfer: cicp.transfer_characteristics as u8,
            };
            if matches!(of_code_point(points.transfer), Transfer::Pq | Transfer::Hlg) {
                return Ok(Self::of_code_points(points, pixels));
            }
        }
        match [&profile.red_trc, &profile.green_trc, &profile.blue_trc] {
            [Some(red), Some(green), Some(blue)] if is_primaries_and_curves(profile) => {
                Ok(Self { reading: reading([red, green, blue], pixels)?, rest: Rest::of_primaries(profile) })
            }
            _ => Self::of_tables(profile, Layout::Rgb),
        }
    }

    fn of_tables(profile: &ColorProfile, layout: Layout) -> Result<Self, String> {
        let transform = profile
            .create_transform_16bit(
                layout,
                &ColorProfile::new_srgb(),
                Layout::Rgb,
                TransformOptions::default(),
            )
            .map_err(|error| error.to_string())?;
        Ok(Self { reading: Reading::Srgb, rest: Rest::Numbers(Numbers { layout, transform }) })
    }

    fn of_inks(profile: &ColorProfile) -> Result<Self, String> {
        let transform = profile
            .create_transform_8bit(
                Layout::Rgba,
                &ColorProfile::new_srgb(),
                Layout::Rgb,
                TransformOptions::default(),
            )
            .map_err(|error| error.to_string())?;
        Ok(Self { reading: Reading::Srgb, rest: Rest::Inks(transform) })
    }

    /// The small picture in sRGB.
    pub(crate) fn to_srgb(&self, small: Small) -> Result<Canvas, Fault> {
        match (small, &self.rest) {
            (Small::Light(canvas), Rest::Nothing | Rest::Inks(_)) => Ok(canvas),
            (Small::Light(mut canvas), Rest::Primaries(matrix)) => {
                with_primaries(&mut canvas, matrix);
                Ok(canvas)
            }
            (Small::Light(mut canvas), Rest::Numbers(numbers)) => {
                numbers.apply(&mut canvas)?;
                Ok(canvas)
            }
            (Small::Ink { width, height, inks }, rest) => {
                let mut rgb = filled(0_u8, width, height, 3)?;
                match rest {
                    // Its only error is one of lengths, and these are right.
                    Rest::Inks(transform) if transform.transform(&inks, &mut rgb).is_ok() => {}
                    _ => multiply(&inks, &mut rgb),
                }
                canvas_of(&rgb, width, height)
            }
        }
    }
}

impl Rest {
    fn of_primaries(profile: &ColorProfile) -> Self {
        let matrix = profile.transform_matrix(&ColorProfile::new_srgb());
        let matrix = matrix.v.map(|row| row.map(|cell| cell as f32));
        if is_identity(&matrix) { Self::Nothing } else { Self::Primaries(matrix) }
    }
}

/// A profile with the primaries of a code point. Those that are unspecified or unknown are sRGB's.
fn with_primaries_of(primaries: u8) -> ColorProfile {
    let srgb = ColorProfile::new_srgb();
    let Ok(color_primaries) = CicpColorPrimaries::try_from(primaries) else { return srgb };
    let mut profile = srgb.clone();
    // What it answers is always no, in moxcms 0.9: whether it did anything shows in the curve.
    profile.red_trc = None;
    profile.update_rgb_colorimetry_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics: TransferCharacteristics::Srgb,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    if profile.red_trc.is_some() { profile } else { srgb }
}

/// Numbers by a profile's curves; by sRGB's own, for which there is a table, where they are close enough.
fn reading(curves: [&ToneReprCurve; 3], pixels: &Pixels) -> Result<Reading, String> {
    if curves.into_iter().all(is_srgb_curve) {
        return Ok(Reading::Srgb);
    }
    let table = |curve: &ToneReprCurve| -> Result<Table, String> {
        let curve = curve.make_linear_evaluator().map_err(|error| error.to_string())?;
        Ok(Table::new(pixels, |number| f64::from(curve.evaluate_value(number as f32))))
    };
    let [red, green, blue] = curves;
    let reds = table(red)?;
    let curves = if red == green && green == blue {
        [reds.clone(), reds.clone(), reds]
    } else {
        [reds, table(green)?, table(blue)?]
    };
    Ok(Reading::Curves(Curves(curves)))
}

/// Half of the least step that 8 bits can show.
const TOLERANCE: f32 = 0.5 / 255.0;

fn is_identity(matrix: &[[f32; 3]; 3]) -> bool {
    let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let cells = matrix.as_flattened().iter().zip(identity.as_flattened());
    cells.into_iter().all(|(cell, wanted): (&f32, &f32)| (cell - wanted).abs() < TOLERANCE)
}

/// Whether a profile is three primaries and a curve for each, and no tables that would say more.
fn is_primaries_and_curves(profile: &ColorProfile) -> bool {
    let tables =
        [&profile.lut_a_to_b_perceptual, &profile.lut_a_to_b_colorimetric, &profile.lut_a_to_b_saturation];
    profile.is_matrix_shaper()
        && profile.pcs == DataColorSpace::Xyz
        && tables.iter().all(|table| table.is_none())
}

/// Compared at 16 places, and by less than what separates sRGB from a plain gamma of 2.2.
fn is_srgb_curve(curve: &ToneReprCurve) -> bool {
    let Ok(curve) = curve.make_linear_evaluator() else { return false };
    LIGHT_OF_8.iter().enumerate().step_by(17).all(|(number, light)| {
        let expected = f32::from(*light) / 65535.0;
        (curve.evaluate_value(number as f32 / 255.0) - expected).abs() < 0.001
    })
}

/// Whether all pixels are grey.
fn is_gray(pixels: &Pixels) -> bool {
    fn all<S: PartialEq, const C: usize>(pixels: &[S]) -> bool {
        pixels
            .as_chunks::<C>()
            .0
            .iter()
            .all(|pixel| matches!(pixel.as_slice(), [red, green, blue, ..] if red == green && green == blue))
    }
    match pixels {
        Pixels::Rgb8(rgb) => all::<_, 3>(rgb),
        Pixels::Rgb16(rgb) => all::<_, 3>(rgb),
        Pixels::Rgba8(rgba) => all::<_, 4>(rgba),
        Pixels::Rgba16(rgba) => all::<_, 4>(rgba),
        Pixels::Cmyk8(_) => false,
    }
}

/// Light adds up, so other primaries are a matrix; with alpha multiplied in it stays one.
fn with_primaries(canvas: &mut Canvas, matrix: &[[f32; 3]; 3]) {
    for pixel in canvas.samples.chunks_exact_mut(canvas.channels.count()) {
        let most = pixel.get(3).copied().map_or(65535.0, f32::from);
        if let [red, green, blue, ..] = pixel {
            let light = [f32::from(*red), f32::from(*green), f32::from(*blue)];
            let [new_red, new_green, new_blue] = matrix.map(|[r, g, b]| {
                (r * light[0] + g * light[1] + b * light[2]).clamp(0.0, most).round() as u16
            });
            (*red, *green, *blue) = (new_red, new_green, new_blue);
        }
    }
}

impl Numbers {
    /// Row by row: back to the file's numbers, through the profile, and to light again.
    fn apply(&self, canvas: &mut Canvas) -> Result<(), Fault> {
        let (number_of, light_of) = (&**SRGB_16, &**LIGHT_OF_16);
        let number = |light: u16| number_of.get(usize::from(light)).copied().unwrap_or_default();
        let light = |number: u16| light_of.get(usize::from(number)).copied().unwrap_or_default();
        let used = if self.layout == Layout::Gray { 1 } else { 3 };
        let mut before = filled(0_u16, canvas.width, 1, used)?;
        let mut after = filled(0_u16, canvas.width, 1, 3)?;
        let row_len = (canvas.width as usize).saturating_mul(canvas.channels.count()).max(1);
        for row in canvas.samples.chunks_exact_mut(row_len) {
            let pixels = row.chunks_exact(canvas.channels.count());
            for (to, pixel) in before.chunks_exact_mut(used).zip(pixels) {
                let [red, green, blue, _] = straight(with_alpha(pixel));
                to.iter_mut().zip([red, green, blue]).for_each(|(to, from)| *to = number(from));
            }
            if self.transform.transform(&before, &mut after).is_err() {
                continue; // both rows have the lengths it asks for; a row unchanged is better than no picture
            }
            for (pixel, new) in row.chunks_exact_mut(canvas.channels.count()).zip(after.as_chunks::<3>().0) {
                let alpha = pixel.get(3).copied().unwrap_or(0xFFFF);
                let new = premultiplied(new.map(light), alpha);
                pixel.iter_mut().zip(new).for_each(|(to, from)| *to = from);
            }
        }
        Ok(())
    }
}

fn with_alpha(pixel: &[u16]) -> [u16; 4] {
    match pixel {
        [red, green, blue, alpha] => [*red, *green, *blue, *alpha],
        [red, green, blue, ..] => [*red, *green, *blue, 0xFFFF],
        _ => [0; 4],
    }
}

/// Ink takes light away: the plain way when no profile says how the inks look on paper.
fn multiply(inks: &[u8], rgb: &mut [u8]) {
    for (to, [cyan, magenta, yellow, black]) in
        rgb.as_chunks_mut::<3>().0.iter_mut().zip(inks.as_chunks::<4>().0)
    {
        let paper = u16::from(!black);
        *to = [cyan, magenta, yellow]
            .map(|ink| (u16::from(!ink).wrapping_mul(paper).wrapping_add(127) / 255) as u8);
    }
}

fn canvas_of(rgb: &[u8], width: u32, height: u32) -> Result<Canvas, Fault> {
    let mut samples = filled(0_u16, width, height, 3)?;
    let table = &**LIGHT_OF_8;
    for (to, from) in samples.iter_mut().zip(rgb) {
        *to = table.get(usize::from(*from)).copied().unwrap_or_default();
    }
    Ok(Canvas { width, height, channels: Channels::Rgb, samples })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a panic fails the test
    use super::*;
    use crate::resize::{Sizes, fit};

    /// One pixel through the whole path, its size kept.
    fn shown(color: &ColorSpace, pixels: &Pixels) -> (Vec<u8>, Vec<String>) {
        let mut warnings = Vec::new();
        let meaning = Meaning::of(color, pixels, &mut warnings);
        let sizes = Sizes { from: (1, 1), to: (1, 1) };
        let canvas = meaning.to_srgb(fit(pixels, &meaning.reading, sizes).unwrap()).unwrap();
        (canvas.to_srgb8().unwrap(), warnings)
    }

    /// Through a profile, with or without alpha.
    fn converted(profile: &ColorProfile, pixel: &[u8]) -> (Vec<u8>, Vec<String>) {
        let kind = if pixel.len() == 4 { Pixels::Rgba8 } else { Pixels::Rgb8 };
        shown(&ColorSpace::Icc(profile.encode().unwrap()), &kind(pixel.to_vec()))
    }

    #[track_caller]
    fn check(profile: &ColorProfile, pixel: &[u8], expected: &[u8]) {
        let (found, warnings) = converted(profile, pixel);
        assert!(warnings.is_empty(), "{warnings:?}");
        let near = found.iter().zip(expected).all(|(found, wanted)| found.abs_diff(*wanted) <= 1);
        assert!(near && found.len() == expected.len(), "{pixel:?} became {found:?} instead of {expected:?}");
    }

    #[test]
    fn srgb_is_left_alone() {
        check(&ColorProfile::new_srgb(), &[12, 130, 250], &[12, 130, 250]);
    }

    /// Expected values worked out from chromaticities and curves, outside this program.
    #[test]
    fn other_primaries_and_curves_are_brought_over() {
        check(&ColorProfile::new_display_p3(), &[200, 100, 50], &[215, 93, 31]);
        check(&ColorProfile::new_display_p3(), &[128, 128, 128], &[128, 128, 128]);
        check(&ColorProfile::new_display_p3(), &[255, 0, 0], &[255, 0, 0]);
        check(&ColorProfile::new_adobe_rgb(), &[128, 128, 128], &[129, 129, 129]);
        check(&ColorProfile::new_adobe_rgb(), &[100, 150, 50], &[66, 151, 34]);
    }

    /// ISO 22028-2's primaries with the gamma of 1.8 that profiles have, and a monitor with three curves.
    #[test]
    fn curves_of_their_own_are_read_as_they_are() {
        check(&ColorProfile::new_pro_photo_rgb(), &[120, 100, 80], &[160, 114, 95]);
        check(&ColorProfile::new_pro_photo_rgb(), &[60, 90, 60], &[34, 115, 70]);
        check(&ColorProfile::new_pro_photo_rgb(), &[128, 128, 128], &[146, 146, 146]);
        let mut monitor = ColorProfile::new_srgb();
        monitor.cicp = None;
        let gamma = |gamma: f32| Some(ToneReprCurve::Parametric(vec![gamma]));
        (monitor.red_trc, monitor.green_trc, monitor.blue_trc) = (gamma(1.8), gamma(2.2), gamma(2.6));
        check(&monitor, &[100, 150, 200], &[119, 151, 193]);
    }

    /// Half black and half white is half the light, whatever the curve: it is the resize that this is about.
    #[test]
    fn numbers_add_up_as_the_light_that_they_are() {
        let mut linear = ColorProfile::new_srgb();
        linear.cicp = None;
        let curve = Some(ToneReprCurve::Parametric(vec![1.0]));
        (linear.red_trc, linear.green_trc, linear.blue_trc) = (curve.clone(), curve.clone(), curve);
        let stripes = [[0_u8; 3], [200; 3]].as_flattened().repeat(32 * 64);
        for (profile, wanted) in [(linear, 168), (ColorProfile::new_pro_photo_rgb(), 154)] {
            let pixels = Pixels::Rgb8(stripes.clone());
            let color = ColorSpace::Icc(profile.encode().unwrap());
            let meaning = Meaning::of(&color, &pixels, &mut Vec::new());
            let sizes = Sizes { from: (64, 64), to: (8, 8) };
            let canvas = meaning.to_srgb(fit(&pixels, &meaning.reading, sizes).unwrap()).unwrap();
            let middle = canvas.to_srgb8().unwrap()[(3 * 8 + 3) * 3];
            assert!(middle.abs_diff(wanted) <= 3, "{middle} instead of {wanted}");
        }
    }

    #[test]
    fn alpha_stays_as_it_is() {
        check(&ColorProfile::new_display_p3(), &[200, 100, 50, 128], &[215, 93, 31, 128]);
        check(&ColorProfile::new_adobe_rgb(), &[100, 150, 50, 128], &[66, 151, 34, 128]);
    }

    #[test]
    fn grey_profiles_are_for_grey_pictures() {
        check(&ColorProfile::new_gray_with_gamma(1.8), &[100, 100, 100], &[119, 119, 119]);
        let (same, warnings) = converted(&ColorProfile::new_gray_with_gamma(1.8), &[100, 100, 104]);
        assert_eq!((same, warnings.len()), (vec![100, 100, 104], 1));
    }

    #[test]
    fn a_broken_profile_is_left_out_with_a_warning() {
        let broken = ColorSpace::Icc(b"no profile".to_vec());
        let (inks, warnings) = shown(&broken, &Pixels::Cmyk8(vec![0, 255, 255, 0]));
        assert_eq!((inks, warnings.len()), (vec![255, 0, 0], 1));
        let (same, warnings) = shown(&broken, &Pixels::Rgb8(vec![12, 130, 250]));
        assert_eq!((same, warnings.len()), (vec![12, 130, 250], 1));
    }

    #[track_caller]
    fn check_code_points(primaries: u8, transfer: u8, pixel: [u16; 3], expected: [u8; 3]) {
        let coded = ColorSpace::Coded(CodePoints { primaries, transfer });
        let (found, _) = shown(&coded, &Pixels::Rgb16(pixel.to_vec()));
        let near = found.iter().zip(expected).all(|(found, wanted)| found.abs_diff(wanted) <= 1);
        assert!(near, "{pixel:?} became {found:?} instead of {expected:?}");
    }

    /// Expected values by the formulas of H.273, BT.2100 and `docs/colour.md`, worked out outside this program.
    #[test]
    fn code_points_are_primaries_and_a_curve() {
        check_code_points(1, 13, [32768; 3], [128; 3]);
        check_code_points(12, 13, [51400, 25700, 12850], [215, 93, 31]);
        check_code_points(9, 13, [30000, 40000, 20000], [86, 160, 62]);
        check_code_points(9, 1, [30000, 40000, 20000], [86, 160, 62]);
        check_code_points(1, 8, [14000, 14000, 7000], [127, 127, 92]);
        check_code_points(1, 4, [32768, 16384, 49152], [128, 61, 193]);
        check_code_points(2, 2, [51400, 25700, 12850], [200, 100, 50]);
        check_code_points(200, 200, [51400, 25700, 12850], [200, 100, 50]);
    }

    #[test]
    fn pq_and_hlg_keep_what_is_within_white_and_bend_what_is_beyond() {
        check_code_points(1, 16, [38050; 3], [255; 3]);
        check_code_points(9, 16, [25000, 28000, 22000], [82, 131, 70]);
        check_code_points(9, 16, [49000, 40000, 30000], [255, 121, 42]);
        check_code_points(1, 18, [49151; 3], [255; 3]);
        check_code_points(9, 18, [32768, 30000, 20000], [143, 123, 78]);
        check_code_points(9, 18, [60000, 30000, 20000], [255, 0, 44]);
    }

    /// By BT.2100's inverse EOTF, written here a second time.
    #[test]
    fn an_ordinary_picture_in_pq_comes_out_as_it_went_in() {
        let light = |number: u16| f64::from(LIGHT_OF_8[usize::from(number)]) / 65535.0;
        let pq = |light: f64| {
            let power = (light * 203.0 / 10_000.0).powf(0.159_301_757_812_5);
            ((0.835_937_5 + 18.851_562_5 * power) / (1.0 + 18.6875 * power)).powf(78.84375)
        };
        for number in 0..=0xFF {
            let coded = (pq(light(number)) * 65535.0).round() as u16;
            check_code_points(1, 16, [coded; 3], [number as u8; 3]);
        }
    }

    #[test]
    fn a_profile_that_says_pq_is_pq_whatever_its_curves() {
        let (found, _) = converted(&ColorProfile::new_display_p3_pq(), &[128; 3]);
        assert_eq!(found, [181; 3]);
    }

    #[test]
    fn adobe_rgb_by_name_is_adobe_rgb_by_profile() {
        let pixel = [100, 150, 50];
        let by_profile = converted(&ColorProfile::new_adobe_rgb(), &pixel);
        assert_eq!(shown(&ColorSpace::AdobeRgb, &Pixels::Rgb8(pixel.to_vec())), by_profile);
    }

    #[test]
    fn inks_heed_no_words_about_light() {
        let inks = Pixels::Cmyk8(vec![0, 255, 255, 0]);
        let coded = ColorSpace::Coded(CodePoints { primaries: 9, transfer: 16 });
        assert_eq!(shown(&coded, &inks), (vec![255, 0, 0], Vec::new()));
        assert_eq!(shown(&ColorSpace::AdobeRgb, &inks), (vec![255, 0, 0], Vec::new()));
    }
}
