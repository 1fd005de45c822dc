//! RGB made of the planes that a video codec decodes.
//! Knows matrices, ranges and chroma at half size; nothing of files or of what the colours mean.
//!
//! libheif can do this too, but differently in each version, and in floats of whole pictures where it has to be right.

use crate::upright::Part;
use tintype_media::{Fault, Pixels, Reason};

/// One plane of samples: bytes, or native words of two bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane<'a> {
    /// All rows; the last may end with its last sample.
    pub(crate) bytes: &'a [u8],
    /// From one row to the next.
    pub(crate) stride: usize,
    /// Samples of a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// Bits of a sample; above 8 it has two bytes.
    pub(crate) bits: u32,
}

/// What the planes of colour are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Colors<'a> {
    /// Light alone.
    Grey(Plane<'a>),
    /// Red, green, blue.
    Rgb([Plane<'a>; 3]),
    /// Luma, and two planes of chroma that may be half as wide and half as high.
    YCbCr([Plane<'a>; 3]),
}

/// How luma and chroma were made of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coding {
    /// H.273's matrix coefficients.
    pub(crate) matrix: u8,
    /// H.273's primaries, for the matrix that follows from them.
    pub(crate) primaries: u8,
    /// Whether black is 0 and white is all bits set.
    pub(crate) full_range: bool,
}

/// A decoded picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planes<'a> {
    /// The colours.
    pub(crate) colors: Colors<'a>,
    /// Opacity, in full range, of a size of its own.
    pub(crate) alpha: Option<Plane<'a>>,
    /// Whether colours were multiplied by alpha.
    pub(crate) premultiplied: bool,
    /// How the colours were coded.
    pub(crate) coding: Coding,
}

impl Planes<'_> {
    /// Columns and rows.
    pub(crate) fn size(&self) -> (u32, u32) {
        let first = self.colors.first();
        (first.width, first.height)
    }

    /// The part of the picture, with as many bits as it deserves.
    pub(crate) fn pixels(&self, part: Part) -> Result<Pixels, Fault> {
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
        ((1_u32 << self.bits.clamp(1, 16)) - 1) as f32
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
            row[..width].iter_mut().zip(words).for_each(|(to, from)| *to = u16::from_ne_bytes(*from).into());
        } else {
            row[..width].iter_mut().zip(bytes).for_each(|(to, from)| *to = (*from).into());
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
        let Part { left, top, width, height } = self.part;
        let columns = left as usize..(left + width) as usize;
        let len = (width as usize).saturating_mul(height as usize).saturating_mul(CHANNELS);
        let mut levels = Vec::new();
        levels
            .try_reserve_exact(len)
            .map_err(|_| Reason::OutOfMemory.says(format!("no memory for {len} levels")))?;
        for y in top..top + height {
            self.read(y);
            let [red, green, blue] = &self.channels;
            let level = |number: f32| L::of(number.clamp(0.0, 1.0) * L::MOST + 0.5);
            let [red, green, blue] = [red, green, blue].map(|channel| &channel[columns.clone()]);
            let colors = red.iter().zip(green).zip(blue);
            if CHANNELS == 3 {
                levels.extend(colors.flat_map(|((r, g), b)| [level(*r), level(*g), level(*b)]));
            } else {
                let opacity = &self.opacity[columns.clone()];
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
            let stretched =
                |at: u32, to: u32, of: u32| (u64::from(at) * u64::from(of) / u64::from(to.max(1))) as u32;
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
        let other = if y % 2 == 0 { (y / 2).saturating_sub(1) } else { y / 2 + 1 };
        plane.read(other, far);
        near.iter_mut().zip(&*far).for_each(|(near, far)| *near = *near * 0.75 + far * 0.25);
    }
    if near.len() >= row.len() {
        row.copy_from_slice(&near[..row.len()]);
        return;
    }
    let last = near.len().saturating_sub(1);
    let (Some(first_sample), Some(last_sample)) = (near.first(), near.get(last)) else { return };
    if let Some(sample) = row.first_mut() {
        *sample = *first_sample;
    }
    // Between the middles of two samples lie two of luma's.
    let (between, _) = row[1..].as_chunks_mut::<2>();
    for ([left, right], pair) in between.iter_mut().zip(near.windows(2)) {
        *left = pair[0] * 0.75 + pair[1] * 0.25;
        *right = pair[0] * 0.25 + pair[1] * 0.75;
    }
    // An even width's last sample, or an odd one's where the plane is too narrow.
    for sample in row.iter_mut().skip(2 * last + 1) {
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
        let step = (1_u32 << (bits - 8)) as f32;
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
        for ((first, second), third) in first.iter_mut().zip(second).zip(third) {
            let luma = (*first - self.luma.0) * self.luma.1;
            let blue = (*second - self.chroma.0) * self.chroma.1;
            let red = (*third - self.chroma.0) * self.chroma.1;
            *first = luma + blue * self.blue[0] + red * self.red[0];
            *second = luma + blue * self.blue[1] + red * self.red[1];
            *third = luma + blue * self.blue[2] + red * self.red[2];
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
mod tests {
    use super::*;

    const FULL: Coding = Coding { matrix: 6, primaries: 1, full_range: true };

    fn plane(bytes: &[u8], width: u32, bits: u32) -> Plane<'_> {
        let stride = width as usize * if bits > 8 { 2 } else { 1 };
        Plane { bytes, stride, width, height: (bytes.len() / stride) as u32, bits }
    }

    fn planes(colors: Colors<'_>, coding: Coding) -> Planes<'_> {
        Planes { colors, alpha: None, premultiplied: false, coding }
    }

    /// The one colour of a picture of one pixel.
    #[track_caller]
    fn check(sample: [u8; 3], coding: Coding, wanted: [u8; 3]) {
        let [y, cb, cr] = sample.each_ref().map(|byte| plane(std::slice::from_ref(byte), 1, 8));
        let got = planes(Colors::YCbCr([y, cb, cr]), coding).pixels(Part::whole((1, 1))).unwrap();
        let Pixels::Rgb8(got) = got else { panic!("{got:?}") };
        assert!(
            got.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) <= 1),
            "{got:?}, not {wanted:?}"
        );
    }

    #[test]
    fn matrices_and_ranges_are_undone() {
        check([0, 128, 128], FULL, [0; 3]);
        check([255, 128, 128], FULL, [255; 3]);
        check([76, 85, 255], FULL, [254, 0, 0]);
        let limited = Coding { full_range: false, ..FULL };
        check([16, 128, 128], limited, [0; 3]);
        check([235, 128, 128], limited, [255; 3]);
        check([81, 90, 240], limited, [255, 0, 0]);
        check([63, 102, 240], Coding { matrix: 1, ..limited }, [255, 0, 0]);
        check([74, 97, 240], Coding { matrix: 9, ..limited }, [255, 0, 0]);
        check([54, 99, 255], Coding { matrix: 1, ..FULL }, [254, 0, 0]);
        check([10, 20, 30], Coding { matrix: 0, ..FULL }, [30, 10, 20]);
        check([128, 128, 128], Coding { matrix: 8, ..FULL }, [128; 3]);
        check([64, 64, 192], Coding { matrix: 8, ..FULL }, [192, 0, 64]);
    }

    #[test]
    fn what_no_matrix_of_ours_undoes_is_unsupported() {
        let grey = plane(&[0], 1, 8);
        let coding = Coding { matrix: 14, ..FULL };
        let fault = planes(Colors::YCbCr([grey; 3]), coding).pixels(Part::whole((1, 1))).unwrap_err();
        assert_eq!(fault.reason, Reason::Unsupported);
    }

    /// A row of chroma, `from` stretched to so many samples.
    #[track_caller]
    fn check_row(from: &[u8], width: usize, wanted: &[f32]) {
        let mut row = vec![-1.0; width];
        let chroma = plane(from, from.len() as u32, 8);
        upsample(chroma, (0, 1), &mut row, (&mut vec![0.0; from.len()], &mut vec![0.0; from.len()]));
        assert_eq!(row, wanted);
    }

    #[test]
    fn chroma_is_stretched_to_odd_and_even_widths() {
        check_row(&[8], 1, &[8.0]);
        check_row(&[8], 2, &[8.0, 8.0]);
        check_row(&[0, 8], 3, &[0.0, 2.0, 6.0]);
        check_row(&[0, 8], 4, &[0.0, 2.0, 6.0, 8.0]);
        check_row(&[0, 8, 0], 5, &[0.0, 2.0, 6.0, 6.0, 2.0]);
        check_row(&[1, 2, 3], 3, &[1.0, 2.0, 3.0]);
        // Too narrow a plane, as no decoder should give, ends in its last sample.
        check_row(&[0, 8], 6, &[0.0, 2.0, 6.0, 8.0, 8.0, 8.0]);
    }

    /// The last row and column of a picture with odd sides have chroma of their own.
    #[test]
    fn odd_sides_have_no_green_lines() {
        let (luma, chroma) = ([128_u8; 9], [128_u8; 4]);
        let colors = Colors::YCbCr([plane(&luma, 3, 8), plane(&chroma, 2, 8), plane(&chroma, 2, 8)]);
        let got = planes(colors, FULL).pixels(Part::whole((3, 3))).unwrap();
        assert_eq!(got, Pixels::Rgb8(vec![128; 27]));
    }

    #[test]
    fn deep_samples_fill_sixteen_bits() {
        let bytes: Vec<u8> = [0_u16, 1023, 512].iter().flat_map(|level| level.to_ne_bytes()).collect();
        let got = planes(Colors::Grey(plane(&bytes, 3, 10)), FULL).pixels(Part::whole((3, 1))).unwrap();
        assert_eq!(got, Pixels::Rgb16(vec![0, 0, 0, 65535, 65535, 65535, 32800, 32800, 32800]));
        let limited: Vec<u8> = [64_u16, 940].iter().flat_map(|level| level.to_ne_bytes()).collect();
        let coding = Coding { full_range: false, ..FULL };
        let got = planes(Colors::Grey(plane(&limited, 2, 10)), coding).pixels(Part::whole((2, 1))).unwrap();
        assert_eq!(got, Pixels::Rgb16(vec![0, 0, 0, 65535, 65535, 65535]));
    }

    #[test]
    fn alpha_is_kept_where_it_hides_something() {
        let (grey, opaque, half) = ([60_u8, 60], [255_u8, 255], [0x80_u8, 0xff]);
        let with = |alpha, premultiplied| {
            let planes = Planes {
                alpha: Some(plane(alpha, 2, 8)),
                premultiplied,
                ..planes(Colors::Grey(plane(&grey, 2, 8)), FULL)
            };
            planes.pixels(Part::whole((2, 1))).unwrap()
        };
        assert_eq!(with(&opaque, false), Pixels::Rgb8(vec![60; 6]));
        assert_eq!(with(&half, false), Pixels::Rgba8(vec![60, 60, 60, 128, 60, 60, 60, 255]));
        assert_eq!(with(&half, true), Pixels::Rgba8(vec![120, 120, 120, 128, 60, 60, 60, 255]));
    }

    #[test]
    fn alpha_of_another_size_is_stretched() {
        let (grey, alpha) = ([60_u8; 4], [0_u8, 255]);
        let with =
            Planes { alpha: Some(plane(&alpha, 2, 8)), ..planes(Colors::Grey(plane(&grey, 4, 8)), FULL) };
        let Pixels::Rgba8(got) = with.pixels(Part::whole((4, 1))).unwrap() else { panic!("no alpha") };
        assert_eq!(got.iter().skip(3).step_by(4).copied().collect::<Vec<_>>(), [0, 0, 255, 255]);
    }

    #[test]
    fn only_the_part_is_made() {
        let bytes = [1_u8, 2, 3, 4, 5, 6];
        let part = Part { left: 1, top: 1, width: 2, height: 1 };
        let got = planes(Colors::Grey(plane(&bytes, 3, 8)), FULL).pixels(part).unwrap();
        assert_eq!(got, Pixels::Rgb8(vec![5, 5, 5, 6, 6, 6]));
    }
}
