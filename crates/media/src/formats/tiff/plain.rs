//! Samples that are not compressed, where the decoder used refuses them: twelve bits each, or floats of a writer that
//! does not say what they mean.
//! Knows nothing of what becomes of them, nor of tiles and planes.

use super::directory::{Directory, Layout};
use super::samples::Meaning;
use crate::Fault;
use crate::formats::raster::{Admitted, reserved, to_16_bits};
use tiff::decoder::DecodingResult;

const UNCOMPRESSED: u32 = 1;
const WHOLE_NUMBERS: u32 = 1;
const FLOATS: u32 = 3;
/// The greatest value of twelve bits.
const MOST: u32 = 0xfff;

/// All samples of the chosen picture, or nothing if it is not one of these. Rows beyond the file are zero.
pub(super) fn read(
    file: &[u8],
    layout: &Layout,
    meaning: Meaning,
    size: Admitted,
) -> Option<Result<DecodingResult, Fault>> {
    let directory = layout.chosen_in_chain();
    let is_plain = directory.compression == UNCOMPRESSED && !directory.planar;
    if !is_plain || !matches!(meaning, Meaning::Grey | Meaning::Rgb) {
        return None;
    }
    let rows = Rows::of(file, layout, size)?;
    match (directory.bits, directory.format) {
        (12, WHOLE_NUMBERS) => {
            Some(rows.join(|row, to| twelve_bits(row, directory, to)).map(DecodingResult::U16))
        }
        (32, FLOATS) if directory.photometric_at.is_none() => {
            let big_endian = layout.dialect.big_endian;
            Some(rows.join(|row, to| floats(row, big_endian, to)).map(DecodingResult::F32))
        }
        _ => None,
    }
}

/// Where the rows lie.
struct Rows<'a> {
    file: &'a [u8],
    strips: Vec<u64>,
    strip_height: usize,
    row_len: usize,
    row_samples: usize,
    count: usize,
}

impl<'a> Rows<'a> {
    fn of(file: &'a [u8], layout: &Layout, size: Admitted) -> Option<Self> {
        let directory = layout.chosen_in_chain();
        let rows_per_strip = directory.rows_per_strip.clamp(1, size.height);
        let most = size.height.div_ceil(rows_per_strip) as usize;
        let strips = layout.dialect.numbers(file, directory.strips.as_ref()?, most);
        let row_samples = (size.width as usize).saturating_mul(directory.samples.max(1) as usize);
        let row_len = row_samples.saturating_mul(directory.bits as usize).div_ceil(8);
        let (strip_height, count) = (rows_per_strip as usize, size.height as usize);
        let rows = Self { file, strips, strip_height, row_len, row_samples, count };
        rows.row(0).map(|_| rows)
    }

    fn row(&self, place: usize) -> Option<&'a [u8]> {
        let strip = place.checked_div(self.strip_height)?;
        let within = place.checked_rem(self.strip_height)?.checked_mul(self.row_len)?;
        let start = usize::try_from(*self.strips.get(strip)?).ok()?.checked_add(within)?;
        self.file.get(start..start.checked_add(self.row_len)?)
    }

    fn join<T: Clone + Default>(&self, mut add: impl FnMut(&[u8], &mut Vec<T>)) -> Result<Vec<T>, Fault> {
        let mut samples = reserved(self.row_samples.saturating_mul(self.count))?;
        for place in 0..self.count {
            if let Some(row) = self.row(place) {
                add(row, &mut samples);
            }
            samples.resize(self.row_samples.saturating_mul(place.saturating_add(1)), T::default());
        }
        Ok(samples)
    }
}

/// Two samples in three bytes, the highest bit first whatever the order of bytes. A row begins with a whole byte.
fn twelve_bits(row: &[u8], directory: &Directory, to: &mut Vec<u16>) {
    let white_is_zero = directory.photometric == 0;
    for bytes in row.chunks(3) {
        let [first, second, third] = [0, 1, 2].map(|place| u32::from(bytes.get(place).copied().unwrap_or(0)));
        let pair = [first << 4 | second >> 4, (second & 0xf) << 8 | third];
        // Half a pair ends a row whose samples are odd in number.
        to.extend(
            pair.iter().take(if bytes.len() == 3 { 2 } else { 1 }).map(|value| {
                to_16_bits(if white_is_zero { MOST.saturating_sub(*value) } else { *value }, MOST)
            }),
        );
    }
}

fn floats(row: &[u8], big_endian: bool, to: &mut Vec<f32>) {
    let (samples, _) = row.as_chunks::<4>();
    let float = if big_endian { f32::from_be_bytes } else { f32::from_le_bytes };
    to.extend(samples.iter().map(|bytes| float(*bytes)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A picture of one sample a pixel with these tags, whose rows lie at its end.
    fn file(tags: &[(u16, u32)], rows: &[u8]) -> Vec<u8> {
        let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
        file.extend((tags.len() as u16 + 1).to_le_bytes());
        let rows_at = 8 + 2 + (tags.len() as u32 + 1) * 12 + 4;
        for (tag, value) in tags.iter().chain(&[(273, rows_at)]) {
            file.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
            file.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
        }
        file.extend([0; 4]);
        file.extend(rows);
        file
    }

    fn read_file(file: &[u8]) -> Option<DecodingResult> {
        let layout = Layout::read(file, 1).ok()?;
        let chosen = layout.chosen_in_chain();
        let limits = crate::Limits { max_pixels: 1000, max_memory: 100_000 };
        let size = crate::formats::raster::admit(&limits, (chosen.width, chosen.height), 8).ok()?;
        read(file, &layout, Meaning::Grey, size).map(Result::unwrap)
    }

    #[track_caller]
    fn check(photometric: u32, rows: &[u8], wanted: &[u16]) {
        let tags = [(256, 3), (257, 2), (258, 12), (262, photometric)];
        match read_file(&file(&tags, rows)) {
            Some(DecodingResult::U16(samples)) => assert_eq!(samples, wanted),
            _ => assert!(wanted.is_empty(), "nothing was read"),
        }
    }

    #[test]
    fn twelve_bits_are_stretched_to_sixteen() {
        let rows = [0xff, 0xf0, 0x00, 0x80, 0x00, 0x00, 0x0f, 0xff, 0x00, 0x10];
        check(1, &rows, &[65535, 0, 0x8008, 0, 65535, 16]);
        check(0, &rows, &[0, 65535, 0x7ff7, 65535, 0, 65519]);
    }

    #[test]
    fn rows_that_are_cut_off_are_black() {
        check(1, &[0xff; 9], &[65535, 65535, 65535, 0, 0, 0]);
        check(1, &[0xff; 4], &[]);
    }

    #[test]
    fn floats_without_a_meaning_are_grey() {
        let tags = [(256, 2), (257, 1), (258, 32), (339, 3)];
        let rows = [0.5_f32.to_le_bytes(), 2_f32.to_le_bytes()].concat();
        let Some(DecodingResult::F32(samples)) = read_file(&file(&tags, &rows)) else {
            panic!("nothing was read");
        };
        assert_eq!(samples, [0.5, 2.0]);
        let says_grey = [&tags[..], &[(262, 1)]].concat();
        assert!(read_file(&file(&says_grey, &rows)).is_none(), "the crate reads these");
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(
            sides: (u8, u8), format in 1_u32..4, twelve: bool, rows_per_strip: u32, offset: u32, rest: Vec<u8>,
        ) {
            let bits = if twelve { 12 } else { 32 };
            let tags = [
                (256, sides.0.into()), (257, sides.1.into()), (258, bits), (339, format), (278, rows_per_strip),
            ];
            let whole = file(&tags, &rest);
            let _ = read_file(&whole);
            let place = whole.len() - rest.len() - 8;
            let mut lost = whole;
            lost.splice(place..place + 4, offset.to_le_bytes());
            let _ = read_file(&lost);
        }
    }
}
