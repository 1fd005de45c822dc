//! 7z archives built by hand, whose headers say what nobody would write.
//! Knows the plain header; nothing of pictures.
#![allow(dead_code, reason = "shared by tests, of which none needs all of it")]

use super::rar::crc32;

pub(crate) const STORED: &[u8] = &[1, 0];
/// LZMA with a dictionary of nearly 4 GiB.
pub(crate) const VAST_LZMA: &[u8] = &[0x23, 3, 1, 1, 5, 0x5d, 0xff, 0xff, 0xff, 0xff];

/// One packed stream, and what is said of it.
pub(crate) struct Said<'a> {
    /// The method, and its settings.
    pub(crate) coder: &'a [u8],
    pub(crate) unpacked: u64,
    pub(crate) files: u64,
    pub(crate) name: &'a str,
}

/// An archive of one file, or of what is called that.
pub(crate) fn archive(packed: &[u8], said: &Said<'_>) -> Vec<u8> {
    let name: Vec<u8> = said.name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let header = [
        [1, 4, 6, 0, 1, 9].to_vec(),
        number(packed.len() as u64),
        [0, 7, 11, 1, 0, 1].to_vec(),
        said.coder.to_vec(),
        [12].to_vec(),
        number(said.unpacked),
        [0, 8, 0, 0, 5].to_vec(),
        number(said.files),
        [17].to_vec(),
        number(name.len() as u64 + 1),
        [0].to_vec(),
        name,
        [0, 0].to_vec(),
    ];
    around(packed, &header.concat())
}

/// What stands before and between the two.
pub(crate) fn around(packed: &[u8], header: &[u8]) -> Vec<u8> {
    let place = [packed.len() as u64, header.len() as u64].map(u64::to_le_bytes).concat();
    let start = [place, crc32(header).to_le_bytes().to_vec()].concat();
    [b"7z\xbc\xaf\x27\x1c\0\x04", crc32(&start).to_le_bytes().as_slice(), &start, packed, header].concat()
}

/// Small ones in a byte, all others in the longest form.
fn number(value: u64) -> Vec<u8> {
    match value {
        0..0x80 => vec![value as u8],
        _ => [&[0xff], value.to_le_bytes().as_slice()].concat(),
    }
}
