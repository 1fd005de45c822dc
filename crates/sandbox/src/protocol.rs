//! What parent and worker say to each other: a frame of JSON, then the thumbnails' bytes.
//! Knows nothing of sockets, and trusts nothing that a worker says about lengths.

use crate::Fault;
use serde::{Deserialize, Serialize};

/// Raised by any change to what is said over the pipe.
pub const PROTOCOL_VERSION: u32 = 2;

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// The right picture.
    #[default]
    Full,
    /// A preview or a coarse scale, after the full way cost too much.
    Reduced,
}

/// A sheet of a film's pictures that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scrub {
    /// The most pictures on it.
    pub frames: u32,
    /// Longest edge of each, in pixels.
    pub edge: u32,
}

/// What is wanted beside thumbnails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extras {
    /// A scrub sheet. What does not move has one of a single picture.
    pub scrub: Option<Scrub>,
    /// Of sound without a cover, a drawing of how loud it is.
    pub waveform: bool,
}

/// What is wanted from one source. The source itself travels beside it as a descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Longest edges in pixels.
    pub sizes: Vec<u32>,
    /// WebP quality, 0 to 100.
    pub quality: u8,
    /// How hard to try.
    pub effort: Effort,
    /// What is wanted beside them.
    #[serde(default)]
    pub extras: Extras,
}

impl Order {
    /// Thumbnails of these sizes and quality, the right ones, and nothing beside them.
    pub fn new(sizes: &[u32], quality: u8) -> Self {
        Self { sizes: sizes.to_vec(), quality, effort: Effort::Full, extras: Extras::default() }
    }
}

/// One finished thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The size it was asked for.
    pub size: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// A whole WebP file.
    pub webp: Vec<u8>,
}

/// A finished scrub sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrubSheet {
    /// Columns of pixels.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
    /// A whole WebP file.
    pub webp: Vec<u8>,
    /// Where each picture lies, and when it is shown.
    pub tiles: Tiles,
}

/// The pictures of a scrub sheet, all of one shape: from the left, then below from the left again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tiles {
    /// How many are side by side.
    pub columns: u32,
    /// From when on each is shown, in milliseconds from the start of the film, ascending; as many as there are pictures.
    pub starts_ms: Vec<u64>,
}

/// What the worker learnt about the source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Name of the format: `JPEG`.
    pub format: String,
    /// Its registered MIME type.
    pub mime_type: String,
    /// Columns, after orientation.
    pub width: u32,
    /// Rows, after orientation.
    pub height: u32,
    /// Duration in milliseconds, where there is one.
    pub duration_ms: Option<u64>,
    /// Pages, where there are any.
    pub pages: Option<u32>,
    /// More than one frame.
    pub animated: bool,
    /// What is known of a film beside its pictures.
    pub film: Option<Box<Film>>,
    /// `ThumbHash`, about 25 bytes.
    pub thumbhash: Vec<u8>,
    /// Whether another worker may make a better picture of it: this one is small.
    pub stopgap: bool,
    /// What was wrong though there is a picture.
    pub warnings: Vec<String>,
}

/// What a film is beside its pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
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

/// What one file cost, as the worker saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// Microseconds of CPU spent reading and decoding.
    pub decode_us: u64,
    /// Microseconds of CPU spent resizing, on colour and on orientation.
    pub resize_us: u64,
    /// Microseconds of CPU spent encoding.
    pub encode_us: u64,
    /// Largest resident memory of the worker so far, in bytes.
    pub peak_memory: u64,
}

/// All thumbnails of one source, its facts and its cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Largest first.
    pub thumbnails: Vec<Thumbnail>,
    /// The scrub sheet, if one was wanted.
    pub sheet: Option<ScrubSheet>,
    /// What was learnt.
    pub facts: Facts,
    /// What it cost.
    pub metrics: Metrics,
}

/// One format a worker opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatInfo {
    /// The name people know.
    pub name: String,
    /// MIME types.
    pub mime_types: Vec<String>,
    /// File name extensions.
    pub extensions: Vec<String>,
}

/// What a worker says of itself when it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Must equal [`PROTOCOL_VERSION`].
    pub protocol: u32,
    /// The engine's version, part of every recipe.
    pub engine: String,
    /// The formats it opens.
    pub formats: Vec<FormatInfo>,
    /// How many files of fonts it found before the jail closed.
    #[serde(default)]
    pub font_files: u32,
    /// The jail it reached, as a word: see [`Level`](crate::Level).
    pub jail: String,
    /// What became of each wall of the jail.
    #[serde(default)]
    pub jail_steps: Vec<JailStep>,
}

/// One wall of the jail, and whether it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JailStep {
    /// What it is called: `landlock`, `memory-limit`.
    pub name: String,
    /// Whether it stands.
    pub stands: bool,
    /// How far it reaches, or why it does not stand.
    pub detail: String,
}

/// The most bytes of JSON that a worker takes: an order is a few sizes.
pub(crate) const MAX_ORDER: usize = 64 << 10;

/// The most bytes of JSON that a parent takes: facts with many warnings, or a table of formats.
pub(crate) const MAX_ANSWER: usize = 1 << 20;

/// The most bytes of one thumbnail. WebP ends at 16383 pixels an edge; nothing this program stores comes near.
const MAX_THUMBNAIL: u64 = 64 << 20;

/// What a worker answers to an order. After `Done` come the thumbnails' bytes, in the order they are announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// Thumbnails follow.
    Done(Box<Announcement>),
    /// Nothing follows.
    Failed(Fault),
}

/// What stands before the thumbnails' bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announcement {
    pub(crate) thumbnails: Vec<Announced>,
    /// Its bytes follow those of the thumbnails.
    #[serde(default)]
    pub(crate) sheet: Option<AnnouncedSheet>,
    pub(crate) facts: Facts,
    pub(crate) metrics: Metrics,
}

/// One thumbnail that will follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announced {
    pub(crate) size: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) length: u64,
}

/// A scrub sheet that will follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnnouncedSheet {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) length: u64,
    pub(crate) tiles: Tiles,
}

/// The header of a WebP file, before any picture.
const MIN_THUMBNAIL: u64 = 12;

/// `ThumbHash` is at most 25 bytes; twice that leaves room for a successor, and more is no hash.
const MAX_THUMBHASH: usize = 64;

impl Announcement {
    /// Whether this can be an answer to `order`; says what cannot be. Asked before any memory is reserved.
    pub(crate) fn check(&self, order: &Order) -> Result<(), String> {
        let mut open = order.sizes.clone();
        for announced in &self.thumbnails {
            let Some(at) = open.iter().position(|&size| size == announced.size) else {
                return Err(format!("announced size {}, which nobody asked for", announced.size));
            };
            open.swap_remove(at);
            announced.check()?;
        }
        if !open.is_empty() {
            return Err(format!("left out sizes {open:?}"));
        }
        match (&self.sheet, order.extras.scrub) {
            (Some(sheet), Some(scrub)) => sheet.check(scrub)?,
            (None, None) => {}
            (Some(_), None) => return Err("announced a scrub sheet, which nobody asked for".to_owned()),
            (None, Some(_)) => return Err("left out the scrub sheet".to_owned()),
        }
        if self.facts.thumbhash.len() > MAX_THUMBHASH {
            return Err(format!("announced a ThumbHash of {} bytes", self.facts.thumbhash.len()));
        }
        Ok(())
    }
}

impl Announced {
    /// Whether there can be such a thumbnail. `size` is one that was asked for.
    fn check(&self) -> Result<(), String> {
        let Self { size, width, height, length } = *self;
        if !(1..=size).contains(&width) || !(1..=size).contains(&height) {
            return Err(format!("announced {width} × {height} pixels for size {size}"));
        }
        if !(MIN_THUMBNAIL..=MAX_THUMBNAIL).contains(&length) {
            return Err(format!("announced a thumbnail of {length} bytes"));
        }
        Ok(())
    }
}

impl AnnouncedSheet {
    /// Whether there can be such a sheet.
    fn check(&self, scrub: Scrub) -> Result<(), String> {
        let Self { width, height, length, tiles: Tiles { columns, starts_ms } } = self;
        let count = u32::try_from(starts_ms.len()).unwrap_or(u32::MAX);
        if !(1..=scrub.frames).contains(&count) || !(1..=count).contains(columns) {
            return Err(format!("announced a scrub sheet of {count} pictures in {columns} columns"));
        }
        if !starts_ms.is_sorted_by(|one, next| one < next) {
            return Err("announced a scrub sheet whose pictures are not in order".to_owned());
        }
        let rows = count.div_ceil(*columns);
        let is_of =
            |side: u32, count: u32| side.is_multiple_of(count) && (1..=scrub.edge).contains(&(side / count));
        if !is_of(*width, *columns) || !is_of(*height, rows) {
            return Err(format!(
                "announced a scrub sheet of {width} × {height} pixels, {columns} × {rows} pictures"
            ));
        }
        if !(MIN_THUMBNAIL..=MAX_THUMBNAIL).contains(length) {
            return Err(format!("announced a scrub sheet of {length} bytes"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement(thumbnails: Vec<Announced>, thumbhash: usize) -> Announcement {
        let facts = Facts { thumbhash: vec![0; thumbhash], ..Facts::default() };
        Announcement { thumbnails, sheet: None, facts, metrics: Metrics::default() }
    }

    #[track_caller]
    fn check_answer(answer: &Announcement, refused: Option<&str>) {
        let order = Order::new(&[512, 128], 85);
        assert_eq!(answer.check(&order).err().as_deref(), refused);
    }

    /// Thumbnails of one pixel, by their sizes and lengths.
    #[track_caller]
    fn check(announced: &[(u32, u64)], refused: Option<&str>) {
        let thumbnails =
            announced.iter().map(|&(size, length)| Announced { size, width: 1, height: 1, length });
        check_answer(&announcement(thumbnails.collect(), 25), refused);
    }

    #[track_caller]
    fn check_pixels(width: u32, height: u32, refused: Option<&str>) {
        let other = Announced { size: 512, width: 1, height: 1, length: 12 };
        check_answer(
            &announcement(vec![other, Announced { size: 128, width, height, length: 12 }], 0),
            refused,
        );
    }

    #[test]
    fn an_announcement_fits_the_order() {
        check(&[(512, 12), (128, 12)], None);
        check(&[(128, 12), (512, MAX_THUMBNAIL)], None);
        check(&[(512, MAX_THUMBNAIL + 1)], Some("announced a thumbnail of 67108865 bytes"));
        check(&[(512, 11)], Some("announced a thumbnail of 11 bytes"));
        check(&[(256, 12)], Some("announced size 256, which nobody asked for"));
        check(&[(512, 12), (512, 12)], Some("announced size 512, which nobody asked for"));
        check(&[(512, 12)], Some("left out sizes [128]"));
        check(&[], Some("left out sizes [512, 128]"));
    }

    #[test]
    fn a_thumbnail_fits_its_size() {
        check_pixels(128, 1, None);
        check_pixels(1, 128, None);
        check_pixels(129, 1, Some("announced 129 × 1 pixels for size 128"));
        check_pixels(1, 129, Some("announced 1 × 129 pixels for size 128"));
        check_pixels(0, 1, Some("announced 0 × 1 pixels for size 128"));
        check_pixels(1, 0, Some("announced 1 × 0 pixels for size 128"));
    }

    /// A sheet of 120 × 60 pixels with these tiles, where at most four of 60 pixels an edge were asked for.
    #[track_caller]
    fn check_sheet(columns: u32, starts_ms: &[u64], refused: Option<&str>) {
        let tiles = Tiles { columns, starts_ms: starts_ms.to_vec() };
        let sheet = AnnouncedSheet { width: 120, height: 60, length: 12, tiles };
        let answer = sheet.check(Scrub { frames: 4, edge: 60 });
        assert_eq!(answer.err().as_deref(), refused);
    }

    #[test]
    fn a_scrub_sheet_fits_the_order() {
        check_sheet(2, &[0, 1], None);
        check_sheet(2, &[0, 1, 7, 9], None);
        check_sheet(2, &[], Some("announced a scrub sheet of 0 pictures in 2 columns"));
        check_sheet(0, &[0], Some("announced a scrub sheet of 1 pictures in 0 columns"));
        check_sheet(2, &[0, 1, 2, 3, 4], Some("announced a scrub sheet of 5 pictures in 2 columns"));
        check_sheet(2, &[0, 1, 1], Some("announced a scrub sheet whose pictures are not in order"));
        check_sheet(1, &[0], Some("announced a scrub sheet of 120 × 60 pixels, 1 × 1 pictures"));
        let asked = Order {
            extras: Extras { scrub: Some(Scrub { frames: 4, edge: 60 }), ..Extras::default() },
            ..Order::new(&[], 85)
        };
        assert_eq!(announcement(vec![], 0).check(&asked).err().as_deref(), Some("left out the scrub sheet"));
    }

    #[test]
    fn a_thumbhash_is_short() {
        let both = || [512, 128].map(|size| Announced { size, width: 1, height: 1, length: 12 }).to_vec();
        check_answer(&announcement(both(), 64), None);
        check_answer(&announcement(both(), 65), Some("announced a ThumbHash of 65 bytes"));
    }
}
