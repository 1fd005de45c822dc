//! Planes that follow one another to pixels whose samples lie side by side, made smaller on the way where the whole would
//! not fit.
//! Knows numbers and places; knows nothing of colours or files.

use super::rows::Rows;
use crate::Fault;
use crate::formats::raster::{Admitted, filled};

/// A sample as it lies in the file, and the number that becomes of it.
pub(super) trait Sample {
    type Number: Number;
    const BYTES: usize;
    fn of(bytes: &[u8]) -> Self::Number;
}

/// A number of a pixel.
pub(super) trait Number: Copy + Default {
    /// The most there can be: white, no ink, opaque.
    const FULL: Self;
    /// Lab's neither red nor green.
    const MIDDLE: Self;
    fn wide(self) -> f32;
    fn narrow(wide: f32) -> Self;
}

pub(super) struct Byte;
pub(super) struct Word;
/// Of two bytes the upper: inks have eight bits here.
pub(super) struct UpperByte;
pub(super) struct Float;

impl Sample for Byte {
    type Number = u8;
    const BYTES: usize = 1;
    fn of(bytes: &[u8]) -> u8 {
        bytes.first().copied().unwrap_or_default()
    }
}

impl Sample for Word {
    type Number = u16;
    const BYTES: usize = 2;
    fn of(bytes: &[u8]) -> u16 {
        bytes.first_chunk().copied().map(u16::from_be_bytes).unwrap_or_default()
    }
}

impl Sample for UpperByte {
    type Number = u8;
    const BYTES: usize = 2;
    fn of(bytes: &[u8]) -> u8 {
        bytes.first().copied().unwrap_or_default()
    }
}

impl Sample for Float {
    type Number = f32;
    const BYTES: usize = 4;
    fn of(bytes: &[u8]) -> f32 {
        bytes.first_chunk().copied().map(f32::from_be_bytes).unwrap_or_default()
    }
}

impl Number for u8 {
    const FULL: Self = Self::MAX;
    const MIDDLE: Self = 0x80;
    fn wide(self) -> f32 {
        self.into()
    }
    fn narrow(wide: f32) -> Self {
        wide.round() as Self
    }
}

impl Number for u16 {
    const FULL: Self = Self::MAX;
    const MIDDLE: Self = 0x8000;
    fn wide(self) -> f32 {
        self.into()
    }
    fn narrow(wide: f32) -> Self {
        wide.round() as Self
    }
}

impl Number for f32 {
    const FULL: Self = 1.0;
    const MIDDLE: Self = 0.5;
    fn wide(self) -> f32 {
        self
    }
    fn narrow(wide: f32) -> Self {
        wide
    }
}

/// One plane: where in a pixel it belongs, and what stands there for rows that never came.
pub(super) struct Plane {
    pub(super) to: &'static [usize],
    pub(super) missing: Missing,
}

/// What stands for a sample that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Nothing,
    Full,
    Middle,
    /// The sample of the plane before, which makes a picture of one plane grey, and not red.
    LikeBefore,
}

/// What is to come out.
pub(super) struct Plan<'a> {
    pub(super) planes: Vec<&'a Plane>,
    /// Samples of a pixel.
    pub(super) channels: usize,
    /// Columns and rows of the file that become one.
    pub(super) shrink: u32,
    /// Rows in the file.
    pub(super) height: u32,
    /// What comes out.
    pub(super) size: Admitted,
}

/// What came out: all pixels, and how many of the rows of all planes were there.
pub(super) struct Gathered<T> {
    pub(super) samples: Vec<T>,
    pub(super) rows_there: u64,
}

impl Plan<'_> {
    pub(super) fn gather<S: Sample>(&self, rows: &mut Rows<'_>) -> Result<Gathered<S::Number>, Fault> {
        let mut samples = filled(S::Number::default(), self.size.pixels.saturating_mul(self.channels))?;
        let mut rows_there = 0_u64;
        for plane in &self.planes {
            let came = match self.shrink {
                1 => self.plane::<S>(plane, rows, &mut samples)?,
                _ => self.smaller_plane::<S>(plane, rows, &mut samples)?,
            };
            rows_there = rows_there.saturating_add(came.into());
            let done =
                if came == self.height { Some(self.size.height) } else { came.checked_div(self.shrink) };
            self.complete(plane, done.unwrap_or_default(), &mut samples);
        }
        Ok(Gathered { samples, rows_there })
    }

    fn row_len(&self) -> usize {
        (self.size.width as usize).saturating_mul(self.channels).max(1)
    }

    /// Returns how many rows there were.
    fn plane<S: Sample>(
        &self,
        plane: &Plane,
        rows: &mut Rows<'_>,
        samples: &mut [S::Number],
    ) -> Result<u32, Fault> {
        let mut came = 0_u32;
        for to in samples.chunks_exact_mut(self.row_len()) {
            let Some(row) = rows.next()? else { break };
            let numbers = row.chunks_exact(S::BYTES).map(S::of);
            put(to.chunks_exact_mut(self.channels.max(1)), plane.to, numbers);
            came = came.saturating_add(1);
        }
        Ok(came)
    }

    /// The same, each number being the mean of a square of the file's.
    fn smaller_plane<S: Sample>(
        &self,
        plane: &Plane,
        rows: &mut Rows<'_>,
        samples: &mut [S::Number],
    ) -> Result<u32, Fault> {
        let side = self.shrink as usize;
        let mut sums = filled((0.0_f32, 0.0_f32), self.size.width as usize)?;
        let mut came = 0_u32;
        for to in samples.chunks_exact_mut(self.row_len()) {
            sums.fill((0.0, 0.0));
            for _ in 0..self.shrink.min(self.height.saturating_sub(came)) {
                let Some(row) = rows.next()? else { return Ok(came) };
                came = came.saturating_add(1);
                for ((sum, count), square) in sums.iter_mut().zip(row.chunks(side.saturating_mul(S::BYTES))) {
                    *sum += square.chunks_exact(S::BYTES).map(|bytes| S::of(bytes).wide()).sum::<f32>();
                    *count += square.chunks_exact(S::BYTES).len() as f32;
                }
            }
            let means = sums.iter().map(|(sum, count)| S::Number::narrow(sum / count.max(1.0)));
            put(to.chunks_exact_mut(self.channels.max(1)), plane.to, means);
        }
        Ok(came)
    }

    /// Fills the rows of a plane that did not come.
    fn complete<T: Number>(&self, plane: &Plane, came: u32, samples: &mut [T]) {
        let start = (came as usize).saturating_mul(self.row_len());
        let pixels = samples.get_mut(start..).unwrap_or_default().chunks_exact_mut(self.channels.max(1));
        for pixel in pixels {
            for place in plane.to {
                let value = match plane.missing {
                    Missing::Nothing => T::default(),
                    Missing::Full => T::FULL,
                    Missing::Middle => T::MIDDLE,
                    Missing::LikeBefore => pixel.get(place.saturating_sub(1)).copied().unwrap_or_default(),
                };
                if let Some(sample) = pixel.get_mut(*place) {
                    *sample = value;
                }
            }
        }
    }
}

fn put<'a, T: Copy + 'a>(
    pixels: impl Iterator<Item = &'a mut [T]>,
    places: &[usize],
    numbers: impl Iterator<Item = T>,
) {
    for (pixel, number) in pixels.zip(numbers) {
        for place in places {
            if let Some(sample) = pixel.get_mut(*place) {
                *sample = number;
            }
        }
    }
}
