//! HEIF and AVIF whose boxes lie: about lengths, about places, about what is made of what.
//! Knows ISO's boxes and the items in them.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "names of boxes read best as they are written")]

use super::Case;
use crate::support::corpus_folder;
use std::fs;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "grid-of-all.heic", make: |_| grid(256, 256, u32::MAX) },
    Case { name: "grid-65535.heic", make: |_| grid(256, 256, 65_535) },
    Case { name: "grid-of-itself.heic", make: |_| Heif { items: vec![item(1, b"grid")], references: vec![(b"dimg", 1, vec![1; 4])], data: grid_data(2, 2, 4096), ..Heif::plain() }.bytes(b"heic") },
    Case { name: "grids-of-each-other.heic", make: |_| Heif { items: vec![item(1, b"grid"), item(2, b"grid")], references: vec![(b"dimg", 1, vec![2; 4]), (b"dimg", 2, vec![1; 4])], data: grid_data(2, 2, 4096), ..Heif::plain() }.bytes(b"heic") },
    Case { name: "grids-double.heic", make: |_| doubling(30) },
    Case { name: "derived-chain.heic", make: |_| derived_chain(20_000) },
    Case { name: "overlay-of-itself.heic", make: |_| Heif { items: vec![item(1, b"iovl")], references: vec![(b"dimg", 1, vec![1; 1000])], data: vec![0; 8020], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "alpha-of-itself.heic", make: |_| Heif { references: vec![(b"auxl", 1, vec![1]), (b"thmb", 1, vec![1])], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "many-references.heic", make: |_| Heif { references: vec![(b"dimg", 1, vec![1; 60_000]); 40], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "many-items.heic", make: |_| Heif { items: (1..60_000).map(|id| item(id, b"hvc1")).collect(), ..Heif::plain() }.bytes(b"heic") },
    Case { name: "size-of-all.heic", make: |_| Heif { properties: vec![ispe(u32::MAX, u32::MAX)], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "size-of-all.avif", make: |_| Heif { items: vec![item(1, b"av01")], properties: vec![ispe(u32::MAX, u32::MAX)], ..Heif::plain() }.bytes(b"avif") },
    Case { name: "size-of-nothing.avif", make: |_| Heif { items: vec![item(1, b"av01")], properties: vec![ispe(0, 0)], ..Heif::plain() }.bytes(b"avif") },
    Case { name: "many-properties.heic", make: |_| Heif { properties: vec![ispe(64, 64); 30_000], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "turned-for-ever.heic", make: |_| Heif { properties: vec![boxed(b"irot", &[1]); 127], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "clap-to-nothing.heic", make: |_| Heif { properties: vec![ispe(64, 64), boxed(b"clap", &[0; 32])], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "clap-to-all.heic", make: |_| Heif { properties: vec![ispe(64, 64), boxed(b"clap", &[0xff; 32])], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "data-beyond.heic", make: |_| Heif { extents: vec![(0xffff_0000, 0xffff_ffff)], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "data-everywhere.heic", make: |_| Heif { extents: vec![(0, 0); 60_000], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "data-overlaps.heic", make: |_| Heif { extents: vec![(0, 2000); 60_000], ..Heif::plain() }.bytes(b"heic") },
    Case { name: "box-of-nothing.heic", make: |_| [ftyp(b"heic"), vec![0, 0, 0, 0]].concat() },
    Case { name: "box-without-end.heic", make: |_| [ftyp(b"heic"), b"\0\0\0\0meta\0\0\0\0\0\0\0\0meta\0\0\0\0".to_vec()].concat() },
    Case { name: "box-too-small.heic", make: |_| [ftyp(b"heic"), b"\0\0\0\x07meta\0\0\0\0".repeat(1000)].concat() },
    Case { name: "box-of-2-64.heic", make: |_| [ftyp(b"heic"), b"\0\0\0\x01meta\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec()].concat() },
    Case { name: "boxes-in-boxes.heic", make: |_| [ftyp(b"heic"), in_boxes(30_000)].concat() },
    Case { name: "many-boxes.avif", make: |_| [ftyp(b"avif"), b"\0\0\0\x08free".repeat(300_000)].concat() },
    Case { name: "many-brands.avif", make: |_| boxed(b"ftyp", &[b"avif\0\0\0\0".as_slice(), &b"avif".repeat(300_000)].concat()) },
    Case { name: "nothing-but-a-brand.avif", make: |_| ftyp(b"avif") },
    Case { name: "sequence-of-nothing.avif", make: |_| [ftyp(b"avis"), boxed(b"moov", &boxed(b"trak", &boxed(b"mdia", &boxed(b"minf", &boxed(b"stbl", &samples())))))].concat() },
    Case { name: "patched-size.heic", make: |_| patched("heif", b"ispe", 8, &[0xff; 8]) },
    Case { name: "patched-65535.heic", make: |_| patched("heif", b"ispe", 8, &[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]) },
    Case { name: "patched-coding.heic", make: |_| patched("heif", b"hvcC", 5, &[0xff; 20]) },
    Case { name: "patched-places.heic", make: |_| patched("heif", b"iloc", 12, &[0xff; 24]) },
    Case { name: "patched-size.avif", make: |_| patched("avif", b"ispe", 8, &[0xff; 8]) },
    Case { name: "patched-coding.avif", make: |_| patched("avif", b"av1C", 5, &[0xff; 8]) },
    Case { name: "patched-places.avif", make: |_| patched("avif", b"iloc", 12, &[0xff; 24]) },
    Case { name: "patched-colours.avif", make: |_| patched("avif", b"nclx", 4, &[0xff; 7]) },
];

/// A file with a primary item, whatever else it says.
struct Heif {
    items: Vec<Vec<u8>>,
    references: Vec<(&'static [u8; 4], u16, Vec<u16>)>,
    properties: Vec<Vec<u8>>,
    /// Offset in the data, and length, of the primary item.
    extents: Vec<(u32, u32)>,
    data: Vec<u8>,
}

impl Heif {
    fn plain() -> Self {
        let properties = vec![
            ispe(64, 64),
            boxed(b"hvcC", &[[1; 22].as_slice(), &[0]].concat()),
            boxed(b"av1C", &[0x81, 0, 12, 0]),
        ];
        Self {
            items: vec![item(1, b"hvc1")],
            references: Vec::new(),
            properties,
            extents: Vec::new(),
            data: vec![0x55; 4000],
        }
    }

    fn bytes(&self, brand: &[u8; 4]) -> Vec<u8> {
        let hdlr = full(b"hdlr", 0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let pitm = full(b"pitm", 0, &[0, 1]);
        let iinf = full(
            b"iinf",
            0,
            &[(self.items.len() as u16).to_be_bytes().to_vec(), self.items.concat()].concat(),
        );
        let iref: Vec<u8> = self
            .references
            .iter()
            .flat_map(|(kind, from, to)| {
                let to: Vec<u8> = to.iter().flat_map(|id| id.to_be_bytes()).collect();
                let count = (to.len() / 2) as u16;
                boxed(kind, &[from.to_be_bytes().to_vec(), count.to_be_bytes().to_vec(), to].concat())
            })
            .collect();
        let iref = full(b"iref", 0, &iref);
        let meta = [hdlr, pitm, iinf, iref, self.iprp(), self.iloc(), boxed(b"idat", &self.data)].concat();
        [ftyp(brand), full(b"meta", 0, &meta)].concat()
    }

    /// Every item has all properties.
    fn iprp(&self) -> Vec<u8> {
        let count = self.properties.len().min(255) as u8;
        let all: Vec<u8> = (1..=count).flat_map(|place| (u16::from(place) | 0x8000).to_be_bytes()).collect();
        let mut ipma = (self.items.len() as u32).to_be_bytes().to_vec();
        for id in 1..=self.items.len() as u16 {
            ipma.extend([&id.to_be_bytes(), [count].as_slice(), &all].concat());
        }
        let ipco = boxed(b"ipco", &self.properties.concat());
        boxed(b"iprp", &[ipco, full(b"ipma", 1, &ipma)].concat())
    }

    /// Every item lies in `idat`.
    fn iloc(&self) -> Vec<u8> {
        let whole = vec![(0, self.data.len() as u32)];
        let extents = if self.extents.is_empty() { &whole } else { &self.extents };
        let count = self.items.len() as u16;
        let mut iloc = vec![0x44, 0, (count >> 8) as u8, count as u8];
        for id in 1..=count {
            let extents = if id == 1 { extents } else { &whole };
            iloc.extend([id.to_be_bytes(), [0, 1], [0, 0], (extents.len() as u16).to_be_bytes()].concat());
            iloc.extend(extents.iter().flat_map(|(at, len)| [at.to_be_bytes(), len.to_be_bytes()].concat()));
        }
        let mut boxed = full(b"iloc", 0, &iloc);
        boxed[8] = 1; // the version that knows `idat`
        boxed
    }
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
}

/// With version 0 and these flags.
fn full(kind: &[u8; 4], flags: u8, content: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0, 0, 0, flags], content].concat())
}

fn ftyp(brand: &[u8; 4]) -> Vec<u8> {
    boxed(b"ftyp", &[brand.as_slice(), &[0; 4], b"mif1", brand].concat())
}

fn item(id: u16, kind: &[u8; 4]) -> Vec<u8> {
    let mut entry = full(b"infe", 0, &[id.to_be_bytes().as_slice(), &[0, 0], kind, &[0]].concat());
    entry[8] = 2; // the version that has a type
    entry
}

fn ispe(width: u32, height: u32) -> Vec<u8> {
    full(b"ispe", 0, &[width.to_be_bytes(), height.to_be_bytes()].concat())
}

fn grid_data(rows: u16, columns: u16, side: u32) -> Vec<u8> {
    let counts = [(rows - 1) as u8, (columns - 1) as u8];
    [&[0, 1], counts.as_slice(), &side.to_be_bytes(), &side.to_be_bytes()].concat()
}

fn grid(rows: u16, columns: u16, side: u32) -> Vec<u8> {
    let tiles = vec![2; usize::from(rows) * usize::from(columns) - 1];
    let items = vec![item(1, b"grid"), item(2, b"hvc1")];
    let properties = vec![ispe(side, side)];
    let references = vec![(b"dimg", 1, tiles)];
    Heif { items, references, properties, data: grid_data(rows, columns, side), extents: Vec::new() }
        .bytes(b"heic")
}

/// Grids of two by two of the next grid: four to the power of the levels.
fn doubling(levels: u16) -> Vec<u8> {
    let items = (1..=levels).map(|id| item(id, b"grid")).chain([item(levels + 1, b"hvc1")]).collect();
    let references = (1..=levels).map(|id| (b"dimg", id, vec![id + 1; 4])).collect();
    Heif { items, references, data: grid_data(2, 2, 64), ..Heif::plain() }.bytes(b"heic")
}

fn derived_chain(length: u16) -> Vec<u8> {
    let items = (1..=length).map(|id| item(id, b"iden")).chain([item(length + 1, b"hvc1")]).collect();
    let references = (1..=length).map(|id| (b"dimg", id, vec![id + 1])).collect();
    Heif { items, references, ..Heif::plain() }.bytes(b"heic")
}

fn in_boxes(depth: usize) -> Vec<u8> {
    let sizes = (1..=depth).rev().map(|level| (level * 12) as u32);
    sizes.flat_map(|size| [&size.to_be_bytes(), b"meta".as_slice(), &[0; 4]].concat()).collect()
}

/// Tables of a track that announce four thousand million samples.
fn samples() -> Vec<u8> {
    let tables: [&[u8; 4]; 5] = [b"stsd", b"stts", b"stsc", b"stsz", b"stco"];
    tables.into_iter().flat_map(|table| full(table, 0, &[0xff; 12])).collect()
}

/// The smallest file of the corpus that has such a box, with other bytes at a place in each of them.
fn patched(extension: &str, kind: &[u8; 4], place: usize, bytes: &[u8]) -> Vec<u8> {
    let files = fs::read_dir(corpus_folder().join(extension)).unwrap().map(|item| item.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.is_file()).map(|path| fs::read(path).unwrap()).collect();
    files.sort_by_key(Vec::len);
    let boxes = |file: &[u8]| {
        file.windows(4).enumerate().filter(|(_, name)| name == kind).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let mut file = files.into_iter().find(|file| !boxes(file).is_empty()).expect("one of the corpus has it");
    for at in boxes(&file) {
        let from = at + place;
        if let Some(room) = file.get_mut(from..from + bytes.len()) {
            room.copy_from_slice(bytes);
        }
    }
    file
}
