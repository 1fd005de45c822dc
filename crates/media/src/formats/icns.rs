//! ICNS, Apple's icons: the least picture that is large enough. Those in PNG or JPEG 2000 go to the decoders for these,
//! the older kinds to that of `image-extras`.
//! Knows nothing of what becomes of the picture.

use super::cursor::Cursor;
use super::raster::guarded;
use super::{Format, Kind, Order, Signature, extras, jpeg2000, png};
use crate::{Fault, Picture, Reason, Source};
use image_extras::icns::IcnsDecoder;

pub(crate) const FORMAT: Format = Format {
    name: "ICNS",
    mime_types: &["image/icns", "image/x-icns"],
    extensions: &["icns"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"icns")]]),
    decode,
};

/// Apple's names for pictures of their own format, and how many pixels such a picture is wide and high.
const SIZES: &[([u8; 4], u32)] = &[
    (*b"icp4", 16),
    (*b"icp5", 32),
    (*b"icp6", 64),
    (*b"ic07", 128),
    (*b"ic08", 256),
    (*b"ic09", 512),
    (*b"ic10", 1024),
    (*b"ic11", 32),
    (*b"ic12", 64),
    (*b"ic13", 256),
    (*b"ic14", 512),
];

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let mut entries = entries(file);
    entries.sort_by_key(|entry| entry.size);
    let largest = entries.last().map(|entry| entry.size);
    let enough = entries.iter().position(|entry| entry.size >= order.edge).unwrap_or(entries.len());
    let (small, large) = entries.split_at(enough);
    let mut picture = first(large, order)
        // None of those is large enough: perhaps one of the old kinds is larger.
        .or_else(|| guarded(Reason::Corrupt, || old_kinds(file, order)).ok())
        .or_else(|| first(&small.iter().rev().copied().collect::<Vec<_>>(), order))
        .ok_or_else(|| Reason::Corrupt.says("ICNS: no picture in it can be decoded"))?;
    picture.full_size = match largest {
        Some(side) if picture.width == picture.height && picture.width < side => (side, side),
        _ => (picture.width, picture.height),
    };
    if Cursor::at(file, 4).u32_be().is_some_and(|len| len as usize > file.len()) {
        picture.warnings.push("cut short: larger pictures may be missing".to_owned());
    }
    Ok(picture)
}

/// A picture in a format of its own.
#[derive(Clone, Copy)]
struct Entry<'a> {
    size: u32,
    file: &'a [u8],
}

fn entries(file: &[u8]) -> Vec<Entry<'_>> {
    let mut cursor = Cursor::at(file, 8);
    let mut found = Vec::new();
    while let (Some(kind), Some(len)) = (cursor.array::<4>(), cursor.u32_be()) {
        let Some(content) = (len as usize).checked_sub(8).and_then(|len| cursor.take(len)) else { break };
        if let Some((_, size)) = SIZES.iter().find(|(name, _)| *name == kind) {
            found.push(Entry { size: *size, file: content });
        }
    }
    found
}

fn first(entries: &[Entry<'_>], order: &Order<'_>) -> Option<Picture> {
    entries.iter().find_map(|entry| {
        let source = Source::from_bytes(&entry.file);
        let format = super::sniff(&[&png::FORMAT, &jpeg2000::FORMAT], &source)?;
        (format.decode)(&source, order).ok()
    })
}

fn old_kinds(file: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    let decoder = IcnsDecoder::new(std::io::Cursor::new(file))
        .map_err(|error| Reason::Corrupt.says(format!("ICNS: {error}")))?;
    extras::picture(decoder, order)
}
