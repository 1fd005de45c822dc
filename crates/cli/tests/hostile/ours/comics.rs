//! Archives of comics that lead out, into themselves, or to more than there is.
//! Knows how these files are put together, by the builders of the worker's own tests; nothing of pictures.

#[path = "../../../../worker-comic/tests/made/rar.rs"]
mod rar;
#[path = "../../../../worker-comic/tests/made/seven_zip.rs"]
mod seven_zip;

use super::{Case, magenta};
use rar::{PLAIN, begin_of_4, begin_of_5, file_of_5, header_of_4};
use seven_zip::{STORED, VAST_LZMA};

/// Packed by deflate.
const DEFLATED: &[u8] = &[3, 4, 1, 8];
/// In version 4: lengths have 32 more bits.
const LARGE: u16 = 0x100;
/// The last method, and a dictionary of 4 GiB.
const VAST: u64 = 15 << 10 | 5 << 7;
/// In version 5: what is stored is unpacked with what lies before it.
const SOLID: u8 = 4;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "way-out-4.cbr", make: |_| rar::of_4(&[("../../../../canary/page1.png", &magenta(40, 30)), ("/etc/passwd.png", b"x")]) },
    Case { name: "way-out-5.cbr", make: |_| rar::of_5(&[("../../../../canary/page1.png", &magenta(40, 30)), ("/etc/passwd.png", b"x")]) },
    Case { name: "link-out.cbr", make: |bait| link(&bait.folder.join("canary.png").display().to_string()) },
    Case { name: "entries-without-end-4.cbr", make: |_| rar::of_4(&numbered(150_000)) },
    Case { name: "entries-without-end-5.cbr", make: |_| rar::of_5(&numbered(150_000)) },
    Case { name: "entry-before-itself-4.cbr", make: |_| before_itself() },
    Case { name: "entry-before-itself-5.cbr", make: |_| said_of_5("1.png", (0_u64.wrapping_sub(40), 1 << 40, 0)) },
    Case { name: "dictionary-of-gigabytes.cbr", make: |_| said_of_5("1.png", (100, 1 << 40, VAST)) },
    Case { name: "page-of-a-terabyte.cbr", make: |_| said_of_5("1.png", (100, 1 << 40, 0)) },
    Case { name: "behind-a-terabyte.cbr", make: |_| [said_of_5("a.txt", (100, 1 << 40, 5 << 7)), file_of_5("1.png", &rar::Said { packed: 1, unpacked: 1, method: 0 }, 0)].concat() },
    Case { name: "header-of-nothing.cbr", make: |_| [begin_of_4(0), vec![0; 100_000]].concat() },
    Case { name: "headers-without-end.cbr", make: |_| [begin_of_4(0), header_of_4(0x78, 0, &[]).repeat(2_000_000)].concat() },
    Case { name: "dictionary-of-gigabytes.cb7", make: |_| said_of_7z(&[0; 100], (VAST_LZMA, 1 << 30, 1)) },
    Case { name: "page-of-a-gigabyte.cb7", make: |_| said_of_7z(&super::bits::gzip_bomb(b"\x89PNG", 1 << 30)[10..], (DEFLATED, 1 << 30, 1)) },
    Case { name: "page-of-a-terabyte.cb7", make: |_| said_of_7z(&[0; 100], (STORED, 1 << 40, 1)) },
    Case { name: "files-of-billions.cb7", make: |_| said_of_7z(&[0; 100], (STORED, 100, 0x7fff_ffff)) },
    Case { name: "directory-of-nowhere.cb7", make: |_| [b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), &[0xff; 24]].concat() },
    Case { name: "no-directory.cb7", make: |_| seven_zip::around(&[0; 100], &[1; 100_000]) },
];

fn numbered(count: usize) -> Vec<(&'static str, &'static [u8])> {
    // Two in turn: of one name twice in a row old programs make one file.
    (0..count).map(|place| (["a.png", "b.png"][place % 2], b"".as_slice())).collect()
}

fn link(target: &str) -> Vec<u8> {
    let len = (target.len() as u32).to_le_bytes();
    let said = [len, len, rar::crc32(target.as_bytes()).to_le_bytes()];
    let entry = rar::file_of_4_with("page1.png", said, (PLAIN, rar::LINK));
    [begin_of_4(0), entry, target.as_bytes().to_vec()].concat()
}

/// Its bytes are said to be fewer than none, so that what follows it is itself.
fn before_itself() -> Vec<u8> {
    let name = b"page1.png";
    let len = 7 + 33 + name.len() as i64;
    let packed = (-len).to_le_bytes();
    let fields = [&packed[..4], &[9, 0, 0, 0, 3], &[0; 8], &[20, 0x30, 9, 0], &[0; 4], &packed[4..], &[0; 4]];
    let header = header_of_4(0x74, PLAIN | LARGE, &[fields.concat().as_slice(), name].concat());
    [begin_of_4(0), header].concat()
}

fn said_of_5(name: &str, (packed, unpacked, method): (u64, u64, u64)) -> Vec<u8> {
    let header = file_of_5(name, &rar::Said { packed, unpacked, method }, 0);
    [begin_of_5(SOLID), header, vec![0; 100]].concat()
}

fn said_of_7z(packed: &[u8], (coder, unpacked, files): (&[u8], u64, u64)) -> Vec<u8> {
    seven_zip::archive(packed, &seven_zip::Said { coder, unpacked, files, name: "1.png" })
}
