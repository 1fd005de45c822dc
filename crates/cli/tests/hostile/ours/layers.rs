//! Photoshop files that announce more than there is.
//! Knows PSD and PSB.

use super::Case;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "wide.psb", make: |_| Document { version: 2, side: 300_000, ..Document::plain() }.bytes() },
    Case { name: "wider-than-may-be.psd", make: |_| Document { side: u32::MAX, ..Document::plain() }.bytes() },
    Case { name: "wide-as-may-be.psd", make: |_| Document { side: 30_000, ..Document::plain() }.bytes() },
    Case { name: "of-nothing.psd", make: |_| Document { side: 0, ..Document::plain() }.bytes() },
    Case { name: "at-the-limit.psd", make: |_| Document { side: 10_000, ..Document::plain() }.bytes() },
    Case { name: "at-the-limit-runs.psd", make: |_| Document { side: 10_000, compression: 1, data: vec![0; 60_000], ..Document::plain() }.bytes() },
    Case { name: "many-channels.psd", make: |_| Document { side: 10_000, channels: 56, ..Document::plain() }.bytes() },
    Case { name: "too-many-channels.psd", make: |_| Document { channels: u16::MAX, ..Document::plain() }.bytes() },
    Case { name: "floats.psd", make: |_| Document { side: 9000, depth: 32, ..Document::plain() }.bytes() },
    Case { name: "bits.psd", make: |_| Document { side: 10_000, depth: 1, mode: 0, channels: 1, ..Document::plain() }.bytes() },
    Case { name: "depth-of-255.psd", make: |_| Document { depth: 255, ..Document::plain() }.bytes() },
    Case { name: "runs.psd", make: |_| runs(4000) },
    Case { name: "runs-past-the-row.psd", make: |_| Document { side: 16, compression: 1, data: [[0, 2].repeat(48), [0x81, 7].repeat(4000)].concat(), ..Document::plain() }.bytes() },
    Case { name: "rows-of-65535.psd", make: |_| Document { side: 9000, compression: 1, data: vec![0xff; 60_000], ..Document::plain() }.bytes() },
    Case { name: "palette-of-all.psd", make: |_| Document { mode: 2, channels: 1, palette: u32::MAX, ..Document::plain() }.bytes() },
    Case { name: "resources-of-all.psd", make: |_| Document { resources: b"8BIM\x04\x0c\0\0\xff\xff\xff\xff".repeat(1000), ..Document::plain() }.bytes() },
    Case { name: "resources-of-nothing.psd", make: |_| Document { resources: b"8BIM\x04\x0c\0\0\0\0\0\0".repeat(100_000), ..Document::plain() }.bytes() },
    Case { name: "thumbnail-of-all.psd", make: |_| Document { resources: thumbnail(), side: 20_000, ..Document::plain() }.bytes() },
    Case { name: "layers-of-all.psd", make: |_| Document { layers: u32::MAX, ..Document::plain() }.bytes() },
    Case { name: "zip.psd", make: |_| Document { side: 9000, compression: 2, data: super::bits::gzip_bomb(b" ", 400 << 20)[10..].to_vec(), ..Document::plain() }.bytes() },
    Case { name: "unknown-compression.psd", make: |_| Document { compression: 9, ..Document::plain() }.bytes() },
];

/// A document without layers.
struct Document {
    version: u16,
    channels: u16,
    side: u32,
    depth: u16,
    mode: u16,
    palette: u32,
    resources: Vec<u8>,
    /// How long the part about layers is said to be.
    layers: u32,
    compression: u16,
    data: Vec<u8>,
}

impl Document {
    fn plain() -> Self {
        Self {
            version: 1,
            channels: 3,
            side: 64,
            depth: 8,
            mode: 3,
            palette: 0,
            resources: Vec::new(),
            layers: 0,
            compression: 0,
            data: vec![0x77; 3000],
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"8BPS".to_vec();
        bytes.extend(self.version.to_be_bytes());
        bytes.extend([0; 6]);
        bytes.extend(self.channels.to_be_bytes());
        bytes.extend(self.side.to_be_bytes().repeat(2));
        bytes.extend(self.depth.to_be_bytes());
        bytes.extend(self.mode.to_be_bytes());
        bytes.extend(self.palette.to_be_bytes());
        bytes.extend((self.resources.len() as u32).to_be_bytes());
        bytes.extend(&self.resources);
        bytes.extend(vec![0; if self.version == 2 { 4 } else { 0 }]);
        bytes.extend(self.layers.to_be_bytes());
        bytes.extend(self.compression.to_be_bytes());
        bytes.extend(&self.data);
        bytes
    }
}

/// A picture of one colour in runs of 128: as small as it can be.
fn runs(side: u32) -> Vec<u8> {
    let row = [[0x81, 0x33].repeat(side as usize / 128), vec![0x81, 0x33]].concat();
    let rows = 3 * side as usize;
    let lengths = (row.len() as u16).to_be_bytes().repeat(rows);
    Document { side, compression: 1, data: [lengths, row.repeat(rows)].concat(), ..Document::plain() }.bytes()
}

/// A thumbnail that says it is a JPEG of 65535 × 65535 pixels.
fn thumbnail() -> Vec<u8> {
    let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0";
    let header = [1, 0xffff, 0xffff, 0xffff, u32::MAX, jpeg.len() as u32].map(u32::to_be_bytes).concat();
    let content = [header.as_slice(), &[0, 24, 0, 1], jpeg].concat();
    [b"8BIM\x04\x0c\0\0".as_slice(), &(content.len() as u32).to_be_bytes(), &content].concat()
}
