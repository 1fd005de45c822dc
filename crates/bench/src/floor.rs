//! The least that three thumbnails of a JPEG can cost: decode, resize, encode, and nothing else.
//! Knows three libraries; no profile, no orientation, no catalogue, no jail, nothing written.

use crate::jpeg::{Decoder, Pixels, shape};
use anyhow::{Context, anyhow};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use webpx::Unstoppable;

const SIZES: [u32; 3] = [512, 256, 128];

/// Decoding below one and a half times the largest size is what the quality of the result suffers from.
const LEAST_EDGE: usize = 512 * 3 / 2;

/// The same quality and method as tintype's.
const QUALITY: f32 = 85.0;
const METHOD: u8 = 2;

/// Makes the thumbnails of every file, one after the other; how many bytes they have together.
pub(crate) fn run(files: &[PathBuf]) -> anyhow::Result<usize> {
    let mut floor = Floor::new()?;
    let mut bytes = 0;
    for path in files {
        bytes += floor.thumbnails(path).with_context(|| path.display().to_string())?;
    }
    Ok(bytes)
}

/// All memory is used again from file to file.
struct Floor {
    decoder: Decoder,
    resizer: Resizer,
    jpeg: Vec<u8>,
    /// As decoded, then each size.
    steps: [Pixels; SIZES.len() + 1],
    webp: Vec<u8>,
}

impl Floor {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            decoder: Decoder::new()?,
            resizer: Resizer::new(),
            jpeg: Vec::new(),
            steps: Default::default(),
            webp: Vec::new(),
        })
    }

    fn thumbnails(&mut self, path: &Path) -> anyhow::Result<usize> {
        self.jpeg.clear();
        File::open(path)?.read_to_end(&mut self.jpeg)?;
        self.decoder.decode_into(&self.jpeg, LEAST_EDGE, &mut self.steps[0])?;
        let mut bytes = 0;
        for (step, size) in SIZES.into_iter().enumerate() {
            self.shrink(step, size)?;
            bytes += self.encode(step + 1)?;
        }
        Ok(bytes)
    }

    /// Each size from the one before.
    fn shrink(&mut self, step: usize, size: u32) -> anyhow::Result<()> {
        let [from, to] = self.steps.get_disjoint_mut([step, step + 1])?;
        (to.width, to.height) = shape(from.width, from.height, size);
        to.rgb.resize(to.width as usize * to.height as usize * 3, 0);
        let source = ImageRef::new(from.width, from.height, &from.rgb, PixelType::U8x3)?;
        let mut target = Image::from_slice_u8(to.width, to.height, &mut to.rgb, PixelType::U8x3)?;
        let lanczos = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        Ok(self.resizer.resize(&source, &mut target, &lanczos)?)
    }

    /// The wrapper goes by way of ARGB, 0.3 ms a photograph more than needed: less than a hundredth of the floor.
    fn encode(&mut self, step: usize) -> anyhow::Result<usize> {
        let Pixels { width, height, rgb } = &self.steps[step];
        self.webp.clear();
        webpx::Encoder::new_rgb(rgb, *width, *height)
            .quality(QUALITY)
            .method(METHOD)
            .encode_into(Unstoppable, &mut self.webp)
            .map_err(|error| anyhow!("{error}"))?;
        Ok(self.webp.len())
    }
}
