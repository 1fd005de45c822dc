//! sRGB's curve in both directions, as tables: numbers that look evenly spaced, and numbers that add up like light.
//! Knows arithmetic; knows nothing of pictures.

use std::sync::LazyLock;

/// Light of an sRGB number of 8 bits, in 16 bits. Neighbours differ by 20 or more, so nothing is lost on the way.
pub(crate) static LIGHT_OF_8: LazyLock<Box<[u16; 0x100]>> =
    LazyLock::new(|| Box::new(table(|at| wide(light(at / 255.0)))));

/// Light of an sRGB number of 16 bits.
pub(crate) static LIGHT_OF_16: LazyLock<Box<[u16; 0x1_0000]>> =
    LazyLock::new(|| Box::new(table(|at| wide(light(at / 65535.0)))));

/// The nearest sRGB number of 8 bits for light of 16 bits.
pub(crate) static SRGB_8: LazyLock<Box<[u8; 0x1_0000]>> =
    LazyLock::new(|| Box::new(table(|at| (number(at / 65535.0) * 255.0).round() as u8)));

/// The nearest sRGB number of 16 bits for light of 16 bits.
pub(crate) static SRGB_16: LazyLock<Box<[u16; 0x1_0000]>> =
    LazyLock::new(|| Box::new(table(|at| wide(number(at / 65535.0)))));

/// The nearest 8-bit number for 16 bits, white to white.
pub(crate) fn narrowed(number: u16) -> u8 {
    (u32::from(number).wrapping_mul(0xFF).wrapping_add(0x7FFF) / 0xFFFF) as u8
}

fn table<T: Copy + Default, const N: usize>(entry: impl Fn(f64) -> T) -> [T; N] {
    let mut table = [T::default(); N];
    for (at, slot) in table.iter_mut().enumerate() {
        *slot = entry(at as f64);
    }
    table
}

fn wide(part: f64) -> u16 {
    (part * 65535.0).round() as u16
}

/// IEC 61966-2-1: from the number to light.
fn light(number: f64) -> f64 {
    if number <= 0.04045 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) }
}

/// IEC 61966-2-1: from light to the number.
fn number(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // a panic fails the test
    use super::*;

    #[test]
    fn eight_bits_come_back_as_they_went() {
        for number in 0..=u8::MAX {
            assert_eq!(SRGB_8[usize::from(LIGHT_OF_8[usize::from(number)])], number);
            assert_eq!(narrowed(u16::from(number) * 0x101), number);
        }
    }

    #[test]
    fn ends_meet_and_the_middle_is_darker_as_light() {
        assert_eq!((LIGHT_OF_16[0], LIGHT_OF_16[0xFFFF], SRGB_16[0xFFFF]), (0, 0xFFFF, 0xFFFF));
        assert_eq!(LIGHT_OF_8[188], 32957); // half the light of white, within one percent
    }
}
