//! What PNG's ancillary chunks say of orientation and of further frames, wherever in the file they stand.
//! Knows nothing of pixels. A chunk that is broken says nothing.

use crate::Orientation;
use crate::exif::Tags;
use crate::formats::cursor::Cursor;
use crate::formats::xmp;
use png::Info;

/// A text that only carries an EXIF block or XMP is never longer; whatever claims to be is not unpacked.
const TEXT_LIMIT: usize = 1 << 20;

/// What the chunks remark.
pub(super) struct Remarks {
    pub(super) orientation: Orientation,
    pub(super) animated: bool,
}

impl Remarks {
    /// Walks over all chunks. EXIF proper wins over `ImageMagick`'s text form of it, and both over XMP.
    pub(super) fn find(file: &[u8], info: &Info<'_>) -> Self {
        let mut exif = None;
        let mut packet = None;
        for (name, data) in chunks(file) {
            match &name {
                b"eXIf" => exif = exif.or_else(|| turned(data)),
                b"tEXt" => exif = exif.or_else(|| raw_profile(&split_latin1(data)?)),
                b"iTXt" => packet = packet.or_else(|| xmp::orientation_of_xmp(data)),
                _ => {}
            }
        }
        let zipped = || info.compressed_latin1_text.iter().find_map(unpacked_profile);
        let orientation = exif.or_else(zipped).or(packet).unwrap_or_default();
        let animated = info.animation_control.is_some_and(|control| control.num_frames > 1);
        Self { orientation, animated }
    }
}

/// Name and data of each chunk; a last chunk that is cut short is left out.
fn chunks(file: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut cursor = Cursor::at(file, 8);
    std::iter::from_fn(move || {
        let length = usize::try_from(cursor.u32_be()?).ok()?;
        let name = cursor.array()?;
        let data = cursor.take(length)?;
        cursor.take(4);
        Some((name, data))
    })
}

fn split_latin1(data: &[u8]) -> Option<(String, String)> {
    let end = data.iter().position(|byte| *byte == 0)?;
    let latin1 = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect();
    Some((latin1(data.get(..end)?), latin1(data.get(end..)?)))
}

fn unpacked_profile(chunk: &png::text_metadata::ZTXtChunk) -> Option<Orientation> {
    let mut chunk = chunk.clone();
    chunk.decompress_text_with_limit(TEXT_LIMIT).ok()?;
    raw_profile(&(chunk.keyword.clone(), chunk.get_text().ok()?))
}

/// `ImageMagick`'s text form of an EXIF block: a name, a length, then hexadecimal digits.
fn raw_profile((keyword, text): &(String, String)) -> Option<Orientation> {
    if !matches!(keyword.as_str(), "Raw profile type exif" | "Raw profile type APP1") {
        return None;
    }
    let digits: Vec<u8> = text
        .trim_start_matches(['\0', '\n'])
        .lines()
        .skip(2) // the profile's name and its length
        .flat_map(|line| line.chars().filter_map(|digit| digit.to_digit(16).map(|value| value as u8)))
        .collect();
    let (pairs, _) = digits.as_chunks::<2>();
    let block: Vec<u8> = pairs.iter().map(|[high, low]| (high << 4) | low).collect();
    turned(&block)
}

/// The orientation in a block of EXIF, if it says anything but upright.
fn turned(block: &[u8]) -> Option<Orientation> {
    Tags::parse(block).map(|tags| tags.orientation()).filter(|found| *found != Orientation::UPRIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A TIFF block that says 8 and nothing else.
    const BLOCK: &[u8] = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";

    fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes(), name, data, &[0; 4]].concat()
    }

    #[track_caller]
    fn check(chunks: &[Vec<u8>], wanted: u8) {
        let file = [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat();
        assert_eq!(Remarks::find(&file, &Info::default()).orientation.exif(), wanted);
    }

    fn as_text(block: &[u8]) -> Vec<u8> {
        let digits: Vec<_> = block.iter().map(|byte| format!("{byte:02x}")).collect();
        let digits = digits.concat();
        format!("Raw profile type exif\0\nexif\n      {}\n{digits}\n", block.len()).into_bytes()
    }

    #[test]
    fn the_orientation_wherever_it_is_said() {
        let packet = b"XML:com.adobe.xmp\0\0\0\0\0<rdf tiff:Orientation='3'/>";
        check(&[chunk(b"eXIf", BLOCK)], 8);
        check(&[chunk(b"tEXt", &as_text(BLOCK))], 8);
        check(&[chunk(b"iTXt", packet)], 3);
        check(&[chunk(b"iTXt", packet), chunk(b"eXIf", BLOCK)], 8);
        check(&[chunk(b"eXIf", &BLOCK[..9])], 1);
        check(&[], 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(data in prop::collection::vec(any::<u8>(), 0..100), text: String) {
            for name in ["eXIf", "tEXt", "iTXt"] {
                check_only(&[b"\x89PNG\r\n\x1a\n".to_vec(), chunk(name.as_bytes(), &data), data.clone()].concat());
            }
            let _ = raw_profile(&("Raw profile type exif".to_owned(), text));
        }
    }

    fn check_only(file: &[u8]) {
        let _ = Remarks::find(file, &Info::default());
    }
}
