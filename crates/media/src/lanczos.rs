//! Lanczos 3, columns first and rows after, in floating point, with no more of the picture at hand than the filter
//! reaches.
//! Knows numbers in rows; knows nothing of light, colour or alpha.
//!
//! Why not a ready-made one: with 16 bits a sample `fast_image_resize` took 4 ms for 1008 × 756 to 512 × 384, and
//! another 3 for the pages of two more copies of the picture; this takes 2 in all. It also gives the same bits on
//! every machine, where the other chooses its code, and with it the last bit, by the processor.
//!
//! Where the time goes is [`sum`], for rows as for columns: it wants numbers that are added with one weight to lie
//! side by side, and those of its next weight behind them. So columns are summed for a band of rows at once, whose
//! pixels lie side by side, and rows in blocks, whose rows lie one behind the other.

use crate::memory::filled;
use crate::{Fault, Reason};

/// Lobes on each side: the filter's name.
const LOBES: f64 = 3.0;

/// Weights below this move a sample of 16 bits by less than one step, and at scale 1 all but one are so.
const NEGLIGIBLE: f64 = 1e-5;

/// Weights that `sum` takes in one turn; filters are filled up with zeros. With two it is no quicker, though filters
/// of JPEGs, 10 to 18 weights long, then need fewer zeros.
const STEP: usize = 4;

/// Rows in a band: four rows of three channels are three registers of the least processor we run on, with none idle.
const BAND: usize = 4;

/// Numbers in a block: six registers of sums, which leaves enough for the weights. Pixels of three and of four
/// channels fit in.
const BLOCK: usize = 24;

/// A picture to be filtered.
pub(crate) struct Plane<'a, S, F> {
    pub(crate) samples: &'a [S],
    pub(crate) size: (u32, u32),
    /// Makes the samples of a pixel into what adds up, at most 65535.
    pub(crate) to_light: F,
}

/// `plane`, with `C` channels, brought to a size that is nowhere larger.
pub(crate) fn lanczos<S: Copy, F, const C: usize>(
    plane: &Plane<'_, S, F>,
    to: (u32, u32),
) -> Result<Vec<u16>, Fault>
where
    F: Fn(&[S; C]) -> [f32; C],
{
    let mut result = filled(0_u16, to.0, to.1, C)?;
    if plane.size == to && plane.samples.len() == result.len() {
        // Of the weights of each but one are nothing.
        for (to, from) in result.as_chunks_mut::<C>().0.iter_mut().zip(plane.samples.as_chunks::<C>().0) {
            *to = (plane.to_light)(from).map(rounded);
        }
        return Ok(result);
    }
    let (columns, rows) = (Filters::new(plane.size.0, to.0)?, Filters::new(plane.size.1, to.1)?);
    let mut bands = Bands::over(plane, &columns)?;
    let mut window = Window::new(to.0, C, rows.taps)?;
    let row_len = (to.0 as usize).saturating_mul(C).max(1);
    for ((first, weights), row) in rows.iter().zip(result.chunks_exact_mut(row_len)) {
        let end = first.saturating_add(rows.taps).min(plane.size.1 as usize);
        while window.rows < end {
            bands.give(&mut window);
        }
        window.sum_rows(first, weights, row);
    }
    Ok(result)
}

/// The sum of `parts`, each by its weight, in an order that never changes. Both come in whole steps.
/// `result` is not returned: then the compiler arranges sums for whoever takes them apart and needs twice the time.
#[inline]
fn sum<const C: usize, const ROWS: usize>(
    parts: &[[[f32; C]; ROWS]],
    weights: &[f32],
    result: &mut [[f32; C]; ROWS],
) {
    let mut sums = [[0.0; C]; ROWS];
    for (parts, weights) in parts.as_chunks::<STEP>().0.iter().zip(weights.as_chunks::<STEP>().0) {
        for (part, weight) in parts.iter().zip(weights) {
            for (sum, part) in sums.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
                *sum += part * weight;
            }
        }
    }
    *result = sums;
}

/// The weights of every row or column of the result.
struct Filters {
    /// The source row or column that each begins with; never one before that of the last.
    firsts: Vec<usize>,
    /// So many for each, zeros included.
    taps: usize,
    weights: Vec<f32>,
}

impl Filters {
    fn new(from: u32, to: u32) -> Result<Self, Fault> {
        let ratio = f64::from(from) / f64::from(to.max(1));
        let mut reaches: Vec<Reach> =
            (0..to).map(|place| Reach::of((f64::from(place) + 0.5) * ratio, ratio.max(1.0), from)).collect();
        // Of weights at zeros of the kernel more are negligible; the next may need them, and rows gone by are gone.
        let mut least = from;
        for reach in reaches.iter_mut().rev() {
            least = least.min(reach.first);
            reach.first = least;
        }
        let taps = reaches.iter().map(|reach| reach.end.saturating_sub(reach.first) as usize).max();
        let taps = taps.unwrap_or(1).next_multiple_of(STEP);
        let mut weights = filled(0.0, taps as u32, to, 1)?;
        for (weights, reach) in weights.chunks_exact_mut(taps).zip(&reaches) {
            reach.weigh(weights);
        }
        let firsts = reaches.iter().map(|reach| reach.first as usize).collect();
        Ok(Self { firsts, taps, weights })
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.firsts.iter().copied().zip(self.weights.chunks_exact(self.taps))
    }
}

/// The source rows or columns that one of the result is made of.
struct Reach {
    center: f64,
    scale: f64,
    first: u32,
    end: u32,
}

impl Reach {
    fn of(center: f64, scale: f64, from: u32) -> Self {
        let first = (center - LOBES * scale).floor().max(0.0) as u32;
        let end = ((center + LOBES * scale).ceil() as u32).min(from);
        let all = Self { center, scale, first, end };
        let weighty = |place: &u32| all.weight(*place).abs() > NEGLIGIBLE;
        let first = (first..end).find(weighty).unwrap_or(first);
        let end = (first..end).rev().find(weighty).map_or(end, |last| last.saturating_add(1));
        Self { first, end, ..all }
    }

    fn weight(&self, place: u32) -> f64 {
        kernel((f64::from(place) + 0.5 - self.center) / self.scale)
    }

    fn weigh(&self, weights: &mut [f32]) {
        let raw: Vec<f64> = (self.first..self.end).map(|place| self.weight(place)).collect();
        let sum: f64 = raw.iter().sum();
        for (weight, raw) in weights.iter_mut().zip(raw) {
            *weight = (raw / sum) as f32;
        }
    }
}

/// sinc(x) · sinc(x / 3), its two sines had from one by the rule for three times an angle.
fn kernel(x: f64) -> f64 {
    let angle = std::f64::consts::PI / LOBES * x.abs();
    if angle >= std::f64::consts::PI {
        return 0.0;
    }
    if angle < 1e-9 {
        return 1.0;
    }
    let sine = sine(angle);
    sine * (3.0 - 4.0 * sine * sine) * sine / (LOBES * angle * angle)
}

/// The sine of an angle from 0 to π by its series, to eleven digits, where weights have seven. The system's has more,
/// but its last bit depends on the processor.
fn sine(angle: f64) -> f64 {
    const FACTORS: [f64; 8] =
        [1.0 / 272.0, 1.0 / 210.0, 1.0 / 156.0, 1.0 / 110.0, 1.0 / 72.0, 1.0 / 42.0, 1.0 / 20.0, 1.0 / 6.0];
    let angle = angle.min(std::f64::consts::PI - angle);
    let square = angle * angle;
    angle * FACTORS.iter().fold(1.0, |series, factor| 1.0 - square * factor * series)
}

/// A picture with its columns summed, band by band.
struct Bands<'a, S, F, const C: usize> {
    plane: &'a Plane<'a, S, F>,
    columns: &'a Filters,
    /// The source's pixels of a band as light, and some idle ones for filters that end in zeros.
    wide: Vec<[[f32; C]; BAND]>,
    /// The same with columns summed.
    narrow: Vec<[[f32; C]; BAND]>,
    /// Rows given out.
    given: usize,
}

impl<'a, S: Copy, F: Fn(&[S; C]) -> [f32; C], const C: usize> Bands<'a, S, F, C> {
    fn over(plane: &'a Plane<'a, S, F>, columns: &'a Filters) -> Result<Self, Fault> {
        let (width, height) = plane.size;
        let count = (width as usize).saturating_mul(height as usize).saturating_mul(C);
        if count == 0 || plane.samples.len() != count {
            let words = format!("{} samples for {width} × {height} pixels", plane.samples.len());
            return Err(Reason::Corrupt.says(words));
        }
        let wide = filled([[0.0; C]; BAND], width.saturating_add(columns.taps as u32), 1, 1)?;
        let narrow = filled([[0.0; C]; BAND], columns.firsts.len() as u32, 1, 1)?;
        Ok(Self { plane, columns, wide, narrow, given: 0 })
    }

    /// The next row into the window.
    fn give(&mut self, window: &mut Window) {
        let place = self.given % BAND;
        if place == 0 {
            self.light_up();
            for ((first, weights), pixel) in self.columns.iter().zip(&mut self.narrow) {
                let under = self.wide.get(first..first.saturating_add(weights.len())).unwrap_or_default();
                sum(under, weights, pixel);
            }
        }
        self.given = self.given.saturating_add(1);
        window.push(&self.narrow, place);
    }

    /// Makes the next rows of the source into light; the last one stands in for those below it, which nobody asks for.
    fn light_up(&mut self) {
        let row_len = (self.plane.size.0 as usize).saturating_mul(C);
        let last = self.plane.samples.len().saturating_sub(row_len);
        let row = |at: usize| {
            let start = self.given.saturating_add(at).saturating_mul(row_len).min(last);
            self.plane
                .samples
                .get(start..start.saturating_add(row_len))
                .unwrap_or_default()
                .as_chunks::<C>()
                .0
        };
        let rows = row(0).iter().zip(row(1)).zip(row(2)).zip(row(3));
        let light = &self.plane.to_light;
        for (pixel, (((a, b), c), d)) in self.wide.iter_mut().zip(rows) {
            *pixel = [light(a), light(b), light(c), light(d)];
        }
    }
}

/// As many rows as a filter reaches over, in turn: each takes the place of the one that is no longer needed.
struct Window {
    /// For every block of columns all rows.
    blocks: Vec<[[f32; BLOCK]; 1]>,
    depth: usize,
    /// Rows seen so far.
    rows: usize,
    /// The filter's weights, turned to where its rows are.
    weights: Vec<f32>,
    sums: Vec<[[f32; BLOCK]; 1]>,
}

impl Window {
    fn new(width: u32, channels: usize, depth: usize) -> Result<Self, Fault> {
        let count = (width as usize).saturating_mul(channels).div_ceil(BLOCK) as u32;
        let blocks = filled([[0.0; BLOCK]; 1], count, depth as u32, 1)?;
        let sums = filled([[0.0; BLOCK]; 1], count, 1, 1)?;
        Ok(Self { blocks, depth, rows: 0, weights: vec![0.0; depth], sums })
    }

    /// Row `at` of a band becomes the window's last.
    fn push<const C: usize>(&mut self, band: &[[[f32; C]; BAND]], at: usize) {
        let place = self.rows.checked_rem(self.depth).unwrap_or_default();
        let pixels = band.chunks(BLOCK.checked_div(C).unwrap_or(1));
        for (block, pixels) in self.blocks.chunks_exact_mut(self.depth).zip(pixels) {
            let Some([block]) = block.get_mut(place) else { continue };
            for (to, pixel) in block.as_chunks_mut::<C>().0.iter_mut().zip(pixels) {
                if let Some(pixel) = pixel.get(at) {
                    *to = *pixel;
                }
            }
        }
        self.rows = self.rows.saturating_add(1);
    }

    /// The weighted sum of the rows from `first` on. A weight for a row that does not exist is zero.
    fn sum_rows(&mut self, first: usize, weights: &[f32], result: &mut [u16]) {
        self.weights.copy_from_slice(weights);
        self.weights.rotate_right(first.checked_rem(self.depth).unwrap_or_default());
        for (block, sums) in self.blocks.chunks_exact(self.depth).zip(&mut self.sums) {
            sum(block, &self.weights, sums);
        }
        for (to, sum) in result.iter_mut().zip(self.sums.as_flattened().as_flattened()) {
            *to = rounded(*sum);
        }
    }
}

/// The nearest number of 16 bits: that far up, a number's last bit is worth one. (A cast would do as well but is not
/// done for several at once.)
fn rounded(sum: f32) -> u16 {
    const FAR_UP: f32 = 8_388_608.0;
    (sum.clamp(0.0, 65535.0) + FAR_UP).to_bits() as u16
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)] // plain arithmetic
    use super::*;

    fn copied() -> impl Fn(&[u16; 3]) -> [f32; 3] {
        |pixel| pixel.map(f32::from)
    }

    fn scaled(samples: &[u16], size: (u32, u32), to: (u32, u32)) -> Vec<u16> {
        lanczos(&Plane { samples, size, to_light: copied() }, to).unwrap()
    }

    /// The definition, straight from the book: every pixel against every pixel.
    fn by_the_book(samples: &[u16], size: (u32, u32), to: (u32, u32)) -> Vec<u16> {
        let weights = |from: u32, to: u32, place: u32| -> Vec<f64> {
            let ratio = f64::from(from) / f64::from(to);
            let weight = |source: u32| {
                let x = (f64::from(source) + 0.5 - (f64::from(place) + 0.5) * ratio) / ratio
                    * std::f64::consts::PI;
                match x.abs() {
                    0.0..1e-9 => 1.0,
                    size if size >= 3.0 * std::f64::consts::PI => 0.0,
                    _ => 3.0 * x.sin() * (x / 3.0).sin() / (x * x),
                }
            };
            let all: Vec<f64> = (0..from).map(weight).collect();
            let sum: f64 = all.iter().sum();
            all.iter().map(|weight| weight / sum).collect()
        };
        let mut result = Vec::new();
        for (y, x, channel) in
            (0..to.1).flat_map(|y| (0..to.0).flat_map(move |x| (0..3_usize).map(move |c| (y, x, c))))
        {
            let (rows, columns) = (weights(size.1, to.1, y), weights(size.0, to.0, x));
            let mut sum = 0.0;
            for (row, row_weight) in rows.iter().enumerate() {
                for (column, weight) in columns.iter().enumerate() {
                    sum += f64::from(samples[(row * size.0 as usize + column) * 3 + channel])
                        * row_weight
                        * weight;
                }
            }
            result.push((sum + 0.5) as u16);
        }
        result
    }

    #[track_caller]
    fn check(size: (u32, u32), to: (u32, u32)) {
        let count = size.0 * size.1 * 3;
        let samples: Vec<u16> = (0..count).map(|at| (at.wrapping_mul(2_654_435_761) >> 16) as u16).collect();
        let differences = scaled(&samples, size, to)
            .into_iter()
            .zip(by_the_book(&samples, size, to))
            .map(|(ours, book)| ours.abs_diff(book));
        let worst = differences.max().unwrap();
        assert!(worst <= 2, "{size:?} to {to:?}: {worst} steps of 65536 off");
    }

    #[test]
    fn it_is_what_the_book_says() {
        check((40, 30), (20, 15));
        check((37, 23), (11, 7));
        check((33, 5), (32, 5));
        check((50, 2), (3, 1));
        check((1, 60), (1, 4));
        check((61, 43), (60, 42));
        check((200, 9), (7, 9));
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let samples: Vec<u16> = (0..13 * 9 * 3).map(|at| at * 187).collect();
        assert_eq!(scaled(&samples, (13, 9), (13, 9)), samples);
    }

    #[test]
    fn an_even_picture_stays_even() {
        assert_eq!(scaled(&[40_000; 31 * 17 * 3], (31, 17), (8, 5)), [40_000; 8 * 5 * 3]);
    }

    #[test]
    fn samples_missing_are_a_fault() {
        let plane = Plane { samples: &[1_u16; 10], size: (2, 2), to_light: copied() };
        assert_eq!(lanczos(&plane, (1, 1)).unwrap_err().reason, Reason::Corrupt);
    }
}
