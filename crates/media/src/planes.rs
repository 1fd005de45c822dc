//! RGB made of the planes that a video codec decodes.
//! Knows matrices, ranges and chroma at half size; nothing of files or of what the colours mean.
//!
//! libheif and swscale can do this too, but differently in each version, and libheif in floats of whole pictures where it has to be right.

use crate::memory::no_memory;
use crate::{Fault, Pixels, Reason};
use std::ops::Range;

/// A part of a picture: columns and rows from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The first column.
    pub left: u32,
    /// The first row.
    pub top: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Part {
    /// All of a picture of this size.
    pub fn whole((width, height): (u32, u32)) -> Self {
        Self { left: 0, top: 0, width, height }
    }

    /// Columns and rows.
    pub fn size(self) -> (u32, u32) {
        (self.width, self.height)
    }

    fn columns(self) -> Range<usize> {
        self.left as usize..self.left.saturating_add(self.width) as usize
    }

    fn rows(self) -> Range<u32> {
        self.top..self.top.saturating_add(self.height)
    }
}

/// One plane of samples: bytes, or native words of two bytes.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// All rows; the last may end with its last sample.
    pub bytes: &'a [u8],
    /// From one row to the next.
    pub stride: usize,
    /// Samples of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bits of a sample; above 8 it has two bytes.
    pub bits: u32,
}

/// What the planes of colour are.
#[derive(Debug, Clone, Copy)]
pub enum Colors<'a> {
    /// Light alone.
    Grey(Plane<'a>),
    /// Red, green, blue.
    Rgb([Plane<'a>; 3]),
    /// Luma, and two planes of chroma that may be half as wide and half as high.
    YCbCr([Plane<'a>; 3]),
}

/// How luma and chroma were made of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    /// H.273's matrix coefficients.
    pub matrix: u8,
    /// H.273's primaries, for the matrix that follows from them.
    pub primaries: u8,
    /// Whether black is 0 and white is all bits set.
    pub full_range: bool,
}

/// A decoded picture.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// The colours.
    pub colors: Colors<'a>,
    /// Opacity, in full range, of a size of its own.
    pub alpha: Option<Plane<'a>>,
    /// Whether colours were multiplied by alpha.
    pub premultiplied: bool,
    /// How the colours were coded.
    pub coding: Coding,
}

impl Planes<'_> {
    /// Columns and rows.
    pub fn size(&self) -> (u32, u32) {
        let first = self.colors.first();
        (first.width, first.height)
    }

    /// The part of the picture, with as many bits as it deserves.
    pub fn pixels(&self, part: Part) -> Result<Pixels, Fault> {
        let deep = self.colors.first().bits > 8;
        // Alpha that hides nothing would cost everybody after us a quarter more.
        let alpha = self.alpha.filter(|plane| plane.hides());
        let rows = Rows::new(self, alpha, part)?;
        Ok(match (deep, alpha.is_some()) {
            (false, false) => Pixels::Rgb8(rows.collect::<u8, 3>()?),
            (false, true) => Pixels::Rgba8(rows.collect::<u8, 4>()?),
            (true, false) => Pixels::Rgb16(rows.collect::<u16, 3>()?),
            (true, true) => Pixels::Rgba16(rows.collect::<u16, 4>()?),
        })
    }
}

impl<'a> Colors<'a> {
    fn first(&self) -> Plane<'a> {
        match self {
            Self::Grey(plane) | Self::Rgb([plane, ..]) | Self::YCbCr([plane, ..]) => *plane,
        }
    }
}

impl Plane<'_> {
    fn most(&self) -> f32 {
        (u32::MAX >> 32_u32.saturating_sub(self.bits.clamp(1, 16))) as f32
    }

    /// Whether any sample is below the greatest.
    fn hides(&self) -> bool {
        let mut row = vec![0.0; self.width as usize];
        (0..self.height).any(|y| {
            self.read(y, &mut row);
            row.iter().any(|sample| *sample < self.most())
        })
    }

    /// A row's samples. Beyond the last row there is the last again; beyond the last sample, what `row` had.
    fn read(&self, y: u32, row: &mut [f32]) {
        let start = (y.min(self.height.saturating_sub(1)) as usize).saturating_mul(self.stride);
        let bytes = self.bytes.get(start..).unwrap_or_default();
        let width = (self.width as usize).min(row.len());
        if self.bits > 8 {
            let (words, _) = bytes.as_chunks::<2>();
            row.iter_mut()
                .take(width)
                .zip(words)
                .for_each(|(to, from)| *to = u16::from_ne_bytes(*from).into());
        } else {
            row.iter_mut().take(width).zip(bytes).for_each(|(to, from)| *to = (*from).into());
        }
    }
}

/// A level of 8 or 16 bits.
trait Level: Copy {
    const MOST: f32;
    /// Of a number between 0 and [`Self::MOST`].
    fn of(number: f32) -> Self;
}

impl Level for u8 {
    const MOST: f32 = 255.0;
    fn of(number: f32) -> Self {
        number as Self
    }
}

impl Level for u16 {
    const MOST: f32 = 65535.0;
    fn of(number: f32) -> Self {
        number as Self
    }
}

/// Three rows of numbers between 0 and 1, and what alpha there is; made anew for each row of the picture.
struct Rows<'a> {
    colors: Colors<'a>,
    alpha: Option<Plane<'a>>,
    premultiplied: bool,
    conversion: Conversion,
    part: Part,
    channels: [Vec<f32>; 3],
    opacity: Vec<f32>,
    near: Vec<f32>,
    far: Vec<f32>,
}

impl<'a> Rows<'a> {
    fn new(planes: &Planes<'a>, alpha: Option<Plane<'a>>, part: Part) -> Result<Self, Fault> {
        let first = planes.colors.first();
        let row = || vec![0.0; first.width as usize];
        let chroma_width = match planes.colors {
            Colors::YCbCr([_, blue, _]) => blue.width as usize,
            Colors::Grey(_) | Colors::Rgb(_) => 0,
        };
        Ok(Self {
            colors: planes.colors,
            alpha,
            premultiplied: planes.premultiplied,
            conversion: Conversion::of(planes.colors, planes.coding)?,
            part,
            channels: [row(), row(), row()],
            opacity: vec![1.0; if alpha.is_some() { first.width as usize } else { 0 }],
            near: vec![0.0; chroma_width],
            far: vec![0.0; chroma_width],
        })
    }

    fn collect<L: Level, const CHANNELS: usize>(mut self) -> Result<Vec<L>, Fault> {
        let Part { width, height, .. } = self.part;
        let columns = self.part.columns();
        let len = (width as usize).saturating_mul(height as usize).saturating_mul(CHANNELS);
        let mut levels = Vec::new();
        levels.try_reserve_exact(len).map_err(|_| no_memory(len.saturating_mul(size_of::<L>())))?;
        for y in self.part.rows() {
            self.read(y);
            let [red, green, blue] = &self.channels;
            let level = |number: f32| L::of(number.clamp(0.0, 1.0) * L::MOST + 0.5);
            let [red, green, blue] =
                [red, green, blue].map(|channel| channel.get(columns.clone()).unwrap_or_default());
            let colors = red.iter().zip(green).zip(blue);
            if CHANNELS == 3 {
                levels.extend(colors.flat_map(|((r, g), b)| [level(*r), level(*g), level(*b)]));
            } else {
                let opacity = self.opacity.get(columns.clone()).unwrap_or_default();
                levels.extend(
                    colors
                        .zip(opacity)
                        .flat_map(|(((r, g), b), a)| [level(*r), level(*g), level(*b), level(*a)]),
                );
            }
        }
        Ok(levels)
    }

    fn read(&mut self, y: u32) {
        let [first, second, third] = &mut self.channels;
        match self.colors {
            Colors::Grey(grey) => {
                grey.read(y, first);
                self.conversion.grey(first);
                second.copy_from_slice(first);
                third.copy_from_slice(first);
            }
            Colors::Rgb(planes) => {
                for (plane, row) in planes.iter().zip([&mut *first, &mut *second, &mut *third]) {
                    plane.read(y, row);
                    let most = plane.most();
                    for number in row {
                        *number /= most;
                    }
                }
            }
            Colors::YCbCr([luma, blue, red]) => {
                luma.read(y, first);
                upsample(blue, (y, luma.height), second, (&mut self.near, &mut self.far));
                upsample(red, (y, luma.height), third, (&mut self.near, &mut self.far));
                self.conversion.apply([first, second, third]);
            }
        }
        self.read_alpha(y);
    }

    fn read_alpha(&mut self, y: u32) {
        let Some(alpha) = self.alpha else { return };
        let (width, height) = (self.colors.first().width, self.colors.first().height);
        if (alpha.width, alpha.height) == (width, height) {
            alpha.read(y, &mut self.opacity);
        } else {
            // Alpha of another size is stretched, pixel by pixel.
            let stretched = |at: u32, to: u32, of: u32| {
                u64::from(at).saturating_mul(of.into()).checked_div(to.into()).unwrap_or(0) as u32
            };
            let mut row = vec![0.0; alpha.width as usize];
            alpha.read(stretched(y, height, alpha.height), &mut row);
            for (x, opacity) in (0..).zip(&mut self.opacity) {
                *opacity = row.get(stretched(x, width, alpha.width) as usize).copied().unwrap_or_default();
            }
        }
        let most = alpha.most();
        self.opacity.iter_mut().for_each(|number| *number /= most);
        if self.premultiplied {
            for channel in &mut self.channels {
                channel.iter_mut().zip(&self.opacity).filter(|(_, a)| **a > 0.0).for_each(|(c, a)| *c /= *a);
            }
        }
    }
}

/// A row of chroma as wide as luma's. Where a plane has half the samples, each lies in the middle of two of luma's, and
/// those are mixed of the nearest two in the proportion of their distances: 3 to 1.
fn upsample(
    plane: Plane<'_>,
    (y, height): (u32, u32),
    row: &mut [f32],
    (near, far): (&mut [f32], &mut [f32]),
) {
    if plane.height >= height {
        plane.read(y, near);
    } else {
        plane.read(y / 2, near);
        let other = if y % 2 == 0 { (y / 2).saturating_sub(1) } else { (y / 2).saturating_add(1) };
        plane.read(other, far);
        near.iter_mut().zip(&*far).for_each(|(near, far)| *near = *near * 0.75 + far * 0.25);
    }
    if let Some(as_wide) = near.get(..row.len()) {
        row.copy_from_slice(as_wide);
        return;
    }
    let last = near.len().saturating_sub(1);
    let (Some(first_sample), Some(last_sample)) = (near.first(), near.get(last)) else { return };
    if let Some(sample) = row.first_mut() {
        *sample = *first_sample;
    }
    // Between the middles of two samples lie two of luma's.
    let (between, _) = row.get_mut(1..).unwrap_or_default().as_chunks_mut::<2>();
    for ([left, right], (one, next)) in between.iter_mut().zip(near.iter().zip(near.iter().skip(1))) {
        *left = one * 0.75 + next * 0.25;
        *right = one * 0.25 + next * 0.75;
    }
    // An even width's last sample, or an odd one's where the plane is too narrow.
    for sample in row.iter_mut().skip(last.saturating_mul(2).saturating_add(1)) {
        *sample = *last_sample;
    }
}

/// Luma and chroma to red, green and blue between 0 and 1.
#[derive(Debug, Clone, Copy)]
struct Conversion {
    luma: (f32, f32),
    chroma: (f32, f32),
    /// What each of the two chromas, between -1/2 and 1/2, adds to red, green and blue.
    blue: [f32; 3],
    red: [f32; 3],
    /// The planes are green, blue and red.
    identity: bool,
}

impl Conversion {
    fn of(colors: Colors<'_>, coding: Coding) -> Result<Self, Fault> {
        let bits = colors.first().bits.clamp(8, 16);
        let most = colors.first().most();
        let step = 2_f32.powi(bits.saturating_sub(8) as i32);
        let (luma, chroma) = if coding.full_range {
            ((0.0, 1.0 / most), (128.0 * step, 1.0 / most))
        } else {
            ((16.0 * step, 1.0 / (219.0 * step)), (128.0 * step, 1.0 / (224.0 * step)))
        };
        let plain = Self { luma, chroma, blue: [0.0; 3], red: [0.0; 3], identity: false };
        match (colors, coding.matrix) {
            (Colors::YCbCr(_), 0) => Ok(Self { identity: true, ..plain }),
            // YCgCo: the first chroma is green's, the second orange's.
            (Colors::YCbCr(_), 8) => Ok(Self { blue: [-1.0, 1.0, -1.0], red: [1.0, 0.0, -1.0], ..plain }),
            (Colors::YCbCr(_), matrix @ (11 | 13..)) => {
                Err(Reason::Unsupported.says(format!("planes of colour by matrix {matrix} of H.273")))
            }
            _ => {
                let (red, blue) = weights(coding);
                let green = 1.0 - red - blue;
                let (of_red, of_blue) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
                Ok(Self {
                    blue: [0.0, -of_blue * blue / green, of_blue],
                    red: [of_red, -of_red * red / green, 0.0],
                    ..plain
                })
            }
        }
    }

    fn grey(&self, row: &mut [f32]) {
        for luma in row {
            *luma = (*luma - self.luma.0) * self.luma.1;
        }
    }

    fn apply(&self, [first, second, third]: [&mut [f32]; 3]) {
        if self.identity {
            // Green, blue, red: all three have luma's range.
            for row in [&mut *first, &mut *second, &mut *third] {
                self.grey(row);
            }
            first.swap_with_slice(second);
            first.swap_with_slice(third);
            return;
        }
        let (of_blue, of_red) = (self.blue, self.red);
        for ((first, second), third) in first.iter_mut().zip(second).zip(third) {
            let luma = (*first - self.luma.0) * self.luma.1;
            let blue = (*second - self.chroma.0) * self.chroma.1;
            let red = (*third - self.chroma.0) * self.chroma.1;
            *first = luma + blue * of_blue[0] + red * of_red[0];
            *second = luma + blue * of_blue[1] + red * of_red[1];
            *third = luma + blue * of_blue[2] + red * of_red[2];
        }
    }
}

/// How much red and blue weigh in luma, by H.273's table of matrices. Who says nothing means BT.601's, as all decoders of
/// still pictures take it.
fn weights(coding: Coding) -> (f32, f32) {
    match coding.matrix {
        1 => (0.2126, 0.0722),
        4 => (0.30, 0.11),
        7 => (0.212, 0.087),
        9 | 10 => (0.2627, 0.0593),
        12 => match coding.primaries {
            1 => (0.2126, 0.0722),
            9 => (0.2627, 0.0593),
            12 => (0.2290, 0.0793), // Display P3's, from its chromaticities
            _ => (0.299, 0.114),
        },
        _ => (0.299, 0.114),
    }
}

#[cfg(test)]
mod tests;
