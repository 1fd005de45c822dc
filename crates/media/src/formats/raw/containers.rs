//! The RAW files that are no TIFFs: Fujifilm's, Minolta's, Sigma's and Canon's first.
//! Knows where each keeps its pictures; knows nothing of how those are coded.

use super::about::{About, Sensor};
use super::tiff_like::Directories;
use super::window::Window;
use crate::Orientation;

/// Fujifilm's directory has a hundred records; Sigma's and Canon's have a few dozen entries.
const MOST_RECORDS: u32 = 512;
/// Canon's heaps are ten, within one another.
const MOST_HEAPS: usize = 64;

/// Where a RAF tells its JPEG, its directory and its sensor data: an offset and a length each.
const RAF_JPEG: u64 = 84;
const RAF_DIRECTORY: u64 = 92;
const RAF_SENSOR: u64 = 100;
/// Rows and columns of the finished picture.
const RAF_CROPPED_SIZE: u16 = 0x0111;

/// RAF: all numbers have their high byte first.
pub(super) fn raf(file: Window<'_>) -> About<'_> {
    let mut about = About::of("image/x-fuji-raf");
    let place = |at: u64| Some((u64::from(file.u32_be(at)?), u64::from(file.u32_be(at.checked_add(4)?)?)));
    if let Some((at, len)) = place(RAF_JPEG) {
        about.jpeg_at(&file, at, len);
    }
    if let Some((at, len)) = place(RAF_DIRECTORY) {
        about.full_size = file.part(at, len).and_then(|directory| raf_size(&directory));
    }
    if let Some((at, len)) = place(RAF_SENSOR) {
        about.sensor = if at.saturating_add(len) <= file.len() { Sensor::There } else { Sensor::Missing };
    }
    about
}

fn raf_size(directory: &Window<'_>) -> Option<(u32, u32)> {
    let mut at = 4_u64;
    for _ in 0..directory.u32_be(0)?.min(MOST_RECORDS) {
        let (tag, len) = (directory.u16_be(at)?, directory.u16_be(at.checked_add(2)?)?);
        let value = at.checked_add(4)?;
        if tag == RAF_CROPPED_SIZE {
            let (rows, columns) = (directory.u16_be(value)?, directory.u16_be(value.checked_add(2)?)?);
            return (rows.min(columns) > 0).then_some((columns.into(), rows.into()));
        }
        at = value.checked_add(len.into())?;
    }
    None
}

/// MRW: a row of blocks, then sensor data.
pub(super) fn mrw(file: Window<'_>) -> About<'_> {
    let mut about = About::of("image/x-minolta-mrw");
    let Some(len) = file.u32_be(4) else { return about };
    let end = u64::from(len).saturating_add(8);
    let (mut at, mut least_data) = (8_u64, None);
    while at < end {
        let (Some(name), Some(len)) = (file.array::<4>(at), file.u32_be(at.saturating_add(4))) else { break };
        let body = file.part(at.saturating_add(8), len.into());
        match (&name, body) {
            (b"\0PRD", Some(body)) => {
                about.full_size = sides(&body, 12);
                least_data = minolta_bytes(&body);
            }
            (b"\0TTW", Some(body)) => {
                if let Some(directories) = Directories::read(body) {
                    directories.tell(&mut about);
                }
            }
            _ => {}
        }
        at = at.saturating_add(8).saturating_add(len.into());
    }
    let there = file.len().saturating_sub(end);
    about.sensor = match least_data {
        Some(least) if there < least => Sensor::Missing,
        Some(_) => Sensor::There,
        None => Sensor::Untold,
    };
    about
}

/// Rows, then columns, of 16 bits each.
fn sides(body: &Window<'_>, at: u64) -> Option<(u32, u32)> {
    let (rows, columns) = (body.u16_be(at)?, body.u16_be(at.checked_add(2)?)?);
    (rows.min(columns) > 0).then_some((columns.into(), rows.into()))
}

/// Bytes of the whole sensor at so many bits a value.
fn minolta_bytes(body: &Window<'_>) -> Option<u64> {
    let (columns, rows) = sides(body, 8)?;
    let bits = u64::from(body.u8(16)?);
    Some(u64::from(columns).saturating_mul(rows.into()).saturating_mul(bits) / 8)
}

/// X3F: a directory at the very end, whose place the last four bytes tell.
pub(super) fn x3f(file: Window<'_>) -> About<'_> {
    let mut about = About::of("image/x-sigma-x3f");
    about.full_size = x3f_side(&file, 28).zip(x3f_side(&file, 32));
    about.orientation = file.u32_le(36).and_then(turned);
    let directory = file.len().checked_sub(4).and_then(|at| file.from(file.u32_le(at)?.into()));
    if let Some(directory) = directory.filter(|directory| directory.array(0) == Some(*b"SECd")) {
        x3f_sections(&file, &directory, &mut about);
    }
    about
}

fn x3f_side(file: &Window<'_>, at: u64) -> Option<u32> {
    // Nobody has a sensor of more columns; other versions of the header have other numbers there.
    file.u32_le(at).filter(|side| (1..=65_535).contains(side))
}

/// A turn to the right in degrees.
fn turned(degrees: u32) -> Option<Orientation> {
    [(0, 1), (90, 6), (180, 3), (270, 8)]
        .into_iter()
        .find(|(known, _)| *known == degrees)
        .map(|(_, exif)| Orientation::from_exif(exif))
}

/// In an image section a header of 28 bytes stands before the picture; the format 18 is JPEG.
fn x3f_sections<'a>(file: &Window<'a>, directory: &Window<'a>, about: &mut About<'a>) {
    const JPEG: u32 = 18;
    let count = directory.u32_le(8).unwrap_or(0).min(MOST_RECORDS);
    for place in 0..u64::from(count) {
        let at = place.saturating_mul(12).saturating_add(12);
        let place = (directory.u32_le(at), directory.u32_le(at.saturating_add(4)));
        let (Some(offset), Some(len)) = place else { break };
        let Some(section) = file.part(offset.into(), len.into()) else { continue };
        if section.array(0) == Some(*b"SECi") && section.u32_le(12) == Some(JPEG) {
            about.jpeg_at(&section, 28, u64::from(len).saturating_sub(28));
        }
    }
}

/// CRW: heaps within a heap, each with its directory at its end.
pub(super) fn crw(file: Window<'_>) -> About<'_> {
    let mut about = About::of("image/x-canon-crw");
    about.sensor = Sensor::Missing;
    let mut heaps: Vec<_> = file.u32_le(2).and_then(|start| file.from(start.into())).into_iter().collect();
    let mut next = 0;
    while let Some(heap) = heaps.get(next).copied() {
        crw_heap(&heap, &mut heaps, &mut about);
        next = next.saturating_add(1);
    }
    about
}

/// Notes what a heap holds, and puts the heaps in it behind those that are known.
fn crw_heap<'a>(heap: &Window<'a>, heaps: &mut Vec<Window<'a>>, about: &mut About<'a>) {
    let directory = heap.len().checked_sub(4).and_then(|at| heap.from(heap.u32_le(at)?.into()));
    let Some(directory) = directory else { return };
    for place in 0..u64::from(directory.u16_le(0).unwrap_or(0)).min(MOST_RECORDS.into()) {
        let at = place.saturating_mul(10).saturating_add(2);
        let Some(tag) = directory.u16_le(at) else { break };
        let place = (directory.u32_le(at.saturating_add(2)), directory.u32_le(at.saturating_add(6)));
        // The upper two bits tell where the bytes are: 0 in the heap.
        let (Some(len), Some(offset), 0) = (place.0, place.1, tag >> 14) else { continue };
        let Some(value) = heap.part(offset.into(), len.into()) else { continue };
        match tag {
            0x2005 if value.len() == u64::from(len) && len > 1 << 16 => about.sensor = Sensor::There,
            0x2007 | 0x2008 => about.jpeg(value, len.into()),
            0x1810 => {
                about.full_size = x3f_side(&value, 0).zip(x3f_side(&value, 4));
                about.orientation = value.u32_le(12).and_then(turned);
            }
            0x2800..=0x37FF if heaps.len() < MOST_HEAPS => heaps.push(value),
            _ => {}
        }
    }
}
