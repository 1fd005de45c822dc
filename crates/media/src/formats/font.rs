//! Fonts: a specimen, in letters that the font has.
//! Knows files of fonts and scripts; how letters are drawn is resvg's business.

mod letters;
mod web;

use super::paper::{self, Page, escape};
use super::raster::guarded;
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Reason, Source};
use letters::Repertoire;
use resvg::usvg::FontResolver;
use resvg::usvg::fontdb::{Database, FaceInfo, Source as FaceSource};
use skrifa::{FontRef, MetadataProvider};
use std::fmt::Write;
use std::sync::Arc;

pub(crate) const FORMAT: Format = Format {
    name: "Font",
    mime_types: &[
        "font/ttf",
        "font/otf",
        "font/collection",
        "font/woff",
        "font/woff2",
        "application/font-sfnt",
        "application/x-font-ttf",
        "application/vnd.ms-opentype",
    ],
    extensions: &["ttf", "otf", "ttc", "otc", "woff", "woff2"],
    kind: Kind::Document,
    signature: Signature::Inside(|source| kind_of(source.head()).is_some()),
    decode,
};

/// As wide as high: a specimen is a sign and not a page.
const SIDE: u32 = paper::WIDTH;
/// The first letters, and the line of others below.
const LARGE: f32 = SIDE as f32 * 0.46;
const SMALL: f32 = SIDE as f32 * 0.085;
/// Where they stand, from the top.
const LARGE_LINE: f32 = SIDE as f32 * 0.46;
const SMALL_LINES: [f32; 3] = [SIDE as f32 * 0.66, SIDE as f32 * 0.79, SIDE as f32 * 0.92];
/// As wide as a line may be, by letters that are as wide as in most fonts.
const NAME_SHRINKS: f32 = 20.0;

fn kind_of(head: &[u8]) -> Option<&'static str> {
    match head.first_chunk()? {
        b"OTTO" => Some("font/otf"),
        b"ttcf" => Some("font/collection"),
        b"wOFF" => Some("font/woff"),
        b"wOF2" => Some("font/woff2"),
        b"true" | [0, 1, 0, 0] if has_tables(head) => Some("font/ttf"),
        _ => None,
    }
}

/// A few tables, of which the first is called by four letters: the mark alone is a number that others begin with too.
fn has_tables(head: &[u8]) -> bool {
    let count = head.get(4..6);
    let name = head.get(12..16).unwrap_or_default();
    matches!(count, Some([0, 1..=64])) && name.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mime_type = kind_of(source.head());
    let mut picture = guarded(Reason::Corrupt, || specimen(web::unpacked(source, order.limits)?, order))?;
    picture.mime_type = mime_type;
    Ok(picture)
}

fn specimen(file: Vec<u8>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut database = Database::new();
    let file: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(file);
    database.load_font_source(FaceSource::Binary(Arc::clone(&file)));
    let upright = |face: &&FaceInfo| face.style == resvg::usvg::fontdb::Style::Normal && face.weight.0 == 400;
    let face = database.faces().find(upright).or_else(|| database.faces().next());
    let face = face.ok_or_else(|| Reason::Corrupt.says("Font: there is no font in it"))?;
    let (id, index) = (face.id, face.index);
    let name = face.families.first().map(|family| family.0.clone()).unwrap_or_default();
    let font = FontRef::from_index((*file).as_ref(), index)
        .map_err(|error| Reason::Corrupt.says(format!("Font: {error}")))?;
    let repertoire = Repertoire::of(&font.charmap())
        .ok_or_else(|| Reason::NoPicture.says("Font: it has no letters that anybody could write"))?;
    let resolver = FontResolver {
        select_font: Box::new(move |_, _| Some(id)),
        // What the font does not have is not shown.
        select_fallback: Box::new(|_, _, _| None),
    };
    let elements = written(&repertoire, &name);
    Page { size: (SIDE, SIDE), elements, database: Arc::new(database), resolver }.drawn(order)
}

fn written(repertoire: &Repertoire, name: &str) -> String {
    let middle = SIDE / 2;
    let mut svg = format!(
        "<g text-anchor='middle' fill='black' font-family='x'><text x='{middle}' y='{LARGE_LINE}' font-size='{LARGE}'>"
    );
    escape(&repertoire.first, &mut svg);
    svg.push_str("</text>");
    let named = repertoire.can_write(name).then_some(name);
    for (line, y) in named.into_iter().chain(repertoire.lines.iter().map(String::as_str)).zip(SMALL_LINES) {
        let letters = line.chars().count().max(1) as f32;
        let size = SMALL * (NAME_SHRINKS / letters).min(1.0);
        // Writing to a string cannot fail.
        let _ = write!(svg, "<text x='{middle}' y='{y}' font-size='{size}'>");
        escape(line, &mut svg);
        svg.push_str("</text>");
    }
    svg.push_str("</g>");
    svg
}
