//! Bits in the order of JPEG XL and of deflate, and a gzip file that unfolds to two hundred times its size.
//! Knows nothing of what they mean.

/// Bits, the lowest first.
#[derive(Default)]
pub(crate) struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    pub(crate) fn put(&mut self, value: u64, count: u32) {
        for place in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = (value >> place & 1) as u8;
            *self.bytes.last_mut().unwrap() |= bit << (self.used % 8);
            self.used += 1;
        }
    }

    /// A Huffman code, the highest bit first.
    fn put_code(&mut self, code: u64, count: u32) {
        (0..count).rev().for_each(|place| self.put(code >> place & 1, 1));
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Gzip of `start`, then its last byte about so many times. It has no end, as if it were cut.
pub(crate) fn gzip_bomb(start: &[u8], times: usize) -> Vec<u8> {
    const LONGEST_MATCH: usize = 258;
    let mut bits = Bits::default();
    bits.put(1, 1); // the last block
    bits.put(1, 2); // with the fixed codes
    for byte in start {
        match *byte {
            byte @ 0..144 => bits.put_code(0x30 + u64::from(byte), 8),
            byte => bits.put_code(0x190 + u64::from(byte - 144), 9),
        }
    }
    for _ in 0..times / LONGEST_MATCH {
        bits.put_code(0xc5, 8); // as long as can be
        bits.put_code(0, 5); // from one byte before
    }
    [b"\x1f\x8b\x08\0\0\0\0\0\0\x03", bits.into_bytes().as_slice()].concat()
}
