//! Who makes thumbnails of 512 px: tintype's engine as it is, vipsthumbnail, and the steps of ours one by one with
//! other settings, to see which of them costs what.

use super::light::Light;
use super::reference::Reference;
use crate::jpeg::{Decoder, Pixels, shape};
use crate::photographs::Photograph;
use anyhow::{Context, anyhow, ensure};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use std::path::Path;
use std::process::Command;
use tintype_media::{Engine, Fonts, Limits, ReadAt, Source, Wanted, formats};
use webpx::Unstoppable;

const EDGE: u32 = 512;

/// What `tintype` would store at this quality.
pub(super) fn tintype(photograph: &Photograph, quality: u8) -> anyhow::Result<Vec<u8>> {
    let limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };
    let engine = Engine { formats: formats::ALL, limits, fonts: &Fonts::none() };
    let reader: &dyn ReadAt = &photograph.jpeg.as_slice();
    let failed = |fault: tintype_media::Fault| anyhow!("{}: {fault:?}", photograph.name());
    let source = Source::new(reader, photograph.jpeg.len() as u64).map_err(failed)?;
    let wanted = Wanted::new(&[EDGE], quality);
    let rendition = engine.render(&source, &wanted, &mut |_| {}).map_err(failed)?;
    let thumbnail = rendition.thumbnails.into_iter().next().context("no thumbnail")?;
    Ok(thumbnail.webp)
}

/// What `vipsthumbnail` writes. It must be told to make colours sRGB; told so of a photograph without a profile it
/// changes them though they are (30 points lost), so there it is not.
pub(super) fn vips(
    photograph: &Photograph,
    reference: &Reference,
    quality: u8,
    folder: &Path,
) -> anyhow::Result<Vec<u8>> {
    // A relative name would be taken as relative to the photograph.
    let file = std::path::absolute(folder)?.join("vips.webp");
    let mut command = Command::new("vipsthumbnail");
    command.arg(&photograph.path).args(["--size", &format!("{EDGE}x{EDGE}")]);
    if reference.has_profile {
        command.args(["--eprofile", "srgb"]);
    }
    let status = command
        .arg("-o")
        .arg(format!("{}[Q={quality},strip]", file.display()))
        .status()
        .context("run vipsthumbnail (package libvips-tools)")?;
    ensure!(status.success(), "vipsthumbnail: {status}");
    std::fs::read(&file).with_context(|| file.display().to_string())
}

/// One way to do what our engine does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    pub(super) name: &'static str,
    /// The decoded long edge is at least this many times the thumbnail's.
    pub(super) least_scale: f64,
    /// Whether it is resized in linear light, or in the file's numbers.
    pub(super) in_light: bool,
    pub(super) method: u8,
    pub(super) sharp_chroma: bool,
}

const PLAIN: Variant =
    Variant { name: "1.5x, light, m2", least_scale: 1.5, in_light: true, method: 2, sharp_chroma: false };

/// Each differs from the first in one thing.
pub(super) const VARIANTS: &[Variant] = &[
    PLAIN,
    Variant { name: "1x", least_scale: 1.0, ..PLAIN },
    Variant { name: "2x", least_scale: 2.0, ..PLAIN },
    Variant { name: "full decode", least_scale: f64::INFINITY, ..PLAIN },
    Variant { name: "in numbers", in_light: false, ..PLAIN },
    Variant { name: "method 3", method: 3, ..PLAIN },
    Variant { name: "method 4", method: 4, ..PLAIN },
    Variant { name: "sharp chroma", sharp_chroma: true, ..PLAIN },
    Variant { name: "sharp, m4", sharp_chroma: true, method: 4, ..PLAIN },
    Variant { name: "numbers, m4", in_light: false, method: 4, ..PLAIN },
];

impl Variant {
    /// The upright picture of 512 px before encoding. Colour profiles are left as they are found.
    pub(super) fn small(&self, photograph: &Photograph, reference: &Reference) -> anyhow::Result<Light> {
        let least_edge = f64::from(EDGE) * self.least_scale;
        let mut pixels = Pixels::default();
        Decoder::new()?.decode_into(&photograph.jpeg, least_edge as usize, &mut pixels)?;
        let (width, height) = shape(photograph.width as u32, photograph.height as u32, EDGE);
        let small = if self.in_light {
            Light::of_srgb(pixels.width, pixels.height, &pixels.rgb).resized(width, height)?
        } else {
            in_numbers(&pixels, (width, height))?
        };
        Ok(small.upright(reference.orientation))
    }

    pub(super) fn encode(&self, small: &Light, quality: u8) -> anyhow::Result<Vec<u8>> {
        webpx::Encoder::new_rgb(&small.to_srgb(), small.width, small.height)
            .quality(f32::from(quality))
            .method(self.method)
            .sharp_yuv(self.sharp_chroma)
            .encode(Unstoppable)
            .map_err(|error| anyhow!("{error}"))
    }
}

fn in_numbers(pixels: &Pixels, (width, height): (u32, u32)) -> anyhow::Result<Light> {
    let mut rgb = vec![0; width as usize * height as usize * 3];
    let source = ImageRef::new(pixels.width, pixels.height, &pixels.rgb, PixelType::U8x3)?;
    let mut target = Image::from_slice_u8(width, height, &mut rgb, PixelType::U8x3)?;
    let lanczos = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(&source, &mut target, &lanczos)?;
    Ok(Light::of_srgb(width, height, &rgb))
}
