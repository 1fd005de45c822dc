//! QOI, the Quite OK Image format, from its one-page specification.
//! Knows nothing of what becomes of the picture.

use super::cursor::Cursor;
use super::raster::{admit, reserved, without_idle_alpha};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Pixels, Reason, Source};

pub(crate) const FORMAT: Format = Format {
    name: "QOI",
    mime_types: &["image/qoi", "image/x-qoi"],
    extensions: &["qoi"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"qoif")]]),
    decode,
};

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut cursor = Cursor::at(source.bytes(order.limits)?, 4);
    let header = (|| Some((cursor.u32_be()?, cursor.u32_be()?, cursor.array::<2>()?)))();
    let (width, height, [channels, _]) =
        header.ok_or_else(|| Reason::Corrupt.says("QOI: cut short in the header"))?;
    let size = admit(order.limits, (width, height), 4)?;
    let mut rgba = reserved(size.pixels.saturating_mul(4))?;
    let mut run = Run::default();
    while rgba.len() / 4 < size.pixels {
        let Some((pixel, count)) = run.next(&mut cursor) else { break };
        let room = size.pixels.saturating_sub(rgba.len() / 4);
        (0..count.min(room)).for_each(|_| rgba.extend_from_slice(&pixel));
    }
    let read = rgba.len() / 4;
    if read == 0 {
        return Err(Reason::Corrupt.says("QOI: no pixels"));
    }
    rgba.resize(size.pixels.saturating_mul(4), 0);
    let pixels = match (channels, read == size.pixels) {
        (3, true) => {
            Pixels::Rgb8(rgba.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect())
        }
        _ => without_idle_alpha(rgba),
    };
    let mut picture = Picture::new(pixels, width, height);
    if read < size.pixels {
        picture.warnings.push(format!("cut short: {read} of {} pixels", size.pixels));
    }
    Ok(picture)
}

/// The pixel before, and every pixel by its hash.
struct Run {
    pixel: [u8; 4],
    seen: [[u8; 4]; 64],
}

impl Default for Run {
    fn default() -> Self {
        Self { pixel: [0, 0, 0, u8::MAX], seen: [[0; 4]; 64] }
    }
}

impl Run {
    /// The next pixel and how often it comes.
    fn next(&mut self, cursor: &mut Cursor<'_>) -> Option<([u8; 4], usize)> {
        let [red, green, blue, alpha] = self.pixel;
        let tag = cursor.u8()?;
        let low = tag & 0x3f;
        let mut count = 1;
        self.pixel = match (tag, tag >> 6) {
            (0xfe, _) => {
                let [red, green, blue] = cursor.array()?;
                [red, green, blue, alpha]
            }
            (0xff, _) => cursor.array()?,
            (_, 0) => self.seen.get(usize::from(low)).copied()?,
            (_, 1) => {
                let change = |level: u8, shift: u32| level.wrapping_add((low >> shift) & 3).wrapping_sub(2);
                [change(red, 4), change(green, 2), change(blue, 0), alpha]
            }
            (_, 2) => {
                let others = cursor.u8()?;
                let by = low.wrapping_sub(32);
                let change = |level: u8, part: u8| level.wrapping_add(by).wrapping_add(part).wrapping_sub(8);
                [change(red, others >> 4), green.wrapping_add(by), change(blue, others & 15), alpha]
            }
            _ => {
                count = usize::from(low).saturating_add(1);
                self.pixel
            }
        };
        let place = self
            .pixel
            .iter()
            .zip([3_u8, 5, 7, 11])
            .fold(0_u8, |sum, (level, factor)| sum.wrapping_add(level.wrapping_mul(factor)));
        if let Some(slot) = self.seen.get_mut(usize::from(place % 64)) {
            *slot = self.pixel;
        }
        Some((self.pixel, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    fn file(width: u8, data: &[u8]) -> Vec<u8> {
        [b"qoif\0\0\0".as_slice(), &[width, 0, 0, 0, 1, 3, 0], data].concat()
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<Pixels, Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER);
        assert_eq!(got.map(|picture| picture.pixels).map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn every_operation() {
        let literal = [0xfe, 10, 20, 30];
        check(
            &file(2, &[literal.as_slice(), &[0xc0]].concat()),
            Ok(Pixels::Rgb8(vec![10, 20, 30, 10, 20, 30])),
        );
        check(
            &file(2, &[literal.as_slice(), &[0x7f]].concat()),
            Ok(Pixels::Rgb8(vec![10, 20, 30, 11, 21, 31])),
        );
        check(
            &file(2, &[literal.as_slice(), &[0xa1, 0x88]].concat()),
            Ok(Pixels::Rgb8(vec![10, 20, 30, 11, 21, 31])),
        );
        let seen = 10 * 3 + 20 * 5 + 30 * 7 + 255 * 11;
        check(
            &file(2, &[literal.as_slice(), &[(seen % 64) as u8]].concat()),
            Ok(Pixels::Rgb8(vec![10, 20, 30, 10, 20, 30])),
        );
    }

    #[test]
    fn what_is_cut_short_is_shown_in_part() {
        check(&file(2, &[0xfe, 1, 2, 3]), Ok(Pixels::Rgba8(vec![1, 2, 3, 255, 0, 0, 0, 0])));
        check(&file(2, &[]), Err(Reason::Corrupt));
        check(b"qoif", Err(Reason::Corrupt));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&Source::from_bytes(&file(20, &data).as_slice()), &ORDER);
        }
    }
}
