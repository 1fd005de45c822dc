//! Run-length coded BMP rows, back to rows of whole bytes.
//! Knows nothing of palettes. Pixels that no run names keep index 0, as Windows shows them.

use super::header::{Coding, Header};
use crate::Fault;
use crate::formats::cursor::Cursor;
use crate::formats::raster::{Admitted, filled};

/// The rows in stored order, and how many bytes each takes: 8 or 24 bits a pixel for RLE8 and RLE24, and for RLE4
/// two pixels a byte again. A stream that breaks off leaves the rest at index 0.
pub(super) fn expand(header: &Header, body: &[u8], size: Admitted) -> Result<(Vec<u8>, usize), Fault> {
    let mut canvas = Canvas::new(header.coding, size)?;
    canvas.run(body);
    Ok((canvas.rows, canvas.stride))
}

struct Canvas {
    coding: Coding,
    width: usize,
    height: usize,
    stride: usize,
    rows: Vec<u8>,
    x: usize,
    y: usize,
}

impl Canvas {
    fn new(coding: Coding, size: Admitted) -> Result<Self, Fault> {
        let (width, height) = (size.width as usize, size.height as usize);
        let stride = match coding {
            Coding::Rle24 => width.saturating_mul(3),
            Coding::Rle4 => width.div_ceil(2),
            _ => width,
        };
        let rows = filled(0, stride.saturating_mul(height))?;
        Ok(Self { coding, width, height, stride, rows, x: 0, y: 0 })
    }

    /// Each step eats at least two bytes, so a stream's length bounds the time it takes.
    fn run(&mut self, body: &[u8]) {
        let mut cursor = Cursor::new(body);
        while self.y < self.height {
            let Some(step) = self.step(&mut cursor) else { return };
            if step.is_end() {
                return;
            }
        }
    }

    fn step(&mut self, cursor: &mut Cursor<'_>) -> Option<Step> {
        match cursor.u8()? {
            0 => self.escape(cursor),
            count => {
                let value = cursor.take(self.value_len())?;
                for place in 0..usize::from(count) {
                    self.put(place, value);
                }
                Some(Step::On)
            }
        }
    }

    fn escape(&mut self, cursor: &mut Cursor<'_>) -> Option<Step> {
        match cursor.u8()? {
            0 => {
                self.x = 0;
                self.y = self.y.saturating_add(1);
            }
            1 => return Some(Step::End),
            2 => {
                self.x = self.x.saturating_add(usize::from(cursor.u8()?));
                self.y = self.y.saturating_add(usize::from(cursor.u8()?));
            }
            count => self.literal(cursor, usize::from(count)),
        }
        Some(Step::On)
    }

    /// Pixels as they are, padded to a border of two bytes. What is missing of them is left out.
    fn literal(&mut self, cursor: &mut Cursor<'_>, count: usize) {
        let len = match self.coding {
            Coding::Rle4 => count.div_ceil(2),
            Coding::Rle24 => count.saturating_mul(3),
            _ => count,
        };
        let padded = len.next_multiple_of(2).min(cursor.rest().len());
        let values = cursor.take(padded).unwrap_or_default();
        if self.coding == Coding::Rle4 {
            for value in values.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(count) {
                self.put(0, &[value << 4]);
            }
        } else {
            for value in values.chunks_exact(self.value_len()).take(count) {
                self.put(0, value);
            }
        }
    }

    fn value_len(&self) -> usize {
        if self.coding == Coding::Rle24 { 3 } else { 1 }
    }

    /// One pixel, if it lies within the picture. `place` tells RLE4's two alternating colours apart.
    fn put(&mut self, place: usize, value: &[u8]) {
        if self.x < self.width && self.y < self.height {
            let row = self.y.saturating_mul(self.stride);
            if let (Coding::Rle4, [pair]) = (self.coding, value) {
                let color = if place.is_multiple_of(2) { pair >> 4 } else { pair & 15 };
                let shifted = if self.x.is_multiple_of(2) { color << 4 } else { color };
                if let Some(byte) = self.rows.get_mut(row.saturating_add(self.x / 2)) {
                    *byte |= shifted;
                }
            } else {
                let at = row.saturating_add(self.x.saturating_mul(value.len()));
                if let Some(to) = self.rows.get_mut(at..at.saturating_add(value.len())) {
                    to.copy_from_slice(value);
                }
            }
        }
        self.x = self.x.saturating_add(1);
    }
}

/// What a code says about going on.
enum Step {
    On,
    End,
}

impl Step {
    fn is_end(&self) -> bool {
        matches!(self, Self::End)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(coding: Coding, body: &[u8], wanted: &[u8]) {
        let mut canvas = Canvas::new(coding, Admitted { width: 4, height: 2, pixels: 8 }).unwrap();
        canvas.run(body);
        assert_eq!(canvas.rows, wanted);
    }

    #[test]
    fn runs_literals_and_jumps() {
        check(Coding::Rle8, &[3, 7, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1], &[7, 7, 7, 0, 1, 2, 3, 0]);
        check(Coding::Rle8, &[0, 2, 1, 1, 2, 9, 0, 1], &[0, 0, 0, 0, 0, 9, 9, 0]);
        check(Coding::Rle4, &[3, 0x12, 0, 0, 0, 3, 0x45, 0x60, 0, 1], &[0x12, 0x10, 0x45, 0x60]);
        check(Coding::Rle24, &[1, 1, 2, 3, 0, 1], &[[1, 2, 3].as_slice(), &[0; 21]].concat());
    }

    #[test]
    fn a_stream_that_breaks_off_or_runs_over_keeps_what_fits() {
        check(Coding::Rle8, &[200, 5], &[5, 5, 5, 5, 0, 0, 0, 0]);
        check(Coding::Rle8, &[0, 200, 1, 2], &[1, 2, 0, 0, 0, 0, 0, 0]);
        check(Coding::Rle8, &[0], &[0; 8]);
    }
}
