//! Pictures as linear light in floating point: what the eye adds up, and what SSIMULACRA2 compares.
//! Written without a look at the media crate, so that the two can disagree.

use anyhow::Context;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use std::sync::LazyLock;

/// Red, green, blue; 1 is white.
#[derive(Clone)]
pub(super) struct Light {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rgb: Vec<[f32; 3]>,
}

/// IEC 61966-2-1.
pub(super) fn light(number: f32) -> f32 {
    if number <= 0.04045 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) }
}

/// IEC 61966-2-1, the other way.
fn number(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

static OF_8_BITS: LazyLock<[f32; 256]> = LazyLock::new(|| std::array::from_fn(|at| light(at as f32 / 255.0)));

impl Light {
    pub(super) fn of_srgb(width: u32, height: u32, rgb: &[u8]) -> Self {
        let table = &*OF_8_BITS;
        let of = |number: &u8| table[usize::from(*number)];
        let rgb = rgb.as_chunks::<3>().0.iter().map(|pixel| pixel.each_ref().map(of)).collect();
        Self { width, height, rgb }
    }

    /// sRGB numbers of 8 bits.
    pub(super) fn to_srgb(&self) -> Vec<u8> {
        let of = |light: &f32| (number(light.clamp(0.0, 1.0)) * 255.0).round() as u8;
        self.rgb.as_flattened().iter().map(of).collect()
    }

    /// Lanczos 3, with what overshoots cut off.
    pub(super) fn resized(&self, width: u32, height: u32) -> anyhow::Result<Self> {
        let mut rgb = vec![[0.0_f32; 3]; width as usize * height as usize];
        let source =
            ImageRef::new(self.width, self.height, bytemuck::cast_slice(&self.rgb), PixelType::F32x3)?;
        let mut target =
            Image::from_slice_u8(width, height, bytemuck::cast_slice_mut(&mut rgb), PixelType::F32x3)?;
        let lanczos = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        Resizer::new().resize(&source, &mut target, &lanczos).context("resize")?;
        for value in rgb.as_flattened_mut() {
            *value = value.clamp(0.0, 1.0);
        }
        Ok(Self { width, height, rgb })
    }

    /// Turned as EXIF's number says.
    pub(super) fn upright(&self, orientation: u8) -> Self {
        let (last_x, last_y) = (self.width as usize - 1, self.height as usize - 1);
        let (width, height) =
            if orientation >= 5 { (self.height, self.width) } else { (self.width, self.height) };
        let from = |x: usize, y: usize| match orientation {
            2 => (last_x - x, y),
            3 => (last_x - x, last_y - y),
            4 => (x, last_y - y),
            5 => (y, x),
            6 => (y, last_y - x),
            7 => (last_x - y, last_y - x),
            8 => (last_x - y, x),
            _ => (x, y),
        };
        let pixel = |(x, y): (usize, usize)| self.rgb[y * self.width as usize + x];
        let rows = 0..height as usize;
        let rgb = rows.flat_map(|y| (0..width as usize).map(move |x| (x, y))).map(|(x, y)| pixel(from(x, y)));
        Self { width, height, rgb: rgb.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stored picture is `1 2 3` above `4 5 6`; EXIF says how row 0 and column 0 are meant.
    #[track_caller]
    fn check(orientation: u8, expected: &[&[u8]]) {
        let rgb = (1..=6).map(|value| [f32::from(value as u8); 3]).collect();
        let upright = Light { width: 3, height: 2, rgb }.upright(orientation);
        let rows: Vec<Vec<u8>> = upright
            .rgb
            .chunks(upright.width as usize)
            .map(|row| row.iter().map(|pixel| pixel[0] as u8).collect())
            .collect();
        assert_eq!(rows, expected, "orientation {orientation}");
    }

    #[test]
    fn every_orientation_turns_its_way() {
        check(1, &[&[1, 2, 3], &[4, 5, 6]]);
        check(2, &[&[3, 2, 1], &[6, 5, 4]]);
        check(3, &[&[6, 5, 4], &[3, 2, 1]]);
        check(4, &[&[4, 5, 6], &[1, 2, 3]]);
        check(5, &[&[1, 4], &[2, 5], &[3, 6]]);
        check(6, &[&[4, 1], &[5, 2], &[6, 3]]);
        check(7, &[&[6, 3], &[5, 2], &[4, 1]]);
        check(8, &[&[3, 6], &[2, 5], &[1, 4]]);
    }

    #[test]
    fn numbers_come_back_from_light() {
        let numbers: Vec<u8> = (0..=255).flat_map(|number| [number; 3]).collect();
        assert_eq!(Light::of_srgb(256, 1, &numbers).to_srgb(), numbers);
    }
}
