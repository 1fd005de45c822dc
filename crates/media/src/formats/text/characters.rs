//! Whether bytes are text, in which encoding, and how wide its letters are.
//! Knows letters; nothing of lines or of what is said.

use crate::Source;
use std::borrow::Cow;

/// What begins like text and is something else, which others may open and nobody wants to read.
const NO_TEXT: &[&[u8]] = &[
    b"%!PS",
    b"%PDF-",
    b"\x04%!PS",
    b"{\\rtf",
    b"SIMPLE  =",
    b"Image type:",
    b"P7 332",
    b"\x1b%-12345X",
    b"BEGINCALC",
];

/// Of the letters of a text in an encoding of one byte, most are those of English, whatever its language: signs, spaces.
/// Below this it is more likely something packed.
const LEAST_ASCII: f32 = 0.75;

pub(super) fn looks_like_text(source: &Source<'_>) -> bool {
    let head = source.head();
    if head.is_empty() || NO_TEXT.iter().any(|start| head.starts_with(start)) {
        return false;
    }
    if wide(head).is_some() {
        return decoded(head).chars().all(is_of_text);
    }
    match std::str::from_utf8(head) {
        Ok(text) => text.chars().all(is_of_text),
        // A letter may be cut in two by the end of the head.
        Err(error) if error.error_len().is_none() && source.len() > head.len() as u64 => head
            .get(..error.valid_up_to())
            .is_some_and(|head| head.iter().all(|byte| is_of_text(char::from(*byte)))),
        Err(_) => is_latin(head),
    }
}

fn is_latin(head: &[u8]) -> bool {
    let ascii = head.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()).count();
    let allowed = head.iter().all(|byte| *byte >= 0x80 || is_of_text(char::from(*byte)));
    allowed && ascii as f32 >= head.len() as f32 * LEAST_ASCII
}

/// Control characters that people, terminals and printers put into text.
fn is_of_text(letter: char) -> bool {
    !matches!(letter, '\0'..='\x07' | '\x0e'..='\x1a' | '\x1c'..='\x1f' | '\x7f' | char::REPLACEMENT_CHARACTER)
}

/// The reading of two-byte text, by its mark.
fn wide(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

/// UTF-16 by its mark, UTF-8, or else the Latin of Windows, in which any bytes are text.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(number) = wide(bytes) {
        let numbers = bytes.as_chunks::<2>().0.iter().skip(1).map(|pair| number(*pair));
        // The last may be the half of one.
        let letters = char::decode_utf16(numbers).map_while(Result::ok);
        return Cow::Owned(letters.collect());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Cow::Borrowed(std::str::from_utf8(whole).unwrap_or_default().trim_start_matches('\u{feff}'))
        }
        Err(_) => Cow::Owned(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
    }
}

/// Latin-1 with quotes and dashes where that has control characters.
fn windows_1252(byte: u8) -> char {
    #[rustfmt::skip]
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let place = usize::from(byte).checked_sub(0x80);
    place.and_then(|place| HIGH.get(place)).copied().unwrap_or(char::from(byte))
}

/// How many columns a letter takes: two where it is as wide as high, none where it stands on another.
pub(super) fn columns(letter: char) -> usize {
    match letter {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// By its first letter that has a direction.
pub(super) fn is_right_to_left(line: &str) -> bool {
    let first = line.chars().find(|letter| letter.is_alphabetic());
    first.is_some_and(
        |letter| matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: impl AsRef<[u8]>, wanted: Option<&str>) {
        let bytes = file.as_ref();
        let is_text = looks_like_text(&Source::from_bytes(&bytes));
        assert_eq!(is_text.then(|| decoded(bytes).into_owned()).as_deref(), wanted);
    }

    #[test]
    fn text_is_told_from_what_is_none() {
        check("über\n", Some("über\n"));
        check("\u{feff}a", Some("a"));
        check(b"caf\xe9 \x96 \x80 3,50", Some("café – € 3,50"));
        check([0xff, 0xfe, b'a', 0, 0xe9, 0, b'b'], Some("aé"));
        check([0xfe, 0xff, 0, b'a'], Some("a"));
        check("", None);
        check("a\0b", None);
        check(b"\x89PNG\r\n\x1a\n", None);
        check(b"\xff\xd8\xff\xe0 a picture", None);
        check("%!PS-Adobe-3.0", None);
        check([0xc3, 0xa9, 0xe2, 0x99, 0xd0, 0xd1, 0x80, 0xf7], None);
    }

    #[test]
    fn a_letter_that_the_head_cuts_is_no_damage() {
        for shift in 0..4 {
            let text = format!("{}{}", "a".repeat(shift), "漢".repeat(3000));
            check(&text, Some(&text));
        }
    }

    #[test]
    fn direction_is_that_of_the_first_letter() {
        assert!(is_right_to_left("1. שלום world") && is_right_to_left("«مرحبا»"));
        assert!(!is_right_to_left("hello שלום") && !is_right_to_left("123") && !is_right_to_left(""));
    }
}
