//! What a RAW file says of its picture, whatever container it is in.
//! Knows nothing of containers or of decoding.

use super::jpeg_head;
use super::window::Window;
use crate::Orientation;

/// More candidates than this no camera writes.
const MOST_PREVIEWS: usize = 64;

/// How the bytes of a preview are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Jpeg,
    /// Red, green and blue of 8 bits, nothing else.
    Rgb,
}

/// One picture inside that needs no developing.
pub(super) struct Preview<'a> {
    pub(super) bytes: Window<'a>,
    pub(super) coding: Coding,
    pub(super) size: (u32, u32),
    /// Whether all the bytes that the file announces are there.
    pub(super) whole: bool,
}

impl Preview<'_> {
    pub(super) fn long_edge(&self) -> u32 {
        self.size.0.max(self.size.1)
    }
}

/// Whether sensor data can be developed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sensor {
    /// Where it should be, the file has bytes.
    There,
    /// The file ends before, or has too few bytes for a picture of its size.
    Missing,
    /// The container does not tell.
    Untold,
}

/// What is known.
pub(super) struct About<'a> {
    pub(super) mime_type: &'static str,
    /// Columns and rows of the finished picture, as stored.
    pub(super) full_size: Option<(u32, u32)>,
    pub(super) orientation: Option<Orientation>,
    pub(super) previews: Vec<Preview<'a>>,
    pub(super) sensor: Sensor,
    /// Whether the sensor's values are stored along a curve that only the file's own instructions undo.
    pub(super) is_curved: bool,
}

impl<'a> About<'a> {
    /// Nothing but the type.
    pub(super) fn of(mime_type: &'static str) -> Self {
        Self {
            mime_type,
            full_size: None,
            orientation: None,
            previews: Vec::new(),
            sensor: Sensor::Untold,
            is_curved: false,
        }
    }

    /// Notes a JPEG of `len` bytes at `offset`, if there is one that can be looked at.
    pub(super) fn jpeg_at(&mut self, window: &Window<'a>, offset: u64, len: u64) {
        if let Some(bytes) = window.part(offset, len) {
            self.jpeg(bytes, len);
        }
    }

    /// Notes a JPEG in these bytes, of `announced` that the file speaks of.
    pub(super) fn jpeg(&mut self, bytes: Window<'a>, announced: u64) {
        if let Some(size) = jpeg_head::size(&bytes) {
            let whole = bytes.len() == announced;
            self.note(Preview { bytes, coding: Coding::Jpeg, size, whole });
        }
    }

    /// Notes plain RGB of this size.
    pub(super) fn rgb(&mut self, bytes: Window<'a>, size: (u32, u32)) {
        let announced = u64::from(size.0).saturating_mul(size.1.into()).saturating_mul(3);
        if size.0.min(size.1) >= jpeg_head::LEAST_SIDE {
            let whole = bytes.len() >= announced;
            self.note(Preview { bytes, coding: Coding::Rgb, size, whole });
        }
    }

    fn note(&mut self, preview: Preview<'a>) {
        let is_known =
            |known: &Preview<'_>| known.size == preview.size && !known.bytes.is_apart_from(&preview.bytes);
        if self.previews.len() < MOST_PREVIEWS && !self.previews.iter().any(is_known) {
            self.previews.push(preview);
        }
    }
}
