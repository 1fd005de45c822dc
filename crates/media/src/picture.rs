//! A decoded picture on its way to a thumbnail: pixels, and what they mean.
//! Knows nothing of formats or of how pictures are made smaller.

use crate::sheet::Tile;

/// Rows from top to bottom, channels interleaved, no padding.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// Red, green, blue; 8 bits each.
    Rgb8(Vec<u8>),
    /// Red, green, blue, alpha (straight, not premultiplied); 8 bits each.
    Rgba8(Vec<u8>),
    /// Red, green, blue; 16 bits each, native byte order.
    Rgb16(Vec<u16>),
    /// Red, green, blue, straight alpha; 16 bits each, native byte order.
    Rgba16(Vec<u16>),
    /// Cyan, magenta, yellow, black; 8 bits each, 0 is no ink.
    Cmyk8(Vec<u8>),
}

/// What the numbers of a picture mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ColorSpace {
    /// sRGB, or nothing said.
    #[default]
    Srgb,
    /// An ICC profile, as found in the file. It may be broken or of the wrong kind: whoever applies it checks.
    Icc(Vec<u8>),
    /// Adobe RGB (1998), which cameras name in EXIF and do not embed.
    AdobeRgb,
    /// Primaries and transfer by the numbers of a standard, as HEIF, AVIF, JPEG XL, PNG and video give them.
    Coded(CodePoints),
}

/// Code points of ITU-T H.273 ("CICP"). Matrix and range are the decoder's business: it has made RGB of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePoints {
    /// Colour primaries: 1 is BT.709, 9 BT.2020, 12 Display P3.
    pub primaries: u8,
    /// Transfer characteristics: 13 is sRGB, 16 PQ, 18 HLG.
    pub transfer: u8,
}

/// EXIF's orientation, 1 to 8 (CIPA DC-008, tag 0x0112): how the stored picture must be turned to be upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Orientation(u8);

impl Orientation {
    /// Upright as stored.
    pub const UPRIGHT: Self = Self(1);

    /// The orientation of EXIF's number; anything but 2 to 8 means upright.
    pub fn from_exif(number: u32) -> Self {
        match number {
            2..=8 => Self(number as u8),
            _ => Self::UPRIGHT,
        }
    }

    /// EXIF's number, 1 to 8.
    pub fn exif(self) -> u8 {
        self.0.max(1)
    }

    /// Whether width and height change places (5 to 8).
    pub fn swaps_axes(self) -> bool {
        self.0 >= 5
    }

    /// Columns and rows of the upright picture, given those of the stored one.
    pub fn upright_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps_axes() { (height, width) } else { (width, height) }
    }
}

/// What a picture shows, as far as it decides how it is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Anything.
    Scene,
    /// A page of paper, drawn for this: even, with letters and lines.
    Page,
}

/// What a film is beside its pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Film {
    /// Who made the pictures so small: `h264`.
    pub codec: String,
    /// Pictures in a thousand seconds, where that is constant or an average is told.
    pub frames_per_1000_s: Option<u32>,
    /// How far it is turned clockwise for being shown: 0, 90, 180 or 270 degrees.
    pub rotation: u16,
    /// The moment that is shown, in milliseconds from the start; none of a cover.
    pub shown_at_ms: Option<u64>,
}

/// One decoded picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The pixels, `width` × `height` of them.
    pub pixels: Pixels,
    /// Columns of `pixels`.
    pub width: u32,
    /// Rows of `pixels`.
    pub height: u32,
    /// Columns and rows the file has before shrink-on-load and before orientation.
    pub full_size: (u32, u32),
    /// How to turn it upright.
    pub orientation: Orientation,
    /// What its numbers mean.
    pub color: ColorSpace,
    /// Whether the file has more than one frame.
    pub animated: bool,
    /// How many pages the file has, where the format has pages.
    pub pages: Option<u32>,
    /// How long the file plays, in milliseconds.
    pub duration_ms: Option<u64>,
    /// What is known of a film beside its pictures.
    pub film: Option<Film>,
    /// A film's further pictures, where a scrub sheet was ordered, by their times.
    pub tiles: Vec<Tile>,
    /// Columns and rows, upright, of what this picture stands for, where that has another shape: a film's, of its cover.
    pub stands_for: Option<(u32, u32)>,
    /// What kind it is, where its format's row stands for several.
    pub mime_type: Option<&'static str>,
    /// What it shows, for the encoder.
    pub subject: Subject,
    /// Whether it is smaller than what was wanted, and the file may hold a better one that this decoder cannot show.
    pub stopgap: bool,
    /// What was wrong though there is a picture: "cut short", "broken profile ignored". Words for people.
    pub warnings: Vec<String>,
}

impl Picture {
    /// An upright sRGB picture of `width` × `height` pixels with nothing to remark.
    pub fn new(pixels: Pixels, width: u32, height: u32) -> Self {
        Self {
            pixels,
            width,
            height,
            full_size: (width, height),
            orientation: Orientation::UPRIGHT,
            color: ColorSpace::Srgb,
            animated: false,
            pages: None,
            duration_ms: None,
            film: None,
            tiles: Vec::new(),
            stands_for: None,
            mime_type: None,
            subject: Subject::Scene,
            stopgap: false,
            warnings: Vec::new(),
        }
    }
}
