//! What every parser of this crate is held to, whatever the bytes: by name, a function that panics when a promise is
//! broken. Compiled for fuzzing and for tests only.
//! Knows nothing of fuzzers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is what it is for"
)]

use crate::canvas::Channels;
use crate::exif::Tags;
use crate::formats::{self, ALL, Format, isobmff, tiff};
use crate::libwebp::{self, Fidelity, Image, Settings};
use crate::{
    ColorSpace, Effort, Engine, Extras, Fonts, Limits, Pixels, Rendition, Scrub, ScrubSheet, Source,
    Thumbnail, Wanted, color, resize,
};

/// A table of formats, of one for most purposes.
pub type Table = &'static [&'static Format];

/// A name, and what holds for any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every parser of ours but the decoders of whole files, which [`render`] is for.
pub const TARGETS: &[Target] = &[
    ("exif", exif),
    ("icc", icc),
    ("isobmff", isobmff),
    ("jpeg_segments", formats::walk_jpeg),
    ("tiff_directory", tiff_directory),
    ("webp_codec", webp_codec),
    ("xmp", xmp),
];

/// Small, so that a fuzzer tries much and finds its way over every limit, and large enough for pictures to be made.
pub const LIMITS: Limits = Limits { max_pixels: 1 << 16, max_memory: 4 << 20 };

/// A size at which decoders shrink on load, and one at which thumbnails are lossless.
const SIZES: [u32; 2] = [72, 16];
/// What one file in four has made beside them.
const EXTRAS: Extras = Extras { scrub: Some(Scrub { frames: 5, edge: 24 }), waveform: true };

/// The formats one by one, each under the name of its target: `render_jpeg`.
pub fn formats() -> impl Iterator<Item = (String, Table)> {
    ALL.iter().map(|format| {
        let letters = format.name.chars().filter(char::is_ascii_alphanumeric);
        (format!("render_{}", letters.collect::<String>().to_lowercase()), std::slice::from_ref(format))
    })
}

/// The whole way from a file to thumbnails: right ones or a fault with words, and the same again for the same bytes.
pub fn render(formats: Table, file: &[u8]) {
    let engine = Engine { formats, limits: LIMITS, fonts: &Fonts::none() };
    // Each costs as much as the first: one file in eight has it, by its last byte.
    let (cheap, twice) = file.last().map_or((false, false), |byte| (byte % 8 == 0, byte / 8 % 8 == 0));
    let effort = if cheap { Effort::Reduced } else { Effort::Full };
    let extras = if file.last().is_some_and(|byte| byte / 64 == 1) { EXTRAS } else { Extras::NONE };
    let wanted = Wanted { sizes: SIZES.to_vec(), quality: 80, effort, extras };
    let render = || engine.render(&Source::from_bytes(&file), &wanted, &mut |_| ());
    let made = render();
    match &made {
        Ok(rendition) => check_rendition(rendition),
        Err(fault) => assert!(!fault.detail.is_empty(), "a fault without words: {fault:?}"),
    }
    if twice {
        assert_eq!(made, render(), "the same bytes, another result");
    }
}

fn check_rendition(Rendition { thumbnails, sheet, facts }: &Rendition) {
    assert!(thumbnails.iter().map(|thumbnail| thumbnail.size).eq(SIZES), "{thumbnails:?}");
    thumbnails.iter().for_each(check_thumbnail);
    if let Some(ScrubSheet { width, height, webp, columns, starts_ms }) = sheet {
        check_thumbnail(&Thumbnail { size: 24 * 5, width: *width, height: *height, webp: webp.clone() });
        assert!(width % columns == 0 && height % (starts_ms.len() as u32).div_ceil(*columns) == 0);
        assert!((1..=5).contains(&starts_ms.len()) && starts_ms.is_sorted(), "{starts_ms:?}");
    }
    assert!(facts.width > 0 && facts.height > 0, "{facts:?}");
    assert!((1..=25).contains(&facts.thumbhash.len()), "a ThumbHash of {}", facts.thumbhash.len());
}

fn check_thumbnail(Thumbnail { size, width, height, webp }: &Thumbnail) {
    assert!((1..=*size).contains(width) && (1..=*size).contains(height), "{width} × {height} for {size}");
    let features = libwebp::features(webp).expect("a thumbnail is a WebP file");
    assert_eq!((features.width, features.height, features.animated), (*width, *height, false));
    let (_, whole) = libwebp::decode(webp, &features, (*width, *height)).expect("a thumbnail can be decoded");
    assert!(whole, "a thumbnail is whole");
}

fn exif(block: &[u8]) {
    let Some(tags) = Tags::parse(block) else { return };
    assert!((1..=8).contains(&tags.orientation().exif()));
    assert!(tags.preview().is_none_or(|preview| preview.len() <= block.len()));
}

fn xmp(packet: &[u8]) {
    assert!(formats::orientation_of_xmp(packet).is_none_or(|found| (1..=8).contains(&found.exif())));
}

/// Boxes follow each other within the file, and an index says nothing of bytes that are not there.
fn isobmff(file: &[u8]) {
    let mut end = 0;
    for atom in isobmff::atoms(file) {
        assert!(atom.at >= end, "boxes overlap: {} before {end}", atom.at);
        end = atom.at + 8 + atom.body.len();
        assert!(end <= file.len(), "a box ends at {end}, beyond the file's {}", file.len());
    }
    let Some(meta) = isobmff::Meta::of(file) else { return };
    for (id, _) in meta.items() {
        assert!(meta.properties(id).count() <= file.len());
        assert!(meta.referred(b"dimg", id).chain(meta.referring(b"thmb", id)).count() <= file.len());
        assert!(meta.bytes(id, 100).is_none_or(|bytes| bytes.len() <= 100));
    }
}

fn tiff_directory(file: &[u8]) {
    let Ok(layout) = tiff::Layout::read(file, 96) else { return };
    for chosen in [layout.chosen(), layout.chosen_in_chain()] {
        assert!(chosen.profile(file).is_none_or(|profile| profile.len() <= file.len()));
        assert!((1..=8).contains(&chosen.orientation.exif()));
    }
}

/// A profile on pixels of every kind: a picture of the same size, in any case.
fn icc(profile: &[u8]) {
    let ramp = || (0..=u8::MAX).step_by(17);
    let wide = || ramp().map(|level| u16::from(level).wrapping_mul(257));
    let kinds = [
        (Pixels::Rgb8(ramp().take(12).collect()), 2),
        (Pixels::Rgb8([9; 12].to_vec()), 2),
        (Pixels::Rgba8(ramp().collect()), 2),
        (Pixels::Rgb16(wide().take(12).collect()), 2),
        (Pixels::Rgba16(wide().collect()), 2),
        (Pixels::Cmyk8(ramp().collect()), 2),
    ];
    for (pixels, edge) in kinds {
        let meaning = color::Meaning::of(&ColorSpace::Icc(profile.to_vec()), &pixels, &mut Vec::new());
        let sizes = resize::Sizes { from: (edge, edge), to: (edge, edge) };
        let small = resize::fit(&pixels, &meaning.reading, sizes).expect("four pixels fit into memory");
        let canvas = meaning.to_srgb(small).expect("a bad profile is left out");
        assert_eq!((canvas.width, canvas.height), (edge, edge));
        assert_eq!(canvas.samples.len(), canvas.channels.count().saturating_mul(4));
    }
}

/// What is encoded without loss comes back; and no bytes at all make the decoder say what is not so.
fn webp_codec(bytes: &[u8]) {
    if let Ok(features) = libwebp::features(bytes)
        && u64::from(features.width).saturating_mul(features.height.into()) <= LIMITS.max_pixels
    {
        let _ = libwebp::first_frame(bytes, &features);
        let _ = libwebp::decode(bytes, &features, (features.width, features.height));
    }
    let Some(([width, alpha, quality], pixels)) = bytes.split_first_chunk::<3>() else { return };
    let channels = if alpha % 2 == 0 { Channels::Rgb } else { Channels::Rgba };
    let width = usize::from(*width).max(1);
    let Some(height) =
        pixels.len().checked_div(width.saturating_mul(channels.count())).filter(|rows| *rows > 0)
    else {
        return;
    };
    let numbers = &pixels[..width * height * channels.count()];
    let image = Image { width: width as u32, height: height as u32, channels, numbers };
    let settings = Settings { quality: *quality, method: 0, fidelity: Fidelity::Lossless };
    let webp = libwebp::encode(&image, settings).expect("a small picture can be encoded");
    let features = libwebp::features(&webp).expect("what was encoded has features");
    let (found, whole) =
        libwebp::decode(&webp, &features, (image.width, image.height)).expect("it can be decoded");
    assert!(whole);
    assert_eq!(shown(numbers, channels), shown(&found, features.channels));
}

/// What can be seen: pixels without alpha are opaque, and what is invisible has no colour.
fn shown(numbers: &[u8], channels: Channels) -> Vec<[u8; 4]> {
    let pixels = numbers.chunks_exact(channels.count());
    let rgba = pixels.map(|pixel| match *pixel {
        [_, _, _, 0] => [0; 4],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        [red, green, blue] => [red, green, blue, u8::MAX],
        _ => unreachable!("three or four channels"),
    });
    rgba.collect()
}

#[cfg(test)]
#[path = "../../../fuzz/cases.rs"]
mod cases;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_and_what_is_near_them_hold() {
        for (name, check) in TARGETS {
            cases::check(name, check);
        }
    }

    #[test]
    fn files_of_every_format_hold() {
        for (name, format) in formats() {
            cases::check(&name, |file| render(format, file));
        }
    }
}
