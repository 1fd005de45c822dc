//! Files that are ZIP archives with a picture of themselves inside: books, comics, office documents.
//! Knows which entry is the picture; the table of still formats knows the picture.

mod archive;
mod comic;
mod epub;
mod office;

use super::{Format, Kind, Order, Signature, inside};
use crate::{Fault, Picture, Source};
use archive::{Archive, Entry};

pub(crate) const EPUB: Format = Format {
    name: "EPUB",
    mime_types: &["application/epub+zip"],
    extensions: &["epub"],
    kind: Kind::Document,
    signature: Signature::Inside(epub::looks_right),
    decode: epub::decode,
};

/// OpenOffice.org's of before it was a standard, too.
pub(crate) const OPEN_DOCUMENT: Format = Format {
    name: "OpenDocument",
    mime_types: office::OPEN_DOCUMENT_TYPES,
    extensions: &["odt", "ods", "odp", "odg", "odf", "ott", "ots", "otp", "sxw", "sxc", "sxi"],
    kind: Kind::Document,
    signature: Signature::Inside(office::is_open_document),
    decode: office::open_document,
};

pub(crate) const OFFICE: Format = Format {
    name: "Office Open XML",
    mime_types: office::OFFICE_TYPES,
    extensions: &["docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "dotx", "xltx", "potx", "ppsx"],
    kind: Kind::Document,
    signature: Signature::Inside(office::is_office),
    decode: office::office,
};

/// After the others, which hold pictures too.
pub(crate) const COMIC: Format = Format {
    name: "CBZ",
    mime_types: &["application/vnd.comicbook+zip", "application/x-cbz"],
    extensions: &["cbz"],
    kind: Kind::Document,
    signature: Signature::Inside(comic::looks_right),
    decode: comic::decode,
};

/// What the first entry of these formats is called, and what it holds: their MIME type, as it is.
const MIME_TYPE_ENTRY: &[u8] = b"mimetype";

/// The MIME type that an archive names at a fixed place, as its makers agreed.
fn declared(head: &[u8]) -> Option<&[u8]> {
    let (name, rest) = archive::first_entry(head)?;
    (name == MIME_TYPE_ENTRY).then_some(rest)
}

/// The picture that an entry is.
fn picture(archive: &Archive<'_>, entry: &Entry<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let bytes = archive.read(entry, inside::most_bytes(order.limits))?;
    inside::picture(&bytes, order)
}

/// Whether there is an archive at all, for signatures.
fn is_archive(source: &Source<'_>) -> bool {
    source.head().starts_with(archive::MAGIC)
}
