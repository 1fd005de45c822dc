//! What a person sees at once when it is wrong: halos round what is transparent, seams between tiles, coloured lines
//! where chroma ends at an odd size, panoramas and icons that are no pictures any more.
//! Knows how the formats are written, so far as it takes to make such pictures; knows nothing of how they are read.

use super::{drawn, picture, render, unpacked};
use exr::prelude::{Blocks, Encoding, Image as Exr, SpecificChannels, Vec2, WritableImage};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use turbojpeg::{Compressor, PixelFormat, Subsamp};

/// Red to the right, green downwards, blue to the left: smooth, so that whatever is not is somebody's fault.
fn ramp(width: u32, height: u32) -> RgbaImage {
    let level = |at: u32, most: u32| (at * 200 / most.max(1)) as u8 + 25;
    RgbaImage::from_fn(width, height, |x, y| {
        Rgba([level(x, width), level(y, height), level(width - x, width), 255])
    })
}

fn encoded(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = match format {
        ImageFormat::Jpeg => DynamicImage::from(picture.clone()).into_rgb8().into(),
        _ => DynamicImage::from(picture.clone()),
    };
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A file of the ramp, at every size: nowhere does a thumbnail differ from the ramp's by more than so many levels,
/// that is by `most` before it is encoded.
#[track_caller]
fn check_ramp(name: &str, file: &[u8], size: (u32, u32), most: u8) {
    let png = encoded(&ramp(size.0, size.1), ImageFormat::Png);
    for edge in [256, 128, 64, 32] {
        // Above 64 pixels thumbnails are lossy, and what differs by little may come to differ by more.
        let most = if most > 0 && edge > 64 { most + 12 } else { most };
        let (found, wanted) = (picture(file, edge), picture(&png, edge));
        assert_eq!(found.dimensions(), wanted.dimensions(), "{name} at {edge}");
        for (found, (x, y, wanted)) in found.pixels().zip(wanted.enumerate_pixels()) {
            let worst = found.0.iter().zip(wanted.0).map(|(one, other)| one.abs_diff(other)).max().unwrap();
            assert!(worst <= most, "{name} at {edge}: {found:?} instead of {wanted:?} at {x}, {y}");
        }
    }
}

fn jpeg(picture: &RgbaImage, subsampling: Subsamp) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(95).unwrap();
    compressor.set_subsamp(subsampling).unwrap();
    let pixels = turbojpeg::Image {
        pixels: picture.as_raw().as_slice(),
        width,
        pitch: width * 4,
        height,
        format: PixelFormat::RGBA,
    };
    compressor.compress_to_vec(pixels).unwrap()
}

/// At 256, 128, 64 and 32 pixels these are decoded at 1/1, 1/2, 1/4 and 1/8.
#[test]
fn no_line_where_chroma_ends_at_an_odd_size() {
    use Subsamp::{None, Sub1x2, Sub1x4, Sub2x1, Sub2x2, Sub4x1};
    for subsampling in [None, Sub2x1, Sub1x2, Sub2x2, Sub4x1, Sub1x4] {
        for size in [(401, 303), (305, 415), (417, 311), (386, 389)] {
            let name = format!("JPEG {subsampling:?} of {size:?}");
            // At 1/8 a sample of quartered chroma stands for 32 pixels: steps are seen, but no line.
            let most = if matches!(subsampling, Sub4x1 | Sub1x4) { 14 } else { 8 };
            check_ramp(&name, &jpeg(&ramp(size.0, size.1), subsampling), size, most);
        }
    }
    for size in [(401, 303), (305, 415), (33, 17)] {
        // What comes out at its own size is lossy WebP (the smallest is not), with chroma at half the size.
        let webp = render(&encoded(&ramp(size.0, size.1), ImageFormat::Png), &[512]).unwrap();
        check_ramp(&format!("WebP of {size:?}"), &webp.thumbnails[0].webp, size, 12);
    }
}

/// A TIFF of tiles of 16 × 16, those at the edges filled up with black.
fn tiled_tiff(picture: &RgbaImage) -> Vec<u8> {
    const SIDE: u32 = 16;
    const TAGS: u32 = 9;
    let (across, down) = (picture.width().div_ceil(SIDE), picture.height().div_ceil(SIDE));
    let (tiles, tile_len) = (across * down, SIDE * SIDE * 3);
    let after_tags = 8 + 2 + TAGS * 12 + 4;
    let (offsets_at, lengths_at) = (after_tags + 8, after_tags + 8 + tiles * 4);
    let data_at = lengths_at + tiles * 4;
    let mut file = [b"II\x2a\0\x08\0\0\0".as_slice(), &(TAGS as u16).to_le_bytes()].concat();
    let tags: [(u16, u16, u32, u32); TAGS as usize] = [
        (256, 4, 1, picture.width()),
        (257, 4, 1, picture.height()),
        (258, 3, 3, after_tags),
        (262, 3, 1, 2),
        (277, 3, 1, 3),
        (322, 4, 1, SIDE),
        (323, 4, 1, SIDE),
        (324, 4, tiles, offsets_at),
        (325, 4, tiles, lengths_at),
    ];
    for (tag, kind, count, value) in tags {
        file.extend([tag, kind].into_iter().flat_map(u16::to_le_bytes));
        file.extend([count, value].into_iter().flat_map(u32::to_le_bytes));
    }
    file.extend([0, 0, 0, 0, 8, 0, 8, 0, 8, 0, 0, 0]);
    file.extend((0..tiles).flat_map(|tile| (data_at + tile * tile_len).to_le_bytes()));
    file.extend((0..tiles).flat_map(|_| tile_len.to_le_bytes()));
    for (top, left) in (0..down).flat_map(|row| (0..across).map(move |column| (row * SIDE, column * SIDE))) {
        let places = (top..top + SIDE).flat_map(|y| (left..left + SIDE).map(move |x| (x, y)));
        file.extend(places.flat_map(|(x, y)| {
            let [red, green, blue, _] = picture.get_pixel_checked(x, y).map_or([0; 4], |pixel| pixel.0);
            [red, green, blue]
        }));
    }
    file
}

/// An EXR of tiles of 32 × 32.
fn tiled_exr(picture: &RgbaImage) -> Vec<u8> {
    let light = |level: u8| {
        let number = f32::from(level) / 255.0;
        if number <= 0.04045 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) }
    };
    let color = |place: Vec2<usize>| {
        let [red, green, blue, _] = picture.get_pixel(place.x() as u32, place.y() as u32).0.map(light);
        (red, green, blue)
    };
    let size = (picture.width() as usize, picture.height() as usize);
    let encoding = Encoding { blocks: Blocks::Tiles(Vec2(32, 32)), ..Encoding::FAST_LOSSLESS };
    let image = Exr::from_encoded_channels(size, encoding, SpecificChannels::rgb(color));
    let mut file = std::io::Cursor::new(Vec::new());
    image.write().to_buffered(&mut file).unwrap();
    file.into_inner()
}

#[test]
fn no_seam_between_tiles() {
    for size in [(401, 303), (256, 256), (33, 97)] {
        let ramp = ramp(size.0, size.1);
        check_ramp(&format!("TIFF of {size:?}"), &tiled_tiff(&ramp), size, 0);
        check_ramp(&format!("EXR of {size:?}"), &tiled_exr(&ramp), size, 3);
    }
}

/// A yellow disc, and green that nobody may see round it; how much of a pixel of the thumbnail it covers.
const DISC: [u8; 3] = [230, 200, 40];

fn disc(x: u32, y: u32) -> [u8; 4] {
    let inside = x.abs_diff(200).pow(2) + y.abs_diff(200).pow(2) < 150 * 150;
    if inside { [DISC[0], DISC[1], DISC[2], 255] } else { [0, 255, 0, 0] }
}

#[track_caller]
fn check_disc(name: &str, file: &[u8]) {
    // As small as this they are lossless.
    for edge in [50, 40, 25] {
        let found = picture(file, edge);
        let side = 400 / edge;
        for (x, y, pixel) in found.enumerate_pixels() {
            let inside =
                (0..side * side).filter(|at| disc(x * side + at % side, y * side + at / side)[3] > 0);
            let covered = inside.count() as f64 / f64::from(side * side);
            // Lanczos is sharper than the mean of an area, and rings.
            let alpha = f64::from(pixel.0[3]) / 255.0;
            assert!((alpha - covered).abs() < 0.15, "{name} at {edge}: {pixel:?} at {x}, {y}, not {covered}");
            for ground in [0.0, 255.0] {
                for (level, own) in pixel.0.iter().zip(DISC) {
                    let shown = f64::from(*level) * alpha + ground * (1.0 - alpha);
                    let wanted = f64::from(own) * alpha + ground * (1.0 - alpha);
                    assert!(
                        (shown - wanted).abs() <= 10.0,
                        "{name} at {edge}: {pixel:?} over {ground} at {x}, {y}"
                    );
                }
            }
        }
    }
}

fn targa(picture: &RgbaImage) -> Vec<u8> {
    let [width, height] = [picture.width(), picture.height()].map(|side| (side as u16).to_le_bytes());
    let header = [&[0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0], &width[..], &height[..], &[32, 0x28]].concat();
    let pixels = picture.pixels().flat_map(|pixel| [pixel.0[2], pixel.0[1], pixel.0[0], pixel.0[3]]);
    header.into_iter().chain(pixels).collect()
}

/// As Photoshop has it: planes, and the colours laid on white.
fn photoshop(picture: &RgbaImage) -> Vec<u8> {
    let [width, height] = [picture.width(), picture.height()].map(u32::to_be_bytes);
    let mut file = [b"8BPS\0\x01\0\0\0\0\0\0\0\x04", &height[..], &width[..], b"\0\x08\0\x03"].concat();
    // No palette, no resources; layers that are -1, which means one and that the composite has alpha.
    file.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 4, 255, 255, 0, 0, 0, 0]);
    for channel in 0..4 {
        file.extend(picture.pixels().map(|pixel| {
            let alpha = u16::from(pixel.0[3]);
            let level = u16::from(pixel.0[channel]);
            if channel == 3 { pixel.0[3] } else { ((level * alpha + 255 * (255 - alpha)) / 255) as u8 }
        }));
    }
    file
}

#[test]
fn no_halo_round_what_is_transparent() {
    let picture = RgbaImage::from_fn(400, 400, |x, y| Rgba(disc(x, y)));
    let png = drawn(400, 400, disc);
    let wide = image::DynamicImage::from(picture.clone()).into_rgba16();
    let mut wide_png = std::io::Cursor::new(Vec::new());
    wide.write_to(&mut wide_png, ImageFormat::Png).unwrap();
    check_disc("PNG", &png);
    check_disc("PNG of 16 bits", wide_png.get_ref());
    check_disc("lossless WebP", &encoded(&picture, ImageFormat::WebP));
    check_disc("lossy WebP", &render(&png, &[512]).unwrap().thumbnails[0].webp);
    check_disc("TGA", &targa(&picture));
    check_disc("PSD", &photoshop(&picture));
}

/// Three fields of colour along a picture that is two hundred times as long as it is wide.
#[track_caller]
fn check_panorama(size: (u32, u32), format: ImageFormat, edge: u32, wanted: (u32, u32)) {
    const FIELDS: [[u8; 3]; 3] = [[220, 30, 30], [30, 220, 30], [30, 30, 220]];
    let long = size.0.max(size.1);
    let long_picture = RgbaImage::from_fn(size.0, size.1, |x, y| {
        let [red, green, blue] = FIELDS[(x.max(y) * 3 / long).min(2) as usize];
        Rgba([red, green, blue, 255])
    });
    let found = picture(&encoded(&long_picture, format), edge);
    assert_eq!(found.dimensions(), wanted, "{format:?} of {size:?}");
    for (field, wanted) in FIELDS.iter().enumerate() {
        let at = |side: u32| if side == edge { side * (2 * field as u32 + 1) / 6 } else { side / 2 };
        let pixel = found.get_pixel(at(found.width()), at(found.height())).0;
        let near = wanted.iter().zip(pixel).all(|(one, other)| one.abs_diff(other) <= 24);
        assert!(near, "{format:?} of {size:?}: {pixel:?} instead of {wanted:?}");
    }
}

#[test]
fn thin_panoramas_show_all_their_length() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        check_panorama((20_000, 100), format, 512, (512, 3));
        check_panorama((20_000, 100), format, 128, (128, 1));
        check_panorama((100, 20_000), format, 512, (3, 512));
        check_panorama((100, 20_000), format, 128, (1, 128));
    }
}

/// Every pixel as it was. What can hardly be seen may differ by what can hardly be seen.
#[track_caller]
fn check_icon(name: &str, file: &[u8], wanted: &RgbaImage) {
    for thumbnail in render(file, &[128, 16]).unwrap().thumbnails {
        let found = unpacked(&thumbnail);
        assert_eq!(found.dimensions(), wanted.dimensions(), "{name}");
        for (found, wanted) in found.pixels().zip(wanted.pixels()) {
            assert_eq!(found.0[3], wanted.0[3], "{name}");
            let differ = found.0.iter().zip(wanted.0).map(|(one, other)| one.abs_diff(other)).max().unwrap();
            assert!(
                u32::from(differ) * u32::from(found.0[3]) <= 255 && (differ == 0 || found.0[3] < 255),
                "{name}: {found:?} instead of {wanted:?}"
            );
        }
    }
}

/// An icon of one PNG.
fn icon(picture: &RgbaImage) -> Vec<u8> {
    let png = encoded(picture, ImageFormat::Png);
    let numbers = [png.len() as u32, 22].map(u32::to_le_bytes).concat();
    [[0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0].as_slice(), &numbers, &png].concat()
}

#[test]
fn tiny_icons_are_kept_to_the_pixel() {
    // Knuth's multiplicative hash: any would do.
    let noise = |x: u32, y: u32| (x * 31 + y * 1009 + 7).wrapping_mul(2_654_435_761).to_be_bytes();
    for size in [(1, 1), (1, 7), (2, 2), (5, 3), (15, 16), (16, 16)] {
        let transparent = RgbaImage::from_fn(size.0, size.1, |x, y| Rgba(noise(x, y)));
        let opaque = RgbaImage::from_fn(size.0, size.1, |x, y| {
            let [red, green, blue, _] = noise(x, y);
            Rgba([red, green, blue, 255])
        });
        for picture in [transparent, opaque] {
            check_icon("PNG", &encoded(&picture, ImageFormat::Png), &picture);
            check_icon("WebP", &encoded(&picture, ImageFormat::WebP), &picture);
            check_icon("ICO", &icon(&picture), &picture);
            check_icon("TGA", &targa(&picture), &picture);
        }
    }
}
