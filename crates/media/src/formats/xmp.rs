//! Orientation from XMP, for pictures that say it nowhere else.
//! Knows nothing of what container the packet came in. A broken packet says nothing.

use crate::Orientation;

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

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(bytes: Vec<u8>) {
            let _ = orientation_of_xmp(&bytes);
        }
    }
}
