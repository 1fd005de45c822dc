//! Properties of the items in a HEIF or AVIF file: what an `ipco` box holds.
//! Knows the layout of each property; nothing of which item has it.

use super::{Atom, FourCc};
use crate::CodePoints;
use crate::formats::cursor::Cursor;

/// One property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property<'a> {
    /// `ispe`: columns and rows before any transformation.
    Size(u32, u32),
    /// `irot`, `imir`, `clap`: to be applied in the order in which an item has them.
    Transformation(Transformation),
    /// `colr` with an ICC profile.
    Profile(&'a [u8]),
    /// `colr` with numbers: what the colours are, and how RGB is made of the planes.
    Coded {
        /// Primaries and transfer.
        points: CodePoints,
        /// H.273's matrix coefficients.
        matrix: u8,
        /// Whether the numbers use the full range.
        full_range: bool,
    },
    /// `pixi`: bits of each channel.
    Bits(&'a [u8]),
    /// `auxC`: what an auxiliary picture is for, a URN.
    Auxiliary(&'a [u8]),
    /// Anything else, its body with it.
    Other(FourCc, &'a [u8]),
}

/// What is done to a picture after it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transformation {
    /// Turned anticlockwise by so many quarters, 0 to 3.
    Rotation(u8),
    /// Top and bottom changed places.
    TopBottom,
    /// Left and right changed places.
    LeftRight,
    /// Cut to an aperture.
    Crop(Aperture),
}

/// A clean aperture: each number a fraction, numerator and denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aperture {
    /// Columns.
    pub width: (u32, u32),
    /// Rows.
    pub height: (u32, u32),
    /// How far its middle is to the right of the picture's.
    pub right: (i32, u32),
    /// How far its middle is below the picture's.
    pub down: (i32, u32),
}

impl<'a> Property<'a> {
    /// What a box within `ipco` says; one that is cut says nothing, but keeps its place.
    pub(super) fn of(atom: &Atom<'a>) -> Self {
        Self::known(atom).unwrap_or(Self::Other(atom.kind, atom.body))
    }

    fn known(atom: &Atom<'a>) -> Option<Self> {
        let mut cursor = Cursor::new(atom.body);
        match &atom.kind {
            b"irot" => Some(Self::Transformation(Transformation::Rotation(cursor.u8()? & 3))),
            b"imir" if cursor.u8()? & 1 == 0 => Some(Self::Transformation(Transformation::TopBottom)),
            b"imir" => Some(Self::Transformation(Transformation::LeftRight)),
            b"clap" => Some(Self::Transformation(Transformation::Crop(Aperture::read(cursor)?))),
            b"colr" => color(cursor),
            b"ispe" => {
                let (_, _, body) = atom.versioned()?;
                let mut cursor = Cursor::new(body);
                Some(Self::Size(cursor.u32_be()?, cursor.u32_be()?))
            }
            b"pixi" => {
                let (_, _, body) = atom.versioned()?;
                let mut cursor = Cursor::new(body);
                let count = cursor.u8()?;
                Some(Self::Bits(cursor.take(count.into())?))
            }
            b"auxC" => {
                let (_, _, body) = atom.versioned()?;
                body.split(|byte| *byte == 0).next().map(Self::Auxiliary)
            }
            _ => None,
        }
    }
}

impl Aperture {
    fn read(mut cursor: Cursor<'_>) -> Option<Self> {
        let mut positive = || Some((cursor.u32_be()?, cursor.u32_be()?));
        let (width, height, right, down) = (positive()?, positive()?, positive()?, positive()?);
        // Two's complement: what was read as a large number is negative.
        let signed = |(numerator, denominator): (u32, u32)| (numerator.cast_signed(), denominator);
        Some(Self { width, height, right: signed(right), down: signed(down) })
    }
}

fn color(mut cursor: Cursor<'_>) -> Option<Property<'_>> {
    match &cursor.array::<4>()? {
        b"prof" | b"rICC" => Some(Property::Profile(cursor.rest())),
        b"nclx" => {
            // The standard's numbers have 16 bits here and 8 everywhere else; larger ones mean nothing.
            let mut number = || u8::try_from(cursor.u16_be()?).ok();
            let points = CodePoints { primaries: number()?, transfer: number()? };
            let matrix = number()?;
            Some(Property::Coded { points, matrix, full_range: cursor.u8()? & 0x80 != 0 })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: FourCc, body: &[u8], wanted: Property<'_>) {
        let atom = Atom { kind, at: 0, body, whole: true, open_ended: false };
        assert_eq!(Property::of(&atom), wanted);
    }

    #[test]
    fn transformations_are_read() {
        check(*b"irot", &[0xfd], Property::Transformation(Transformation::Rotation(1)));
        check(*b"imir", &[0], Property::Transformation(Transformation::TopBottom));
        check(*b"imir", &[1], Property::Transformation(Transformation::LeftRight));
        let clap: Vec<u8> =
            [5_u32, 2, 3, 1, u32::MAX, 2, 7, 9].iter().flat_map(|n| n.to_be_bytes()).collect();
        let aperture = Aperture { width: (5, 2), height: (3, 1), right: (-1, 2), down: (7, 9) };
        check(*b"clap", &clap, Property::Transformation(Transformation::Crop(aperture)));
    }

    #[test]
    fn descriptions_are_read() {
        check(*b"ispe", b"\0\0\0\0\0\0\x01\0\0\0\0\x02", Property::Size(256, 2));
        check(*b"pixi", b"\0\0\0\0\x03\x08\x08\x0a", Property::Bits(&[8, 8, 10]));
        check(*b"auxC", b"\0\0\0\0urn:x\0more", Property::Auxiliary(b"urn:x"));
        check(*b"colr", b"profICC", Property::Profile(b"ICC"));
        let points = CodePoints { primaries: 9, transfer: 16 };
        let coded = Property::Coded { points, matrix: 9, full_range: true };
        check(*b"colr", b"nclx\0\x09\0\x10\0\x09\x80", coded);
    }

    #[test]
    fn what_is_cut_or_unknown_keeps_its_place() {
        for (kind, body) in
            [(b"irot", &b""[..]), (b"ispe", b"\0\0\0\0\0"), (b"colr", b"nclx\x01\0"), (b"lsel", b"1")]
        {
            check(*kind, body, Property::Other(*kind, body));
        }
    }
}
