//! Boxes of the ISO base media file format (ISO/IEC 14496-12), in which HEIF, AVIF, CR3 and MP4 are kept.
//! Knows boxes and brands; what the boxes of a still picture say is told by [`Meta`]. Knows nothing of pictures.
//!
//! Nothing is copied and nothing recurses: a walk gives the boxes of one level, and whoever wants to go deeper walks
//! the body of one.

mod meta;
mod property;

pub use meta::{Item, Meta};
pub use property::{Aperture, Property, Transformation};

use super::cursor::Cursor;

/// The four letters of a box, a brand or an item.
pub type FourCc = [u8; 4];

/// One box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atom<'a> {
    /// Its four letters. Of a `uuid` the sixteen bytes of its name are the first of the body.
    pub kind: FourCc,
    /// Where its header starts, in the bytes that were walked.
    pub at: usize,
    /// What it holds, without the header.
    pub body: &'a [u8],
    /// Whether all of it is there: of the last box of a file that was cut there is only the front.
    pub whole: bool,
    /// Whether its size was given as zero, which means: as far as the bytes go.
    pub open_ended: bool,
}

impl<'a> Atom<'a> {
    /// The boxes within.
    pub fn atoms(&self) -> Atoms<'a> {
        atoms(self.body)
    }

    /// Version, flags and what follows them, of a box that starts with those ("`FullBox`").
    pub fn versioned(&self) -> Option<(u8, u32, &'a [u8])> {
        let mut cursor = Cursor::new(self.body);
        let word = cursor.u32_be()?;
        Some(((word >> 24) as u8, word & 0x00ff_ffff, cursor.rest()))
    }
}

/// The boxes one after the other.
#[derive(Debug, Clone)]
pub struct Atoms<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The boxes at the front of `bytes`, up to the first that is none.
pub fn atoms(bytes: &[u8]) -> Atoms<'_> {
    Atoms { bytes, at: 0 }
}

/// The first box of this kind at the level of `bytes`.
pub fn find<'a>(bytes: &'a [u8], kind: &FourCc) -> Option<Atom<'a>> {
    atoms(bytes).find(|atom| atom.kind == *kind)
}

impl<'a> Iterator for Atoms<'a> {
    type Item = Atom<'a>;

    fn next(&mut self) -> Option<Atom<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let mut cursor = Cursor::new(rest);
        let short = cursor.u32_be()?;
        let kind = cursor.array()?;
        let size = match short {
            0 => rest.len() as u64,
            1 => cursor.u64_be()?,
            size => size.into(),
        };
        let header = rest.len().saturating_sub(cursor.rest().len());
        // What is smaller than its own header is no box, and would be met for ever.
        if size < header as u64 {
            return None;
        }
        let end = usize::try_from(size).unwrap_or(usize::MAX);
        let body = rest.get(header..end.min(rest.len()))?;
        let at = self.at;
        self.at = at.saturating_add(end);
        Some(Atom { kind, at, body, whole: end <= rest.len(), open_ended: short == 0 })
    }
}

/// What a file says it is: the brands of its `ftyp` box, the major one first.
#[derive(Debug, Clone, Copy)]
pub struct Brands<'a> {
    body: &'a [u8],
}

impl<'a> Brands<'a> {
    /// The brands at the front of a file.
    pub fn of(head: &'a [u8]) -> Option<Self> {
        let first = atoms(head).next()?;
        (first.kind == *b"ftyp" && first.body.len() >= 4).then_some(Self { body: first.body })
    }

    /// The major brand and those that the file is compatible with.
    pub fn iter(&self) -> impl Iterator<Item = FourCc> + 'a {
        let (words, _) = self.body.as_chunks::<4>();
        // The second word is a version of the first.
        words.iter().enumerate().filter(|(place, _)| *place != 1).map(|(_, brand)| *brand)
    }

    /// Whether any of these is among them.
    pub fn any(&self, wanted: &[&FourCc]) -> bool {
        self.iter().any(|brand| wanted.contains(&&brand))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(size: u32, kind: FourCc, body: &[u8]) -> Vec<u8> {
        [&size.to_be_bytes(), kind.as_slice(), body].concat()
    }

    /// What a walk finds: kind, place, length of the body, whether all is there.
    #[track_caller]
    fn check(bytes: &[u8], wanted: &[(&FourCc, usize, usize, bool)]) {
        let found: Vec<_> =
            atoms(bytes).map(|atom| (atom.kind, atom.at, atom.body.len(), atom.whole)).collect();
        let wanted: Vec<_> =
            wanted.iter().map(|(kind, at, len, whole)| (**kind, *at, *len, *whole)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn boxes_follow_each_other() {
        check(b"", &[]);
        check(
            &[atom(12, *b"ftyp", b"heic"), atom(8, *b"free", b"")].concat(),
            &[(b"ftyp", 0, 4, true), (b"free", 12, 0, true)],
        );
    }

    #[test]
    fn sizes_may_be_open_long_or_wrong() {
        check(&atom(0, *b"mdat", b"123"), &[(b"mdat", 0, 3, true)]);
        check(&atom(1, *b"mdat", b"\0\0\0\0\0\0\0\x12ab"), &[(b"mdat", 0, 2, true)]);
        check(&atom(99, *b"mdat", b"123"), &[(b"mdat", 0, 3, false)]);
        check(&atom(1, *b"mdat", &[0xff; 8]), &[(b"mdat", 0, 0, false)]);
        check(&atom(7, *b"mdat", b""), &[]);
        check(&atom(1, *b"mdat", b"\0\0\0\0\0\0\0\x0f"), &[]);
        check(b"\0\0\0\x08mda", &[]);
    }

    #[test]
    fn brands_are_told_without_the_version() {
        let file = atom(24, *b"ftyp", b"mif1avifheicmsf1");
        let brands = Brands::of(&file).unwrap();
        assert!(brands.any(&[b"heic"]) && brands.any(&[b"mif1"]));
        assert!(!brands.any(&[b"avif"]));
        assert!(Brands::of(&atom(8, *b"ftyp", b"")).is_none());
        assert!(Brands::of(&atom(12, *b"moov", b"heic")).is_none());
    }
}
