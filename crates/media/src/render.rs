//! One file in, thumbnails of every wanted size out.
//! Knows the order of the steps and nothing of how any is done.

use crate::formats::Format;
use crate::{Fault, Source};

/// Raised by any change that alters the bytes of thumbnails: part of every recipe.
pub const ENGINE_VERSION: u32 = 1;

/// What may be spent on one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most pixels a decoded picture may have.
    pub max_pixels: u64,
    /// The most memory, in bytes, that buffers of one file may take together.
    pub max_memory: u64,
}

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// The right picture.
    #[default]
    Full,
    /// Something is better than nothing: an embedded preview or a coarse scale, after the full way cost too much.
    Reduced,
}

/// Which thumbnails are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Longest edges in pixels, in any order.
    pub sizes: Vec<u32>,
    /// WebP quality, 0 to 100.
    pub quality: u8,
    /// How hard to try.
    pub effort: Effort,
}

/// Where the time goes, told to whoever holds a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading and decoding.
    Decode,
    /// Resizing, colour, turning upright.
    Resize,
    /// Encoding.
    Encode,
}

/// One finished thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The size it was asked for, its longest edge unless the source is smaller.
    pub size: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// A whole WebP file.
    pub webp: Vec<u8>,
}

/// What was learnt about the source on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Name of the format, from the table.
    pub format: &'static str,
    /// The format's registered MIME type.
    pub mime_type: &'static str,
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
    /// `ThumbHash` of the picture: about 25 bytes that unfold to a blurred placeholder.
    pub thumbhash: Vec<u8>,
    /// What was wrong though there is a picture.
    pub warnings: Vec<String>,
}

/// All thumbnails of one source, and its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// One for each wanted size, largest first.
    pub thumbnails: Vec<Thumbnail>,
    /// What was learnt on the way.
    pub facts: Facts,
}

/// A table of formats and the limits they work under.
pub struct Engine {
    /// The formats it opens.
    pub formats: &'static [&'static Format],
    /// What each file may cost.
    pub limits: Limits,
}

impl Engine {
    /// One file in, thumbnails of every wanted size out. `entering` is told each stage as it begins.
    pub fn render(
        &self,
        source: &Source<'_>,
        wanted: &Wanted,
        entering: &mut dyn FnMut(Stage),
    ) -> Result<Rendition, Fault> {
        let _ = (source, wanted, entering);
        Err(crate::Reason::Unsupported.says("not yet"))
    }
}
