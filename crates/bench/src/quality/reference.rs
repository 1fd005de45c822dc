//! What a thumbnail should look like: full decode, the file's colours made sRGB, Lanczos 3 in linear light, upright.
//! Knows one photograph; knows nothing of those who are compared with it.

use super::light::{Light, light};
use crate::jpeg::{Decoder, Pixels};
use crate::photographs::Photograph;
use anyhow::Context;
use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use moxcms::{ColorProfile, Layout, TransformOptions};
use std::io::Cursor;

/// A photograph at its full size, as stored.
pub(super) struct Reference {
    full: Light,
    /// EXIF's number.
    pub(super) orientation: u8,
    pub(super) has_profile: bool,
}

impl Reference {
    pub(super) fn of(photograph: &Photograph) -> anyhow::Result<Self> {
        let mut pixels = Pixels::default();
        Decoder::new()?.decode_into(&photograph.jpeg, usize::MAX, &mut pixels)?;
        let mut about = JpegDecoder::new(Cursor::new(&photograph.jpeg))?;
        let profile = about.icc_profile()?;
        let has_profile = profile.is_some();
        let full = match profile {
            Some(profile) => through(&profile, &pixels).context("the colour profile")?,
            None => Light::of_srgb(pixels.width, pixels.height, &pixels.rgb),
        };
        Ok(Self { full, orientation: about.orientation()?.to_exif(), has_profile })
    }

    /// The picture at this size, which is that of the upright one.
    pub(super) fn at(&self, (width, height): (u32, u32)) -> anyhow::Result<Light> {
        let (width, height) = if self.orientation >= 5 { (height, width) } else { (width, height) };
        Ok(self.full.resized(width, height)?.upright(self.orientation))
    }
}

/// The profile's numbers as light of sRGB's primaries, in floating point all the way.
fn through(profile: &[u8], pixels: &Pixels) -> anyhow::Result<Light> {
    let profile = ColorProfile::new_from_slice(profile)?;
    let transform = profile.create_transform_f32(
        Layout::Rgb,
        &ColorProfile::new_srgb(),
        Layout::Rgb,
        TransformOptions::default(),
    )?;
    let numbers: Vec<f32> = pixels.rgb.iter().map(|number| f32::from(*number) / 255.0).collect();
    let mut srgb = vec![0.0; numbers.len()];
    transform.transform(&numbers, &mut srgb)?;
    let rgb = srgb.as_chunks::<3>().0.iter().map(|pixel| pixel.map(light)).collect();
    Ok(Light { width: pixels.width, height: pixels.height, rgb })
}
