//! Small pictures made of a number: another number, another picture.
//! Knows how the simplest variant of each format is written; nothing of files.

use anyhow::Context;
use turbojpeg::{Image, PixelFormat, Subsamp};

/// Pixels of an edge. Small, because it is rows and files that a large library has many of, not pixels.
pub(super) const EDGE: usize = 16;

const PIXELS: usize = EDGE * EDGE;

/// One way to write a picture down.
struct Format {
    extension: &'static str,
    write: fn(&[u8; 3 * PIXELS]) -> anyhow::Result<Vec<u8>>,
}

/// They take turns.
const FORMATS: &[Format] = &[
    Format { extension: "jpg", write: jpeg },
    Format { extension: "png", write: |rgb| Ok(png(rgb)) },
    Format { extension: "ppm", write: |rgb| Ok([b"P6 16 16 255\n".as_slice(), rgb].concat()) },
    Format { extension: "bmp", write: |rgb| Ok(bmp(rgb)) },
    Format { extension: "qoi", write: |rgb| Ok(qoi(rgb)) },
];

/// The picture with this number, and the extension of its format.
pub(super) fn picture(number: u64) -> anyhow::Result<(Vec<u8>, &'static str)> {
    let format = &FORMATS[number as usize % FORMATS.len()];
    Ok(((format.write)(&pixels(number))?, format.extension))
}

/// A PNG that ends in the middle of its header: nothing of it can be shown.
pub(super) fn cut_off(number: u64) -> Vec<u8> {
    let mut bytes = png(&pixels(number));
    bytes.truncate(26);
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes
}

/// A slope whose colours say the number: neighbours differ, and so do no two files agree.
fn pixels(number: u64) -> [u8; 3 * PIXELS] {
    let mut rgb = [0; 3 * PIXELS];
    for (at, value) in rgb.iter_mut().enumerate() {
        let digit = (number >> (8 * (at / 3 % 8))) as u8;
        *value = digit.wrapping_mul(31).wrapping_add((at / 48 * 7 + at % 48) as u8);
    }
    rgb[..8].copy_from_slice(&number.to_le_bytes());
    rgb
}

fn jpeg(rgb: &[u8; 3 * PIXELS]) -> anyhow::Result<Vec<u8>> {
    let image = Image {
        pixels: rgb.as_slice(),
        width: EDGE,
        pitch: 3 * EDGE,
        height: EDGE,
        format: PixelFormat::RGB,
    };
    let mut jpeg = turbojpeg::compress(image, 90, Subsamp::None).context("write a JPEG")?.to_vec();
    // Losses may make two pictures one: a comment keeps them apart.
    let number = &rgb[..8];
    jpeg.splice(2..2, [b"\xff\xfe\x00\x0a".as_slice(), number].concat());
    Ok(jpeg)
}

/// Rows from below, each blue, green, red; 48 bytes a row need no padding.
fn bmp(rgb: &[u8; 3 * PIXELS]) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for word in [54 + 3 * PIXELS as u32, 0, 54, 40, EDGE as u32, EDGE as u32, 1 | 24 << 16, 0, 0, 0, 0, 0, 0]
    {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for row in rgb.chunks_exact(3 * EDGE).rev() {
        bytes.extend(row.chunks_exact(3).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]));
    }
    bytes
}

/// Every pixel as itself.
fn qoi(rgb: &[u8; 3 * PIXELS]) -> Vec<u8> {
    let mut bytes = b"qoif\x00\x00\x00\x10\x00\x00\x00\x10\x03\x00".to_vec();
    bytes.extend(rgb.chunks_exact(3).flat_map(|pixel| [0xfe, pixel[0], pixel[1], pixel[2]]));
    bytes.extend_from_slice(b"\x00\x00\x00\x00\x00\x00\x00\x01");
    bytes
}

/// One stored block, no filters.
fn png(rgb: &[u8; 3 * PIXELS]) -> Vec<u8> {
    let rows: Vec<u8> = rgb.chunks_exact(3 * EDGE).flat_map(|row| [&[0], row].concat()).collect();
    let length = rows.len() as u16;
    let data = [
        b"\x78\x01\x01".as_slice(),
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        &rows,
        &adler32(&rows).to_be_bytes(),
    ];
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut bytes, *b"IHDR", b"\x00\x00\x00\x10\x00\x00\x00\x10\x08\x02\x00\x00\x00");
    chunk(&mut bytes, *b"IDAT", &data.concat());
    chunk(&mut bytes, *b"IEND", b"");
    bytes
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend_from_slice(&kind);
    png.extend_from_slice(data);
    let sum = crc32(&png[start..]);
    png.extend_from_slice(&sum.to_be_bytes());
}

fn adler32(bytes: &[u8]) -> u32 {
    let add = |(a, b): (u32, u32), byte: &u8| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (a + b) % 65521)
    };
    let (a, b) = bytes.iter().fold((1, 0), add);
    b << 16 | a
}

/// Bit by bit: the file that is written costs more.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_numbers_give_the_same_file() {
        let far = (0..20).map(|power| 1_u64 << power);
        let files: Vec<_> = (0..2000).chain(far.map(|n| n + 5000)).map(|n| picture(n).unwrap().0).collect();
        assert_eq!(files.iter().collect::<HashSet<_>>().len(), files.len());
    }

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }
}
