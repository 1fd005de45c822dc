//! What parent and worker say to each other: a frame of JSON, then the thumbnails' bytes.
//! Knows nothing of sockets, and trusts nothing that a worker says about lengths.

use crate::Fault;
use serde::{Deserialize, Serialize};

/// Raised by any change to what is said over the pipe.
pub const PROTOCOL_VERSION: u32 = 1;

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

/// What is wanted from one source. The source itself travels beside it as a descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Longest edges in pixels.
    pub sizes: Vec<u32>,
    /// WebP quality, 0 to 100.
    pub quality: u8,
    /// How hard to try.
    pub effort: Effort,
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
    /// `ThumbHash`, about 25 bytes.
    pub thumbhash: Vec<u8>,
    /// What was wrong though there is a picture.
    pub warnings: Vec<String>,
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
    Done(Announcement),
    /// Nothing follows.
    Failed(Fault),
}

/// What stands before the thumbnails' bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announcement {
    pub(crate) thumbnails: Vec<Announced>,
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

impl Announcement {
    /// Whether this can be an answer to `order`; says what cannot be. Asked before any memory is reserved.
    pub(crate) fn check(&self, order: &Order) -> Result<(), String> {
        let mut open = order.sizes.clone();
        for announced in &self.thumbnails {
            let Some(at) = open.iter().position(|&size| size == announced.size) else {
                return Err(format!("announced size {}, which nobody asked for", announced.size));
            };
            open.swap_remove(at);
            if announced.length > MAX_THUMBNAIL {
                return Err(format!("announced a thumbnail of {} bytes", announced.length));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(announced: &[(u32, u64)], refused: Option<&str>) {
        let order = Order { sizes: vec![512, 128], quality: 85, effort: Effort::Full };
        let thumbnails =
            announced.iter().map(|&(size, length)| Announced { size, width: 1, height: 1, length }).collect();
        let announcement = Announcement { thumbnails, facts: Facts::default(), metrics: Metrics::default() };
        assert_eq!(announcement.check(&order).err().as_deref(), refused);
    }

    #[test]
    fn an_announcement_fits_the_order() {
        check(&[(512, 9), (128, 9)], None);
        check(&[(512, MAX_THUMBNAIL)], None);
        check(&[], None);
        check(&[(512, MAX_THUMBNAIL + 1)], Some("announced a thumbnail of 67108865 bytes"));
        check(&[(256, 9)], Some("announced size 256, which nobody asked for"));
        check(&[(512, 9), (512, 9)], Some("announced size 512, which nobody asked for"));
    }
}
