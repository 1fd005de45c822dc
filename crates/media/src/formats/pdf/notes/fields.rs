//! What is written in fields of a form that come without a drawing or with one that is stale, and in notes of text.
//! Knows fields, and which letters the standard fonts have; nothing of other annotations.

use super::{AREA, LINE, color, inside, numbers, width};
use hayro::hayro_syntax::content::UntypedIter;
use hayro::hayro_syntax::object::{Dict, Object, Rect, Stream};
use hayro::hayro_syntax::page::Page;
use std::fmt::Write as _;

/// Fonts of the file that is laid over: their names there, their own, and what those that stand for them begin with.
pub(super) const FONTS: [(&str, &str, &[&str]); 3] =
    [("H", "Helvetica", &[]), ("C", "Courier", &["Cour"]), ("T", "Times-Roman", &["Ti"])];

/// A field has what the field around it has; some go round in circles.
const MOST_DEEP: usize = 16;

/// Bytes of a drawing in which nothing is written, packed: a frame and an area take a hundred.
const MOST_OF_A_FRAME: usize = 1024;

/// Flags of fields of text.
const MANY_LINES: u32 = 1 << 12;
const PASSWORD: u32 = 1 << 13;

/// How wide letters are on average, as a part of their height: Times' 0.42, Helvetica's 0.48.
const LETTER: f32 = 0.47;

/// Letters with numbers of their own; the others have those of Unicode, or none.
const LETTERS: &[(char, u8)] = &[
    ('€', 0x80),
    ('…', 0x85),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
];

/// Whether the page is of a form that was filled by somebody who left the drawing of its fields to viewers.
pub(super) fn are_stale(page: &Page<'_>) -> bool {
    form(page).and_then(|form| form.get("NeedAppearances")).unwrap_or(false)
}

/// What is written in a field in whose drawing nothing is.
pub(super) fn missing_text(field: &Dict<'_>, page: &Page<'_>) -> Option<String> {
    let drawing = field.get::<Dict<'_>>("AP")?.get::<Stream<'_>>("N")?;
    if drawing.raw_data().len() > MOST_OF_A_FRAME {
        return None;
    }
    let content = drawing.decoded_data().ok()?;
    let mut instructions = UntypedIter::new(&content);
    while let Some(instruction) = instructions.next() {
        let operator: &[u8] = instruction.operator;
        if matches!(operator, b"Tj" | b"TJ" | b"'" | b"\"" | b"Do") {
            return None;
        }
    }
    text(field, page, &field.get("Rect")?)
}

/// A field with its frame and what is written in it.
pub(super) fn value(field: &Dict<'_>, page: &Page<'_>) -> Option<String> {
    let place = field.get::<Rect>("Rect")?;
    let looks = field.get::<Dict<'_>>("MK").unwrap_or_default();
    Some(frame(&looks, &place) + &text(field, page, &place).unwrap_or_default())
}

/// A note of text: its frame has the colour of its letters.
pub(super) fn free_text(note: &Dict<'_>) -> Option<String> {
    let Object::String(words) = note.get("Contents")? else { return None };
    let Object::String(looks) = note.get("DA")? else { return None };
    let square = numbers(&inside(note)?) + "re ";
    let area = color(note, "C", AREA).map(|color| color + &square + "f ");
    let line = match width(note) {
        width if width > 0.0 => {
            let color = Look::of(&looks, (0.0, true)).color.to_uppercase();
            format!("{color}{width} w {square}S ")
        }
        _ => String::new(),
    };
    let written = Written { words: &words, looks: &looks, many_lines: true }.within(&note.get("Rect")?);
    Some(area.unwrap_or_default() + &line + &written.unwrap_or_default())
}

fn frame(looks: &Dict<'_>, Rect { x0, y0, x1, y1 }: &Rect) -> String {
    let square = |by: f64| {
        let corner = [x0 + by, y0 + by, x1 - x0 - by - by, y1 - y0 - by - by];
        numbers(&corner.map(|number| number as f32)) + "re "
    };
    let area = color(looks, "BG", AREA).map(|color| color + &square(0.0) + "f ");
    let line = color(looks, "BC", LINE).map(|color| color + &square(0.5) + "S ");
    area.unwrap_or_default() + &line.unwrap_or_default()
}

fn text(field: &Dict<'_>, page: &Page<'_>, place: &Rect) -> Option<String> {
    let Object::Name(kind) = inherited(field, "FT")? else { return None };
    let flags = inherited(field, "Ff").and_then(Object::into_i32).unwrap_or(0).cast_unsigned();
    if !matches!(&*kind, b"Tx" | b"Ch") || flags & PASSWORD != 0 {
        return None;
    }
    let Object::String(words) = inherited(field, "V")? else { return None };
    let usual = || form(page)?.get("DA");
    let Object::String(looks) = inherited(field, "DA").or_else(usual)? else { return None };
    Written { words: &words, looks: &looks, many_lines: &*kind == b"Tx" && flags & MANY_LINES != 0 }
        .within(place)
}

fn form<'a>(page: &Page<'a>) -> Option<Dict<'a>> {
    page.xref().get::<Dict<'a>>(page.xref().root_id())?.get("AcroForm")
}

fn inherited<'a>(field: &Dict<'a>, key: &str) -> Option<Object<'a>> {
    let above = |field: &Dict<'a>| field.get::<Dict<'a>>("Parent");
    std::iter::successors(Some(field.clone()), above).take(MOST_DEEP).find_map(|field| field.get(key))
}

/// What is written, and the operators that say how, both as the file has them.
struct Written<'a> {
    words: &'a [u8],
    looks: &'a [u8],
    many_lines: bool,
}

impl Written<'_> {
    fn within(&self, place: &Rect) -> Option<String> {
        let [x, y] = [place.x0, place.y0].map(|number| number as f32);
        let [wide, high] = [place.width(), place.height()].map(|number| number as f32);
        let Look { font, size, color } = Look::of(self.looks, (high, self.many_lines));
        let words = letters(self.words);
        let (lines, first) = if self.many_lines {
            (broken(&words, (wide / (size * LETTER)) as usize), y + high - size)
        } else {
            // Half of what is not taken by capitals is below.
            (vec![words], y + (high - size * 0.7) / 2.0)
        };
        if words_missing(&lines) {
            return None;
        }
        let leading = size * 1.15;
        let shown = lines.iter().fold(String::new(), |all, line| all + "<" + &in_hex(line) + "> Tj T* ");
        let clip = numbers(&[x, y, wide, high]);
        let start = numbers(&[x + 2.0, first]);
        Some(format!("{clip}re W n BT {color}/{font} {size} Tf {leading} TL {start}Td {shown}ET "))
    }
}

fn words_missing(lines: &[String]) -> bool {
    lines.iter().all(|line| line.trim().is_empty())
}

struct Look {
    font: &'static str,
    size: f32,
    color: String,
}

impl Look {
    /// By operators as they are in a page, such as `/Helv 9 Tf 0 g`. A size of 0 is what fits.
    fn of(looks: &[u8], (high, many_lines): (f32, bool)) -> Self {
        let (mut font, mut size, mut color) = ("H", 0.0_f32, String::new());
        let mut operands: Vec<&str> = Vec::new();
        for token in std::str::from_utf8(looks).unwrap_or_default().split_ascii_whitespace() {
            match (token, operands.as_slice()) {
                ("Tf", [.., name, own]) => {
                    font = stand_in(name.trim_start_matches('/'));
                    size = own.parse().unwrap_or(0.0);
                }
                ("g" | "rg" | "k", numbers) if numbers.iter().all(|number| number.parse::<f32>().is_ok()) => {
                    color = format!("{} {token} ", numbers.join(" "));
                }
                ("Tf" | "g" | "rg" | "k", _) => {}
                _ => {
                    operands.push(token);
                    continue;
                }
            }
            operands.clear();
        }
        let fitting = if many_lines { 12.0 } else { (high * 0.7).min(12.0) };
        Self { font, size: if size > 0.0 { size.min(1000.0) } else { fitting.max(1.0) }, color }
    }
}

fn stand_in(name: &str) -> &'static str {
    let stands = FONTS.iter().find(|(_, _, starts)| starts.iter().any(|start| name.starts_with(start)));
    stands.map_or("H", |(key, ..)| key)
}

/// Text of a file: in UTF-16 or UTF-8 where it begins with their mark.
fn letters(text: &[u8]) -> String {
    match text {
        [0xFE, 0xFF, text @ ..] => {
            let units: Vec<u16> = text.as_chunks().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            String::from_utf16_lossy(&units)
        }
        [0xEF, 0xBB, 0xBF, text @ ..] => String::from_utf8_lossy(text).into_owned(),
        text => text.iter().copied().map(char::from).collect(),
    }
}

/// Lines of at most so many letters, as far as words allow.
fn broken(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split(['\n', '\r']) {
        let mut now = String::new();
        for word in line.split(' ') {
            if !now.is_empty() && now.len().saturating_add(word.len()) >= most {
                lines.push(std::mem::take(&mut now));
            } else if !now.is_empty() {
                now.push(' ');
            }
            now.push_str(word);
        }
        lines.push(now);
    }
    lines
}

/// In the numbers of the standard fonts, two digits each.
fn in_hex(text: &str) -> String {
    let number = |letter: char| match LETTERS.iter().find(|(own, _)| *own == letter) {
        Some((_, number)) => *number,
        None => u8::try_from(letter).ok().filter(|number| !matches!(number, 0x7F..=0x9F)).unwrap_or(b'?'),
    };
    text.chars().fold(String::new(), |mut digits, letter| {
        let _ = write!(digits, "{:02X}", number(letter));
        digits
    })
}
