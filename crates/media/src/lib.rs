//! Bytes of a media file in, thumbnails out.
//! Knows nothing of files, processes, libraries, clocks or async; keeps no global state.
//!
//! [`Engine::render`] is the whole of it: sniff, decode once at the least scale that keeps quality,
//! then every wanted size from that one picture.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::needless_pass_by_value,
        reason = "a test that cannot go on should say where"
    )
)]

mod canvas;
mod color;
mod encode;
mod exif;
mod fault;
mod fonts;
pub mod formats;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod lanczos;
mod libwebp;
mod light;
mod memory;
mod orient;
mod picture;
mod placeholder;
pub mod planes;
mod reading;
mod render;
mod resize;
mod sheet;
mod source;
mod tone;
mod transfer;

pub use fault::{Fault, Reason};
pub use fonts::{FontFile, Fonts};
pub use picture::{CodePoints, ColorSpace, Film, Orientation, Picture, Pixels, Subject};
pub use render::{
    ENGINE_VERSION, Effort, Engine, Extras, Facts, Limits, Rendition, Stage, Thumbnail, Wanted,
};
pub use sheet::{Scrub, ScrubSheet, Tile};
pub use source::{ReadAt, Source};
