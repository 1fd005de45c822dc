//! Radiance HDR: shared-exponent pixels, flat or in either kind of runs, from any corner.
//! Knows nothing of what becomes of the picture. Exposure and primaries are not applied: nobody does.

use super::cursor::Cursor;
use super::raster::{admit, filled};
use super::tone;
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Orientation, Picture, Reason, Source};

pub(crate) const FORMAT: Format = Format {
    name: "Radiance HDR",
    mime_types: &["image/vnd.radiance"],
    extensions: &["hdr", "rgbe", "pic"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"#?RADIANCE")], &[(0, b"#?RGBE")]]),
    decode,
};

/// Headers are a few lines; a file whose header is longer is none.
const HEADER_LIMIT: usize = 1 << 16;

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let (header, data) = Header::parse(file)?;
    // Four bytes of shared exponent, then six of sRGB.
    let size = admit(order.limits, (header.row_len, header.rows), 10)?;
    let mut stored = filled([0_u8; 4], size.pixels)?;
    let mut cursor = Cursor::new(data);
    let rows = stored.chunks_exact_mut(size.width as usize);
    let whole = rows.map_while(|row| read_row(&mut cursor, row)).count();
    if whole == 0 {
        return Err(Reason::Corrupt.says("HDR: no pixels"));
    }
    let convert = if header.is_xyz {
        |pixel: &[u8; 4]| tone::of_xyz(light_of(*pixel))
    } else {
        |pixel: &[u8; 4]| light_of(*pixel)
    };
    let mut picture = Picture::new(tone::rgb(stored.iter().map(convert))?, size.width, size.height);
    picture.orientation = header.orientation;
    if whole < size.height as usize {
        picture.warnings.push(format!("cut short: {whole} of {} rows", size.height));
    }
    Ok(picture)
}

struct Header {
    is_xyz: bool,
    row_len: u32,
    rows: u32,
    orientation: Orientation,
}

impl Header {
    fn parse(file: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let corrupt = |what: &str| Reason::Corrupt.says(format!("HDR: {what}"));
        let mut rest = file;
        let mut is_xyz = false;
        loop {
            let line = next_line(&mut rest).ok_or_else(|| corrupt("no end of the header"))?;
            match line {
                b"" => break,
                b"FORMAT=32-bit_rle_rgbe" => is_xyz = false,
                b"FORMAT=32-bit_rle_xyze" => is_xyz = true,
                _ if line.starts_with(b"FORMAT=") => {
                    return Err(Reason::Unsupported.says("HDR: pixels of an unknown format"));
                }
                _ => {}
            }
        }
        let line = next_line(&mut rest).ok_or_else(|| corrupt("no resolution"))?;
        let resolution = std::str::from_utf8(line).ok().and_then(resolution);
        let (row_len, rows, orientation) = resolution.ok_or_else(|| corrupt("a resolution that is none"))?;
        Ok((Self { is_xyz, row_len, rows, orientation }, rest))
    }
}

fn next_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().take(HEADER_LIMIT).position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at_checked(end)?;
    *rest = after.get(1..)?;
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

/// `-Y 480 +X 640`: the slow axis, then the fast one, each with where it runs. Pixels in a row, rows, and how
/// they are to be turned.
fn resolution(line: &str) -> Option<(u32, u32, Orientation)> {
    let mut words = line.split_ascii_whitespace();
    let (slow, rows, fast, row_len) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let orientation = match (slow, fast) {
        ("-Y", "+X") => 1,
        ("-Y", "-X") => 2,
        ("+Y", "-X") => 3,
        ("+Y", "+X") => 4,
        ("+X", "-Y") => 5,
        ("-X", "-Y") => 6,
        ("-X", "+Y") => 7,
        ("+X", "+Y") => 8,
        _ => return None,
    };
    Some((row_len.parse().ok()?, rows.parse().ok()?, Orientation::from_exif(orientation)))
}

fn read_row(cursor: &mut Cursor<'_>, row: &mut [[u8; 4]]) -> Option<()> {
    // The newer runs mark each row with 2, 2 and its length, and exist for these lengths only.
    let marked = (8..0x8000).contains(&row.len()) && cursor.rest().starts_with(&[2, 2]);
    let len = cursor.rest().get(2..4).and_then(|len| Some(u16::from_be_bytes(len.try_into().ok()?)));
    if marked && len.map(usize::from) == Some(row.len()) {
        cursor.take(4)?;
        (0..4).try_for_each(|channel| read_channel(cursor, row, channel))
    } else {
        read_pixels(cursor, row)
    }
}

/// One channel of a row: a count above 128 repeats one byte, any other is followed by as many bytes.
fn read_channel(cursor: &mut Cursor<'_>, row: &mut [[u8; 4]], channel: usize) -> Option<()> {
    let mut places = row.iter_mut();
    let put = |value: u8, place: &mut [u8; 4]| {
        if let Some(sample) = place.get_mut(channel) {
            *sample = value;
        }
    };
    while places.len() > 0 {
        let count = usize::from(cursor.u8()?);
        if count > 128 {
            let value = cursor.u8()?;
            places.by_ref().take(count.saturating_sub(128)).for_each(|place| put(value, place));
        } else {
            let values = cursor.take(count)?;
            values.iter().zip(places.by_ref()).for_each(|(value, place)| put(*value, place));
        }
    }
    Some(())
}

/// Flat pixels, among which 1, 1, 1, n repeats the one before n times; several in turn shift n by 8 bits each.
fn read_pixels(cursor: &mut Cursor<'_>, row: &mut [[u8; 4]]) -> Option<()> {
    let mut previous = [0_u8; 4];
    let mut shift = 0_u32;
    let mut places = row.iter_mut();
    while places.len() > 0 {
        match cursor.array()? {
            [1, 1, 1, count] => {
                let count = usize::from(count).checked_shl(shift).unwrap_or(usize::MAX);
                places.by_ref().take(count).for_each(|place| *place = previous);
                shift = shift.saturating_add(8).min(24);
            }
            pixel => {
                if let Some(place) = places.next() {
                    *place = pixel;
                }
                previous = pixel;
                shift = 0;
            }
        }
    }
    Some(())
}

/// Three mantissas under one exponent of base 2, biased by 128; an exponent of 0 is black.
fn light_of([red, green, blue, exponent]: [u8; 4]) -> [f32; 3] {
    if exponent == 0 {
        return [0.0; 3];
    }
    let scale = power_of_two(exponent);
    [red, green, blue].map(|mantissa| (f32::from(mantissa) + 0.5) * scale)
}

/// 2 to the power of `exponent` - 136, 8 of which are the mantissa's bits: written down as IEEE 754 has it, because
/// `exp2` was an eighth of the time of a picture. The least powers are below the normal numbers.
fn power_of_two(exponent: u8) -> f32 {
    let exponent = u32::from(exponent);
    f32::from_bits(match exponent.checked_sub(9) {
        Some(normal @ 1..) => normal << 23,
        _ => 1 << exponent.saturating_add(13),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pixels;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    const HEADER: &[u8] = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n";

    /// The red of every pixel, in 8 bits: the tests' pixels are pure red.
    #[track_caller]
    fn check(resolution: &[u8], data: &[u8], wanted: Result<(&[u8], u8), Reason>) {
        let file = [HEADER, resolution, b"\n", data].concat();
        let got = decode(&Source::from_bytes(&file.as_slice()), &ORDER).map_err(|fault| fault.reason);
        let got = got.map(|picture| match picture.pixels {
            Pixels::Rgb16(samples) => {
                let reds: Vec<u8> = samples.chunks(3).map(|pixel| (pixel[0] / 257) as u8).collect();
                (reds, picture.orientation.exif())
            }
            other => panic!("{other:?}"),
        });
        let got = got.as_ref().map(|(reds, orientation)| (reds.as_slice(), *orientation));
        assert_eq!(got.map_err(|reason| *reason), wanted);
    }

    #[test]
    fn every_kind_of_row() {
        check(b"-Y 1 +X 2", &[127, 0, 0, 128, 31, 0, 0, 128], Ok((&[187, 98], 1)));
        check(b"+Y 1 +X 3", &[127, 0, 0, 128, 1, 1, 1, 2], Ok((&[187; 3], 4)));
        let runs = [2, 2, 0, 8, 136, 127, 136, 0, 136, 0, 7, 128, 128, 128, 128, 128, 128, 128, 129, 128];
        check(b"-Y 1 +X 8", &runs, Ok((&[187; 8], 1)));
    }

    #[test]
    fn powers_are_those_of_two() {
        for exponent in 1..=u8::MAX {
            let wanted = f32::exp2(f32::from(exponent) - 136.0);
            assert_eq!(power_of_two(exponent).to_bits(), wanted.to_bits(), "{exponent}");
        }
    }

    #[test]
    fn what_is_cut_short_is_shown_in_part() {
        check(b"-Y 2 +X 1", &[127, 0, 0, 128, 31], Ok((&[187, 0], 1)));
        check(b"-Y 2 +X 1", &[], Err(Reason::Corrupt));
        check(b"-Y two +X 1", &[], Err(Reason::Corrupt));
        check(b"-Y 99999 +X 99999", &[], Err(Reason::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(mark: bool, data in prop::collection::vec(any::<u8>(), 0..200)) {
            let mark: &[u8] = if mark { &[2, 2, 0, 9] } else { &[] };
            let file = [HEADER, b"-Y 3 +X 9\n", mark, &data].concat();
            let _ = decode(&Source::from_bytes(&file.as_slice()), &ORDER);
            let _ = decode(&Source::from_bytes(&data.as_slice()), &ORDER);
        }
    }
}
