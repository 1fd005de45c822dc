//! B44: squares of four by four 16-bit floats in fourteen bytes, or in three if they are all the same.
//! Knows the squares of one channel of one block. Knows nothing of files.

use super::chroma::Plane;
use exr::prelude::f16;

/// A third byte from here on says that the square is of one colour: no shift is that large.
const FLAT: u8 = 13 << 2;
/// The side of a square.
const SIDE: usize = 4;
/// Differences are written column after column. The first column hangs together from above, the others on the one to
/// their left: (which, from which).
const DIFFERENCES: [(usize, usize); 15] = [
    (4, 0),
    (8, 4),
    (12, 8),
    (1, 0),
    (5, 4),
    (9, 8),
    (13, 12),
    (2, 1),
    (6, 5),
    (10, 9),
    (14, 13),
    (3, 2),
    (7, 6),
    (11, 10),
    (15, 14),
];

/// Fills rows of a channel, and returns the bytes of the next one; nothing when there are too few.
pub(super) fn read<'a>(
    plane: &mut Plane,
    (first, end): (usize, usize),
    mut bytes: &'a [u8],
) -> Option<&'a [u8]> {
    for top in (first..end).step_by(SIDE) {
        for left in (0..plane.columns).step_by(SIDE) {
            let (square, rest) = square(bytes)?;
            bytes = rest;
            let rows = (top..end).zip(square.as_chunks::<SIDE>().0);
            for (place, levels) in rows {
                let exponents = plane.exponents;
                let row = plane.row(place)?.iter_mut().skip(left);
                row.zip(levels).for_each(|(to, bits)| *to = level(*bits, exponents));
            }
        }
    }
    Some(bytes)
}

/// One square, row after row, and the bytes behind it.
fn square(bytes: &[u8]) -> Option<([u16; 16], &[u8])> {
    let (head, _) = bytes.split_first_chunk::<3>()?;
    let [high, low, kind] = *head;
    let first = u16::from_be_bytes([high, low]);
    if kind >= FLAT {
        return Some(([first; 16], bytes.get(3..)?));
    }
    let (packed, rest) = bytes.split_first_chunk::<14>()?;
    // Behind the first sample: six bits of shift, and fifteen differences of six bits.
    let bits = packed.iter().skip(2).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let shift = u32::from(kind >> 2);
    let mut square = [first; 16];
    for (place, (to, from)) in DIFFERENCES.iter().enumerate() {
        let behind = DIFFERENCES.len().saturating_sub(place).saturating_sub(1).saturating_mul(6);
        let difference = ((bits >> behind) & 0x3f) as i32;
        // A difference of 32 is none. Damaged ones run over, as in the format's own library.
        let step = difference.wrapping_sub(0x20) << shift;
        let from = square.get(*from).copied().unwrap_or(0);
        if let Some(sample) = square.get_mut(*to) {
            *sample = i32::from(from).wrapping_add(step) as u16;
        }
    }
    Some((square, rest))
}

/// Samples are numbered so that greater ones have greater numbers: positive floats with the sign's bit set, negative
/// ones with all bits turned. Channels of colour were raised to the power of e, in eighths, before that.
fn level(number: u16, exponents: bool) -> f32 {
    let bits = if number & 0x8000 == 0 { !number } else { number & 0x7fff };
    let level = f16::from_bits(bits).to_f32();
    match exponents {
        true if level > 0.0 && level.is_finite() => level.ln() * 8.0,
        true => 0.0,
        false => level,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], wanted: Option<([u16; 16], usize)>) {
        assert_eq!(square(bytes).map(|(square, rest)| (square, rest.len())), wanted);
    }

    #[test]
    fn a_square_is_flat_or_hangs_together() {
        check(&[0xbc, 0x00, 0xfc, 7], Some(([0xbc00; 16], 1)));
        // Shift 1, and every difference 33: one more than none, twice.
        let ones = (0..15).fold(1_u128, |bits, _| (bits << 6) | 0x21);
        let packed = [&[0x80, 0x00][..], ones.to_be_bytes().get(4..).unwrap()].concat();
        let wanted = [0, 2, 4, 6, 2, 4, 6, 8, 4, 6, 8, 10, 6, 8, 10, 12].map(|level| 0x8000 + level);
        check(&packed, Some((wanted, 0)));
        check(packed.get(..13).unwrap(), None);
        check(&[0xbc, 0x00], None);
    }

    #[test]
    fn numbers_are_floats_in_order() {
        for (number, exponents, wanted) in [
            (0xbc00, false, 1.0),
            (!0xbc00, false, -1.0),
            (0x8000, false, 0.0),
            (0xbc00, true, 0.0),
            (0xc000, true, 8.0 * std::f32::consts::LN_2),
            (0x8000, true, 0.0),
            (!0xbc00, true, 0.0),
        ] {
            let got = level(number, exponents);
            assert!((got - wanted).abs() < 1e-6, "{number:x}: {got}, not {wanted}");
        }
    }
}
