//! What decoders of plain rasters have in common: the check before memory is reserved, and grey or alpha that
//! turns out to be nothing.
//! Knows nothing of any one format.

use crate::{Fault, Limits, Pixels, Reason};
use std::panic::AssertUnwindSafe;

/// The size of a picture that may be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// Columns.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// Columns times rows, known to fit.
    pub(crate) pixels: usize,
}

/// Lets a picture of `width` × `height` in, if its pixels and their buffers of `bytes_per_pixel` together stay
/// within the limits.
pub(crate) fn admit(
    limits: &Limits,
    (width, height): (u32, u32),
    bytes_per_pixel: u64,
) -> Result<Admitted, Fault> {
    if width == 0 || height == 0 {
        return Err(Reason::Corrupt.says(format!("a picture of {width} × {height} pixels")));
    }
    limits.admit(width, height)?;
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    limits.admit_bytes(pixels.saturating_mul(bytes_per_pixel))?;
    let pixels = usize::try_from(pixels).map_err(|_| Reason::TooLarge.says("more pixels than addresses"))?;
    Ok(Admitted { width, height, pixels })
}

/// A buffer of `count` times `value`. Memory that is not there is a fault, not an abort.
pub(crate) fn filled<T: Clone>(value: T, count: usize) -> Result<Vec<T>, Fault> {
    let mut buffer = reserved(count)?;
    buffer.resize(count, value);
    Ok(buffer)
}

/// An empty buffer with room for `count`.
pub(crate) fn reserved<T>(count: usize) -> Result<Vec<T>, Fault> {
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(count)
        .map_err(|_| crate::memory::no_memory(count.saturating_mul(size_of::<T>())))?;
    Ok(buffer)
}

/// Runs somebody else's decoder, which may panic on bytes that its author did not think of. That is a fault like
/// any other, of the given reason, and must not cost a process.
pub(crate) fn guarded<T>(reason: Reason, decode: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // Nothing outlives a panic here: whatever the decoder was building is dropped with it.
    std::panic::catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
        Err(reason.says(format!("the decoder gave up: {words}")))
    })
}

/// RGBA as it is, or RGB when every pixel is opaque anyway: a quarter less work for everyone after us.
pub(crate) fn without_idle_alpha(mut rgba: Vec<u8>) -> Pixels {
    let (pixels, _) = rgba.as_chunks::<4>();
    if pixels.iter().any(|[.., alpha]| *alpha != u8::MAX) {
        return Pixels::Rgba8(rgba);
    }
    // In its own memory: a second buffer is in nobody's reckoning. It is given up with the picture, soon.
    let count = pixels.len();
    for place in 0..count {
        let pixel = rgba.get(place.saturating_mul(4)..).and_then(|rest| rest.first_chunk::<3>().copied());
        let to = rgba.get_mut(place.saturating_mul(3)..).and_then(|rest| rest.first_chunk_mut::<3>());
        if let (Some(pixel), Some(to)) = (pixel, to) {
            *to = pixel;
        }
    }
    rgba.truncate(count.saturating_mul(3));
    Pixels::Rgb8(rgba)
}

/// RGB of RGBA that lies on something opaque.
pub(crate) fn without_alpha(rgba: &[u8]) -> Result<Vec<u8>, Fault> {
    let (pixels, _) = rgba.as_chunks::<4>();
    let mut rgb = filled(0_u8, pixels.len().saturating_mul(3))?;
    for (to, [red, green, blue, _]) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
        *to = [*red, *green, *blue];
    }
    Ok(rgb)
}

/// Formats whose alpha many writers leave at zero: a picture that would be wholly invisible is opaque.
pub(crate) fn reveal(rgba: &mut [u8]) {
    let (pixels, _) = rgba.as_chunks_mut::<4>();
    if pixels.iter().all(|[.., alpha]| *alpha == 0) {
        for [.., alpha] in pixels {
            *alpha = u8::MAX;
        }
    }
}

/// `value` of `0..=most` on the scale of `0..=255`, rounded.
pub(crate) fn to_8_bits(value: u32, most: u32) -> u8 {
    scale(value, most, u64::from(u8::MAX)) as u8
}

/// `value` of `0..=most` on the scale of `0..=65535`, rounded.
pub(crate) fn to_16_bits(value: u32, most: u32) -> u16 {
    scale(value, most, u64::from(u16::MAX)) as u16
}

fn scale(value: u32, most: u32, top: u64) -> u64 {
    let most = u64::from(most);
    let value = u64::from(value).min(most);
    value.saturating_mul(top).saturating_add(most / 2).checked_div(most).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { max_pixels: 100, max_memory: 400 };

    /// Whoever reads the refusal must raise the right limit.
    #[test]
    fn a_refusal_names_the_limit() {
        let words = |size| admit(&LIMITS, size, 4).map_err(|fault| fault.detail).unwrap_err();
        let memory = words((10, 10));
        assert!(memory.contains("limits.worker_memory_mib") && memory.contains("400 bytes"), "{memory}");
        assert!(words((101, 1)).contains("limits.max_megapixels"), "{}", words((101, 1)));
    }

    #[track_caller]
    fn check(size: (u32, u32), bytes_per_pixel: u64, wanted: Result<usize, Reason>) {
        let got = admit(&LIMITS, size, bytes_per_pixel);
        assert_eq!(got.map(|admitted| admitted.pixels).map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn only_what_fits_the_limits_is_let_in() {
        check((10, 10), 3, Ok(100));
        check((101, 1), 3, Err(Reason::TooLarge));
        check((10, 10), 4, Err(Reason::TooLarge));
        check((0, 10), 4, Err(Reason::Corrupt));
        check((u32::MAX, u32::MAX), u64::MAX, Err(Reason::TooLarge));
    }

    #[test]
    fn levels_are_scaled_and_rounded() {
        assert_eq!(
            [to_8_bits(0, 31), to_8_bits(16, 31), to_8_bits(31, 31), to_8_bits(9, 1)],
            [0, 132, 255, 255]
        );
        assert_eq!([to_16_bits(1, 1), to_16_bits(0, 0), to_16_bits(512, 1023)], [65535, 0, 32800]);
    }

    #[test]
    fn alpha_that_says_nothing_is_dropped() {
        let opaque = vec![1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255];
        let place = opaque.as_ptr();
        let Pixels::Rgb8(rgb) = without_idle_alpha(opaque) else { panic!("alpha is kept") };
        assert_eq!((rgb.as_slice(), rgb.as_ptr()), (&[1, 2, 3, 4, 5, 6, 7, 8, 9][..], place));
        assert_eq!(without_idle_alpha(vec![1, 2, 3, 254]), Pixels::Rgba8(vec![1, 2, 3, 254]));
        let mut hidden = vec![1, 2, 3, 0];
        reveal(&mut hidden);
        assert_eq!(hidden, [1, 2, 3, 255]);
    }
}
