//! Annotations without a drawing of their own, or with one that is stale, which viewers draw by what they mean: as a page
//! that is laid over theirs.
//! Knows the simple ones, and writes them down as a PDF; fields of forms are next door, drawing is hayro's business.

mod fields;

use super::cost::annotations;
use hayro::hayro_syntax::object::{Array, Dict, Name, Rect};
use hayro::hayro_syntax::page::Page;
use std::fmt::Write as _;

/// Bytes of content on the page at most: thousands of annotations, but not one that is named a million times.
const MOST_BYTES: usize = 1 << 20;

/// Flags of an annotation that is not to be seen on a screen.
const HIDDEN: u32 = 1 << 1 | 1 << 5;

/// Operators that draw a note; none if it lacks what that takes.
type Draw = fn(&Dict<'_>) -> Option<String>;

/// How each kind is drawn.
#[rustfmt::skip]
const KINDS: &[(&[u8], Draw)] = &[
    (b"Highlight", |note| Some(highlight(note))),
    // Of the height of letters, from their foot.
    (b"Underline", |note| Some(beside_text(note, 0.08))),
    (b"Squiggly", |note| Some(beside_text(note, 0.08))),
    (b"StrikeOut", |note| Some(beside_text(note, 0.45))),
    (b"Square", square),
    (b"Circle", circle),
    (b"Line", |note| painted(note, &path(&points(note, "L")))),
    (b"PolyLine", |note| painted(note, &path(&points(note, "Vertices")))),
    (b"Polygon", |note| painted(note, &(path(&points(note, "Vertices")) + "h "))),
    (b"Ink", ink),
    (b"Text", sticker),
    (b"FreeText", fields::free_text),
];

/// Operators for a colour of one, three or four numbers: of lines, and of areas.
const LINE: [&str; 3] = ["G", "RG", "K"];
const AREA: [&str; 3] = ["g", "rg", "k"];

type Point = [f32; 2];

/// A file of one page to be laid over `page`, if anything is left to us.
pub(super) fn over(page: &Page<'_>) -> Option<Vec<u8>> {
    let mut content = String::new();
    let are_stale = fields::are_stale(page);
    for note in annotations(page).filter(is_seen) {
        let drawn = match (is(&note, b"Widget"), note.contains_key("AP")) {
            (true, true) if are_stale => fields::missing_text(&note, page),
            (_, true) => None,
            (true, false) => fields::value(&note, page),
            (false, false) => drawing(&note),
        };
        let Some(drawn) = drawn else { continue };
        if content.len().saturating_add(drawn.len()) > MOST_BYTES {
            break;
        }
        let _ = writeln!(content, "q {}{drawn}Q", opacity(&note));
    }
    (!content.is_empty()).then(|| file(page.intersected_crop_box(), &content))
}

fn is_seen(note: &Dict<'_>) -> bool {
    note.get::<u32>("F").unwrap_or(0) & HIDDEN == 0
}

fn is(note: &Dict<'_>, kind: &[u8]) -> bool {
    note.get::<Name<'_>>("Subtype").is_some_and(|own| &*own == kind)
}

fn drawing(note: &Dict<'_>) -> Option<String> {
    KINDS.iter().find(|(kind, _)| is(note, kind)).and_then(|(_, draw)| draw(note))
}

/// A page as large as the other. Readers look for objects where there is no table of them.
fn file(Rect { x0, y0, x1, y1 }: Rect, content: &str) -> Vec<u8> {
    let fonts = fields::FONTS.iter().fold(String::new(), |mut fonts, (key, name, _)| {
        let _ = write!(fonts, "/{key}<</Type/Font/Subtype/Type1/BaseFont/{name}/Encoding/WinAnsiEncoding>>");
        fonts
    });
    let states = (1..10).fold("/M<</BM/Multiply>>".to_owned(), |mut states, tenths| {
        let _ = write!(states, "/A{tenths}<</CA .{tenths}/ca .{tenths}>>");
        states
    });
    let length = content.len();
    format!(
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[{x0} {y0} {x1} {y1}]/Contents 4 0 R\
         /Resources<</Font<<{fonts}>>/ExtGState<<{states}>>>>>>endobj\n\
         4 0 obj<</Length {length}>>stream\n{content}\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    .into_bytes()
}

/// By the states of the file.
fn opacity(note: &Dict<'_>) -> String {
    let tenths = note.get::<f32>("CA").map_or(10.0, |part| (part * 10.0).round());
    if (1.0..10.0).contains(&tenths) { format!("/A{tenths} gs ") } else { String::new() }
}

fn color(of: &Dict<'_>, key: &str, operators: [&str; 3]) -> Option<String> {
    let parts: Vec<f32> = of.get(key)?;
    let [one, three, four] = operators;
    let operator = match parts.len() {
        1 => one,
        3 => three,
        4 => four,
        _ => return None,
    };
    Some(format!("{}{operator} ", numbers(&parts)))
}

fn numbers(numbers: &[f32]) -> String {
    numbers.iter().filter(|number| number.is_finite()).fold(String::new(), |mut all, number| {
        let _ = write!(all, "{number} ");
        all
    })
}

fn points(note: &Dict<'_>, key: &str) -> Vec<Point> {
    note.get::<Vec<f32>>(key).unwrap_or_default().as_chunks().0.to_vec()
}

fn path(points: &[Point]) -> String {
    let mut path = String::new();
    for (place, point) in points.iter().enumerate() {
        path += &numbers(point);
        path += if place == 0 { "m " } else { "l " };
    }
    path
}

/// A path with the note's line round it, and its area.
fn painted(note: &Dict<'_>, path: &str) -> Option<String> {
    let width = width(note);
    // No colour is black, and a colour of no numbers is none.
    let line = if note.contains_key("C") { color(note, "C", LINE) } else { Some("0 G ".to_owned()) };
    let line = line.filter(|_| width > 0.0);
    let area = color(note, "IC", AREA);
    let operator = match (&line, &area) {
        (Some(_), Some(_)) => "B",
        (Some(_), None) => "S",
        (None, Some(_)) => "f",
        (None, None) => return None,
    };
    Some(format!("{}{}{width} w {path}{operator} ", line.unwrap_or_default(), area.unwrap_or_default()))
}

fn width(note: &Dict<'_>) -> f32 {
    let style = note.get::<Dict<'_>>("BS").and_then(|style| style.get::<f32>("W"));
    let border = || note.get::<Array<'_>>("Border")?.iter::<f32>().nth(2);
    style.or_else(border).unwrap_or(1.0).clamp(0.0, 100.0)
}

/// Four corners for each line of text: its top from left to right, then its foot.
fn lines(note: &Dict<'_>) -> Vec<[Point; 4]> {
    points(note, "QuadPoints").as_chunks().0.to_vec()
}

fn highlight(note: &Dict<'_>) -> String {
    let color = color(note, "C", AREA).unwrap_or_else(|| "1 1 0 rg ".to_owned());
    let areas = lines(note).iter().fold(String::new(), |areas, [start, end, foot, foot_end]| {
        areas + &path(&[*start, *end, *foot_end, *foot]) + "f "
    });
    // Letters below are seen.
    format!("/M gs {color}{areas}")
}

/// A line along text, at a part of its height.
fn beside_text(note: &Dict<'_>, height: f32) -> String {
    let color = color(note, "C", LINE).unwrap_or_default();
    let between = |[x, y]: Point, [to_x, to_y]: Point| [x + (to_x - x) * height, y + (to_y - y) * height];
    lines(note).iter().fold(color, |all, [start, end, foot, foot_end]| {
        let width = (start[0] - foot[0]).hypot(start[1] - foot[1]) / 16.0;
        all + &numbers(&[width]) + "w " + &path(&[between(*foot, *start), between(*foot_end, *end)]) + "S "
    })
}

/// What is within half of the line's width, and within what the note says is not its own.
fn inside(note: &Dict<'_>) -> Option<[f32; 4]> {
    let Rect { x0, y0, x1, y1 } = note.get::<Rect>("Rect")?;
    let [left, foot, right, top] = note.get::<[f32; 4]>("RD").unwrap_or_default();
    let half = width(note) / 2.0;
    let (x, y) = (x0 as f32 + left + half, y0 as f32 + foot + half);
    let (wide, high) = (x1 as f32 - right - half - x, y1 as f32 - top - half - y);
    (wide > 0.0 && high > 0.0).then_some([x, y, wide, high])
}

fn square(note: &Dict<'_>) -> Option<String> {
    painted(note, &(numbers(&inside(note)?) + "re "))
}

fn circle(note: &Dict<'_>) -> Option<String> {
    /// How far from the middle of a side a quarter of a circle is drawn to, as a part of the half.
    const ROUND: f32 = 0.5523;
    let [x, y, wide, high] = inside(note)?;
    let at = |[right, up]: Point| [x + wide / 2.0 * (1.0 + right), y + high / 2.0 * (1.0 + up)];
    let mut all = numbers(&at([1.0, 0.0])) + "m ";
    for ([x, y], [to_x, to_y]) in [
        ([1.0, 0.0], [0.0, 1.0]),
        ([0.0, 1.0], [-1.0, 0.0]),
        ([-1.0, 0.0], [0.0, -1.0]),
        ([0.0, -1.0], [1.0, 0.0]),
    ] {
        let bent = [[x + to_x * ROUND, y + to_y * ROUND], [to_x + x * ROUND, to_y + y * ROUND], [to_x, to_y]];
        all += &numbers(bent.map(at).as_flattened());
        all += "c ";
    }
    painted(note, &(all + "h "))
}

fn ink(note: &Dict<'_>) -> Option<String> {
    let strokes = note.get::<Array<'_>>("InkList")?;
    let drawn =
        strokes.iter::<Vec<f32>>().fold(String::new(), |all, stroke| all + &path(stroke.as_chunks().0));
    painted(note, &drawn)
}

/// A leaf with writing on it, at the upper left of its place.
fn sticker(note: &Dict<'_>) -> Option<String> {
    let Rect { x0, y1, .. } = note.get::<Rect>("Rect")?;
    let color = color(note, "C", AREA).unwrap_or_else(|| "1 1 0 rg ".to_owned());
    Some(format!(
        "1 0 0 1 {x0} {y1} cm {color}0 G 1.5 w 3 -21 18 18 re B 2 w \
         7 -8 m 17 -8 l 7 -12 m 17 -12 l 7 -16 m 13 -16 l S "
    ))
}
