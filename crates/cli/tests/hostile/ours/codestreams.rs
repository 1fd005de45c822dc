//! JPEG XL and JPEG 2000 that announce more than there is.
//! Knows their headers.

use super::{Case, bits::Bits};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "wide.jxl", make: |_| jxl(1 << 30, 1 << 30) },
    Case { name: "thread.jxl", make: |_| jxl(1 << 30, 1) },
    Case { name: "at-the-limit.jxl", make: |_| jxl(10_000, 10_000) },
    Case { name: "over-the-limit.jxl", make: |_| jxl(10_001, 10_000) },
    Case { name: "large-and-cut.jxl", make: |_| jxl(9_000, 9_000) },
    Case { name: "profile-of-gigabytes.jxl", make: |_| jxl_with_profile() },
    Case { name: "many-extra-channels.jxl", make: |_| jxl_with_channels() },
    Case { name: "boxes-of-parts.jxl", make: |_| [JXL_BOXES, &b"\0\0\0\x0djxlp\0\0\0\0\xff".repeat(100_000)].concat() },
    Case { name: "box-of-all.jxl", make: |_| [JXL_BOXES, b"\0\0\0\x01jxlc\xff\xff\xff\xff\xff\xff\xff\xff\xff\x0a"].concat() },
    Case { name: "brotli-box.jxl", make: |_| [JXL_BOXES, b"\xff\xff\xff\xffbrobExif\x8b\xff\xff\xff"].concat() },
    Case { name: "nothing.jxl", make: |_| b"\xff\x0a".to_vec() },
    Case { name: "wide.jp2", make: |_| jp2(&Size { width: u32::MAX, height: u32::MAX, tile: u32::MAX, ..Size::plain() }) },
    Case { name: "tiles-of-a-pixel.j2k", make: |_| j2k(&Size { width: u32::MAX, height: u32::MAX, tile: 1, ..Size::plain() }) },
    Case { name: "many-tiles.j2k", make: |_| j2k(&Size { width: 10_000, height: 10_000, tile: 1, ..Size::plain() }) },
    Case { name: "many-components.j2k", make: |_| j2k(&Size { components: 16_384, ..Size::plain() }) },
    Case { name: "many-components-at-the-limit.j2k", make: |_| j2k(&Size { width: 10_000, height: 10_000, tile: 10_000, components: 16_384, ..Size::plain() }) },
    Case { name: "at-the-limit.jp2", make: |_| jp2(&Size { width: 10_000, height: 10_000, tile: 10_000, ..Size::plain() }) },
    Case { name: "origin-beyond.j2k", make: |_| j2k(&Size { origin: u32::MAX, ..Size::plain() }) },
    Case { name: "tile-of-nothing.j2k", make: |_| j2k(&Size { tile: 0, ..Size::plain() }) },
    Case { name: "steps-of-nothing.j2k", make: |_| j2k(&Size { step: 0, ..Size::plain() }) },
    Case { name: "sixty-four-bits.j2k", make: |_| j2k(&Size { depth: 0x7f, ..Size::plain() }) },
    Case { name: "many-levels.j2k", make: |_| j2k(&Size { levels: 255, layers: u16::MAX, ..Size::plain() }) },
    Case { name: "many-layers.j2k", make: |_| j2k(&Size { width: 4000, height: 4000, tile: 4000, levels: 32, layers: u16::MAX, ..Size::plain() }) },
    Case { name: "many-precincts.j2k", make: |_| j2k(&Size { width: 9000, height: 9000, tile: 9000, precincts: true, ..Size::plain() }) },
    Case { name: "tile-part-without-end.j2k", make: |_| [j2k(&Size::plain()), b"\xff\x90\0\x0a\0\0\0\0\0\x0c\0\0\xff\x93".repeat(50_000)].concat() },
    Case { name: "boxes-in-boxes.jp2", make: |_| [JP2_BOXES, &b"\0\0\0\0jp2h".repeat(20_000)].concat() },
    Case { name: "palette-of-all.jp2", make: |_| [JP2_BOXES, b"\xff\xff\xff\xffjp2h\0\0\0\x16ihdr\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x07\0\0\0\0\0\x10pclr\xff\xff\xff\x7f\x7f\x7f\x7f\x7f"].concat() },
];

const JXL_BOXES: &[u8] = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ";
const JP2_BOXES: &[u8] = b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 ";

/// The header as far as the size.
fn jxl_size(width: u32, height: u32) -> Bits {
    let mut bits = Bits::default();
    bits.put(0x0aff, 16);
    bits.put(0, 1); // not small
    for (place, side) in [height, width].into_iter().enumerate() {
        bits.put(3, 2); // 30 bits
        bits.put(u64::from(side - 1), 30);
        if place == 0 {
            bits.put(0, 3); // no usual ratio
        }
    }
    bits
}

/// All else as usual, and one frame that is cut.
fn jxl(width: u32, height: u32) -> Vec<u8> {
    let mut bits = jxl_size(width, height);
    bits.put(1, 1); // metadata as usual
    bits.put(1, 1); // transforms as usual
    let mut bytes = bits.into_bytes();
    bytes.extend([0x01, 0x00]);
    bytes.extend([0x5a; 3000]);
    bytes
}

/// A profile of so many bytes that their number takes all bits there are.
fn jxl_with_profile() -> Vec<u8> {
    let mut bits = jxl_size(64, 64);
    bits.put(0, 1); // metadata follow
    bits.put(0, 1); // no extra fields
    bits.put(0, 1); // integers
    bits.put(0, 2); // of 8 bits
    bits.put(1, 1); // that fit 16
    bits.put(0, 2); // no extra channels
    bits.put(1, 1); // XYB
    bits.put(0, 1); // a colour of its own
    bits.put(1, 1); // which is a profile
    let mut bytes = bits.into_bytes();
    bytes.extend([0xff; 4000]);
    bytes
}

fn jxl_with_channels() -> Vec<u8> {
    let mut bits = jxl_size(4096, 4096);
    bits.put(0, 4);
    bits.put(0, 1);
    bits.put(1, 1);
    bits.put(3, 2); // more than a few extra channels
    bits.put(4095, 12);
    (0..4096).for_each(|_| bits.put(1, 1)); // each as usual
    let mut bytes = bits.into_bytes();
    bytes.extend([0; 3000]);
    bytes
}

/// What a JPEG 2000 says of its size.
struct Size {
    width: u32,
    height: u32,
    origin: u32,
    tile: u32,
    components: u16,
    depth: u8,
    step: u8,
    levels: u8,
    layers: u16,
    precincts: bool,
}

impl Size {
    fn plain() -> Self {
        Self {
            width: 64,
            height: 64,
            origin: 0,
            tile: 64,
            components: 3,
            depth: 7,
            step: 1,
            levels: 5,
            layers: 1,
            precincts: false,
        }
    }
}

fn j2k(size: &Size) -> Vec<u8> {
    let mut siz = vec![0, 0];
    for side in [size.width, size.height, size.origin, size.origin, size.tile, size.tile, 0, 0] {
        siz.extend(side.to_be_bytes());
    }
    siz.extend(size.components.to_be_bytes());
    siz.extend([size.depth, size.step, size.step].repeat(size.components.into()));
    let [high, low] = size.layers.to_be_bytes();
    let mut cod = vec![u8::from(size.precincts), 0, high, low, 1, size.levels, 4, 4, 0, 1];
    if size.precincts {
        cod.extend([0; 33]); // of one pixel at every level
    }
    let qcd = [&[0x40], [0x40; 97].as_slice()].concat();
    let tile = b"\xff\x90\0\x0a\0\0\0\0\0\0\0\x01\xff\x93".to_vec();
    [b"\xff\x4f".to_vec(), marker(0x51, &siz), marker(0x52, &cod), marker(0x5c, &qcd), tile, vec![0xa5; 3000]]
        .concat()
}

fn marker(code: u8, content: &[u8]) -> Vec<u8> {
    [&[0xff, code], (content.len() as u16 + 2).to_be_bytes().as_slice(), content].concat()
}

fn jp2(size: &Size) -> Vec<u8> {
    let [height, width] = [size.height.to_be_bytes(), size.width.to_be_bytes()];
    let ihdr = [b"\0\0\0\x16ihdr".as_slice(), &height, &width, &[0, 3, 7, 7, 0, 0]].concat();
    let colr = b"\0\0\0\x0fcolr\x01\0\0\0\0\0\x10";
    let header = [b"\0\0\0\x2djp2h".as_slice(), &ihdr, colr].concat();
    [JP2_BOXES, &header, b"\0\0\0\0jp2c", &j2k(size)].concat()
}
