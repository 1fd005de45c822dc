//! Planes made smaller by means of whole blocks before anything is converted, and one moment made of an interlaced frame.
//! Knows samples; nothing of what they mean.
//!
//! Half of chroma's samples are half of luma's columns already: blocks of two make colours that need no stretching.

use std::ops::AddAssign;
use tintype_media::planes::{Colors, Plane};
use tintype_media::{Fault, Reason};

/// The planes of a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planar<'a> {
    pub(crate) colors: Colors<'a>,
    pub(crate) alpha: Option<Plane<'a>>,
}

/// What is made of two fields, taken at two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fields {
    /// There is only one moment.
    Whole,
    /// The other is left out: half the rows are enough.
    First,
    /// Neighbouring rows are mixed.
    Mixed,
}

/// How planes are reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Factors {
    fields: Fields,
    /// Columns and rows of luma that become one.
    across: u32,
    down: u32,
}

/// A reduced plane, rows without gaps.
struct Reduced {
    bytes: Vec<u8>,
    width: u32,
    height: u32,
    bits: u32,
}

/// Planes that are reduced.
pub(crate) struct Small {
    planes: Vec<Reduced>,
    /// Whether the first three are luma and chroma, or red, green and blue.
    kind: Kind,
    has_alpha: bool,
}

/// What levels are added up in.
trait Sum: Copy + Default + AddAssign + Into<u32> {}

impl Sum for u16 {}
impl Sum for u32 {}

/// Of so many rows the sum of bytes may be more than 16 bits hold, in which adding takes half the time.
const MOST_ROWS: u32 = 256;

#[derive(Clone, Copy)]
enum Kind {
    Grey,
    Rgb,
    YCbCr,
}

impl Factors {
    /// What may be done to a frame of which so many columns and rows are wanted; nothing where all are.
    pub(crate) fn of(planar: &Planar<'_>, interlaced: bool, wanted: (u32, u32)) -> Option<Self> {
        let (width, height) = planar.size();
        let fields = match interlaced {
            false => Fields::Whole,
            true if height / 2 >= wanted.1 => Fields::First,
            true => Fields::Mixed,
        };
        let rows = if fields == Fields::First { height / 2 } else { height };
        let (chroma_across, chroma_down) = planar.subsampling();
        let across = fitting(width / wanted.0.max(1), chroma_across);
        let down = fitting(rows / wanted.1.max(1), chroma_down);
        let factors = Self { fields, across, down };
        (factors != Self { fields: Fields::Whole, across: 1, down: 1 }).then_some(factors)
    }
}

/// The greatest block of at most so many luma samples that holds whole samples of chroma.
fn fitting(most: u32, chroma: u32) -> u32 {
    if most < chroma { 1 } else { most / chroma * chroma }
}

impl Planar<'_> {
    /// How many columns and rows of luma share a sample of chroma.
    fn subsampling(&self) -> (u32, u32) {
        let Colors::YCbCr([luma, chroma, _]) = self.colors else { return (1, 1) };
        (luma.width.div_ceil(chroma.width.max(1)), luma.height.div_ceil(chroma.height.max(1)))
    }

    pub(crate) fn shrunk(&self, factors: Factors) -> Result<Small, Fault> {
        let (chroma_across, chroma_down) = self.subsampling();
        let of_chroma = Factors {
            across: (factors.across / chroma_across).max(1),
            down: (factors.down / chroma_down).max(1),
            ..factors
        };
        let (kind, planes) = match self.colors {
            Colors::Grey(grey) => (Kind::Grey, vec![reduce(grey, factors)?]),
            Colors::Rgb(planes) => {
                (Kind::Rgb, planes.into_iter().map(|plane| reduce(plane, factors)).collect::<Result<_, _>>()?)
            }
            Colors::YCbCr([luma, blue, red]) => {
                (Kind::YCbCr, vec![reduce(luma, factors)?, reduce(blue, of_chroma)?, reduce(red, of_chroma)?])
            }
        };
        let mut small = Small { planes, kind, has_alpha: self.alpha.is_some() };
        if let Some(alpha) = self.alpha {
            small.planes.push(reduce(alpha, factors)?);
        }
        Ok(small)
    }
}

impl Small {
    pub(crate) fn planar(&self) -> Planar<'_> {
        let plane = |place: usize| self.planes[place].plane();
        let (colors, count) = match self.kind {
            Kind::Grey => (Colors::Grey(plane(0)), 1),
            Kind::Rgb => (Colors::Rgb([plane(0), plane(1), plane(2)]), 3),
            Kind::YCbCr => (Colors::YCbCr([plane(0), plane(1), plane(2)]), 3),
        };
        Planar { colors, alpha: self.has_alpha.then(|| plane(count)) }
    }
}

impl Reduced {
    fn plane(&self) -> Plane<'_> {
        let stride = self.width as usize * if self.bits > 8 { 2 } else { 1 };
        Plane { bytes: &self.bytes, stride, width: self.width, height: self.height, bits: self.bits }
    }
}

fn reduce(plane: Plane<'_>, factors: Factors) -> Result<Reduced, Fault> {
    if plane.bits > 8 {
        reduce_by(plane, factors, |level| u32::from(u16::from_ne_bytes(level)))
    } else if factors.down < MOST_ROWS {
        reduce_by(plane, factors, |[level]| u16::from(level))
    } else {
        reduce_by(plane, factors, |[level]| u32::from(level))
    }
}

/// The mean of each block, of samples of so many bytes whose levels are added up in numbers of that kind.
fn reduce_by<const BYTES: usize, S: Sum>(
    plane: Plane<'_>,
    factors: Factors,
    level: impl Fn([u8; BYTES]) -> S + Copy,
) -> Result<Reduced, Fault> {
    let rows = if factors.fields == Fields::First { plane.height.div_ceil(2) } else { plane.height };
    let (width, height) = (plane.width.div_ceil(factors.across), rows.div_ceil(factors.down));
    let mut bytes = Vec::new();
    let len = width as usize * height as usize * BYTES;
    bytes
        .try_reserve_exact(len)
        .map_err(|_| Reason::OutOfMemory.says(format!("no memory for {len} bytes")))?;
    let mut sums = vec![S::default(); plane.width as usize];
    for y in 0..height {
        sums.fill(S::default());
        let mut added = 0;
        for row in rows_of(&plane, factors, y) {
            let (samples, _) = row.as_chunks::<BYTES>();
            sums.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += level(*sample));
            added += 1;
        }
        write_row(&sums, (factors.across as usize, added), plane.bits, &mut bytes);
    }
    Ok(Reduced { bytes, width, height, bits: plane.bits })
}

/// The rows of which one is made.
fn rows_of<'a>(plane: &Plane<'a>, factors: Factors, y: u32) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let (step, extra) = match factors.fields {
        Fields::Whole => (1, 0),
        Fields::First => (2, 0),
        Fields::Mixed => (1, 1),
    };
    let Plane { bytes, stride, height, .. } = *plane;
    let rows = (y * factors.down..(y + 1) * factors.down + extra).map(move |row| row * step);
    rows.take_while(move |row| *row < height)
        .map(move |row| bytes.get(row as usize * stride..).unwrap_or_default())
}

/// The means of so many columns and rows each.
fn write_row<S: Sum>(sums: &[S], (across, down): (usize, u32), bits: u32, to: &mut Vec<u8>) {
    let mean = |block: &[S]| {
        let sum = block.iter().map(|sum| (*sum).into()).sum::<u32>();
        (sum as f32 / (block.len() as u32 * down) as f32 + 0.5) as u16
    };
    // What is known when the program is built runs several times as fast.
    match across {
        1 => write_means(sums.as_chunks::<1>().0.iter().map(|block| mean(block)), bits, to),
        2 => write_means(sums.as_chunks::<2>().0.iter().map(|block| mean(block)), bits, to),
        4 => write_means(sums.as_chunks::<4>().0.iter().map(|block| mean(block)), bits, to),
        _ => write_means(sums.chunks_exact(across).map(mean), bits, to),
    }
    let rest = sums.chunks_exact(across).remainder();
    write_means(Some(rest).filter(|rest| !rest.is_empty()).map(mean).into_iter(), bits, to);
}

fn write_means(means: impl Iterator<Item = u16>, bits: u32, to: &mut Vec<u8>) {
    if bits > 8 {
        to.extend(means.flat_map(u16::to_ne_bytes));
    } else {
        to.extend(means.map(|mean| mean as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(bytes: &[u8], width: u32, bits: u32) -> Plane<'_> {
        let stride = width as usize * if bits > 8 { 2 } else { 1 };
        Plane { bytes, stride, width, height: (bytes.len() / stride) as u32, bits }
    }

    const WHOLE: Factors = Factors { fields: Fields::Whole, across: 1, down: 1 };

    /// Rows of four samples.
    #[track_caller]
    fn check(rows: &[[u8; 4]], factors: Factors, wanted: &[u8]) {
        let bytes = rows.concat();
        assert_eq!(reduce(plane(&bytes, 4, 8), factors).unwrap().bytes, wanted);
    }

    #[test]
    fn blocks_become_their_means() {
        check(&[[0, 2, 10, 20], [4, 6, 10, 20]], Factors { across: 2, down: 2, ..WHOLE }, &[3, 15]);
        check(&[[0, 2, 10, 20], [4, 6, 10, 20]], Factors { down: 2, ..WHOLE }, &[2, 4, 10, 20]);
        // What is left at an edge is a block of its own.
        check(&[[3, 6, 9, 100]], Factors { across: 3, down: 2, ..WHOLE }, &[6, 100]);
        let deep: Vec<u8> = [1000_u16, 1002].iter().flat_map(|level| level.to_ne_bytes()).collect();
        let mean = reduce(plane(&deep, 2, 10), Factors { across: 2, ..WHOLE }).unwrap();
        assert_eq!((mean.bytes, mean.bits), (1001_u16.to_ne_bytes().to_vec(), 10));
    }

    #[test]
    fn high_blocks_do_not_overflow() {
        let white = vec![255; 600];
        for down in [255, 256, 600] {
            assert_eq!(reduce(plane(&white, 1, 8), Factors { down, ..WHOLE }).unwrap().bytes[0], 255);
        }
        let white = vec![255; 1200];
        assert_eq!(reduce(plane(&white, 1, 16), Factors { down: 600, ..WHOLE }).unwrap().bytes, [255; 2]);
    }

    #[test]
    fn of_two_moments_one_is_left() {
        let combed = [[10; 4], [90; 4], [10; 4], [90; 4]];
        check(&combed, Factors { fields: Fields::First, ..WHOLE }, &[10; 8]);
        check(&combed, Factors { fields: Fields::First, across: 2, down: 2 }, &[10; 2]);
        let mixed = [[50; 12].as_slice(), &[90; 4]].concat();
        check(&combed, Factors { fields: Fields::Mixed, ..WHOLE }, &mixed);
    }

    /// Luma of so many columns and rows, with chroma of half of them.
    #[track_caller]
    fn check_factors(size: (u32, u32), interlaced: bool, wanted: (u32, u32), factors: Option<Factors>) {
        let luma = vec![0; (size.0 * size.1) as usize];
        let chroma = vec![0; (size.0.div_ceil(2) * size.1.div_ceil(2)) as usize];
        let colors = Colors::YCbCr([
            plane(&luma, size.0, 8),
            plane(&chroma, size.0.div_ceil(2), 8),
            plane(&chroma, size.0.div_ceil(2), 8),
        ]);
        assert_eq!(Factors::of(&Planar { colors, alpha: None }, interlaced, wanted), factors);
    }

    #[test]
    fn blocks_hold_whole_samples_of_chroma_and_leave_what_is_wanted() {
        let factors = |fields, across, down| Some(Factors { fields, across, down });
        check_factors((192, 108), false, (77, 43), factors(Fields::Whole, 2, 2));
        check_factors((384, 216), false, (77, 43), factors(Fields::Whole, 4, 4));
        check_factors((128, 72), false, (77, 43), None);
        check_factors((192, 108), true, (77, 43), factors(Fields::First, 2, 1));
        check_factors((72, 58), true, (72, 58), factors(Fields::Mixed, 1, 1));
    }

    #[test]
    fn chroma_of_a_block_keeps_its_place() {
        let (luma, chroma) = ([10_u8; 16], [1_u8, 2, 3, 4]);
        let planes = [plane(&luma, 4, 8), plane(&chroma, 2, 8), plane(&chroma, 2, 8)];
        let planar = Planar { colors: Colors::YCbCr(planes), alpha: Some(plane(&luma, 4, 8)) };
        let small = planar.shrunk(Factors { across: 2, down: 2, ..WHOLE }).unwrap();
        let Colors::YCbCr([luma, blue, _]) = small.planar().colors else { panic!("no chroma") };
        assert_eq!((luma.width, luma.bytes, blue.bytes), (2, [10; 4].as_slice(), chroma.as_slice()));
        assert_eq!(small.planar().alpha.unwrap().bytes, [10; 4]);
    }
}
