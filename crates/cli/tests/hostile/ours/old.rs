//! Formats of old that announce more than there is: icons, PCX, SGI, bitmaps in C.
//! Knows their headers.

use super::Case;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "length-of-all.icns", make: |_| b"icns\xff\xff\xff\xffic10\xff\xff\xff\xff\x89PNG".to_vec() },
    Case { name: "icon-of-nothing.icns", make: |_| icns(&b"ic10\0\0\0\0".repeat(20_000)) },
    Case { name: "icon-too-small.icns", make: |_| icns(&b"ic10\0\0\0\x07".repeat(20_000)) },
    Case { name: "icon-in-icon.icns", make: |_| (0..2000).fold(b"icns\0\0\0\x08".to_vec(), |inner, _| icns(&icon(*b"icp4", &inner))) },
    Case { name: "icon-of-60000.icns", make: |_| icns(&icon(*b"ic10", &png_of(60_000, 60_000))) },
    Case { name: "icon-of-jpeg2000.icns", make: |_| icns(&icon(*b"ic09", b"\xff\x4f\xff\x51\0\x2f\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\x03\x07\x01\x01\x07\x01\x01\x07\x01\x01")) },
    Case { name: "icon-of-runs.icns", make: |_| icns(&icon(*b"it32", &[&[0; 4], [0xff; 60_000].as_slice()].concat())) },
    Case { name: "many-icons.icns", make: |_| icns(&icon(*b"ic07", &png_of(9000, 9000)).repeat(500)) },
    Case { name: "wide.pcx", make: |_| pcx(u16::MAX, u16::MAX, 4) },
    Case { name: "at-the-limit.pcx", make: |_| pcx(9_999, 9_999, 3) },
    Case { name: "rows-of-nothing.pcx", make: |_| pcx(9_999, 0, 3) },
    Case { name: "planes-of-255.pcx", make: |_| pcx(9_999, u16::MAX, 255) },
    Case { name: "wide.sgi", make: |_| sgi(1, [u16::MAX; 3]) },
    Case { name: "at-the-limit.sgi", make: |_| sgi(0, [10_000, 10_000, 4]) },
    Case { name: "at-the-limit-runs.sgi", make: |_| sgi(1, [10_000, 10_000, 4]) },
    Case { name: "rows-are-the-table.sgi", make: |_| [sgi(1, [16, 16, 3]), [0, 0, 2, 0].repeat(200)].concat() },
    Case { name: "many-channels.sgi", make: |_| sgi(0, [100, 100, u16::MAX]) },
    Case { name: "wide.xpm", make: |_| xpm("1000000000 1000000000 2 1") },
    Case { name: "many-colours.xpm", make: |_| xpm("9 9 4294967295 9") },
    Case { name: "long-codes.xpm", make: |_| xpm("9999 9999 2 1000000000") },
    Case { name: "at-the-limit.xpm", make: |_| xpm("10000 10000 2 1") },
    Case { name: "negative.xpm", make: |_| xpm("-1 -1 -1 -1") },
    Case { name: "wide.xbm", make: |_| xbm("99999999999999999999", "99999999999999999999") },
    Case { name: "at-the-limit.xbm", make: |_| xbm("10000", "10000") },
    Case { name: "thread.xbm", make: |_| xbm("100000000", "1") },
    Case { name: "long-name.xbm", make: |_| format!("#define {}_width 9\n#define x_height 9\nstatic char x_bits[] = {{", "x".repeat(1 << 20)).into_bytes() },
    Case { name: "number-without-end.wbmp", make: |_| [&[0, 0], [0xff; 9000].as_slice()].concat() },
    Case { name: "wide.wbmp", make: |_| b"\0\0\x8f\xff\xff\xff\x7f\x8f\xff\xff\xff\x7f\xaa\xaa".to_vec() },
    Case { name: "at-the-limit.wbmp", make: |_| b"\0\0\xce\x10\xce\x10\xaa\xaa\xaa".to_vec() },
];

fn icns(icons: &[u8]) -> Vec<u8> {
    icon(*b"icns", icons)
}

fn icon(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&kind, (content.len() as u32 + 8).to_be_bytes().as_slice(), content].concat()
}

/// A PNG that is cut after its header.
pub(super) fn png_of(width: u32, height: u32) -> Vec<u8> {
    let start = [b"\x89PNG\r\n\x1a\n".to_vec(), png_header((width, height), 6)].concat();
    [start.as_slice(), b"\0\0\xff\xffIDAT\x78\x01\xed\xc1"].concat()
}

/// A sound PNG, magenta all over, its data not compressed.
pub(crate) fn magenta(width: u32, height: u32) -> Vec<u8> {
    let row = [vec![0], [255, 0, 255].repeat(width as usize)].concat();
    let blocks: Vec<u8> = (0..height)
        .flat_map(|number| {
            let len = row.len() as u16;
            let is_last = u8::from(number + 1 == height);
            [&[is_last], len.to_le_bytes().as_slice(), &(!len).to_le_bytes(), &row].concat()
        })
        .collect();
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in row.repeat(height as usize) {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let data = [b"\x78\x01".as_slice(), &blocks, &(high << 16 | low).to_be_bytes()].concat();
    let chunks = [png_header((width, height), 2), png_chunk(*b"IDAT", &data), png_chunk(*b"IEND", &[])];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat()
}

fn png_header((width, height): (u32, u32), colour: u8) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    png_chunk(*b"IHDR", &[sides.as_slice(), &[8, colour, 0, 0, 0]].concat())
}

fn png_chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let checked = [kind.as_slice(), content].concat();
    [&(content.len() as u32).to_be_bytes(), checked.as_slice(), &checksum(&checked).to_be_bytes()].concat()
}

fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

/// Its last column and row, and its planes; all its data are the longest runs.
fn pcx(last_column: u16, last_row: u16, planes: u8) -> Vec<u8> {
    let mut file = vec![10, 5, 1, 8, 0, 0, 0, 0];
    file.extend([last_column.to_le_bytes(), last_row.to_le_bytes()].concat());
    file.resize(65, 0);
    file.push(planes);
    file.extend(if last_row == 0 { [0, 0] } else { last_column.wrapping_add(1).to_le_bytes() });
    file.resize(128, 0);
    file.extend([0xff, 0x55].repeat(3000));
    file
}

fn sgi(storage: u8, sides: [u16; 3]) -> Vec<u8> {
    let mut file = vec![1, 0xda, storage, 1, 0, 3];
    file.extend(sides.map(u16::to_be_bytes).concat());
    file.resize(512, 0);
    file
}

fn xpm(values: &str) -> Vec<u8> {
    format!(
        "/* XPM */\nstatic char *a[] = {{\n\"{values}\",\n\"a c red\",\n\"b c #00ff00\",\n\"{}\",\n",
        "ab".repeat(9000)
    )
    .into_bytes()
}

fn xbm(width: &str, height: &str) -> Vec<u8> {
    let bits = "0x55, ".repeat(5000);
    format!("#define a_width {width}\n#define a_height {height}\nstatic char a_bits[] = {{{bits}")
        .into_bytes()
}
