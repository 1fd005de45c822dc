//! A JPEG made of another one, for whoever takes nothing else and would decode all of it.
//! Knows which scale serves; nothing of who asks.

use super::scans;
use super::turbo::{Decoder, Header, Layout};
use super::{COARSE_DENOMINATOR, DENOMINATORS, admit};
use crate::Limits;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

/// Of what is decoded and scaled down once more, errors of a level or two are not seen.
const QUALITY: i32 = 95;

/// `jpeg`, which has `size` columns and rows, at the least scale that has `least`; none if that is its own, or if
/// anything is wrong with it.
pub(in crate::formats) fn smaller(
    jpeg: &[u8],
    size: (u32, u32),
    least: (u32, u32),
    limits: &Limits,
) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(limits).ok()?;
    let header = decoder.header(jpeg).ok()?;
    let plain = header.layout == Layout::Rgb && header.precision == 8 && !header.lossless;
    if !plain || (header.width, header.height) != size {
        return None;
    }
    let denominator = denominator(&header, least)?;
    admit(jpeg, &header, denominator, limits).ok()?;
    let jpeg = scans::without_refinements(jpeg);
    let small = decoder.decode::<u8>(&jpeg, &header, denominator).ok()?;
    if small.warning.is_some() {
        return None;
    }
    let image = Image {
        pixels: small.samples.as_slice(),
        width: small.width as usize,
        pitch: (small.width as usize).saturating_mul(Layout::Rgb.channels()),
        height: small.height as usize,
        format: PixelFormat::RGB,
    };
    let mut compressor = Compressor::new().ok()?;
    compressor.set_quality(QUALITY).ok()?;
    compressor.set_subsamp(if header.grey { Subsamp::Gray } else { Subsamp::None }).ok()?;
    compressor.compress_to_vec(image).ok()
}

/// The greatest scale down that leaves so many columns and rows, and at which something is gained: at 1/2 it takes as long
/// to make another JPEG as to decode all of the first.
fn denominator(header: &Header, least: (u32, u32)) -> Option<u32> {
    DENOMINATORS.into_iter().filter(|denominator| *denominator >= COARSE_DENOMINATOR).find(|denominator| {
        let (columns, rows) = header.scaled(*denominator);
        columns >= least.0 && rows >= least.1
    })
}
