//! The whole way from a file's bytes to thumbnails, on real files and on small ones made for a purpose.
//! Knows the public interface only.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)] // a panic fails the test

mod frames;
mod hostile;
mod jpeg;
mod looks;
mod pdf;
mod raw;
mod sizes;
mod svg;
mod tables;
mod webp;

use image::RgbaImage;
use std::path::PathBuf;
use tintype_media::{Effort, Engine, Fault, Fonts, Limits, Rendition, Source, Thumbnail, Wanted, formats};

/// What DESIGN.md gives every file.
const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };

fn render(file: &[u8], sizes: &[u32]) -> Result<Rendition, Fault> {
    render_with(file, sizes, Effort::Full)
}

fn render_with(file: &[u8], sizes: &[u32], effort: Effort) -> Result<Rendition, Fault> {
    let engine = Engine { formats: formats::ALL, limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted { effort, ..Wanted::new(sizes, 85) };
    engine.render(&Source::from_bytes(&file), &wanted, &mut |_| ())
}

/// The only thumbnail of this size, as pixels.
#[track_caller]
fn picture(file: &[u8], size: u32) -> RgbaImage {
    unpacked(&render(file, &[size]).unwrap().thumbnails[0])
}

fn unpacked(thumbnail: &Thumbnail) -> RgbaImage {
    let picture = image::load_from_memory_with_format(&thumbnail.webp, image::ImageFormat::WebP).unwrap();
    assert_eq!((picture.width(), picture.height()), (thumbnail.width, thumbnail.height));
    picture.to_rgba8()
}

/// How far apart two pictures are: the mean over all channels, in steps of 255.
fn distance(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}

/// A file of the corpus.
#[track_caller]
fn corpus(path: &str) -> Vec<u8> {
    let folder = std::env::var_os("TINTYPE_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let file = folder.join(path);
    std::fs::read(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; set TINTYPE_CORPUS to the folder of the media corpus", file.display())
    })
}

/// A file that lies beside these tests: made with libjpeg-turbo's own tools from a drawn picture.
#[track_caller]
fn sample(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pipeline/samples");
    std::fs::read(folder.join(name)).unwrap()
}

/// A PNG with a colour for every place.
fn drawn(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = RgbaImage::from_fn(width, height, |x, y| image::Rgba(color(x, y)));
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}
