//! ICO and CUR: the largest picture of an icon, by what it is and not by what the directory claims.
//! Knows nothing of what becomes of the picture.

use super::bmp::{self, Header};
use super::cursor::Cursor;
use super::raster::without_idle_alpha;
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Pixels, Reason, Source};

pub(crate) const FORMAT: Format = Format {
    name: "ICO",
    mime_types: &["image/vnd.microsoft.icon", "image/x-icon", "image/x-win-bitmap"],
    extensions: &["ico", "cur"],
    kind: Kind::Image,
    // Four bytes of zeros and ones are no magic number: the first entry must make sense too.
    signature: Signature::Plausible(looks_right),
    decode,
};

const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";

fn looks_right(source: &Source<'_>) -> bool {
    directory(source.head()).is_some_and(|entries| {
        let after_directory = (entries.len() as u64).saturating_mul(16).saturating_add(6);
        entries.first().is_some_and(|first| {
            first.reserved == 0
                && first.len > 0
                && u64::from(first.offset) >= after_directory.min(super::super::source::HEAD_LEN as u64)
                && u64::from(first.offset) < source.len()
        })
    })
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let entries = directory(file).ok_or_else(|| Reason::Corrupt.says("ICO: no directory"))?;
    let mut pictures: Vec<_> = entries.iter().filter_map(|entry| Content::of(entry, file)).collect();
    pictures.sort_by_key(|content| std::cmp::Reverse(content.rank()));
    let mut first_fault = None;
    for content in &pictures {
        match content.decode(order) {
            Ok(picture) => return Ok(picture),
            Err(fault) => first_fault = first_fault.or(Some(fault)),
        }
    }
    Err(first_fault.unwrap_or_else(|| Reason::Corrupt.says("ICO: no entry leads to a picture")))
}

/// One row of the directory; only where its picture is can be believed.
struct Entry {
    reserved: u8,
    len: u32,
    offset: u32,
}

fn directory(file: &[u8]) -> Option<Vec<Entry>> {
    let mut cursor = Cursor::new(file);
    let (zero, kind, count) = (cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?);
    if zero != 0 || !matches!(kind, 1 | 2) || count == 0 {
        return None;
    }
    let entries = (0..count).map_while(|_| {
        let [_width, _height, _colors, reserved] = cursor.array()?;
        cursor.take(4)?;
        Some(Entry { reserved, len: cursor.u32_le()?, offset: cursor.u32_le()? })
    });
    Some(entries.collect())
}

/// What an entry leads to.
struct Content<'a> {
    bytes: &'a [u8],
    /// Of a DIB, whose height counts colours and mask; a PNG says everything itself.
    dib: Option<Header>,
    width: u32,
    height: u32,
    bits: u16,
}

impl<'a> Content<'a> {
    fn of(entry: &Entry, file: &'a [u8]) -> Option<Self> {
        let bytes = file.get(entry.offset as usize..)?;
        if bytes.starts_with(PNG_MAGIC) {
            let mut cursor = Cursor::at(bytes, 16);
            let (width, height) = (cursor.u32_be()?, cursor.u32_be()?);
            return Some(Self { bytes, dib: None, width, height, bits: 32 });
        }
        let mut dib = Header::parse(bytes, 0).ok()?;
        dib.height /= 2;
        if dib.bits == 32 {
            // Icons use the fourth byte even where the header does not say so.
            dib.masks = [0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0xff00_0000];
        }
        let (width, height, bits) = (dib.width, dib.height, dib.bits);
        Some(Self { bytes, dib: Some(dib), width, height, bits })
    }

    /// Larger is better, then deeper.
    fn rank(&self) -> (u64, u16) {
        (u64::from(self.width).saturating_mul(u64::from(self.height)), self.bits)
    }

    fn decode(&self, order: &Order<'_>) -> Result<Picture, Fault> {
        let Some(dib) = &self.dib else {
            return (super::png::FORMAT.decode)(&Source::from_bytes(&self.bytes), order);
        };
        let body = self.bytes.get(dib.after_palette..).unwrap_or_default();
        let mut picture = bmp::paint(dib, body, order)?;
        if let Pixels::Rgb8(colors) = &picture.pixels {
            let colors_len = dib.stride().saturating_mul(dib.height as usize);
            let mask = body.get(colors_len..).unwrap_or_default();
            // With 32 bits and any alpha at all the mask is only for old programs; `paint` has dropped alpha here
            // because it said nothing, so the mask decides as it does for fewer bits.
            picture.pixels = masked(colors, mask, dib);
        }
        Ok(picture)
    }
}

/// RGB with the mask's holes: one bit a pixel, rows upwards, 1 is a hole. A mask that is not there has none.
fn masked(colors: &[u8], mask: &[u8], dib: &Header) -> Pixels {
    let width = dib.width as usize;
    let stride = width.div_ceil(32).saturating_mul(4);
    let (colors, _) = colors.as_chunks::<3>();
    let mut rgba = Vec::with_capacity(colors.len().saturating_mul(4));
    for (row, y) in colors.chunks(width.max(1)).zip((0..dib.height as usize).rev()) {
        let holes = mask.get(y.saturating_mul(stride)..).unwrap_or_default();
        for (x, [red, green, blue]) in row.iter().enumerate() {
            let byte = holes.get(x / 8).copied().unwrap_or(0);
            let hole = byte & (0x80_u8 >> (x % 8)) != 0;
            rgba.extend([*red, *green, *blue, if hole { 0 } else { u8::MAX }]);
        }
    }
    without_idle_alpha(rgba)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    /// An icon of 1-bit DIBs with the given sides, each lying about itself in the directory.
    fn icon(sides: &[u32]) -> Vec<u8> {
        let mut file = [[0, 0, 1, 0].as_slice(), &(sides.len() as u16).to_le_bytes()].concat();
        let mut bodies: Vec<u8> = Vec::new();
        for side in sides {
            let offset = 6 + 16 * sides.len() + bodies.len();
            file.extend([255, 255, 0, 0, 1, 0, 1, 0]);
            file.extend([0_u32.wrapping_add(100), offset as u32].into_iter().flat_map(u32::to_le_bytes));
            let numbers = [40, *side, side * 2, 1 | (1 << 16), 0, 0, 0, 0, 0, 0, 0x0000_00ff, 0x00ff_0000];
            bodies.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
            bodies.extend([0xf0, 0, 0, 0].repeat(2 * *side as usize));
        }
        file.extend(bodies);
        file
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<(u32, u32), Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER);
        assert_eq!(got.map(|picture| (picture.width, picture.height)).map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn the_largest_by_its_own_header_wins() {
        check(&icon(&[2, 5, 3]), Ok((5, 5)));
        check(&icon(&[]), Err(Reason::Corrupt));
    }

    #[test]
    fn the_mask_makes_holes() {
        let picture = decode(&Source::from_bytes(&icon(&[5]).as_slice()), &ORDER).unwrap();
        let Pixels::Rgba8(rgba) = picture.pixels else { panic!("no alpha") };
        assert_eq!(rgba.chunks(4).map(|pixel| pixel[3]).take(5).collect::<Vec<_>>(), [0, 0, 0, 0, 255]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(rest in prop::collection::vec(any::<u8>(), 0..200)) {
            let file = [[0, 0, 1, 0, 1, 0].as_slice(), &[0; 8], &[40, 0, 0, 0, 22, 0, 0, 0, 40, 0, 0, 0], &rest].concat();
            let _ = decode(&Source::from_bytes(&file.as_slice()), &ORDER);
            let _ = decode(&Source::from_bytes(&rest.as_slice()), &ORDER);
        }
    }
}
