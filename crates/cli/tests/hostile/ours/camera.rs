//! Raw files of cameras whose directories go round in circles and whose previews are not where they say.
//! Knows TIFF's directories, and the headers of makers who do without.

use super::Case;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "next-is-itself.dng", make: |_| tiff(b"II*\0", &[DNG, (254, 0)], 8) },
    Case { name: "next-is-beyond.dng", make: |_| tiff(b"II*\0", &[DNG], u32::MAX) },
    Case { name: "sub-is-itself.dng", make: |_| tiff(b"II*\0", &[DNG, (330, 8)], 0) },
    Case { name: "exif-is-itself.cr2", make: |_| tiff(b"II*\0\x10\0\0\0CR\x02\0\x08\0\0\0", &[(34665, 16), (34853, 16), (37500, 16)], 16) },
    Case { name: "long-chain.nef", make: |_| chain(30_000) },
    Case { name: "wide-web.arw", make: |_| web() },
    Case { name: "preview-is-itself.dng", make: |_| tiff(b"II*\0", &[DNG, (259, 7), (513, 0), (514, u32::MAX)], 0) },
    Case { name: "preview-beyond.pef", make: |_| tiff(b"MM\0*", &[(513, u32::MAX - 3), (514, u32::MAX)], 0) },
    Case { name: "preview-of-nothing.srw", make: |_| tiff(b"II*\0", &[(513, 8), (514, 0)], 0) },
    Case { name: "sensor-of-all.dng", make: |_| sensor(u32::MAX, 1) },
    Case { name: "sensor-of-65535.dng", make: |_| sensor(65_535, 1) },
    Case { name: "sensor-at-the-limit.dng", make: |_| sensor(10_000, 1) },
    Case { name: "sensor-in-lossless-jpeg.dng", make: |_| sensor(9_000, 7) },
    Case { name: "sensor-in-deflate.dng", make: |_| sensor(9_000, 8) },
    Case { name: "sensor-of-nikon.nef", make: |_| sensor(9_000, 34713) },
    Case { name: "sensor-of-sony.arw", make: |_| sensor(9_000, 32767) },
    Case { name: "sensor-of-pentax.pef", make: |_| sensor(9_000, 65535) },
    Case { name: "sensor-of-samsung.srw", make: |_| sensor(9_000, 32770) },
    Case { name: "tiles-of-a-pixel.dng", make: |_| tiff(b"II*\0", &[DNG, (256, 10_000), (257, 10_000), (258, 16), (259, 1), (262, 32803), (322, 1), (323, 1), (324, 8), (325, 2)], 0) },
    Case { name: "many-values.dng", make: |_| many_values() },
    Case { name: "preview-of-all.raf", make: |_| raf(u32::MAX, u32::MAX) },
    Case { name: "preview-is-itself.raf", make: |_| raf(0, 160) },
    Case { name: "directory-of-itself.rw2", make: |_| tiff(b"IIU\0", &[(46, 8), (2, 65_535), (3, 65_535)], 8) },
    Case { name: "directory-of-itself.orf", make: |_| tiff(b"IIRO", &[(34665, 8), (37500, 8), (256, 65_535), (257, 65_535)], 8) },
    Case { name: "block-of-all.mrw", make: |_| b"\0MRM\xff\xff\xff\xff\0PRD\xff\xff\xff\xff\0TTW\xff\xff\xff\xff".to_vec() },
    Case { name: "block-of-nothing.mrw", make: |_| [b"\0MRM\0\0\xff\0".as_slice(), &b"\0TTW\0\0\0\0".repeat(5000)].concat() },
    Case { name: "heap-in-itself.crw", make: |_| [b"II\x1a\0\0\0HEAPCCDR\x02\0\x01\0".as_slice(), &[0; 20], &[2, 0, 10, 40, 255, 255, 0, 0, 0, 0, 0, 0], &34_u32.to_le_bytes()].concat() },
    Case { name: "sections-of-all.x3f", make: |_| [b"FOVb\0\0\x03\0".as_slice(), &[0xff; 300], &b"SECi\xff\xff\xff\xff\xff\xff\xff\xff".repeat(100)].concat() },
    Case { name: "boxes-of-all.cr3", make: |_| [b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom".as_slice(), &b"\0\0\0\x01moov\0\0\0\0\xff\xff\xff\xff\0\0\0\0trak\0\0\0\0stblCTBO".repeat(2000)].concat() },
    Case { name: "tables-of-all.cr3", make: |_| [b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom\0\0\xff\xffmoov".as_slice(), &b"\0\0\0\x14stsz\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x10CTBO\xff\xff\xff\xff\0\0\0\x01".repeat(1000)].concat() },
];

const DNG: (u16, u32) = (50706, 0x0000_0401);

/// A directory of numbers, and the place of the next.
fn directory(fields: &[(u16, u32)], next: u32) -> Vec<u8> {
    let mut bytes = (fields.len() as u16).to_le_bytes().to_vec();
    for (tag, value) in fields {
        bytes.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        bytes.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend(next.to_le_bytes());
    bytes
}

/// A file of one directory and some data. With `MM` its numbers are backwards, which is what hurts there.
fn tiff(start: &[u8], fields: &[(u16, u32)], next: u32) -> Vec<u8> {
    let at = (start.len() as u32).max(8).to_le_bytes();
    let start = if start.len() == 4 { [start, &at].concat() } else { start.to_vec() };
    [start, directory(fields, next), vec![0xab; 3000]].concat()
}

/// Directories that each name the next, the last the first.
fn chain(length: u32) -> Vec<u8> {
    const EACH: u32 = 2 + 12 + 4;
    let place = |number: u32| 8 + number % length * EACH;
    let directories = (0..length).flat_map(|number| directory(&[(254, 1)], place(number + 1)));
    [b"II*\0\x08\0\0\0".to_vec(), directories.collect()].concat()
}

/// Directories that each name forty others below them: forty to the power of however deep one goes.
fn web() -> Vec<u8> {
    const LEVELS: u32 = 20;
    const EACH: u32 = 2 + 40 * 12 + 4;
    let level = |number: u32| {
        directory(&[(330, 8 + (number + 1) % LEVELS * EACH); 40], 8 + (number + 1) % LEVELS * EACH)
    };
    [b"II*\0\x08\0\0\0".to_vec(), (0..LEVELS).flat_map(level).collect()].concat()
}

/// A mosaic of so many pixels each way in one strip that is not there.
fn sensor(side: u32, compression: u32) -> Vec<u8> {
    let fields = [
        DNG,
        (254, 0),
        (256, side),
        (257, side),
        (258, 16),
        (259, compression),
        (262, 32803),
        (273, 300),
        (277, 1),
        (278, side),
        (279, u32::MAX),
        (33421, 0x0002_0002),
        (33422, 0x0201_0100),
    ];
    tiff(b"II*\0", &fields, 0)
}

/// Fields that announce four thousand million values each.
fn many_values() -> Vec<u8> {
    let mut file = tiff(
        b"II*\0",
        &[DNG, (273, 300), (279, 300), (258, 300), (330, 300), (50721, 300), (50730, 300), (34675, 300)],
        0,
    );
    for place in 0..8 {
        file[8 + 2 + place * 12 + 4..][..4].copy_from_slice(&u32::MAX.to_le_bytes());
    }
    file
}

fn raf(at: u32, length: u32) -> Vec<u8> {
    let mut file = b"FUJIFILMCCD-RAW 0201FF389501".to_vec();
    file.resize(84, 0);
    for number in [at, length, at, length, at, length] {
        file.extend(number.to_be_bytes());
    }
    file.resize(400, 0);
    file
}
