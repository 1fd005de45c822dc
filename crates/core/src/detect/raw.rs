//! Which camera's raw file a TIFF is, if it is one: cameras wrap what their sensors saw in TIFF without saying so in the
//! first bytes. A picture that somebody saved as TIFF still names its camera, so the name alone proves nothing.
//! Knows TIFF's directories; nothing of what is in the pictures.

use super::{Guess, window::Window};
use crate::cas::ReadAt;

/// Tags of a directory.
const PHOTOMETRIC: u16 = 262;
const MAKE: u16 = 271;
const SUB_DIRECTORIES: u16 = 330;
const DNG_VERSION: u16 = 50706;

/// What only a sensor's picture has: one colour for each pixel, in a mosaic or already apart.
const MOSAIC: u32 = 32803;
const LINEAR_RAW: u32 = 34892;

/// A camera's file has three to six directories of twenty to eighty fields; a hostile one shall not take longer.
const MOST_DIRECTORIES: usize = 12;
const MOST_FIELDS: u16 = 256;

/// A maker, by how the field begins, and what its raw files are.
struct Maker {
    make: &'static str,
    mime_type: &'static str,
    name: &'static str,
}

#[rustfmt::skip]
const MAKERS: &[Maker] = &[
    Maker { make: "Nikon", mime_type: "image/x-nikon-nef", name: "Nikon raw (NEF)" },
    Maker { make: "Sony", mime_type: "image/x-sony-arw", name: "Sony raw (ARW)" },
    Maker { make: "Pentax", mime_type: "image/x-pentax-pef", name: "Pentax raw (PEF)" },
    Maker { make: "Ricoh", mime_type: "image/x-pentax-pef", name: "Pentax raw (PEF)" },
    Maker { make: "Samsung", mime_type: "image/x-samsung-srw", name: "Samsung raw (SRW)" },
    Maker { make: "Canon", mime_type: "image/x-canon-cr2", name: "Canon raw (CR2)" },
    Maker { make: "Hasselblad", mime_type: "image/x-hasselblad-3fr", name: "Hasselblad raw (3FR)" },
    Maker { make: "Phase One", mime_type: "image/x-phaseone-iiq", name: "Phase One raw (IIQ)" },
    Maker { make: "Leaf", mime_type: "image/x-leaf-mos", name: "Leaf raw (MOS)" },
    Maker { make: "Mamiya", mime_type: "image/x-mamiya-mef", name: "Mamiya raw (MEF)" },
    Maker { make: "Kodak", mime_type: "image/x-kodak-dcr", name: "Kodak raw (DCR)" },
    Maker { make: "Eastman Kodak", mime_type: "image/x-kodak-dcr", name: "Kodak raw (DCR)" },
    Maker { make: "Seiko Epson", mime_type: "image/x-epson-erf", name: "Epson raw (ERF)" },
];

/// What the directories told so far.
#[derive(Default)]
struct Findings {
    make: Option<[u8; 16]>,
    is_dng: bool,
    is_raw: bool,
    to_visit: Vec<u32>,
}

/// One field of a directory: its tag, how many values, and the value or where it is.
struct Field {
    tag: u16,
    count: u32,
    value: u32,
}

#[derive(Clone, Copy)]
struct Order {
    big_endian: bool,
}

/// The raw file that this TIFF is.
pub(super) fn of(window: &mut Window<impl ReadAt>) -> Option<Guess> {
    let head: [u8; 8] = window.take(0)?;
    let order = Order { big_endian: head.starts_with(b"MM") };
    let mut findings =
        Findings { to_visit: vec![order.long([head[4], head[5], head[6], head[7]])], ..Findings::default() };
    for _ in 0..MOST_DIRECTORIES {
        let Some(at) = findings.to_visit.pop() else { break };
        // A directory that is cut off tells what it still holds.
        let _ = visit(window, order, (at.into(), &mut findings));
    }
    if findings.is_dng {
        return Some(Guess::new("image/x-adobe-dng", "Adobe DNG"));
    }
    let make = findings.make.filter(|_| findings.is_raw)?;
    let begins = |maker: &&Maker| make[..maker.make.len()].eq_ignore_ascii_case(maker.make.as_bytes());
    MAKERS.iter().find(begins).map(|maker| Guess::new(maker.mime_type, maker.name))
}

fn visit(window: &mut Window<impl ReadAt>, order: Order, (at, findings): (u64, &mut Findings)) -> Option<()> {
    let count = order.short(window.take(at)?).min(MOST_FIELDS);
    for place in 0..u64::from(count) {
        let [t0, t1, k0, k1, c0, c1, c2, c3, value @ ..]: [u8; 12] = window.take(at + 2 + place * 12)?;
        let is_short = order.short([k0, k1]) == 3;
        let value = if is_short { order.short([value[0], value[1]]).into() } else { order.long(value) };
        let field = Field { tag: order.short([t0, t1]), count: order.long([c0, c1, c2, c3]), value };
        findings.take_in(&field, order, window);
    }
    let next = order.long(window.take(at + 2 + u64::from(count) * 12)?);
    findings.to_visit.extend((next != 0).then_some(next));
    Some(())
}

impl Findings {
    fn take_in(&mut self, field: &Field, order: Order, window: &mut Window<impl ReadAt>) {
        match field.tag {
            DNG_VERSION => self.is_dng = true,
            PHOTOMETRIC => self.is_raw |= matches!(field.value, MOSAIC | LINEAR_RAW),
            MAKE => self.make = self.make.or_else(|| window.take(field.value.into())),
            SUB_DIRECTORIES if field.count == 1 => self.to_visit.push(field.value),
            SUB_DIRECTORIES => {
                for place in 0..u64::from(field.count.min(MOST_DIRECTORIES as u32)) {
                    let at = window.take(u64::from(field.value) + place * 4);
                    self.to_visit.extend(at.map(|bytes| order.long(bytes)));
                }
            }
            _ => {}
        }
    }
}

impl Order {
    fn short(self, bytes: [u8; 2]) -> u16 {
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn long(self, bytes: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}
