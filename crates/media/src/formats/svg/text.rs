//! From a file's bytes to its text: packed or not, in whichever encoding.
//! Knows nothing of XML but how its first character looks.

use crate::{Fault, Limits, Reason};
use flate2::read::GzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// Gzip with deflate, its only method.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// What part of the memory limit the text may take: what is made of it, element by element, takes 30 times that of a
/// drawing with much in few letters (`weight` counts that exactly). It holds for packed text too, whatever it was
/// packed to: honest drawings shrink to a third or to a hundredth.
const PART_OF_MEMORY: u64 = 16;

/// The whole text of a file.
pub(super) fn read<'a>(file: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, Fault> {
    let most = limits.max_memory / PART_OF_MEMORY;
    let bytes = if file.starts_with(GZIP) { Cow::Owned(unpacked(file, most)?) } else { Cow::Borrowed(file) };
    if bytes.len() as u64 > most {
        return Err(too_long(most));
    }
    Ok(match bytes {
        Cow::Borrowed(bytes) => decoded(bytes),
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text),
            Err(error) => Cow::Owned(decoded(error.as_bytes()).into_owned()),
        },
    })
}

/// As much of the text as these first bytes of a file hold.
pub(super) fn front(head: &[u8]) -> Cow<'_, str> {
    if head.starts_with(GZIP) {
        let mut bytes = vec![0; head.len()];
        let mut decoder = GzDecoder::new(head);
        let mut len = 0_usize;
        while let Some(room) = bytes.get_mut(len..).filter(|room| !room.is_empty()) {
            match decoder.read(room) {
                Ok(count) if count > 0 => len = len.saturating_add(count),
                _ => break,
            }
        }
        bytes.truncate(len);
        return Cow::Owned(decoded(&bytes).into_owned());
    }
    decoded(head)
}

fn unpacked(file: &[u8], most: u64) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    GzDecoder::new(file)
        .take(most.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(|error| Reason::Corrupt.says(format!("SVG: unpack: {error}")))?;
    Ok(text)
}

fn too_long(most: u64) -> Fault {
    Reason::TooLarge
        .says(format!("SVG: its text is longer than the {most} bytes that limits.worker_memory_mib allows"))
}

/// UTF-8, UTF-16 by its mark or by the zeros in `<`, and else Latin-1, in which any bytes are text: what is declared is
/// of no use where the bytes say otherwise.
pub(in crate::formats) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, ..] | [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
            // The head of a file may end within a character.
            Err(error) if error.error_len().is_none() => {
                let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
                Cow::Borrowed(std::str::from_utf8(whole).unwrap_or_default())
            }
            Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
        },
    }
}

fn utf16(bytes: &[u8], number: fn([u8; 2]) -> u16) -> Cow<'static, str> {
    let numbers = bytes.as_chunks::<2>().0.iter().map(|pair| number(*pair));
    let text: String =
        char::decode_utf16(numbers).map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.trim_start_matches('\u{feff}').to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write;

    const LIMITS: Limits = Limits { max_pixels: 100, max_memory: 16 << 10 };

    pub(in crate::formats::svg) fn gzipped(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[track_caller]
    fn check(file: impl AsRef<[u8]>, wanted: Result<&str, Reason>) {
        let got = read(file.as_ref(), &LIMITS);
        assert_eq!(got.as_deref().map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn every_encoding_becomes_text() {
        check("\u{feff}<é>", Ok("<é>"));
        check(b"<\xe9>", Ok("<é>"));
        check([0xff, 0xfe, b'<', 0, 0xe9, 0, b'>', 0], Ok("<é>"));
        check([0, b'<', 0, 0xe9, 0, b'>'], Ok("<é>"));
        check(gzipped("<é>"), Ok("<é>"));
        check("", Ok(""));
    }

    #[test]
    fn text_beyond_its_limit_is_refused_before_it_is_unpacked() {
        let long = "<".repeat(1024);
        check(&long, Ok(&long));
        check(gzipped(&long), Ok(&long));
        check("<".repeat(1025), Err(Reason::TooLarge));
        check(gzipped(&"<".repeat(10_000_000)), Err(Reason::TooLarge));
    }

    #[test]
    fn a_damaged_package_is_corrupt() {
        let whole = gzipped(&"<svg>".repeat(100));
        check(&whole[..20], Err(Reason::Corrupt));
    }
}
