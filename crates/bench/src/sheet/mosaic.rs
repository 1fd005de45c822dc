//! The sheet as PNG files, some dozens of thumbnails on each, every one with its number in its folder; `mosaics.txt`
//! says what the numbers mean. For eyes that have no browser. Knows pixels; knows nothing of how thumbnails are made.

use super::Sheet;
use super::shot::{Outcome, Shot};
use anyhow::Context;
use image::{ImageFormat, Rgba, RgbaImage, imageops};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A cell's edge for the picture: details can still be told apart, and a mosaic fits a screen.
const EDGE: u32 = 160;
/// Below each picture, for its number.
const LABEL: u32 = 14;
const COLUMNS: u32 = 9;
const ROWS: u32 = 5;
const GAP: u32 = 4;

const PAPER: Rgba<u8> = Rgba([221, 221, 221, 255]);
const INK: Rgba<u8> = Rgba([0, 0, 0, 255]);
/// Squares behind transparent pictures.
const SQUARES: [Rgba<u8>; 2] = [Rgba([187, 187, 187, 255]), Rgba([238, 238, 238, 255])];
const SQUARE: u32 = 8;
/// Where there is no thumbnail: where a format is none of ours, and for any other reason.
const UNSUPPORTED: Rgba<u8> = Rgba([150, 150, 190, 255]);
const NONE: Rgba<u8> = Rgba([190, 90, 80, 255]);

/// Three columns and five rows for each digit, the top row first.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];
/// Pixels for each of a digit's.
const SCALE: u32 = 2;

/// Writes them all; how many.
pub(super) fn write(sheet: &Sheet<'_>, to: &Path) -> anyhow::Result<usize> {
    let (mut legend, mut count) = (String::new(), 0);
    for (folder, shots) in &sheet.folders {
        let name = folder.to_string_lossy().replace('/', "_");
        for (part, shots) in shots.chunks((COLUMNS * ROWS) as usize).enumerate() {
            let file = format!("mosaic_{name}_{part}.png");
            let first = part * (COLUMNS * ROWS) as usize + 1;
            let _ = writeln!(legend, "{file}");
            for (number, shot) in (first..).zip(shots) {
                let _ = writeln!(legend, "{number:>6}  {}", words(shot));
            }
            let path = to.join(file);
            mosaic(shots, first)?.save(&path).with_context(|| path.display().to_string())?;
            count += 1;
        }
    }
    fs::write(to.join("mosaics.txt"), legend)?;
    Ok(count)
}

fn words(shot: &Shot) -> String {
    let name = shot.path.file_name().unwrap_or_default().to_string_lossy();
    match &shot.outcome {
        Outcome::Picture(picture) => {
            let facts = &picture.facts;
            let said = facts.warnings.join("; ");
            format!(
                "{name}\t{} {}x{} {:.1} ms\t{said}",
                facts.format, facts.width, facts.height, picture.cpu_ms
            )
        }
        Outcome::None { reason, detail } => format!("{name}\tNONE {reason}: {detail}"),
    }
}

fn mosaic(shots: &[&Shot], first: usize) -> anyhow::Result<RgbaImage> {
    let (across, down) = (EDGE + GAP, EDGE + LABEL + GAP);
    let rows = (shots.len() as u32).div_ceil(COLUMNS);
    let mut sheet = RgbaImage::from_pixel(COLUMNS.min(shots.len() as u32) * across, rows * down, PAPER);
    for (at, shot) in (0..).zip(shots) {
        let (x, y) = (at % COLUMNS * across, at / COLUMNS * down);
        let picture = cell(shot)?;
        imageops::replace(&mut sheet, &picture, i64::from(x), i64::from(y));
        number(&mut sheet, first + at as usize, (x, y + EDGE + SCALE));
    }
    Ok(sheet)
}

fn cell(shot: &Shot) -> anyhow::Result<RgbaImage> {
    let picture = match &shot.outcome {
        Outcome::Picture(picture) => picture,
        Outcome::None { reason, .. } => {
            let colour = if reason == "unsupported" { UNSUPPORTED } else { NONE };
            return Ok(RgbaImage::from_pixel(EDGE, EDGE, colour));
        }
    };
    let picture = image::load_from_memory_with_format(&picture.webp, ImageFormat::WebP)
        .with_context(|| format!("our own thumbnail of {}", shot.path.display()))?;
    let small =
        if picture.width().max(picture.height()) > EDGE { picture.thumbnail(EDGE, EDGE) } else { picture };
    let small = small.into_rgba8();
    let mut cell = RgbaImage::from_fn(small.width(), small.height(), |x, y| {
        SQUARES[((x / SQUARE + y / SQUARE) % 2) as usize]
    });
    imageops::overlay(&mut cell, &small, 0, 0);
    Ok(cell)
}

fn number(sheet: &mut RgbaImage, number: usize, (x, y): (u32, u32)) {
    for (place, digit) in (0..).zip(number.to_string().bytes()) {
        let rows = DIGITS[usize::from(digit - b'0')];
        for (row, bits) in (0..).zip(rows) {
            for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
                let (left, top) = (x + (place * 4 + column) * SCALE, y + row * SCALE);
                let dot = RgbaImage::from_pixel(SCALE, SCALE, INK);
                imageops::replace(sheet, &dot, i64::from(left), i64::from(top));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number 17 on white, a character for each pixel of a digit.
    #[test]
    fn numbers_can_be_read() {
        let mut sheet = RgbaImage::from_pixel(7 * SCALE, 5 * SCALE, PAPER);
        number(&mut sheet, 17, (0, 0));
        let row = |y: u32| {
            let dot = |x: u32| if *sheet.get_pixel(x * SCALE, y * SCALE) == INK { '#' } else { '.' };
            (0..7).map(dot).collect::<String>()
        };
        assert_eq!(
            (0..5).map(row).collect::<Vec<_>>(),
            [".#..###", "##....#", ".#...#.", ".#...#.", "###..#."]
        );
    }
}
