//! What the composite's planes mean, mode by mode: pixels and their colour space.
//! Knows colours; knows nothing of how rows are packed or where they lie.

use super::planes::{Byte, Float, Gathered, Missing, Number, Plan, Plane, UpperByte, Word};
use super::resources::Resources;
use super::rows::Rows;
use super::sections::{Mode, Sections};
use crate::formats::raster::{admit, reserved, to_16_bits, without_idle_alpha};
use crate::formats::tone::{clipped, of_lab_d50};
use crate::formats::{Order, raster::Admitted};
use crate::tone::Tone;
use crate::{ColorSpace, Fault, Limits, Picture, Pixels, Reason, Source};

static GREY: &[Plane] = &[Plane { to: &[0, 1, 2], missing: Missing::Nothing }];
static INDICES: &[Plane] = &[Plane { to: &[0], missing: Missing::Nothing }];
static RGB: &[Plane] = &[
    Plane { to: &[0], missing: Missing::Nothing },
    Plane { to: &[1], missing: Missing::LikeBefore },
    Plane { to: &[2], missing: Missing::LikeBefore },
];
static LAB: &[Plane] = &[
    Plane { to: &[0], missing: Missing::Nothing },
    Plane { to: &[1], missing: Missing::Middle },
    Plane { to: &[2], missing: Missing::Middle },
];
static INKS: &[Plane] = &[
    Plane { to: &[0], missing: Missing::Full },
    Plane { to: &[1], missing: Missing::Full },
    Plane { to: &[2], missing: Missing::Full },
    Plane { to: &[3], missing: Missing::Full },
];
static ALPHA: Plane = Plane { to: &[3], missing: Missing::Full };

/// What is made of the planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Indices,
    Light,
    Inks,
    Lab,
}

/// As in JPEGs: so many times the pixels that may be shown may be read, where they are made smaller on the way.
const MOST_READ: u64 = 4;

/// Sums of floats are exact up to here, and no picture needs more.
const MOST_SHRUNK: u32 = 16;

struct Layout {
    meaning: Meaning,
    planes: Vec<&'static Plane>,
    alpha: bool,
    depth: u16,
}

/// The composite, whole or as much as there is.
pub(super) fn composite(
    source: &Source<'_>,
    sections: &Sections,
    resources: &Resources,
    order: &Order<'_>,
) -> Result<Picture, Fault> {
    let layout = Layout::of(sections, source)?;
    let (shrink, size) = layout.admit(sections, order)?;
    let no_pixels = || Reason::Corrupt.says("PSD: no pixels");
    let mut rows = Rows::of(source, sections)?.ok_or_else(no_pixels)?;
    let plan = Plan {
        planes: layout.planes.clone(),
        channels: layout.channels(),
        shrink,
        height: sections.height,
        size,
    };
    let palette = || sections.palette.bytes(source).unwrap_or_default();
    let (pixels, there) = match (layout.meaning, layout.depth) {
        (Meaning::Indices, _) => {
            let found = plan.gather::<Byte>(&mut rows)?;
            (through_palette(&found.samples, &palette(), resources.transparent_index)?, found.rows_there)
        }
        (Meaning::Light, 16) => layout.light(plan.gather::<Word>(&mut rows)?, Pixels::Rgb16, Pixels::Rgba16),
        (Meaning::Light, 32) => {
            let found = layout.light(plan.gather::<Float>(&mut rows)?, |one| one, |one| one);
            (shown(&found.0, layout.channels())?, found.1)
        }
        (Meaning::Light, _) => {
            layout.light(plan.gather::<Byte>(&mut rows)?, Pixels::Rgb8, without_idle_alpha)
        }
        (Meaning::Inks, 16) => inks(plan.gather::<UpperByte>(&mut rows)?),
        (Meaning::Inks, _) => inks(plan.gather::<Byte>(&mut rows)?),
        (Meaning::Lab, 16) => {
            lab(layout.light(plan.gather::<Word>(&mut rows)?, |one| one, |one| one), &layout)?
        }
        (Meaning::Lab, _) => {
            lab(layout.light(plan.gather::<Byte>(&mut rows)?, |one| one, |one| one), &layout)?
        }
    };
    if there == 0 {
        return Err(no_pixels());
    }
    let mut picture = Picture::new(pixels, size.width, size.height);
    picture.full_size = (sections.width, sections.height);
    picture.color = layout.color(source, sections, resources);
    let wanted = u64::from(sections.height).saturating_mul(layout.planes.len() as u64);
    if there < wanted {
        picture.warnings.push(format!("cut short: {there} of {wanted} rows of all colours"));
    }
    picture.warnings.extend(rows.damaged.then(|| "damaged: some rows are too short".to_owned()));
    Ok(picture)
}

impl Layout {
    fn of(sections: &Sections, source: &Source<'_>) -> Result<Self, Fault> {
        let Sections { mode, depth, channels, .. } = *sections;
        let depths: &[u16] = match mode {
            Mode::Bitmap => &[1],
            Mode::Indexed => &[8],
            Mode::Grey | Mode::Rgb => &[8, 16, 32],
            Mode::Inks | Mode::Multichannel | Mode::Duotone | Mode::Lab => &[8, 16],
        };
        if !depths.contains(&depth) {
            return Err(Reason::Unsupported.says(format!("PSD: {mode:?} of {depth} bits")));
        }
        let (meaning, planes) = match (mode, channels) {
            (Mode::Indexed, _) => (Meaning::Indices, INDICES),
            (Mode::Bitmap | Mode::Grey | Mode::Duotone, _) | (Mode::Multichannel, 0..=2) => {
                (Meaning::Light, GREY)
            }
            // Of RGB Photoshop makes plates of cyan, magenta and yellow, whose numbers are the same.
            (Mode::Rgb, _) | (Mode::Multichannel, 3) => (Meaning::Light, RGB),
            (Mode::Inks | Mode::Multichannel, _) => (Meaning::Inks, INKS),
            (Mode::Lab, _) => (Meaning::Lab, LAB),
        };
        let count = usize::from(channels);
        if count < planes.len() {
            return Err(Reason::Corrupt.says(format!("PSD: {mode:?} in {count} channels")));
        }
        // What is transparent in a picture of inks is paper already: the composite lies on white.
        let can_have_alpha = matches!(meaning, Meaning::Light | Meaning::Lab) && mode != Mode::Multichannel;
        let alpha = can_have_alpha && count > planes.len() && sections.is_transparent(source);
        let planes = planes.iter().chain(alpha.then_some(&ALPHA)).collect();
        Ok(Self { meaning, planes, alpha, depth })
    }

    /// Samples of a pixel on the way.
    fn channels(&self) -> usize {
        match self.meaning {
            Meaning::Indices => 1,
            Meaning::Inks => 4,
            Meaning::Light | Meaning::Lab => {
                if self.alpha {
                    4
                } else {
                    3
                }
            }
        }
    }

    /// Of all buffers together.
    fn bytes_per_pixel(&self) -> u64 {
        let channels = self.channels() as u64;
        let words = channels.saturating_mul(2);
        match (self.meaning, self.depth) {
            (Meaning::Indices, _) => 1 + 4,
            (Meaning::Inks, _) => 4,
            (Meaning::Light, 32) => words.saturating_mul(3),
            (Meaning::Light, 16) => words,
            (Meaning::Light, _) => channels,
            (Meaning::Lab, 16) => words.saturating_mul(2),
            (Meaning::Lab, _) => words.saturating_add(channels),
        }
    }

    /// The least shrinking at which the picture is within the limits and still serves the order.
    fn admit(&self, sections: &Sections, order: &Order<'_>) -> Result<(u32, Admitted), Fault> {
        let (width, height) = (sections.width, sections.height);
        let limits = order.limits;
        let bytes = self.bytes_per_pixel();
        let whole = admit(limits, (width, height), bytes);
        let read = Limits { max_pixels: limits.max_pixels.saturating_mul(MOST_READ), ..*limits };
        if whole.is_ok() || self.meaning == Meaning::Indices || read.admit(width, height).is_err() {
            return whole.map(|size| (1, size));
        }
        let serves = |shrink: &u32| width.max(height).div_ceil(*shrink) >= order.least_edge();
        let smaller = (2..=MOST_SHRUNK).take_while(serves).find_map(|shrink| {
            Some((shrink, admit(limits, (width.div_ceil(shrink), height.div_ceil(shrink)), bytes).ok()?))
        });
        smaller.map_or(whole.map(|size| (1, size)), Ok)
    }

    fn light<T: Number, P>(
        &self,
        found: Gathered<T>,
        opaque: fn(Vec<T>) -> P,
        transparent: fn(Vec<T>) -> P,
    ) -> (P, u64) {
        let mut samples = found.samples;
        if !self.alpha {
            return (opaque(samples), found.rows_there);
        }
        let ground =
            if self.meaning == Meaning::Lab { [T::FULL, T::MIDDLE, T::MIDDLE] } else { [T::FULL; 3] };
        off_white(&mut samples, ground);
        (transparent(samples), found.rows_there)
    }

    /// What a profile would say of numbers that have been converted already is left out.
    fn color(&self, source: &Source<'_>, sections: &Sections, resources: &Resources) -> ColorSpace {
        let own_numbers = match self.meaning {
            Meaning::Lab => false,
            Meaning::Light => {
                self.depth != 32 && !matches!(sections.mode, Mode::Duotone | Mode::Multichannel)
            }
            Meaning::Inks => sections.mode == Mode::Inks,
            Meaning::Indices => true,
        };
        let profile = own_numbers.then(|| resources.profile.bytes(source)).flatten();
        profile.map_or(ColorSpace::Srgb, ColorSpace::Icc)
    }
}

/// Photoshop lays the composite on white, as far as its alpha lets it shine through. Here that is taken off again.
fn off_white<T: Number>(samples: &mut [T], ground: [T; 3]) {
    let full = T::FULL.wide();
    let ground = ground.map(Number::wide);
    for [colors @ .., alpha] in samples.as_chunks_mut::<4>().0 {
        let part = alpha.wide() / full;
        if part > 0.0 && part < 1.0 {
            for (color, ground) in colors.iter_mut().zip(ground) {
                let without = (color.wide() - ground * (1.0 - part)) / part;
                *color = T::narrow(without.clamp(0.0, full));
            }
        }
    }
}

/// All reds of 256 entries, then all greens, then all blues.
fn through_palette(indices: &[u8], palette: &[u8], transparent: Option<u16>) -> Result<Pixels, Fault> {
    let level = |index: u8, plane: usize| {
        palette.get(plane.saturating_mul(256).saturating_add(index.into())).copied().unwrap_or_default()
    };
    let color = |index: u8| {
        let alpha = if transparent == Some(index.into()) { 0 } else { u8::MAX };
        [level(index, 0), level(index, 1), level(index, 2), alpha]
    };
    let mut rgba = reserved(indices.len().saturating_mul(4))?;
    rgba.extend(indices.iter().flat_map(|index| color(*index)));
    Ok(without_idle_alpha(rgba))
}

/// The most is stored for no ink.
fn inks(found: Gathered<u8>) -> (Pixels, u64) {
    let mut samples = found.samples;
    for ink in &mut samples {
        *ink = !*ink;
    }
    (Pixels::Cmyk8(samples), found.rows_there)
}

/// Floats are linear light.
fn shown(light: &[f32], channels: usize) -> Result<Pixels, Fault> {
    let color = |pixel: &[f32]| [0, 1, 2].map(|place: usize| pixel.get(place).copied().unwrap_or_default());
    let tone = Tone::of(light.chunks_exact(channels).map(color));
    let mut out = reserved(light.len())?;
    for pixel in light.chunks_exact(channels) {
        out.extend(clipped(tone.bent(color(pixel))));
        out.extend(pixel.get(3).map(|alpha| (alpha.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16));
    }
    Ok(if channels == 4 { Pixels::Rgba16(out) } else { Pixels::Rgb16(out) })
}

/// Lab as Photoshop has it: lightness over the whole range, the others around the middle, 256 steps of either
/// depth being -128 to 127.
fn lab<T: Number>((samples, there): (Vec<T>, u64), layout: &Layout) -> Result<(Pixels, u64), Fault> {
    let full = T::FULL.wide();
    let step = T::MIDDLE.wide() / 128.0;
    let mut out = reserved(samples.len())?;
    for pixel in samples.chunks_exact(layout.channels()) {
        let [lightness, a, b] = [0, 1, 2].map(|place: usize| pixel.get(place).map_or(0.0, |one| one.wide()));
        out.extend(clipped(of_lab_d50([lightness / full * 100.0, a / step - 128.0, b / step - 128.0])));
        out.extend(pixel.get(3).map(|alpha| to_16_bits(alpha.wide() as u32, full as u32)));
    }
    Ok((if layout.alpha { Pixels::Rgba16(out) } else { Pixels::Rgb16(out) }, there))
}
