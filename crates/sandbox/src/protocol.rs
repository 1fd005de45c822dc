//! What parent and worker say to each other: a frame of JSON, then the thumbnails' bytes.
//! Knows nothing of sockets, and trusts nothing that a worker says about lengths.

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
    /// ThumbHash, about 25 bytes.
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
    /// The jail it reached.
    pub jail: String,
}
