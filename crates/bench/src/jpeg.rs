//! JPEG files decoded by libjpeg-turbo at 1/1, 1/2, 1/4 or 1/8, as whoever measures us would do it.
//! Knows nothing of profiles, orientation or of what becomes of the pixels.

use anyhow::{Context, ensure};
use turbojpeg::{Decompressor, Image, PixelFormat, ScalingFactor};

/// Red, green, blue; 8 bits each; rows without padding.
#[derive(Default)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<u8>,
}

/// The denominators that have fast code in the library.
const DENOMINATORS: [usize; 3] = [8, 4, 2];

pub(crate) struct Decoder(Decompressor);

impl Decoder {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(Decompressor::new().context("start libjpeg-turbo")?))
    }

    /// Decodes at the least scale whose long edge has at least so many pixels, into memory that is used again.
    pub(crate) fn decode_into(
        &mut self,
        jpeg: &[u8],
        least_edge: usize,
        pixels: &mut Pixels,
    ) -> anyhow::Result<()> {
        let header = self.0.read_header(jpeg)?;
        let long_edge = header.width.max(header.height);
        let serves = |denominator: &usize| long_edge.div_ceil(*denominator) >= least_edge;
        let scale = ScalingFactor::new(1, DENOMINATORS.into_iter().find(serves).unwrap_or(1));
        self.0.set_scaling_factor(scale)?;
        let (width, height) = (scale.scale(header.width), scale.scale(header.height));
        ensure!(width > 0 && height > 0, "a picture without pixels");
        let pitch = width * PixelFormat::RGB.size();
        pixels.rgb.resize(pitch * height, 0);
        (pixels.width, pixels.height) = (width as u32, height as u32);
        let image = Image { pixels: &mut *pixels.rgb, width, pitch, height, format: PixelFormat::RGB };
        Ok(self.0.decompress(jpeg, image)?)
    }
}

/// Columns and rows of a picture of this size whose long edge shall have `edge` pixels.
pub(crate) fn shape(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let long = f64::from(width.max(height));
    let scaled = |side: u32| (f64::from(side) * f64::from(edge) / long).round().max(1.0) as u32;
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_keep_their_aspect() {
        assert_eq!(shape(4000, 3000, 512), (512, 384));
        assert_eq!(shape(3000, 4000, 512), (384, 512));
        assert_eq!(shape(9000, 1, 512), (512, 1));
    }
}
