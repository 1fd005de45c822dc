//! Which pixels to ask a JPEG XL decoder for, and what their numbers mean.
//! Knows headers; knows nothing of how frames are decoded.

use super::super::raster::{filled, reserved};
use crate::{CodePoints, ColorSpace, Fault, Pixels};
use jxl::api::{
    Endianness, ExtraChannel, JxlBasicInfo, JxlBitDepth, JxlColorEncoding, JxlColorProfile, JxlColorType,
    JxlDataFormat, JxlOutputBuffer, JxlPixelFormat, JxlPrimaries, JxlTransferFunction, JxlWhitePoint,
};

/// The pixels that a picture of such a header is asked for as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    channels: JxlColorType,
    wide: bool,
}

/// Samples as the decoder gives them.
pub(super) enum Samples {
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

impl Samples {
    /// The same room as the decoder wants it, in so many rows.
    pub(super) fn buffer(&mut self, rows: usize) -> JxlOutputBuffer<'_> {
        let bytes = match self {
            Self::Narrow(samples) => samples.as_mut_slice(),
            Self::Wide(samples) => bytemuck::cast_slice_mut(samples),
        };
        let row = bytes.len().checked_div(rows).unwrap_or_default();
        JxlOutputBuffer::new(bytes, rows, row)
    }
}

impl Layout {
    pub(super) fn of(info: &JxlBasicInfo, profile: &JxlColorProfile) -> Self {
        let has = |kind| info.extra_channels.iter().any(|channel| channel.ec_type == kind);
        if profile.is_cmyk() && has(ExtraChannel::Black) {
            return Self { channels: JxlColorType::Cmyk, wide: false };
        }
        let channels = match (profile.channels() == 1, has(ExtraChannel::Alpha)) {
            (true, false) => JxlColorType::Grayscale,
            (true, true) => JxlColorType::GrayscaleAlpha,
            (false, false) => JxlColorType::Rgb,
            (false, true) => JxlColorType::Rgba,
        };
        let deep = !matches!(info.bit_depth, JxlBitDepth::Int { bits_per_sample: ..=8 });
        // What is stored in a space of the decoder's own comes out in as many steps as are asked for.
        let coarse = !info.uses_original_profile && !steps_are_even(profile);
        Self { channels, wide: deep || coarse }
    }

    fn samples_per_pixel(self) -> usize {
        self.channels.samples_per_pixel()
    }

    /// What the decoder writes, and what is made of grey.
    pub(super) fn bytes_per_pixel(self) -> u64 {
        let sample = if self.wide { 2 } else { 1 };
        let made: u64 = match self.channels {
            JxlColorType::GrayscaleAlpha => 6,
            JxlColorType::Rgb | JxlColorType::Bgr => 3,
            JxlColorType::Grayscale | JxlColorType::Rgba | JxlColorType::Bgra | JxlColorType::Cmyk => 4,
        };
        made.saturating_mul(sample)
    }

    pub(super) fn format(self, info: &JxlBasicInfo) -> JxlPixelFormat {
        let samples = if self.wide {
            JxlDataFormat::U16 { endianness: Endianness::native(), bit_depth: 16 }
        } else {
            JxlDataFormat::U8 { bit_depth: 8 }
        };
        JxlPixelFormat {
            color_type: self.channels,
            color_data_format: Some(samples),
            extra_channel_format: vec![None; info.extra_channels.len()],
        }
    }

    /// Room for so many pixels.
    pub(super) fn room(self, pixels: usize) -> Result<Samples, Fault> {
        let count = pixels.saturating_mul(self.samples_per_pixel());
        Ok(if self.wide { Samples::Wide(filled(0, count)?) } else { Samples::Narrow(filled(0, count)?) })
    }

    /// What it has written, as everybody else wants it.
    pub(super) fn pixels(self, samples: Samples) -> Result<Pixels, Fault> {
        Ok(match (self.channels, samples) {
            (JxlColorType::Grayscale, Samples::Narrow(grey)) => Pixels::Rgb8(colored(&grey)?),
            (JxlColorType::Grayscale, Samples::Wide(grey)) => Pixels::Rgb16(colored(&grey)?),
            (JxlColorType::GrayscaleAlpha, Samples::Narrow(grey)) => {
                Pixels::Rgba8(colored_with_alpha(&grey)?)
            }
            (JxlColorType::GrayscaleAlpha, Samples::Wide(grey)) => Pixels::Rgba16(colored_with_alpha(&grey)?),
            (JxlColorType::Rgb | JxlColorType::Bgr, Samples::Narrow(rgb)) => Pixels::Rgb8(rgb),
            (JxlColorType::Rgb | JxlColorType::Bgr, Samples::Wide(rgb)) => Pixels::Rgb16(rgb),
            (JxlColorType::Rgba | JxlColorType::Bgra, Samples::Narrow(rgba)) => Pixels::Rgba8(rgba),
            (JxlColorType::Rgba | JxlColorType::Bgra, Samples::Wide(rgba)) => Pixels::Rgba16(rgba),
            // Here the greatest number is no ink, and elsewhere the least.
            (JxlColorType::Cmyk, Samples::Narrow(mut light)) => {
                for sample in &mut light {
                    *sample = !*sample;
                }
                Pixels::Cmyk8(light)
            }
            (JxlColorType::Cmyk, Samples::Wide(light)) => {
                Pixels::Cmyk8(light.into_iter().map(|sample| !(sample >> 8) as u8).collect())
            }
        })
    }
}

fn colored<T: Copy>(grey: &[T]) -> Result<Vec<T>, Fault> {
    let mut rgb = reserved(grey.len().saturating_mul(3))?;
    rgb.extend(grey.iter().flat_map(|level| [*level; 3]));
    Ok(rgb)
}

fn colored_with_alpha<T: Copy>(grey: &[T]) -> Result<Vec<T>, Fault> {
    let mut rgba = reserved(grey.len().saturating_mul(2))?;
    let pairs = grey.as_chunks::<2>().0.iter();
    rgba.extend(pairs.flat_map(|[level, alpha]| [*level, *level, *level, *alpha]));
    Ok(rgba)
}

/// Whether 256 steps of a profile's numbers look evenly spaced, as sRGB's do: neither linear nor HDR.
fn steps_are_even(profile: &JxlColorProfile) -> bool {
    match profile.transfer_function() {
        Some(JxlTransferFunction::Linear | JxlTransferFunction::PQ | JxlTransferFunction::HLG) => false,
        // libjxl gives gammas as exponents of the encoding: 1 is linear, 1/2.2 is usual.
        Some(JxlTransferFunction::Gamma(exponent)) => *exponent < 0.7,
        // For a profile that it cannot write, the decoder gives sRGB.
        Some(JxlTransferFunction::BT709 | JxlTransferFunction::SRGB | JxlTransferFunction::DCI) | None => {
            true
        }
    }
}

/// What the numbers mean that come out.
pub(super) fn color_space(profile: &JxlColorProfile) -> ColorSpace {
    if let Some(points) = code_points(profile) {
        return if points == SRGB { ColorSpace::Srgb } else { ColorSpace::Coded(points) };
    }
    profile.try_as_icc().map_or(ColorSpace::Srgb, |icc| ColorSpace::Icc(icc.into_owned()))
}

const SRGB: CodePoints = CodePoints { primaries: 1, transfer: 13 };

/// H.273's numbers, where it has some. Grey has no primaries: those of sRGB give the same.
fn code_points(profile: &JxlColorProfile) -> Option<CodePoints> {
    let JxlColorProfile::Simple(encoding) = profile else { return None };
    let (primaries, transfer) = match encoding {
        JxlColorEncoding::RgbColorSpace { white_point, primaries, transfer_function, .. } => {
            let primaries = match (white_point, primaries) {
                (JxlWhitePoint::D65, JxlPrimaries::SRGB) => 1,
                (JxlWhitePoint::D65, JxlPrimaries::BT2100) => 9,
                (JxlWhitePoint::D65, JxlPrimaries::P3) => 12,
                (JxlWhitePoint::DCI, JxlPrimaries::P3) => 11,
                _ => return None,
            };
            (primaries, transfer_function)
        }
        JxlColorEncoding::GrayscaleColorSpace {
            white_point: JxlWhitePoint::D65, transfer_function, ..
        } => (1, transfer_function),
        JxlColorEncoding::GrayscaleColorSpace { .. } | JxlColorEncoding::XYB { .. } => return None,
    };
    let transfer = match transfer {
        JxlTransferFunction::Linear => 8,
        JxlTransferFunction::SRGB => 13,
        JxlTransferFunction::PQ => 16,
        JxlTransferFunction::DCI => 17,
        JxlTransferFunction::HLG => 18,
        // BT.709's number stands for what cameras write and screens show otherwise; here its curve is meant to the
        // letter, which a profile says better.
        JxlTransferFunction::BT709 | JxlTransferFunction::Gamma(_) => return None,
    };
    Some(CodePoints { primaries, transfer })
}
