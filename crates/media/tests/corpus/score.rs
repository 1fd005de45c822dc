//! How alike two pictures look to people, by SSIMULACRA2: 100 is the same, 90 can hardly be told apart, 70 is good, 50
//! is not. Resizes with another Lanczos than ours. Knows pixels; knows nothing of files or of what is demanded.

use crate::compare::Rgba;
use crate::manifest::Row;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use ssimulacra2::{LinearRgb, compute_frame_ssimulacra2};
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;
use tintype_media::Rendition;

/// The short edge from which on a score means something: it looks at six scales, each half as large as the one before,
/// and below this hardly any is left.
const LEAST_EDGE: u32 = 64;

/// Transparent pictures are laid over this much light, neither of the colours that people make pictures of.
const GROUND: f32 = 0.2;

/// Light by alpha, and alpha.
struct Light {
    width: u32,
    height: u32,
    rgba: Vec<[f32; 4]>,
}

/// IEC 61966-2-1.
static LIGHT: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|level| {
        let number = level as f32 / 255.0;
        if number <= 0.04045 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) }
    })
});

impl Light {
    fn of(picture: &Rgba) -> Self {
        let (pixels, _) = picture.pixels.as_chunks::<4>();
        let light = |&[red, green, blue, alpha]: &[u8; 4]| {
            let alpha = f32::from(alpha) / 255.0;
            let [red, green, blue] = [red, green, blue].map(|level| LIGHT[usize::from(level)] * alpha);
            [red, green, blue, alpha]
        };
        Self { width: picture.width, height: picture.height, rgba: pixels.iter().map(light).collect() }
    }

    /// Lanczos 3 in linear light.
    fn resized(self, width: u32, height: u32) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let bytes =
            self.rgba.as_flattened().iter().flat_map(|number| number.to_ne_bytes()).collect::<Vec<_>>();
        let source = ImageRef::new(self.width, self.height, &bytes, PixelType::F32x4).unwrap();
        let mut target = Image::new(width, height, PixelType::F32x4);
        let lanczos =
            ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false); // multiplied already
        Resizer::new().resize(&source, &mut target, &lanczos).unwrap();
        let (numbers, _) = target.buffer().as_chunks::<4>();
        let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
        Self { width, height, rgba: numbers.as_chunks::<4>().0.to_vec() }
    }

    /// Without alpha: over the ground, and what overshot cut off.
    fn laid_down(&self) -> LinearRgb {
        let over = |&[red, green, blue, alpha]: &[f32; 4]| {
            [red, green, blue].map(|light| (light + GROUND * (1.0 - alpha)).clamp(0.0, 1.0))
        };
        LinearRgb::new(self.rgba.iter().map(over).collect(), self.width as usize, self.height as usize)
            .unwrap()
    }
}

/// The score of a picture beside the one it should be, which is resized to its size; none for small ones.
pub(crate) fn ssimulacra2(got: &Rgba, wanted: &Rgba) -> Option<f64> {
    if got.width.min(got.height) < LEAST_EDGE {
        return None;
    }
    let wanted = Light::of(wanted).resized(got.width, got.height);
    Some(compute_frame_ssimulacra2(wanted.laid_down(), Light::of(got).laid_down()).unwrap())
}

/// What is known of one file's thumbnail.
pub(crate) struct Line {
    pub(crate) path: String,
    pub(crate) format: &'static str,
    /// Columns and rows of the thumbnail.
    pub(crate) size: (u32, u32),
    /// Beside what another decoder's picture becomes by the same resize and encoder: 100 but for decoding.
    pub(crate) decoding: Option<f64>,
    /// Beside another decoder's picture by another resize, before any encoder.
    pub(crate) whole: Option<f64>,
}

impl Line {
    /// Without scores yet.
    pub(crate) fn of(row: &Row, rendition: &Rendition) -> Self {
        let size = rendition.thumbnails.first().map_or((0, 0), |largest| (largest.width, largest.height));
        Self { path: row.path.clone(), format: rendition.facts.format, size, decoding: None, whole: None }
    }
}

/// Writes the scores where `make scores` finds them: `target/corpus/NAME.tsv`.
pub(crate) fn write_down(name: &str, lines: &[Line]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/corpus");
    std::fs::create_dir_all(&folder).unwrap();
    let mut text = "path\tformat\twidth\theight\tdecoding\twhole\n".to_owned();
    let score = |score: Option<f64>| score.map(|score| format!("{score:.2}")).unwrap_or_default();
    for Line { path, format, size: (width, height), decoding, whole } in lines {
        let (decoding, whole) = (score(*decoding), score(*whole));
        writeln!(text, "{path}\t{format}\t{width}\t{height}\t{decoding}\t{whole}").unwrap();
    }
    std::fs::write(folder.join(format!("{name}.tsv")), text).unwrap();
}
