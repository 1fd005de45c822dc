//! Truevision TGA: raw and run-length coded, every origin, palettes, greys, 15 to 32 bits.
//! Knows nothing of what becomes of the picture.

use super::cursor::Cursor;
use super::raster::{admit, filled, reveal, to_8_bits, without_idle_alpha};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Orientation, Picture, Reason, Source};

pub(crate) const FORMAT: Format = Format {
    name: "TGA",
    mime_types: &["image/x-tga", "image/x-targa"],
    extensions: &["tga", "icb", "vda", "vst"],
    kind: Kind::Image,
    signature: Signature::Plausible(looks_right),
    decode,
};

/// The last bytes of a file of version 2.
const FOOTER: &[u8] = b"TRUEVISION-XFILE.\0";
const HEADER_LEN: usize = 18;

fn looks_right(source: &Source<'_>) -> bool {
    let footer = || source.tail(FOOTER.len()).is_ok_and(|tail| tail == FOOTER);
    Header::parse(source.head()).is_some_and(|header| header.is_plausible(source.len()) || footer())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colors {
    Palette,
    True,
    Grey,
}

struct Header {
    id_len: u8,
    has_palette: u8,
    colors: Colors,
    packed: bool,
    palette_first: u16,
    palette_len: u16,
    palette_bits: u8,
    width: u16,
    height: u16,
    bits: u8,
    descriptor: u8,
}

impl Header {
    fn parse(file: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(file);
        let [id_len, has_palette, kind] = cursor.array()?;
        let (palette_first, palette_len, palette_bits) = (cursor.u16_le()?, cursor.u16_le()?, cursor.u8()?);
        cursor.take(4)?; // where on the screen it belongs
        let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
        let [bits, descriptor] = cursor.array()?;
        let colors = match kind & 7 {
            1 => Colors::Palette,
            2 => Colors::True,
            3 => Colors::Grey,
            _ => return None,
        };
        let packed = match kind & !7 {
            0 => false,
            8 => true,
            _ => return None,
        };
        let header = Self {
            id_len,
            has_palette,
            colors,
            packed,
            palette_first,
            palette_len,
            palette_bits,
            width,
            height,
            bits,
            descriptor,
        };
        header.is_known().then_some(header)
    }

    fn is_known(&self) -> bool {
        let bits = match self.colors {
            Colors::Palette => matches!(self.bits, 8 | 16) && matches!(self.palette_bits, 15 | 16 | 24 | 32),
            Colors::True => matches!(self.bits, 15 | 16 | 24 | 32),
            Colors::Grey => matches!(self.bits, 8 | 16),
        };
        let palette = match self.colors {
            Colors::Palette => self.has_palette == 1 && self.palette_len > 0,
            Colors::True | Colors::Grey => self.has_palette <= 1,
        };
        bits && palette && self.width > 0 && self.height > 0
    }

    /// There is no magic number in front, so everything must fit everything else, the file's length included.
    fn is_plausible(&self, file_len: u64) -> bool {
        let raw =
            u64::from(self.width).saturating_mul(self.height.into()).saturating_mul(self.pixel_len() as u64);
        // A packet holds at most 128 pixels.
        let least = if self.packed { raw.div_ceil(128) } else { raw };
        let unused_palette = self.has_palette == 1 || (self.palette_len == 0 && self.palette_bits <= 32);
        self.descriptor & 0xc0 == 0
            && (self.descriptor & 0x0f) <= 8
            && unused_palette
            && self.data_at().saturating_add(least) <= file_len
    }

    fn pixel_len(&self) -> usize {
        usize::from(self.bits.div_ceil(8))
    }

    fn palette_entry_len(&self) -> usize {
        usize::from(self.palette_bits.div_ceil(8))
    }

    fn palette_at(&self) -> usize {
        HEADER_LEN.saturating_add(usize::from(self.id_len))
    }

    fn data_at(&self) -> u64 {
        let palette = if self.has_palette == 1 {
            usize::from(self.palette_len).saturating_mul(self.palette_entry_len())
        } else {
            0
        };
        self.palette_at().saturating_add(palette) as u64
    }

    /// Stored rows go up unless bit 5 is set, and left unless bit 4 is clear.
    fn orientation(&self) -> Orientation {
        Orientation::from_exif(match (self.descriptor & 0x20 != 0, self.descriptor & 0x10 != 0) {
            (true, false) => 1,
            (true, true) => 2,
            (false, true) => 3,
            (false, false) => 4,
        })
    }

    fn has_alpha_bits(&self) -> bool {
        self.descriptor & 0x0f != 0
    }
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let header =
        Header::parse(file).ok_or_else(|| Reason::Unsupported.says("TGA: a header of no known kind"))?;
    // Four bytes out, and up to four unpacked.
    let size = admit(order.limits, (header.width.into(), header.height.into()), 8)?;
    let data = usize::try_from(header.data_at()).ok().and_then(|at| file.get(at..)).unwrap_or_default();
    let stored_len = size.pixels.saturating_mul(header.pixel_len());
    let unpacked = if header.packed { unpack(data, header.pixel_len(), stored_len)? } else { Vec::new() };
    let stored = if header.packed { &unpacked } else { data };

    let palette = palette(&header, file);
    let mut rgba = filled(0_u8, size.pixels.saturating_mul(4))?;
    let (pixels, _) = rgba.as_chunks_mut::<4>();
    let mut painted = 0_usize;
    for (to, from) in pixels.iter_mut().zip(stored.chunks_exact(header.pixel_len())) {
        *to = color(&header, &palette, from);
        painted = painted.saturating_add(1);
    }
    if painted == 0 {
        return Err(Reason::Corrupt.says("TGA: no pixels"));
    }
    if painted == size.pixels {
        reveal(&mut rgba);
    }
    let mut picture = Picture::new(without_idle_alpha(rgba), size.width, size.height);
    picture.orientation = header.orientation();
    if painted < size.pixels {
        picture.warnings.push(format!("cut short: {painted} of {} pixels", size.pixels));
    }
    Ok(picture)
}

/// Unfolds packets until the picture is full or the data ends.
fn unpack(data: &[u8], pixel_len: usize, stored_len: usize) -> Result<Vec<u8>, Fault> {
    let mut out = super::raster::reserved(stored_len)?;
    let mut cursor = Cursor::new(data);
    while out.len() < stored_len {
        let Some(packet) = cursor.u8() else { break };
        let count = usize::from(packet & 0x7f).saturating_add(1);
        let room = stored_len.saturating_sub(out.len());
        if packet & 0x80 != 0 {
            let Some(pixel) = cursor.take(pixel_len) else { break };
            out.extend(pixel.iter().cycle().take(count.saturating_mul(pixel_len).min(room)));
        } else {
            let wanted = count.saturating_mul(pixel_len).min(cursor.rest().len());
            let pixels = cursor.take(wanted).unwrap_or_default();
            out.extend(pixels.iter().take(room));
        }
    }
    Ok(out)
}

fn palette(header: &Header, file: &[u8]) -> Vec<[u8; 4]> {
    if header.colors != Colors::Palette {
        return Vec::new();
    }
    let entries = file.get(header.palette_at()..).unwrap_or_default();
    let entries = entries.chunks_exact(header.palette_entry_len().max(1)).take(header.palette_len.into());
    entries.map(|entry| true_color(entry, header.has_alpha_bits())).collect()
}

fn color(header: &Header, palette: &[[u8; 4]], pixel: &[u8]) -> [u8; 4] {
    match (header.colors, pixel) {
        (Colors::Grey, [grey]) => [*grey, *grey, *grey, u8::MAX],
        (Colors::Grey, [grey, alpha]) => [*grey, *grey, *grey, *alpha],
        (Colors::Palette, index) => {
            let index = index.iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
            let place = index.checked_sub(usize::from(header.palette_first));
            place.and_then(|place| palette.get(place)).copied().unwrap_or([0, 0, 0, u8::MAX])
        }
        (_, pixel) => true_color(pixel, header.has_alpha_bits()),
    }
}

/// Blue, green, red and perhaps alpha; or five bits of each in two bytes, whose topmost bit is alpha only where
/// the header says so.
fn true_color(pixel: &[u8], one_bit_alpha: bool) -> [u8; 4] {
    match pixel {
        [low, high] => {
            let word = u32::from(u16::from_le_bytes([*low, *high]));
            let level = |shift: u32| to_8_bits((word >> shift) & 31, 31);
            let alpha = if one_bit_alpha && word & 0x8000 == 0 { 0 } else { u8::MAX };
            [level(10), level(5), level(0), alpha]
        }
        [blue, green, red] => [*red, *green, *blue, u8::MAX],
        [blue, green, red, alpha] => [*red, *green, *blue, *alpha],
        _ => [0; 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pixels;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    fn file(kind: u8, (bits, descriptor): (u8, u8), data: &[u8]) -> Vec<u8> {
        [[0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, bits, descriptor].as_slice(), data].concat()
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<(&[u8], u8), Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER).map_err(|fault| fault.reason);
        let got = got.map(|picture| match picture.pixels {
            Pixels::Rgb8(samples) | Pixels::Rgba8(samples) => (samples, picture.orientation.exif()),
            other => panic!("{other:?}"),
        });
        let got = got.as_ref().map(|(samples, orientation)| (samples.as_slice(), *orientation));
        assert_eq!(got.map_err(|reason| *reason), wanted);
    }

    #[test]
    fn every_kind_of_pixel() {
        check(&file(2, (24, 0x20), &[3, 2, 1, 6, 5, 4]), Ok((&[1, 2, 3, 4, 5, 6], 1)));
        check(&file(3, (8, 0), &[9, 8]), Ok((&[9, 9, 9, 8, 8, 8], 4)));
        check(&file(3, (16, 0x28), &[9, 255, 8, 1]), Ok((&[9, 9, 9, 255, 8, 8, 8, 1], 1)));
        check(&file(2, (16, 0x20), &[0x00, 0x7c, 0x1f, 0]), Ok((&[255, 0, 0, 0, 0, 255], 1)));
        check(&file(10, (24, 0x30), &[0x81, 3, 2, 1]), Ok((&[1, 2, 3, 1, 2, 3], 2)));
    }

    #[test]
    fn what_is_cut_short_is_shown_in_part() {
        check(&file(2, (24, 0x20), &[3, 2, 1, 6, 5]), Ok((&[1, 2, 3, 255, 0, 0, 0, 0], 1)));
        check(&file(2, (24, 0x20), &[]), Err(Reason::Corrupt));
        check(&[0; 4], Err(Reason::Unsupported));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(
            kind in prop::sample::select(vec![1_u8, 2, 3, 9, 10, 11]),
            bits in prop::sample::select(vec![8_u8, 15, 16, 24, 32]),
            descriptor: u8,
            palette_bits in prop::sample::select(vec![15_u8, 16, 24, 32]),
            data in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut file = file(kind, (bits, descriptor), &data);
            file.splice(1..2, [1]);
            file.splice(5..8, [5, 0, palette_bits]);
            let _ = looks_right(&Source::from_bytes(&file.as_slice()));
            let _ = decode(&Source::from_bytes(&file.as_slice()), &ORDER);
        }
    }
}
