//! Plain text and source code: the beginning, on a page.
//! Knows letters, lines and columns; how code is coloured is in `colors`, which language it may be in `language`.

mod characters;
mod colors;
mod language;

use super::paper::{self, Page, attribute, escape};
use super::raster::guarded;
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Reason, Source};
use colors::{Class, Pieces};
use language::Language;
use resvg::usvg::FontResolver;
use std::fmt::Write;

pub(crate) const FORMAT: Format = Format {
    name: "Text",
    mime_types: &[
        "text/plain",
        "text/markdown",
        "text/csv",
        "text/html",
        "text/xml",
        "text/calendar",
        "text/vcard",
        "application/json",
        "application/xml",
        "application/javascript",
        "application/x-sh",
    ],
    extensions: &[
        "txt", "md", "csv", "json", "log", "toml", "yaml", "ini", "xml", "html", "rs", "py", "c", "js", "sh",
    ],
    kind: Kind::Document,
    signature: Signature::Plausible(characters::looks_like_text),
    decode,
};

/// Few enough to be read in a thumbnail of 256 pixels, where a line is ten high.
const LINES: usize = 25;
const COLUMNS: usize = 40;
/// What that many lines have at most, and what a guess at the language needs.
const FRONT: usize = 32 << 10;

const MARGIN: f32 = 32.0;
const LINE_HEIGHT: f32 = (paper::HEIGHT as f32 - 2.0 * MARGIN) / LINES as f32;
/// Letters of monospaced fonts are 0.6 as wide as they are high, in nearly all of them.
const FONT_SIZE: f32 = (paper::WIDTH as f32 - 2.0 * MARGIN) / COLUMNS as f32 / 0.602;
/// Of a line, from its top: where letters stand.
const BASE_LINE: f32 = 0.78;

/// As wide as most people have them.
const TAB: usize = 4;

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    if order.fonts.is_empty() {
        return Err(
            Reason::Unsupported.says("Text: there are no fonts to write it with (Debian: fonts-dejavu-core)")
        );
    }
    let front = source.front(FRONT)?;
    let text = characters::decoded(&front);
    let language = Language::of(&text);
    let lines = laid_out(&text, language.is_prose());
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Err(Reason::NoPicture.says("Text: the beginning is blank"));
    }
    let page = Page {
        size: (paper::WIDTH, paper::HEIGHT),
        elements: written(&lines, &language),
        database: order.fonts.database(),
        resolver: FontResolver::default(),
    };
    guarded(Reason::Corrupt, || page.drawn(order))
}

/// The first lines, without tabs. Prose goes on in the next line where a line is full, code is cut off there.
fn laid_out(text: &str, is_prose: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for line in
        text.split(['\n', '\u{85}', '\u{2028}']).flat_map(|line| line.trim_end_matches('\r').split('\r'))
    {
        let mut rest = untabbed(line);
        loop {
            let fitting = fitting(&rest);
            let Some((first, behind)) =
                rest.split_at_checked(fitting).filter(|(_, behind)| !behind.is_empty())
            else {
                break;
            };
            if !is_prose {
                rest.truncate(fitting);
                break;
            }
            let (first, behind) = match first.rsplit_once(' ').filter(|(words, _)| !words.trim().is_empty()) {
                Some((words, cut)) => (words.to_owned(), format!("{cut}{behind}")),
                None => (first.to_owned(), behind.to_owned()),
            };
            lines.push(first);
            behind.trim_start().clone_into(&mut rest);
            if lines.len() >= LINES {
                break;
            }
        }
        lines.push(rest);
        if lines.len() >= LINES {
            break;
        }
    }
    lines.truncate(LINES);
    lines
}

/// A line whose tabs are spaces, and no longer than anybody looks at.
fn untabbed(line: &str) -> String {
    const LONGEST: usize = LINES * COLUMNS;
    let mut text = String::new();
    let mut column = 0_usize;
    for letter in line.chars().take(LONGEST) {
        if letter == '\t' {
            let spaces = TAB.saturating_sub(column % TAB);
            text.extend(std::iter::repeat_n(' ', spaces));
            column = column.saturating_add(spaces);
        } else if !letter.is_control() {
            text.push(letter);
            column = column.saturating_add(characters::columns(letter));
        }
    }
    text
}

/// How many bytes of the line fit into the columns.
fn fitting(line: &str) -> usize {
    let mut column = 0_usize;
    let over = line.char_indices().find(|(_, letter)| {
        column = column.saturating_add(characters::columns(*letter));
        column > COLUMNS
    });
    over.map_or(line.len(), |(at, _)| at)
}

/// The lines as SVG.
fn written(lines: &[String], language: &Language) -> String {
    let mut svg = format!("<g font-family='monospace' font-size='{FONT_SIZE}' xml:space='preserve'>");
    let mut pieces = Pieces::of(language);
    for (place, line) in lines.iter().enumerate() {
        let right_to_left = characters::is_right_to_left(line);
        svg.push_str("<text");
        attribute("x", if right_to_left { paper::WIDTH as f32 - MARGIN } else { MARGIN }, &mut svg);
        attribute("y", MARGIN + LINE_HEIGHT * (place as f32 + BASE_LINE), &mut svg);
        svg.push_str(if right_to_left { " text-anchor='end'>" } else { ">" });
        for (class, text) in pieces.in_line(line) {
            let (color, weight) = look(class);
            // Writing to a string cannot fail.
            let _ = write!(svg, "<tspan fill='{color}' font-weight='{weight}'>");
            escape(text, &mut svg);
            svg.push_str("</tspan>");
        }
        svg.push_str("</text>");
    }
    svg.push_str("</g>");
    svg
}

/// Dark enough on white to be told from one another when they are a pixel wide.
fn look(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Plain => ("#202428", "400"),
        Class::Heading => ("#202428", "700"),
        Class::Comment => ("#6a7480", "400"),
        Class::Text => ("#1a7f37", "400"),
        Class::Number => ("#b35900", "400"),
        Class::Word => ("#8a2da5", "700"),
        Class::Tag => ("#0b5cad", "400"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_prose: bool, wanted: &[&str]) {
        assert_eq!(laid_out(text, is_prose), wanted);
    }

    #[test]
    fn prose_is_wrapped_and_code_is_cut() {
        let words = "one two three four five six seven eight nine ten";
        check(words, true, &["one two three four five six seven eight", "nine ten"]);
        check(words, false, &["one two three four five six seven eight "]);
        check(&"x".repeat(50), true, &["x".repeat(40).as_str(), "xxxxxxxxxx"]);
        check(&"漢".repeat(25), true, &["漢".repeat(20).as_str(), "漢漢漢漢漢"]);
        check("a\tb\n\tc\r\nd\re", false, &["a   b", "    c", "d", "e"]);
        check(&"a\n".repeat(100), true, &["a"; LINES]);
    }
}
