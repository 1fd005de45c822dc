//! JPEG 2000: bare codestreams and JP2 files, at the least resolution that serves, with palettes, inks and alpha.
//! Knows nothing of what becomes of the picture.

mod structure;

use super::raster::{admit, guarded, reserved};
use super::{Format, Kind, Order, Signature};
use crate::memory::over_the_limit;
use crate::{ColorSpace, Fault, Picture, Pixels, Reason, Source, resize};
use hayro_jpeg2000::error::{FormatError, MarkerError, ValidationError};
use hayro_jpeg2000::{
    ColorSpace as Space, ComponentData, DecodeError, DecodeSettings, DecoderContext, Image,
};
use structure::Structure;

pub(crate) const FORMAT: Format = Format {
    name: "JPEG 2000",
    mime_types: &["image/jp2", "image/jpx", "image/j2c"],
    extensions: &["jp2", "j2k", "jpx", "jpf", "j2c", "jpc"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"\0\0\0\x0cjP  \r\n\x87\n")], &[(0, b"\xff\x4f\xff\x51")]]),
    decode,
};

/// More components than inks and alpha are no picture, and the decoder keeps tables for each.
const MOST_COMPONENTS: u64 = 5;

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    guarded(Reason::Corrupt, || decode_trusting(file, order))
}

fn decode_trusting(file: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    let structure = Structure::read(file).ok_or_else(|| Reason::Corrupt.says("JPEG 2000: no header"))?;
    if structure.components > MOST_COMPONENTS {
        return Err(Reason::Unsupported.says(format!("JPEG 2000: {} components", structure.components)));
    }
    order.limits.admit_bytes(structure.table_bytes())?;
    let full = open(file, None)?;
    let full_size = (full.width(), full.height());
    let image = open(file, Some(resize::shape(full_size, order.least_edge())))?;
    let layout = Layout::of(&image)?;
    // Planes of floats, a copy of each to bring them into order, and what one of them is made from.
    let planes = structure.components.max(layout.planes() as u64).saturating_mul(8).saturating_add(12);
    let bytes = planes.saturating_add(layout.bytes_per_pixel());
    let size = admit(order.limits, (image.width(), image.height()), bytes)?;
    order
        .limits
        .admit_bytes(structure.table_bytes().saturating_add((size.pixels as u64).saturating_mul(bytes)))?;

    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(fault)?;
    let pixels = layout.pixels(decoded.components(), size.pixels)?;
    let mut picture = Picture::new(pixels, size.width, size.height);
    picture.full_size = full_size;
    picture.color = layout.color;
    if !structure.whole {
        picture.warnings.push("cut short: what is missing is blurred or blank".to_owned());
    }
    Ok(picture)
}

fn open(file: &[u8], target: Option<(u32, u32)>) -> Result<Image<'_>, Fault> {
    let settings = DecodeSettings { target_resolution: target, ..DecodeSettings::default() };
    Image::new(file, &settings).map_err(fault)
}

fn fault(error: DecodeError) -> Fault {
    let reason = match error {
        DecodeError::Validation(ValidationError::ImageTooLarge) => {
            return over_the_limit(format!("JPEG 2000: {error}"));
        }
        DecodeError::Format(FormatError::Unsupported) | DecodeError::Marker(MarkerError::Unsupported) => {
            Reason::Unsupported
        }
        _ => Reason::Corrupt,
    };
    reason.says(format!("JPEG 2000: {error}"))
}

/// Which planes make the picture.
struct Layout {
    channels: Channels,
    alpha: bool,
    wide: bool,
    color: ColorSpace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channels {
    Grey,
    Color,
    Ink,
}

impl Layout {
    fn of(image: &Image<'_>) -> Result<Self, Fault> {
        let space = image.color_space();
        let channels = match (space, space.num_channels()) {
            (Space::Unknown { num_channels }, _) => {
                return Err(
                    Reason::Unsupported.says(format!("JPEG 2000: {num_channels} channels of any kind"))
                );
            }
            (Space::Icc { profile, .. }, _) if is_lab(profile) => {
                return Err(Reason::Unsupported.says("JPEG 2000: CIE L*a*b*"));
            }
            (_, 1) => Channels::Grey,
            (_, 3) => Channels::Color,
            (_, 4) => Channels::Ink,
            (_, other) => return Err(Reason::Unsupported.says(format!("JPEG 2000: {other} colour channels"))),
        };
        let color = match space {
            Space::Icc { profile, .. } => ColorSpace::Icc(profile.clone()),
            _ => ColorSpace::Srgb,
        };
        // Inks have eight bits here whatever the file has.
        let wide = image.original_bit_depth() > 8 && channels != Channels::Ink;
        Ok(Self { channels, alpha: image.has_alpha() && channels != Channels::Ink, wide, color })
    }

    /// How many planes are shown.
    fn planes(&self) -> usize {
        let colors = match self.channels {
            Channels::Grey => 1_usize,
            Channels::Color => 3,
            Channels::Ink => 4,
        };
        colors.saturating_add(usize::from(self.alpha))
    }

    fn bytes_per_pixel(&self) -> u64 {
        let samples: u64 = if self.alpha || self.channels == Channels::Ink { 4 } else { 3 };
        if self.wide { samples.saturating_mul(2) } else { samples }
    }

    fn pixels(&self, components: &[ComponentData], count: usize) -> Result<Pixels, Fault> {
        let planes: Vec<Plane<'_>> = components.iter().map(Plane::of).collect();
        let narrow = |part: f32| (part * f32::from(u8::MAX)).round() as u8;
        let wide = |part: f32| (part * f32::from(u16::MAX)).round() as u16;
        let planes = Planes { planes: &planes, count };
        Ok(match (self.channels, self.alpha, self.wide) {
            (Channels::Ink, ..) => Pixels::Cmyk8(planes.interleaved([0, 1, 2, 3], narrow)?),
            (Channels::Grey, false, false) => Pixels::Rgb8(planes.interleaved([0; 3], narrow)?),
            (Channels::Grey, false, true) => Pixels::Rgb16(planes.interleaved([0; 3], wide)?),
            (Channels::Grey, true, false) => Pixels::Rgba8(planes.interleaved([0, 0, 0, 1], narrow)?),
            (Channels::Grey, true, true) => Pixels::Rgba16(planes.interleaved([0, 0, 0, 1], wide)?),
            (Channels::Color, false, false) => Pixels::Rgb8(planes.interleaved([0, 1, 2], narrow)?),
            (Channels::Color, false, true) => Pixels::Rgb16(planes.interleaved([0, 1, 2], wide)?),
            (Channels::Color, true, false) => Pixels::Rgba8(planes.interleaved([0, 1, 2, 3], narrow)?),
            (Channels::Color, true, true) => Pixels::Rgba16(planes.interleaved([0, 1, 2, 3], wide)?),
        })
    }
}

/// Samples from 0 to as much as their bits hold; the wavelet overshoots.
#[derive(Clone, Copy)]
struct Plane<'a> {
    samples: &'a [f32],
    scale: f32,
}

impl<'a> Plane<'a> {
    fn of(component: &'a ComponentData) -> Self {
        let levels = 1_u64.checked_shl(component.bit_depth().into()).unwrap_or(u64::MAX);
        Self { samples: component.samples(), scale: 1.0 / levels.saturating_sub(1).max(1) as f32 }
    }

    fn part(&self, at: usize) -> f32 {
        (self.samples.get(at).copied().unwrap_or_default() * self.scale).clamp(0.0, 1.0)
    }
}

/// Planes of at least so many samples, if the file is right.
struct Planes<'a> {
    planes: &'a [Plane<'a>],
    count: usize,
}

impl Planes<'_> {
    /// Pixels of the planes at those places.
    fn interleaved<T, const N: usize>(
        &self,
        places: [usize; N],
        number: impl Fn(f32) -> T,
    ) -> Result<Vec<T>, Fault> {
        let mut shown = [Plane { samples: &[], scale: 1.0 }; N];
        for (plane, place) in shown.iter_mut().zip(places) {
            let found = self.planes.get(place).filter(|plane| plane.samples.len() >= self.count);
            *plane = *found.ok_or_else(|| Reason::Corrupt.says("JPEG 2000: a plane is missing"))?;
        }
        let mut out = reserved(self.count.saturating_mul(N))?;
        for at in 0..self.count {
            out.extend(shown.each_ref().map(|plane| number(plane.part(at))));
        }
        Ok(out)
    }
}

fn is_lab(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"Lab ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::ORDER;

    const GREY: &[u8] = include_bytes!("../../tests/regressions/render_jpeg2000/grey.j2k");

    #[track_caller]
    fn check(file: &[u8], wanted: Result<(u32, u32), Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER);
        assert_eq!(got.map(|picture| (picture.width, picture.height)).map_err(|fault| fault.reason), wanted);
    }

    /// The file with a number of two bytes, big end first, written somewhere.
    fn with(at: usize, number: u16) -> Vec<u8> {
        let mut file = GREY.to_vec();
        file[at..at + 2].copy_from_slice(&number.to_be_bytes());
        file
    }

    fn place_of(marker: [u8; 2]) -> usize {
        GREY.windows(2).position(|window| window == marker).unwrap()
    }

    #[test]
    fn no_more_resolution_is_decoded_than_serves() {
        // 512 × 384 for 128: half is 256, which is enough for the 192 that are wanted.
        check(GREY, Ok((256, 192)));
    }

    #[test]
    fn tables_are_reckoned_before_they_are_made() {
        // 65535 layers of each block; 257 components.
        check(&with(place_of([0xff, 0x52]) + 6, u16::MAX), Err(Reason::TooLarge));
        check(&with(place_of([0xff, 0x51]) + 38, 257), Err(Reason::Unsupported));
    }

    #[test]
    fn what_is_cut_short_is_shown_with_a_warning() {
        let cut = &GREY[..GREY.len() / 2];
        let picture = decode(&Source::from_bytes(&cut), &ORDER).unwrap();
        assert_eq!(picture.warnings.len(), 1);
        check(&GREY[..30], Err(Reason::Corrupt));
    }
}
