//! Office documents: the small picture of the first page that most programs put in when they save.
//! Knows where it is and what documents call themselves; draws no document.

use super::archive::{self, Archive, Entry};
use super::{declared, is_archive, picture};
use crate::formats::Order;
use crate::{Fault, Limits, Picture, Pixels, Reason, Source};

pub(super) const OPEN_DOCUMENT_TYPES: &[&str] = &[
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.graphics",
    "application/vnd.oasis.opendocument.formula",
    "application/vnd.oasis.opendocument.chart",
    "application/vnd.oasis.opendocument.database",
    "application/vnd.oasis.opendocument.text-master",
    "application/vnd.oasis.opendocument.text-template",
    "application/vnd.oasis.opendocument.spreadsheet-template",
    "application/vnd.oasis.opendocument.presentation-template",
    "application/vnd.oasis.opendocument.graphics-template",
    "application/vnd.sun.xml.writer",
    "application/vnd.sun.xml.calc",
    "application/vnd.sun.xml.impress",
    "application/vnd.sun.xml.draw",
];

pub(super) const OFFICE_TYPES: &[&str] = &[
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.drawingml",
];

/// Where each program's main part lies, and which of [`OFFICE_TYPES`] it is.
const PARTS: &[(&[u8], usize)] = &[(b"word/", 0), (b"xl/", 1), (b"ppt/", 2), (b"visio/", 3)];

const CONTENT_TYPES: &[u8] = b"[Content_Types].xml";
const OPEN_DOCUMENT_PICTURE: &str = "Thumbnails/thumbnail.png";
const OFFICE_PICTURE: &[u8] = b"docProps/thumbnail.";

/// What there is of a document whose program left no picture.
const NONE: &str = "no picture in it: the program that saved it left none";

pub(super) fn is_open_document(source: &Source<'_>) -> bool {
    type_of(source).is_some()
}

fn type_of(source: &Source<'_>) -> Option<&'static str> {
    let declared = declared(source.head())?;
    // One may be how another begins: the longest that fits.
    let fitting = OPEN_DOCUMENT_TYPES.iter().filter(|known| declared.starts_with(known.as_bytes()));
    fitting.max_by_key(|known| known.len()).copied()
}

pub(super) fn open_document(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let archive = Archive::open(source, order.limits)?;
    let entry = archive.find(OPEN_DOCUMENT_PICTURE);
    let entry = entry.ok_or_else(|| Reason::NoPicture.says(format!("OpenDocument: {NONE}")))?;
    let mut picture = picture(&archive, &entry, order)?;
    on_paper(&mut picture);
    picture.mime_type = type_of(source);
    Ok(picture)
}

/// White behind what programs leave transparent, which is black letters as a rule.
fn on_paper(picture: &mut Picture) {
    let Pixels::Rgba8(rgba) = &picture.pixels else { return };
    let over_white = |level: u8, alpha: u8| {
        let (level, alpha) = (u32::from(level), u32::from(alpha));
        let sum = level.wrapping_mul(alpha).wrapping_add(255_u32.wrapping_mul(255_u32.wrapping_sub(alpha)));
        (sum / 255) as u8
    };
    let pixels = rgba.as_chunks::<4>().0.iter();
    let rgb = pixels
        .flat_map(|&[red, green, blue, alpha]| [red, green, blue].map(|level| over_white(level, alpha)));
    picture.pixels = Pixels::Rgb8(rgb.collect());
}

/// By the list of parts, which is the first entry as a rule and anywhere by right.
pub(super) fn is_office(source: &Source<'_>) -> bool {
    const LIMITS: Limits = Limits { max_pixels: 0, max_memory: 64 << 20 };
    is_archive(source)
        && (archive::first_entry(source.head()).is_some_and(|(name, _)| name == CONTENT_TYPES)
            || Archive::open(source, &LIMITS)
                .is_ok_and(|archive| archive.entries().any(|entry| entry.name == CONTENT_TYPES)))
}

pub(super) fn office(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let archive = Archive::open(source, order.limits)?;
    let is_picture = |entry: &Entry<'_>| entry.name.starts_with(OFFICE_PICTURE);
    let entry = archive.entries().find(is_picture);
    let entry = entry.ok_or_else(|| Reason::NoPicture.says(format!("Office Open XML: {NONE}")))?;
    let mut picture = picture(&archive, &entry, order)?;
    picture.mime_type = PARTS.iter().find_map(|(folder, place)| {
        let found = archive.entries().any(|entry| entry.name.starts_with(folder));
        OFFICE_TYPES.get(*place).filter(|_| found).copied()
    });
    Ok(picture)
}
