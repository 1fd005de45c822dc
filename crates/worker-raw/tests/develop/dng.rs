//! Whole DNGs, written here, for whole RAW files cannot be given away.
//! Knows how a DNG lies in a file; nothing of who develops it.

pub(crate) const RGGB: &[u8] = &[0, 1, 1, 2];
/// Fujifilm's, six by six.
pub(crate) const X_TRANS: &[u8] = &[
    1, 2, 1, 1, 0, 1, //
    0, 1, 0, 2, 1, 2, //
    1, 2, 1, 1, 0, 1, //
    1, 0, 1, 1, 2, 1, //
    2, 1, 2, 0, 1, 0, //
    1, 0, 1, 1, 2, 1,
];

/// Light of the four quarters: red, green, blue and white.
pub(crate) const QUARTERS: [[f64; 3]; 4] =
    [[0.8, 0.02, 0.02], [0.02, 0.8, 0.02], [0.02, 0.02, 0.8], [1.0, 1.0, 1.0]];
/// What the camera makes of grey.
const NEUTRAL: [f64; 3] = [0.5, 1.0, 0.75];
const BLACK: f64 = 512.0;
const WHITE: f64 = 15_000.0;
/// The inverse of sRGB's primaries: a camera that sees as sRGB does.
const XYZ_TO_CAMERA: [f64; 9] = [3.2405, -1.5371, -0.4985, -0.9693, 1.876, 0.0416, 0.0556, -0.204, 1.0572];

/// A grey ramp of 24 × 18 pixels.
pub(crate) const PREVIEW: &[u8] =
    b"\xff\xd8\xff\xe0\x00\x10\x4a\x46\x49\x46\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\
    \xff\xdb\x00\x43\x00\x50\x37\x3c\x46\x3c\x32\x50\x46\x41\x46\x5a\x55\x50\x5f\x78\
    \xc8\x82\x78\x6e\x6e\x78\xf5\xaf\xb9\x91\xc8\xff\xff\xff\xff\xff\xff\xff\xff\xff\
    \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
    \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xc0\x00\x0b\x08\x00\x12\x00\x18\x01\x01\
    \x11\x00\xff\xc4\x00\x15\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x04\x05\xff\xc4\x00\x15\x10\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x00\x00\x02\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x34\x11\
    \x04\x42\x7c\x11\x04\x42\x7c\x11\x04\x43\xff\xd9";

/// A DNG to write.
#[derive(Clone)]
pub(crate) struct Dng {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pattern: &'static [u8],
    pub(crate) orientation: u16,
    /// Columns and rows that the crop takes from each edge. They are bright green.
    pub(crate) margin: u32,
    /// A JPEG that cameras would put in for a quick look.
    pub(crate) preview: &'static [u8],
}

pub(crate) const DNG: Dng =
    Dng { width: 240, height: 180, pattern: RGGB, orientation: 1, margin: 0, preview: &[] };

impl Dng {
    fn light(&self, x: u32, y: u32) -> [f64; 3] {
        let (left, right) = (self.margin, self.width - self.margin);
        let (top, bottom) = (self.margin, self.height - self.margin);
        if !(left..right).contains(&x) || !(top..bottom).contains(&y) {
            return [0.0, 1.0, 0.0];
        }
        QUARTERS[usize::from(x >= self.width / 2) + 2 * usize::from(y >= self.height / 2)]
    }

    fn sensor(&self) -> Vec<u8> {
        let side = if self.pattern.len() == 4 { 2 } else { 6 };
        let places = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        let values = places.map(|(x, y)| {
            let color = usize::from(self.pattern[(y % side * side + x % side) as usize]);
            (BLACK + self.light(x, y)[color] * NEUTRAL[color] * (WHITE - BLACK)) as u16
        });
        values.flat_map(u16::to_le_bytes).collect()
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let side: u16 = if self.pattern.len() == 4 { 2 } else { 6 };
        let fraction =
            |number: f64| [(number * 10_000.0).round() as i32, 10_000].map(i32::to_le_bytes).concat();
        let fractions =
            |numbers: &[f64]| numbers.iter().flat_map(|number| fraction(*number)).collect::<Vec<u8>>();
        let long = |number: u32| (4_u16, 1_u32, number.to_le_bytes().to_vec());
        let short = |number: u16| (3_u16, 1_u32, number.to_le_bytes().to_vec());
        let sensor = self.sensor();
        let data = [&sensor[..], self.preview].concat();
        let (margin, inner) = (f64::from(self.margin), |side: u32| f64::from(side - 2 * self.margin));
        let text = |text: &str| (2_u16, text.len() as u32, text.as_bytes().to_vec());
        let mut tags = vec![
            (254_u16, long(0)),
            (256, long(self.width)),
            (257, long(self.height)),
            (258, short(16)),
            (259, short(1)),
            (262, short(32803)),
            (271, text("Tintype\0")),
            (272, text("Test\0")),
            (273, long(8)),
            (274, short(self.orientation)),
            (277, short(1)),
            (278, long(self.height)),
            (279, long(sensor.len() as u32)),
            (284, short(1)),
            (33421, (3, 2, [side, side].map(u16::to_le_bytes).concat())),
            (33422, (1, self.pattern.len() as u32, self.pattern.to_vec())),
            (50706, (1, 4, vec![1, 4, 0, 0])),
            (50708, text("Tintype Test\0")),
            (50710, (1, 3, vec![0, 1, 2])),
            (50711, short(1)),
            (50714, short(BLACK as u16)),
            (50717, short(WHITE as u16)),
            (50719, (5, 2, fractions(&[margin, margin]))),
            (50720, (5, 2, fractions(&[inner(self.width), inner(self.height)]))),
            (50721, (10, 9, fractions(&XYZ_TO_CAMERA))),
            (50728, (5, 3, fractions(&NEUTRAL))),
            (50778, short(21)),
        ];
        if !self.preview.is_empty() {
            tags.extend([(513, long(8 + sensor.len() as u32)), (514, long(self.preview.len() as u32))]);
            tags.sort_by_key(|(tag, _)| *tag);
        }
        assemble(&data, &tags)
    }
}

type Tag = (u16, (u16, u32, Vec<u8>));

/// A little-endian TIFF: the data from its eighth byte on, then long values, then the one directory.
fn assemble(data: &[u8], tags: &[Tag]) -> Vec<u8> {
    let mut file = [&b"II\x2a\0\0\0\0\0"[..], data].concat();
    let mut entries = (tags.len() as u16).to_le_bytes().to_vec();
    for (tag, (kind, count, bytes)) in tags {
        let mut inside = bytes.clone();
        inside.resize(4, 0);
        if bytes.len() > 4 {
            inside = (file.len() as u32).to_le_bytes().to_vec();
            file.extend(bytes);
        }
        entries.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &inside].concat());
    }
    let first = (file.len() as u32).to_le_bytes();
    file.splice(4..8, first);
    [file, entries, vec![0; 4]].concat()
}
