//! CR3: Canon's RAW in boxes, like a film.
//! Knows Canon's boxes; knows nothing of how the pictures in them are coded.

use super::about::{About, Sensor};
use super::tiff_like::Directories;
use super::window::Window;

/// Canon's metadata, inside `moov`, and the large preview, beside it.
const METADATA: [u8; 16] = *b"\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48";
const PREVIEW: [u8; 16] = *b"\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16";
/// Boxes at one level: a film has a dozen.
const MOST_BOXES: usize = 64;
/// Before the JPEG in `THMB` and `PRVW`: version and flags, sizes, and its length at this place. Which of two
/// places it is depends on the version; the JPEG itself tells where it begins.
const JPEG_WITHIN: u64 = 32;
/// Tracks are JPEG, two of sensor data and one of times; the last is small.
const LEAST_SENSOR_DATA: u64 = 1 << 16;

struct Node<'a> {
    name: [u8; 4],
    body: Window<'a>,
    /// Bytes that the box should have.
    len: u64,
}

pub(super) fn cr3(file: Window<'_>) -> About<'_> {
    let mut about = About::of("image/x-canon-cr3");
    for node in nodes(file) {
        match &node.name {
            b"moov" => moov(file, node.body, &mut about),
            b"uuid" if node.body.array(0) == Some(PREVIEW) => {
                // A version and a count stand before the one box.
                if let Some(inner) = node.body.from(24) {
                    previews(inner, &mut about);
                }
            }
            _ => {}
        }
    }
    about
}

fn moov<'a>(file: Window<'a>, moov: Window<'a>, about: &mut About<'a>) {
    for node in nodes(moov) {
        match &node.name {
            b"uuid" if node.body.array(0) == Some(METADATA) => {
                if let Some(inner) = node.body.from(16) {
                    metadata(inner, about);
                }
            }
            b"trak" => track(file, node.body, about),
            _ => {}
        }
    }
}

/// `CMT1` is a TIFF's first directory, `CMT2` that of EXIF, both as TIFFs of their own.
fn metadata<'a>(inner: Window<'a>, about: &mut About<'a>) {
    previews(inner, about);
    for node in nodes(inner) {
        if let (b"CMT1" | b"CMT2", Some(directories)) = (&node.name, Directories::read(node.body)) {
            directories.tell_of_picture(about);
        }
    }
}

fn previews<'a>(inner: Window<'a>, about: &mut About<'a>) {
    for node in nodes(inner) {
        if matches!(&node.name, b"THMB" | b"PRVW") {
            let at = (0..JPEG_WITHIN).find(|at| node.body.array(*at) == Some([0xFF, 0xD8, 0xFF]));
            if let Some(at) = at {
                about.jpeg_at(&node.body, at, node.len.saturating_sub(at));
            }
        }
    }
}

/// A track of one sample: a JPEG as large as the picture, or sensor data.
fn track<'a>(file: Window<'a>, track: Window<'a>, about: &mut About<'a>) {
    let table = ["mdia", "minf", "stbl"].iter().try_fold(track, |within, name| child(within, name));
    let Some(table) = table else { return };
    let sample =
        child(table, "stsz").and_then(|sizes| sizes.u32_be(4).filter(|size| *size > 0).or(sizes.u32_be(12)));
    let at = child(table, "co64").and_then(|places| places.array(8)).map(u64::from_be_bytes);
    let at = at.or_else(|| child(table, "stco").and_then(|places| places.u32_be(8)).map(u64::from));
    let (Some(len), Some(at)) = (sample.map(u64::from), at) else { return };
    let before = about.previews.len();
    about.jpeg_at(&file, at, len);
    let is_sensor = child(table, "stsd").is_some_and(|kinds| kinds.array(12) == Some(*b"CRAW"));
    if about.previews.len() == before && is_sensor && len > LEAST_SENSOR_DATA {
        let there = at.saturating_add(len) <= file.len();
        let known = if there { Sensor::There } else { Sensor::Missing };
        about.sensor = if about.sensor == Sensor::Missing { Sensor::Missing } else { known };
    }
}

fn child<'a>(within: Window<'a>, name: &str) -> Option<Window<'a>> {
    nodes(within).into_iter().find(|node| node.name == name.as_bytes()).map(|node| node.body)
}

fn nodes(within: Window<'_>) -> Vec<Node<'_>> {
    let mut at = 0_u64;
    let next = || {
        let (short, name) = (within.u32_be(at)?, within.array(at.checked_add(4)?)?);
        let (head, len) = match short {
            0 => (8, within.len().checked_sub(at)?),
            1 => (16, u64::from_be_bytes(within.array(at.checked_add(8)?)?)),
            len => (8, u64::from(len)),
        };
        let len = len.checked_sub(head)?;
        let body = within.part(at.checked_add(head)?, len)?;
        at = at.checked_add(head)?.checked_add(len)?;
        Some(Node { name, body, len })
    };
    std::iter::from_fn(next).take(MOST_BOXES).collect()
}
