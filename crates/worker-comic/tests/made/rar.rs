//! RAR archives built by hand, of files that are stored as they are: no free program writes any, and none compresses.
//! Knows headers of versions 4 and 5; nothing of pictures.
#![allow(dead_code, reason = "shared by tests, of which none needs all of it")]

/// Of version 4: nothing is said of the entry that other fields do not say already.
pub(crate) const PLAIN: u16 = 0x8000;
pub(crate) const ENCRYPTED: u16 = 0x8004;

const MARK_OF_4: &[u8] = b"Rar!\x1a\x07\0";
const MARK_OF_5: &[u8] = b"Rar!\x1a\x07\x01\0";
/// What any file is on Unix: a regular one.
const MODE: u32 = 0o100_644;
/// The same of a symbolic link.
pub(crate) const LINK: u32 = 0o120_777;

/// An archive of version 4.
pub(crate) fn of_4(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let files = entries.iter().map(|(name, bytes)| [file_of_4(name, bytes, PLAIN), bytes.to_vec()].concat());
    [begin_of_4(0), files.collect::<Vec<_>>().concat(), header_of_4(0x7b, 0x4000, &[])].concat()
}

pub(crate) fn begin_of_4(flags: u16) -> Vec<u8> {
    [MARK_OF_4, &header_of_4(0x73, flags, &[0; 6])].concat()
}

/// The header of a file, whose bytes follow.
pub(crate) fn file_of_4(name: &str, bytes: &[u8], flags: u16) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    file_of_4_with(name, [len, len, crc32(bytes).to_le_bytes()], (flags, MODE))
}

/// The same with packed and unpacked length and checksum as they are said to be.
pub(crate) fn file_of_4_with(name: &str, said: [[u8; 4]; 3], (flags, mode): (u16, u32)) -> Vec<u8> {
    let [packed, unpacked, checksum] = said;
    let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
    let fields = [packed.as_slice(), &unpacked, &[3], &checksum, &[0; 4], &[20, 0x30], &name_len];
    header_of_4(0x74, flags, &[&fields.concat(), mode.to_le_bytes().as_slice(), name.as_bytes()].concat())
}

pub(crate) fn header_of_4(kind: u8, flags: u16, fields: &[u8]) -> Vec<u8> {
    let len = u16::try_from(7 + fields.len()).unwrap();
    let header = [&[kind], flags.to_le_bytes().as_slice(), &len.to_le_bytes(), fields].concat();
    [(crc32(&header) as u16).to_le_bytes().as_slice(), &header].concat()
}

/// An archive of version 5.
pub(crate) fn of_5(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let files = entries.iter().map(|(name, bytes)| {
        let said = Said { packed: bytes.len() as u64, unpacked: bytes.len() as u64, method: 0 };
        [file_of_5(name, &said, crc32(bytes)), bytes.to_vec()].concat()
    });
    [begin_of_5(0), files.collect::<Vec<_>>().concat(), header_of_5(&[5, 0, 0])].concat()
}

/// What a header says of a file, true or not.
pub(crate) struct Said {
    pub(crate) packed: u64,
    pub(crate) unpacked: u64,
    /// Method (from bit 7) and dictionary (from bit 10).
    pub(crate) method: u64,
}

/// Up to the first file; 4 says that the archive is solid.
pub(crate) fn begin_of_5(flags: u8) -> Vec<u8> {
    [MARK_OF_5, &header_of_5(&[1, 0, flags])].concat()
}

/// The header of a file, whose bytes follow.
pub(crate) fn file_of_5(name: &str, said: &Said, checksum: u32) -> Vec<u8> {
    let name_len = number(name.len() as u64);
    let fields = [
        [2, 2].to_vec(),
        number(said.packed),
        [4].to_vec(),
        number(said.unpacked),
        number(MODE.into()),
        checksum.to_le_bytes().to_vec(),
        number(said.method),
        [1].to_vec(),
        name_len,
        name.as_bytes().to_vec(),
    ];
    header_of_5(&fields.concat())
}

pub(crate) fn header_of_5(fields: &[u8]) -> Vec<u8> {
    let header = [number(fields.len() as u64), fields.to_vec()].concat();
    [crc32(&header).to_le_bytes().as_slice(), &header].concat()
}

/// Seven bits a byte, the lowest first.
pub(crate) fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}
