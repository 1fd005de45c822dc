//! The `meta` box of a HEIF or AVIF file: its items, their properties, how they refer to each other, where their bytes
//! are.
//! Knows no codec. Numbers are a stranger's: lists end where the bytes end, and every range lies within the file.

use super::{Atom, FourCc, Property, atoms, find};
use crate::formats::cursor::Cursor;
use std::collections::BTreeMap;

/// The most items, properties, references and extents that are looked at, each. The largest grids of real cameras have
/// a few hundred items; a file of nothing but items would cost their walks again and again.
const MOST: usize = 1 << 14;

/// The index of all items.
#[derive(Debug, Clone)]
pub struct Meta<'a> {
    file: &'a [u8],
    /// What `idat` holds: bytes of small items.
    data: &'a [u8],
    primary: u32,
    items: BTreeMap<u32, Item>,
    properties: Vec<Property<'a>>,
    references: Vec<(FourCc, u32, Vec<u32>)>,
    groups: Vec<(FourCc, Vec<u32>)>,
}

/// One item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// `hvc1`, `av01`, `grid`, `tmap`, `Exif`.
    pub kind: FourCc,
    /// Not to be shown by itself.
    pub hidden: bool,
    /// Places in the list of properties, in the order in which the item has them.
    properties: Vec<u16>,
    place: Place,
}

/// Where an item's bytes are: pieces of (offset, length).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    within_data: bool,
    pieces: Vec<(u64, u64)>,
}

impl<'a> Meta<'a> {
    /// The index of a whole file.
    pub fn of(file: &'a [u8]) -> Option<Self> {
        let (_, _, body) = find(file, b"meta")?.versioned()?;
        let mut meta = Self {
            file,
            data: find(body, b"idat").map(|atom| atom.body).unwrap_or_default(),
            primary: 0,
            items: BTreeMap::new(),
            properties: Vec::new(),
            references: Vec::new(),
            groups: Vec::new(),
        };
        for atom in atoms(body) {
            // A box that is cut gives what it has.
            let _ = match &atom.kind {
                b"pitm" => meta.read_primary(&atom),
                b"iinf" => meta.read_items(&atom),
                b"iloc" => meta.read_places(&atom),
                b"iprp" => meta.read_properties(&atom),
                b"iref" => meta.read_references(&atom),
                b"grpl" => meta.read_groups(&atom),
                _ => None,
            };
        }
        Some(meta)
    }

    /// The number of the item to be shown.
    pub fn primary(&self) -> u32 {
        self.primary
    }

    /// The item of this number.
    pub fn item(&self, id: u32) -> Option<&Item> {
        self.items.get(&id)
    }

    /// All items with their numbers.
    pub fn items(&self) -> impl Iterator<Item = (u32, &Item)> {
        self.items.iter().map(|(id, item)| (*id, item))
    }

    /// The properties of an item, in its order.
    pub fn properties(&self, id: u32) -> impl Iterator<Item = &Property<'a>> {
        let places = self.item(id).map(|item| item.properties.as_slice()).unwrap_or_default();
        // Places count from one; zero means none.
        places.iter().filter_map(|place| self.properties.get(usize::from(*place).checked_sub(1)?))
    }

    /// What an item refers to in this way: a grid by `dimg` to its tiles, in their order.
    pub fn referred(&self, kind: &FourCc, from: u32) -> impl Iterator<Item = u32> {
        let found = self.references.iter().filter(move |(of, by, _)| of == kind && *by == from);
        found.flat_map(|(_, _, to)| to.iter().copied())
    }

    /// Which items refer to one in this way: thumbnails by `thmb` to the picture they are of.
    pub fn referring(&self, kind: &FourCc, to: u32) -> impl Iterator<Item = u32> {
        let found = self.references.iter().filter(move |(of, _, all)| of == kind && all.contains(&to));
        found.map(|(_, by, _)| *by)
    }

    /// The items of each group of this kind, in their order: of an `altr` the first that can be shown is to be shown.
    pub fn groups(&self, kind: &FourCc) -> impl Iterator<Item = &[u32]> {
        self.groups.iter().filter(move |(of, _)| of == kind).map(|(_, items)| items.as_slice())
    }

    /// An item's bytes, if there are at most so many.
    pub fn bytes(&self, id: u32, most: usize) -> Option<Vec<u8>> {
        let place = &self.item(id)?.place;
        let source = if place.within_data { self.data } else { self.file };
        let mut bytes = Vec::new();
        for (offset, len) in &place.pieces {
            let from = source.get(usize::try_from(*offset).ok()?..)?;
            // A length of zero means: as far as the bytes go.
            let len = if *len == 0 { from.len() } else { usize::try_from(*len).ok()? };
            if bytes.len().saturating_add(len) > most {
                return None;
            }
            bytes.extend_from_slice(from.get(..len)?);
        }
        Some(bytes)
    }

    fn read_primary(&mut self, atom: &Atom<'a>) -> Option<()> {
        let (version, _, body) = atom.versioned()?;
        self.primary = number(&mut Cursor::new(body), version > 0)?;
        Some(())
    }

    fn read_items(&mut self, atom: &Atom<'a>) -> Option<()> {
        let (version, _, body) = atom.versioned()?;
        let mut cursor = Cursor::new(body);
        number(&mut cursor, version > 0)?;
        for entry in atoms(cursor.rest()).filter(|entry| entry.kind == *b"infe").take(MOST) {
            let _ = self.read_item(&entry);
        }
        Some(())
    }

    /// Versions 0 and 1 are of a time before pictures.
    fn read_item(&mut self, entry: &Atom<'a>) -> Option<()> {
        let (version, flags, body) = entry.versioned()?;
        let mut cursor = Cursor::new(body);
        let id = number(&mut cursor, version > 2)?;
        cursor.take(2)?;
        let kind = cursor.array().filter(|_| version >= 2)?;
        let item = self.items.entry(id).or_default();
        (item.kind, item.hidden) = (kind, flags & 1 == 1);
        Some(())
    }

    fn read_places(&mut self, atom: &Atom<'a>) -> Option<()> {
        let (version, _, body) = atom.versioned()?;
        let mut cursor = Cursor::new(body);
        let sizes = cursor.u16_be()?;
        let size = |shift: u32| usize::from(sizes >> shift & 15);
        let (offset_size, len_size, base_size) = (size(12), size(8), size(4));
        let index_size = if version > 0 { size(0) } else { 0 };
        let count = number(&mut cursor, version > 1)?;
        let mut left = MOST;
        for _ in 0..count {
            let id = number(&mut cursor, version > 1)?;
            let method = if version > 0 { cursor.u16_be()? & 15 } else { 0 };
            cursor.take(2)?; // which file: there is one
            let base = sized(&mut cursor, base_size)?;
            let mut place = Place { within_data: method == 1, pieces: Vec::new() };
            for _ in 0..cursor.u16_be()? {
                left = left.checked_sub(1)?;
                cursor.take(index_size)?;
                let offset = base.checked_add(sized(&mut cursor, offset_size)?)?;
                place.pieces.push((offset, sized(&mut cursor, len_size)?));
            }
            if self.items.len() < MOST || self.items.contains_key(&id) {
                self.items.entry(id).or_default().place = place;
            }
        }
        Some(())
    }

    fn read_properties(&mut self, atom: &Atom<'a>) -> Option<()> {
        self.properties =
            find(atom.body, b"ipco")?.atoms().take(MOST).map(|each| Property::of(&each)).collect();
        for association in atom.atoms().filter(|each| each.kind == *b"ipma") {
            let _ = self.read_association(&association);
        }
        Some(())
    }

    fn read_association(&mut self, atom: &Atom<'a>) -> Option<()> {
        let (version, flags, body) = atom.versioned()?;
        let mut cursor = Cursor::new(body);
        let mut left = MOST;
        for _ in 0..cursor.u32_be()? {
            let id = number(&mut cursor, version > 0)?;
            for _ in 0..cursor.u8()? {
                left = left.checked_sub(1)?;
                // The top bit says that the property is essential.
                let place =
                    if flags & 1 == 1 { cursor.u16_be()? & 0x7fff } else { u16::from(cursor.u8()? & 0x7f) };
                if self.items.len() < MOST || self.items.contains_key(&id) {
                    self.items.entry(id).or_default().properties.push(place);
                }
            }
        }
        Some(())
    }

    fn read_references(&mut self, atom: &Atom<'a>) -> Option<()> {
        let (version, _, body) = atom.versioned()?;
        let wide = version > 0;
        let mut left = MOST;
        for reference in atoms(body).take(MOST) {
            let mut cursor = Cursor::new(reference.body);
            let from = number(&mut cursor, wide)?;
            let mut to = Vec::new();
            for _ in 0..cursor.u16_be()? {
                left = left.checked_sub(1)?;
                to.push(number(&mut cursor, wide)?);
            }
            self.references.push((reference.kind, from, to));
        }
        Some(())
    }

    fn read_groups(&mut self, atom: &Atom<'a>) -> Option<()> {
        let mut left = MOST;
        for group in atom.atoms().take(MOST) {
            let (_, _, body) = group.versioned()?;
            let mut cursor = Cursor::new(body);
            cursor.take(4)?; // the group's own number
            let mut items = Vec::new();
            for _ in 0..cursor.u32_be()? {
                left = left.checked_sub(1)?;
                items.push(cursor.u32_be()?);
            }
            self.groups.push((group.kind, items));
        }
        Some(())
    }
}

/// A number of an item, or a count of items.
fn number(cursor: &mut Cursor<'_>, wide: bool) -> Option<u32> {
    if wide { cursor.u32_be() } else { cursor.u16_be().map(u32::from) }
}

/// A number of 0, 4 or 8 bytes (any other size is read alike).
fn sized(cursor: &mut Cursor<'_>, size: usize) -> Option<u64> {
    let bytes = cursor.take(size)?;
    (size <= 8).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::isobmff::Transformation;

    fn atom(kind: FourCc, body: &[u8]) -> Vec<u8> {
        let size = (body.len() as u32 + 8).to_be_bytes();
        [&size, kind.as_slice(), body].concat()
    }

    /// A box with a version and without flags.
    fn versioned(kind: FourCc, version: u8, body: &[u8]) -> Vec<u8> {
        atom(kind, &[&[version, 0, 0, 0], body].concat())
    }

    /// A file with one grid (item 1, two properties) of one tile (item 2, hidden, in `idat`), and four bytes behind.
    fn file() -> Vec<u8> {
        let grid = versioned(*b"infe", 2, b"\0\x01\0\0grid\0");
        let mut tile = versioned(*b"infe", 2, b"\0\x02\0\0hvc1\0");
        tile[11] = 1;
        let items = versioned(*b"iinf", 0, &[b"\0\x02", &grid[..], &tile].concat());
        let turn = atom(*b"irot", &[1]);
        let size = versioned(*b"ispe", 0, b"\0\0\0\x07\0\0\0\x09");
        let container = atom(*b"ipco", &[size, turn].concat());
        let association = versioned(*b"ipma", 0, b"\0\0\0\x01\0\x01\x02\x82\x01");
        let properties = atom(*b"iprp", &[container, association].concat());
        let places = versioned(
            *b"iloc",
            1,
            b"\x44\0\0\x02\0\x01\0\0\0\0\0\x01\0\0\0\x01\0\0\0\x02\0\x02\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\0",
        );
        let references = versioned(*b"iref", 0, &atom(*b"dimg", b"\0\x01\0\x01\0\x02"));
        let primary = versioned(*b"pitm", 0, b"\0\x01");
        let group = versioned(*b"altr", 0, b"\0\0\0\x07\0\0\0\x02\0\0\0\x02\0\0\0\x01");
        let groups = atom(*b"grpl", &group);
        let data = atom(*b"idat", b"tile");
        versioned(*b"meta", 0, &[primary, items, properties, places, references, groups, data].concat())
    }

    #[test]
    fn an_index_is_read() {
        let file = file();
        let meta = Meta::of(&file).unwrap();
        assert_eq!(meta.primary(), 1);
        assert_eq!(meta.item(1).map(|item| (item.kind, item.hidden)), Some((*b"grid", false)));
        assert_eq!(meta.item(2).map(|item| (item.kind, item.hidden)), Some((*b"hvc1", true)));
        let properties: Vec<_> = meta.properties(1).copied().collect();
        let turn = Property::Transformation(Transformation::Rotation(1));
        assert_eq!(properties, [turn, Property::Size(7, 9)]);
        assert_eq!(meta.referred(b"dimg", 1).collect::<Vec<_>>(), [2]);
        assert_eq!(meta.referring(b"dimg", 2).collect::<Vec<_>>(), [1]);
        assert_eq!(meta.groups(b"altr").collect::<Vec<_>>(), [[2, 1]]);
        assert_eq!(meta.bytes(1, 9).unwrap(), file[1..3]);
        assert_eq!((meta.bytes(2, 9).unwrap(), meta.bytes(2, 2)), (b"ile".to_vec(), None));
    }

    #[test]
    fn what_is_cut_anywhere_is_read_as_far_as_it_goes() {
        let file = file();
        for len in 0..file.len() {
            if let Some(meta) = Meta::of(&file[..len]) {
                assert!(meta.bytes(1, 9).is_none_or(|bytes| bytes.len() <= 2));
            }
        }
    }
}
