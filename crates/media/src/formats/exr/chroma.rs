//! Pictures of luminance in full and colour in part (channels Y, RY and BY), which the decoder used refuses: plain ones
//! and those of B44, the compression they are made for.
//! Knows one flat part in scan lines, of 16-bit floats. Knows nothing of windows or of what becomes of the light.

use super::super::raster::{filled, reserved};
use super::b44;
use crate::{Fault, Reason};
use exr::compression::Compression;
use exr::image::FlatSamples;
use exr::math::Vec2;
use exr::meta::BlockDescription;
use exr::meta::attribute::{ChannelDescription, SampleType};
use exr::meta::header::Header;
use exr::prelude::f16;

/// How much of the luminance is red and how much is blue, in Rec. 709's light. Green is the rest.
const RED: f32 = 0.2126;
const BLUE: f32 = 0.0722;

/// Bytes of a pixel at most while it is put together: a float of each channel, and of red, green and blue.
pub(super) fn bytes_per_pixel(header: &Header) -> u64 {
    let channels = header.channels.list.len() as u64;
    channels.saturating_add(3).saturating_mul(4)
}

pub(super) fn is_in(header: &Header) -> bool {
    header.channels.list.iter().any(|channel| channel.sampling != Vec2(1, 1))
}

/// Red, green and blue of all pixels of the data window. The places of its blocks are written down at `table`.
pub(super) fn read(file: &[u8], table: usize, header: &Header) -> Result<[FlatSamples; 3], Fault> {
    let lines = lines_of_a_block(header)?;
    let mut planes = Vec::new();
    for channel in &header.channels.list {
        planes.push(Plane::of(channel, header)?);
    }
    let blocks = header.layer_size.height().div_ceil(lines);
    for place in 0..blocks {
        let (first, bytes) = block(file, table, place, header)
            .ok_or_else(|| Reason::Corrupt.says("EXR: a block lies outside the file"))?;
        let end = first.saturating_add(lines).min(header.layer_size.height());
        read_block(&mut planes, (first, end), bytes)
            .ok_or_else(|| Reason::Corrupt.says("EXR: a block of luminance and chroma is too short"))?;
    }
    let named = |name: &str| {
        let place = header.channels.list.iter().position(|channel| channel.name.to_string() == name);
        place.and_then(|place| planes.get(place)).ok_or_else(|| unsupported("but not Y, RY and BY"))
    };
    light([named("Y")?, named("RY")?, named("BY")?], header.layer_size)
}

fn unsupported(words: &str) -> Fault {
    Reason::Unsupported.says(format!("EXR: channels of several sizes, {words}"))
}

fn lines_of_a_block(header: &Header) -> Result<usize, Fault> {
    match (header.compression, header.blocks) {
        (Compression::Uncompressed, BlockDescription::ScanLines) => Ok(1),
        (Compression::B44 | Compression::B44A, BlockDescription::ScanLines) => Ok(32),
        (compression, _) => Err(unsupported(&format!("{compression}"))),
    }
}

/// A block's first line, counted from the top of the data window, and its bytes.
fn block<'a>(file: &'a [u8], table: usize, place: usize, header: &Header) -> Option<(usize, &'a [u8])> {
    let entry = file.get(table.checked_add(place.checked_mul(8)?)?..)?.first_chunk()?;
    let block = file.get(usize::try_from(u64::from_le_bytes(*entry)).ok()?..)?;
    let line = i64::from(i32::from_le_bytes(*block.first_chunk()?));
    let first = line.checked_sub(header.own_attributes.layer_position.y().into())?;
    let len = usize::try_from(i32::from_le_bytes(*block.get(4..)?.first_chunk()?)).ok()?;
    Some((usize::try_from(first).ok()?, block.get(8..)?.get(..len)?))
}

/// The samples of one channel.
#[derive(Debug)]
pub(super) struct Plane {
    /// Every how manyth pixel of a row, and row, has a sample.
    step: Vec2<usize>,
    pub(super) columns: usize,
    pub(super) samples: Vec<f32>,
    /// Whether the samples were compressed as if they were exponents.
    pub(super) exponents: bool,
}

impl Plane {
    fn of(channel: &ChannelDescription, header: &Header) -> Result<Self, Fault> {
        if channel.sample_type != SampleType::F16 {
            return Err(unsupported("and not of 16-bit floats"));
        }
        let (Vec2(across, down), Vec2(width, height)) = (channel.sampling, header.layer_size);
        let Vec2(left, top) = header.own_attributes.layer_position;
        let divides = |side: usize, edge: i32, step: usize| {
            let edge = edge.unsigned_abs() as usize;
            side.checked_rem(step) == Some(0) && edge.checked_rem(step) == Some(0)
        };
        if !divides(width, left, across) || !divides(height, top, down) {
            return Err(Reason::Corrupt.says("EXR: a channel's samples do not divide the data window"));
        }
        let (columns, rows) = (width.div_ceil(across), height.div_ceil(down));
        let samples = filled(0.0, columns.saturating_mul(rows))?;
        Ok(Self { step: channel.sampling, columns, samples, exponents: channel.quantize_linearly })
    }

    /// Which of its rows lie among the lines from `first` to before `end`.
    fn rows(&self, (first, end): (usize, usize)) -> (usize, usize) {
        let Vec2(_, down) = self.step;
        (first.div_ceil(down.max(1)), end.div_ceil(down.max(1)))
    }

    pub(super) fn row(&mut self, place: usize) -> Option<&mut [f32]> {
        let start = place.checked_mul(self.columns)?;
        self.samples.get_mut(start..start.checked_add(self.columns)?)
    }

    /// The sample of a pixel, or what lies between those round it.
    fn at(&self, x: usize, y: usize) -> f32 {
        let Vec2(across, down) = self.step;
        let (column, right) = between(x, across);
        let (row, below) = between(y, down);
        let last = self.columns.saturating_sub(1);
        let sample = |column: usize, row: usize| {
            let place = row.saturating_mul(self.columns).saturating_add(column.min(last));
            self.samples.get(place).copied()
        };
        let along = |row: usize| {
            let here = sample(column, row)?;
            let next = if right > 0.0 { sample(column.saturating_add(1), row)? } else { here };
            Some(here + (next - here) * right)
        };
        let here = along(row).unwrap_or(0.0);
        let next = if below > 0.0 { along(row.saturating_add(1)).unwrap_or(here) } else { here };
        here + (next - here) * below
    }
}

/// The sample before a pixel, and how far behind it the pixel lies.
fn between(place: usize, step: usize) -> (usize, f32) {
    let behind = place.checked_rem(step).unwrap_or(0);
    (place.checked_div(step).unwrap_or(0), behind as f32 / step.max(1) as f32)
}

/// Fills the lines of one block. What would not become smaller was stored as it is.
fn read_block(planes: &mut [Plane], lines: (usize, usize), bytes: &[u8]) -> Option<()> {
    let plain_len = planes.iter().fold(0_usize, |sum, plane| {
        let (first, end) = plane.rows(lines);
        sum.saturating_add(end.saturating_sub(first).saturating_mul(plane.columns).saturating_mul(2))
    });
    if bytes.len() >= plain_len {
        return read_plain(planes, lines, bytes);
    }
    let mut rest = bytes;
    for plane in planes {
        let rows = plane.rows(lines);
        rest = b44::read(plane, rows, rest)?;
    }
    Some(())
}

/// Line after line, and in each line channel after channel.
fn read_plain(planes: &mut [Plane], (first, end): (usize, usize), bytes: &[u8]) -> Option<()> {
    let mut rest = bytes;
    for line in first..end {
        for plane in &mut *planes {
            let (row, after) = plane.rows((line, line.saturating_add(1)));
            if row == after {
                continue;
            }
            let (own, others) = rest.split_at_checked(plane.columns.checked_mul(2)?)?;
            let (samples, _) = own.as_chunks::<2>();
            let levels = samples.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32());
            plane.row(row)?.iter_mut().zip(levels).for_each(|(to, level)| *to = level);
            rest = others;
        }
    }
    Some(())
}

/// RY is how much more red there is than luminance, in parts of the luminance; BY the same of blue.
fn light([luminance, red, blue]: [&Plane; 3], size: Vec2<usize>) -> Result<[FlatSamples; 3], Fault> {
    let mut out = [reserved(size.area())?, reserved(size.area())?, reserved(size.area())?];
    for y in 0..size.height() {
        for x in 0..size.width() {
            let whole = luminance.at(x, y);
            let [red, blue] = [red, blue].map(|plane| (plane.at(x, y) + 1.0) * whole);
            let green = (whole - RED * red - BLUE * blue) / (1.0 - RED - BLUE);
            out.iter_mut().zip([red, green, blue]).for_each(|(plane, level)| plane.push(level.max(0.0)));
        }
    }
    Ok(out.map(FlatSamples::F32))
}

#[cfg(test)]
mod tests {
    use crate::formats::Order;
    use crate::formats::exr::FORMAT;
    use crate::formats::testing::ORDER;
    use crate::{Fault, Limits, Pixels, Reason, Source};
    use proptest::prelude::*;

    fn attribute(name: &str, kind: &str, value: &[u8]) -> Vec<u8> {
        let len = (value.len() as i32).to_le_bytes();
        [name.as_bytes(), b"\0", kind.as_bytes(), b"\0", &len, value].concat()
    }

    /// A picture of `side` × `side` pixels, with a quarter as many samples of colour.
    fn file(compression: u8, side: i32, blocks: &[Vec<u8>]) -> Vec<u8> {
        let channel = |name: &str, exponents: u8, step: i32| {
            let numbers = [1_i32.to_le_bytes(), [exponents, 0, 0, 0], step.to_le_bytes(), step.to_le_bytes()];
            [name.as_bytes(), b"\0", &numbers.concat()].concat()
        };
        let channels = [channel("BY", 1, 2), channel("RY", 1, 2), channel("Y", 0, 1), vec![0]].concat();
        let window = [0, 0, side - 1, side - 1].map(i32::to_le_bytes).concat();
        let mut file = [
            vec![0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0],
            attribute("channels", "chlist", &channels),
            attribute("compression", "compression", &[compression]),
            attribute("dataWindow", "box2i", &window),
            attribute("displayWindow", "box2i", &window),
            attribute("lineOrder", "lineOrder", &[0]),
            attribute("pixelAspectRatio", "float", &1_f32.to_le_bytes()),
            attribute("screenWindowCenter", "v2f", &[0; 8]),
            attribute("screenWindowWidth", "float", &1_f32.to_le_bytes()),
            vec![0],
        ]
        .concat();
        let mut place = file.len() + 8 * blocks.len();
        for block in blocks {
            file.extend((place as u64).to_le_bytes());
            place += 8 + block.len();
        }
        for (line, block) in blocks.iter().enumerate() {
            file.extend((line as i32).to_le_bytes());
            file.extend((block.len() as i32).to_le_bytes());
            file.extend(block);
        }
        file
    }

    fn decode(file: &[u8], max_memory: u64) -> Result<Pixels, Fault> {
        let limits = Limits { max_pixels: 1000, max_memory };
        let order = Order { limits: &limits, ..ORDER };
        (FORMAT.decode)(&Source::from_bytes(&file), &order).map(|picture| picture.pixels)
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<[[u8; 3]; 4], Reason>) {
        let got = decode(file, 100_000).map_err(|fault| fault.reason);
        let bytes = |pixels: Pixels| match pixels {
            Pixels::Rgb16(levels) => levels.iter().map(|level| (level >> 8) as u8).collect(),
            _ => Vec::new(),
        };
        assert_eq!(got.map(bytes), wanted.map(|pixels| pixels.concat()));
    }

    /// 16-bit floats: 0, 0.25, 0.5, 1 and -1.
    const ZERO: [u8; 2] = [0, 0];
    const QUARTER: [u8; 2] = [0, 0x34];
    const HALF: [u8; 2] = [0, 0x38];
    const ONE: [u8; 2] = [0, 0x3c];
    const NO_COLOR: [u8; 2] = [0, 0xbc];

    #[test]
    fn lines_of_luminance_take_their_colour_from_a_quarter_of_the_pixels() {
        let grey = [ZERO, ZERO, HALF, QUARTER].concat();
        check(&file(0, 2, &[grey, [ONE, ZERO].concat()]), Ok([[188; 3], [137; 3], [255; 3], [0; 3]]));
        // Neither red nor blue: what is left is green, and the more so for their share of the luminance.
        let green = [NO_COLOR, NO_COLOR, HALF, QUARTER].concat();
        let pixels = [[0, 218, 0], [0, 160, 0], [0, 0, 0], [0, 0, 0]];
        check(&file(0, 2, &[green, [ZERO, ZERO].concat()]), Ok(pixels));
    }

    #[test]
    fn squares_are_unpacked_one_channel_after_the_other() {
        // No exponent of e, so no colour; luminance of a half.
        let squares = [[0xbc, 0x00, 0xfc], [0xbc, 0x00, 0xfc], [0xb8, 0x00, 0xfc]].concat();
        check(&file(6, 2, std::slice::from_ref(&squares)), Ok([[188; 3]; 4]));
        check(&file(7, 2, std::slice::from_ref(&squares)), Ok([[188; 3]; 4]));
        check(&file(6, 2, &[squares.iter().take(8).copied().collect()]), Err(Reason::Corrupt));
    }

    #[test]
    fn what_is_not_whole_is_corrupt_and_other_compressions_are_unsupported() {
        let whole = file(0, 2, &[[ZERO; 4].concat(), [ZERO; 2].concat()]);
        check(whole.split_last().unwrap().1, Err(Reason::Corrupt));
        check(&file(0, 3, &[vec![0; 14], vec![0; 6], vec![0; 14]]), Err(Reason::Corrupt));
        check(&file(3, 2, &[vec![0; 12]]), Err(Reason::Unsupported));
    }

    /// Each of 20 × 20 pixels takes six floats, and eight bytes of what becomes of it; that may be
    /// three quarters of the limit.
    #[test]
    fn all_channels_are_reckoned_with() {
        let (file, needed) = (file(6, 20, &[vec![0xff; 3 * (9 + 9 + 25)]]), 20 * 20 * 32 * 4 / 3);
        assert_eq!(decode(&file, needed - 1).unwrap_err().reason, Reason::TooLarge);
        decode(&file, needed).unwrap();
    }

    proptest! {
        /// Only what follows the header is damaged: the decoder used reads that, and is guarded.
        #[test]
        fn any_blocks_are_no_panic(
            b44: bool, side in 1..40, block: Vec<u8>, damage: Vec<(prop::sample::Index, u8)>,
        ) {
            let behind_header = 2 * (16 + block.len());
            let mut file = file(if b44 { 6 } else { 0 }, side, &[block.clone(), block]);
            for (place, byte) in damage {
                let place = file.len() - behind_header + place.index(behind_header);
                *file.get_mut(place).unwrap() = byte;
            }
            let limits = Limits { max_pixels: 10_000, max_memory: 1_000_000 };
            let order =
                Order { limits: &limits, ..ORDER };
            let _ = super::super::decode_trusting(&Source::from_bytes(&file.as_slice()), &order);
        }
    }
}
