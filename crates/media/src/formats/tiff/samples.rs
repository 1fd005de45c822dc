//! Samples as a TIFF decoder hands them over, to pixels.
//! Knows every arrangement of samples and nothing of compression or files.

use super::directory::Directory;
use crate::formats::raster::{Admitted, reserved, to_8_bits};
use crate::formats::tone;
use crate::{Fault, Pixels, Reason};
use tiff::decoder::DecodingResult;

/// What the samples of a pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Grey,
    Rgb,
    Palette,
    Inks,
    LuminanceChroma,
    Lab,
}

impl Meaning {
    pub(super) fn of(directory: &Directory) -> Result<Self, Fault> {
        Ok(match directory.photometric {
            0 | 1 => Self::Grey,
            2 => Self::Rgb,
            3 => Self::Palette,
            5 => Self::Inks,
            6 => Self::LuminanceChroma,
            8 => Self::Lab,
            other => {
                return Err(Reason::Unsupported.says(format!("TIFF: photometric interpretation {other}")));
            }
        })
    }

    fn samples(self) -> usize {
        match self {
            Self::Grey | Self::Palette => 1,
            Self::Rgb | Self::LuminanceChroma | Self::Lab => 3,
            Self::Inks => 4,
        }
    }
}

/// Samples of one picture, and what they mean.
pub(super) struct Samples<'a> {
    pub(super) meaning: Meaning,
    pub(super) directory: &'a Directory,
    /// All reds, then all greens, then all blues; empty where there is no palette.
    pub(super) palette: &'a [u16],
    pub(super) size: Admitted,
}

/// Whether samples lie as our pixels do, so that they need no other buffer.
pub(super) fn are_pixels(meaning: Meaning, directory: &Directory) -> bool {
    let whole_bytes = match meaning {
        Meaning::Rgb => matches!(directory.bits, 8 | 16),
        Meaning::Inks => directory.bits == 8,
        Meaning::Grey | Meaning::Palette | Meaning::LuminanceChroma | Meaning::Lab => false,
    };
    let straight_alpha = meaning == Meaning::Rgb && directory.samples == 4 && directory.extra == Some(2);
    whole_bytes
        && directory.unsigned
        && !directory.planar
        && (directory.samples as usize == meaning.samples() || straight_alpha)
}

/// Bytes of a pixel that are needed besides its samples as they are read: for itself, and for what it is on the way.
pub(super) fn bytes_besides(meaning: Meaning, directory: &Directory) -> u64 {
    /// Sixteen bits of RGBA, or eight and as many samples unpacked.
    const ARRANGED: u64 = 8;
    let samples = u64::from(directory.samples);
    if are_pixels(meaning, directory) {
        0
    } else if !directory.unsigned {
        // As floats, those of them that are shown, and what they become.
        samples.saturating_mul(4).saturating_add(12).saturating_add(ARRANGED)
    } else if directory.bits > 16 {
        // Their upper halves.
        samples.saturating_mul(2).saturating_add(ARRANGED)
    } else {
        ARRANGED
    }
}

impl Samples<'_> {
    /// All pixels of one picture.
    pub(super) fn arrange(&self, read: DecodingResult) -> Result<Pixels, Fault> {
        match read {
            DecodingResult::U8(samples) if self.are_pixels() => Ok(match self.meaning {
                Meaning::Inks => self.kept(samples, (Pixels::Cmyk8, Pixels::Cmyk8)),
                _ => self.kept(samples, (Pixels::Rgb8, Pixels::Rgba8)),
            }),
            DecodingResult::U16(samples) if self.are_pixels() => {
                Ok(self.kept(samples, (Pixels::Rgb16, Pixels::Rgba16)))
            }
            DecodingResult::U8(samples) if self.directory.bits < 8 => self.bytes(&self.unpack(&samples)?),
            DecodingResult::U8(samples) => self.bytes(&samples),
            DecodingResult::U16(samples) => self.words(&samples),
            DecodingResult::U32(samples) => {
                self.words(&samples.iter().map(|sample| (sample >> 16) as u16).collect::<Vec<_>>())
            }
            DecodingResult::F32(samples) => self.floats(samples.into_iter()),
            DecodingResult::F64(samples) => self.floats(samples.into_iter().map(|sample| sample as f32)),
            DecodingResult::F16(samples) => self.floats(samples.into_iter().map(f32::from)),
            // Nobody means it: programs that write "signed" bytes write the same bytes as ever.
            DecodingResult::I8(samples) => {
                self.bytes(&samples.into_iter().map(i8::cast_unsigned).collect::<Vec<_>>())
            }
            DecodingResult::I16(samples) => self.floats(samples.into_iter().map(f32::from)),
            DecodingResult::I32(samples) => self.floats(samples.into_iter().map(|sample| sample as f32)),
            DecodingResult::U64(_) | DecodingResult::I64(_) => {
                Err(Reason::Unsupported.says("TIFF: 64-bit whole numbers"))
            }
        }
    }

    fn are_pixels(&self) -> bool {
        are_pixels(self.meaning, self.directory)
    }

    /// Samples as they were read. The missing ones are 0.
    fn kept<T: Copy + Default>(&self, mut samples: Vec<T>, (opaque, with_alpha): Kinds<T>) -> Pixels {
        samples.resize(self.size.pixels.saturating_mul(self.count()), T::default());
        if self.count() == 4 { with_alpha(samples) } else { opaque(samples) }
    }

    /// Samples of less than eight bits, one a byte; scaled to the whole range unless they are indices.
    fn unpack(&self, packed: &[u8]) -> Result<Vec<u8>, Fault> {
        let bits = self.directory.bits;
        let most = 1_u32.checked_shl(bits).unwrap_or(0).saturating_sub(1);
        let row_samples = (self.size.width as usize).saturating_mul(self.count());
        let row_len = row_samples.saturating_mul(bits as usize).div_ceil(8).max(1);
        let mut out = reserved(self.size.pixels.saturating_mul(self.count()))?;
        for row in packed.chunks(row_len) {
            let bit_places = (0..row_samples).map(|place| place.saturating_mul(bits as usize));
            out.extend(bit_places.map(|at| {
                let two = [row.get(at / 8), row.get((at / 8).saturating_add(1))]
                    .map(|byte| byte.copied().unwrap_or(0));
                let shift = 16_u32.saturating_sub(bits).saturating_sub((at % 8) as u32);
                let value = u32::from(u16::from_be_bytes(two)).checked_shr(shift).unwrap_or(0) & most;
                if self.meaning == Meaning::Palette { value as u8 } else { to_8_bits(value, most) }
            }));
        }
        Ok(out)
    }

    /// Samples of a pixel that are there: the crate leaves none out.
    fn count(&self) -> usize {
        self.directory.samples.max(1) as usize
    }

    /// Each pixel's first samples, wherever they lie.
    fn pixels<'a, T: Copy + Default>(
        &'a self,
        samples: &'a [T],
    ) -> impl ExactSizeIterator<Item = [T; 5]> + 'a {
        let count = self.count();
        let (pixel_step, plane_step) = if self.directory.planar { (1, self.size.pixels) } else { (count, 1) };
        (0..self.size.pixels).map(move |place| {
            let first = place.saturating_mul(pixel_step);
            let mut pixel = [T::default(); 5];
            for (plane, sample) in pixel.iter_mut().take(count).enumerate() {
                *sample = samples
                    .get(first.saturating_add(plane.saturating_mul(plane_step)))
                    .copied()
                    .unwrap_or_default();
            }
            pixel
        })
    }

    fn has_alpha(&self) -> bool {
        self.count() > self.meaning.samples() && matches!(self.directory.extra, Some(1 | 2))
    }

    fn bytes(&self, samples: &[u8]) -> Result<Pixels, Fault> {
        let pixels = self.pixels(samples);
        match self.meaning {
            Meaning::Inks => {
                let mut out = reserved(self.size.pixels.saturating_mul(4))?;
                pixels
                    .for_each(|[cyan, magenta, yellow, black, _]| out.extend([cyan, magenta, yellow, black]));
                Ok(Pixels::Cmyk8(out))
            }
            Meaning::Palette => self.looked_up(pixels.map(|[index, ..]| index)),
            Meaning::LuminanceChroma => self.opaque(pixels.map(|[y, cb, cr, ..]| rgb_of_ycc(y, cb, cr))),
            Meaning::Lab => self.opaque(pixels.map(|[l, a, b, ..]| rgb_of_lab(l, a, b))),
            Meaning::Grey | Meaning::Rgb if self.has_alpha() => {
                let mut out = reserved(self.size.pixels.saturating_mul(4))?;
                pixels.for_each(|pixel| out.extend(self.straight(pixel)));
                Ok(Pixels::Rgba8(out))
            }
            Meaning::Grey => self.opaque(pixels.map(|[grey, ..]| [grey; 3])),
            Meaning::Rgb => self.opaque(pixels.map(|[red, green, blue, ..]| [red, green, blue])),
        }
    }

    fn words(&self, samples: &[u16]) -> Result<Pixels, Fault> {
        let pixels = self.pixels(samples);
        match self.meaning {
            Meaning::Grey | Meaning::Rgb if self.has_alpha() => {
                let mut out = reserved(self.size.pixels.saturating_mul(4))?;
                pixels.for_each(|pixel| out.extend(self.straight(pixel)));
                Ok(Pixels::Rgba16(out))
            }
            Meaning::Grey | Meaning::Rgb => {
                let is_grey = self.meaning == Meaning::Grey;
                let mut out = reserved(self.size.pixels.saturating_mul(3))?;
                pixels.for_each(|[first, second, third, ..]| {
                    out.extend(if is_grey { [first; 3] } else { [first, second, third] });
                });
                Ok(Pixels::Rgb16(out))
            }
            // Eight bits are all that inks and palettes need further on.
            Meaning::Inks | Meaning::Palette => {
                self.bytes(&samples.iter().map(|sample| (sample >> 8) as u8).collect::<Vec<_>>())
            }
            Meaning::LuminanceChroma | Meaning::Lab => {
                Err(Reason::Unsupported.says(format!("TIFF: {:?} of 16 bits", self.meaning)))
            }
        }
    }

    fn floats(&self, samples: impl Iterator<Item = f32>) -> Result<Pixels, Fault> {
        if !matches!(self.meaning, Meaning::Grey | Meaning::Rgb) {
            return Err(Reason::Unsupported.says(format!("TIFF: {:?} as floats", self.meaning)));
        }
        let all: Vec<f32> = samples.collect();
        let mut shown = reserved(self.size.pixels.saturating_mul(3))?;
        let shown_samples = self.meaning.samples();
        self.pixels(&all).for_each(|pixel| shown.extend(pixel.iter().take(shown_samples).copied()));
        crate::formats::floats::shown(&shown, shown_samples)
    }

    fn opaque(&self, pixels: impl Iterator<Item = [u8; 3]>) -> Result<Pixels, Fault> {
        let mut out = reserved(self.size.pixels.saturating_mul(3))?;
        pixels.for_each(|pixel| out.extend(pixel));
        Ok(Pixels::Rgb8(out))
    }

    fn looked_up(&self, indices: impl Iterator<Item = u8>) -> Result<Pixels, Fault> {
        let len = self.palette.len() / 3;
        // All reds, then all greens, then all blues. Old writers left the high byte empty.
        let narrow = self.palette.iter().all(|level| *level < 256);
        let level = |plane: usize, index: u8| {
            let at = plane.saturating_mul(len).saturating_add(usize::from(index));
            let level = self.palette.get(at).copied().unwrap_or(0);
            if narrow { level as u8 } else { (level >> 8) as u8 }
        };
        self.opaque(indices.map(|index| [level(0, index), level(1, index), level(2, index)]))
    }

    /// Colours and alpha, divided out again where they were multiplied.
    fn straight<T: Level>(&self, pixel: [T; 5]) -> [T; 4] {
        let [red, green, blue, alpha] = match (self.meaning, pixel) {
            (Meaning::Grey, [grey, alpha, ..]) => [grey, grey, grey, alpha],
            (_, [red, green, blue, alpha, _]) => [red, green, blue, alpha],
        };
        match self.directory.extra {
            Some(1) => {
                let [red, green, blue] = [red, green, blue].map(|level| level.divided(alpha));
                [red, green, blue, alpha]
            }
            _ => [red, green, blue, alpha],
        }
    }
}

type Kinds<T> = (fn(Vec<T>) -> Pixels, fn(Vec<T>) -> Pixels);

/// A sample that alpha can be divided out of.
trait Level: Copy {
    fn divided(self, alpha: Self) -> Self;
}

impl Level for u8 {
    fn divided(self, alpha: Self) -> Self {
        to_8_bits(self.into(), alpha.into())
    }
}

impl Level for u16 {
    fn divided(self, alpha: Self) -> Self {
        crate::formats::raster::to_16_bits(self.into(), alpha.into())
    }
}

/// Full-range luminance and chroma of JPEG (BT.601), which is TIFF's default too.
fn rgb_of_ycc(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|level| level.round() as u8)
}

/// CIE L*a*b* of TIFF's eight bits (a and b signed), to sRGB.
fn rgb_of_lab(lightness: u8, green_red: u8, blue_yellow: u8) -> [u8; 3] {
    let [a, b] = [green_red, blue_yellow].map(|level| f32::from(level.cast_signed()));
    let light = tone::of_lab_d50([f32::from(lightness) * 100.0 / 255.0, a, b]);
    tone::clipped(light).map(|level| (level >> 8) as u8)
}
