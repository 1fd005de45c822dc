//! Orientation from the two kinds of tags that still pictures carry: a TIFF block (EXIF) and XMP.
//! Knows nothing of what container they came in. Broken tags say nothing.

use crate::Orientation;
use exif::{In, Reader, Tag};

/// The orientation in a TIFF block without the `Exif\0\0` before it.
pub(crate) fn orientation_of_tiff(block: &[u8]) -> Option<Orientation> {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let read = reader.read_raw(block.to_vec());
    let fields = match read {
        Ok(fields) => fields,
        Err(error) => error.distill_partial_result(|_| ()).ok()?,
    };
    let number = fields.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    (1..=8).contains(&number).then(|| Orientation::from_exif(number))
}

/// The orientation in an XMP packet, as attribute or element: `tiff:Orientation="6"`, `<tiff:Orientation>6<`.
pub(crate) fn orientation_of_xmp(packet: &[u8]) -> Option<Orientation> {
    const NAME: &[u8] = b"tiff:Orientation";
    let at = packet.windows(NAME.len()).position(|window| window == NAME)?;
    let after = packet.get(at.checked_add(NAME.len())?..)?;
    // `="`, `='`, `>` and white space stand between the name and its digit, and nothing else does.
    let digit = after.iter().take(8).find(|byte| !matches!(byte, b'=' | b'"' | b'\'' | b'>' | b' '))?;
    let number = char::from(*digit).to_digit(10)?;
    (1..=8).contains(&number).then(|| Orientation::from_exif(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(packet: &str, wanted: Option<u8>) {
        assert_eq!(orientation_of_xmp(packet.as_bytes()).map(Orientation::exif), wanted);
    }

    #[test]
    fn xmp_says_it_in_two_ways() {
        check("<rdf tiff:Orientation=\"6\"/>", Some(6));
        check("<tiff:Orientation>3</tiff:Orientation>", Some(3));
        check("<tiff:Orientation>9</tiff:Orientation>", None);
        check("tiff:Orientation", None);
        check("nothing", None);
    }

    #[test]
    fn exif_says_it_in_its_first_directory() {
        let block = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";
        assert_eq!(orientation_of_tiff(block).map(Orientation::exif), Some(8));
        assert_eq!(orientation_of_tiff(b"II"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(bytes: Vec<u8>) {
            let _ = (orientation_of_tiff(&bytes), orientation_of_xmp(&bytes));
        }
    }
}
