//! TIFF by the system's libtiff: compressions, depths and colour spaces that no decoder in Rust knows.
//! Knows nothing of jails or pipes, and nothing of TIFF when the library is missing.
//!
//! The library is found when the program starts and not when it is built, so that the workspace builds, and its
//! other tests pass, on machines that have none.

mod libtiff;

use libtiff::{Image, Library};
use std::sync::OnceLock;
use tintype_media::formats::tiff::{self, Directory, Layout};
use tintype_media::formats::{Format, Order};
use tintype_media::{ColorSpace, Fault, Picture, Pixels, Reason, Source};
use tintype_worker::system_library;

/// The one row of this worker's table.
pub static FORMAT: Format = Format { decode, ..tiff::DESCRIPTION };

/// The library, once it is found: a table's functions have nowhere else to keep it.
static LIBRARY: OnceLock<Library> = OnceLock::new();

/// Finds the library. To be called before the jail closes: afterwards no file can be opened.
///
/// The words of a failure name what to install.
pub fn load() -> Result<(), String> {
    system_library::once(&LIBRARY, Library::find).map(|_| ())
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let library = LIBRARY.get().ok_or_else(|| Reason::Unsupported.says("TIFF: libtiff was not loaded"))?;
    let file = source.bytes(order.limits)?;
    let layout = Layout::read(file, order.least_edge())?;
    let chosen = layout.chosen();
    let mut image = library.open(file, chosen.offset)?;
    let (width, height) = image.size()?;
    tiff::admitted_by_libtiff(order.limits, (width, height))?;
    let (pixels, whole) = read(&mut image, (width, height), chosen)?;

    let mut picture = Picture::new(pixels, width, height);
    layout.describe(&mut picture);
    picture.color = color(chosen, file);
    if !whole {
        picture.warnings.push("only in part: libtiff met damaged data".to_owned());
    }
    Ok(picture)
}

/// The pixels, and whether all of them are there.
fn read(image: &mut Image<'_, '_>, size: (u32, u32), directory: &Directory) -> Result<(Pixels, bool), Fault> {
    // Asking for the orientation that the file has leaves the rows as they are stored.
    let stored = directory.orientation.exif();
    let (raster, whole) = match image.read_strictly(size, stored) {
        Ok(raster) => (raster, true),
        Err(fault) if fault.reason == Reason::Corrupt => (image.read_leniently(size, stored)?, false),
        Err(fault) => return Err(fault),
    };
    Ok((arranged(&raster)?, whole))
}

/// The library packs a pixel as alpha, blue, green, red from the top bit down, colours multiplied by alpha.
fn arranged(raster: &[u32]) -> Result<Pixels, Fault> {
    if raster.iter().all(|pixel| pixel >> 24 == 0xff) {
        let mut rgb = reserved(raster.len().saturating_mul(3))?;
        rgb.extend(raster.iter().flat_map(|pixel| pixel.to_le_bytes().into_iter().take(3)));
        return Ok(Pixels::Rgb8(rgb));
    }
    let straight = |pixel: &u32| {
        let [red, green, blue, alpha] = pixel.to_le_bytes();
        let divided = |level: u8| match alpha {
            0 => 0,
            alpha => (u32::from(level) * 255 / u32::from(alpha)).min(255) as u8,
        };
        [divided(red), divided(green), divided(blue), alpha]
    };
    let mut rgba = reserved(raster.len().saturating_mul(4))?;
    rgba.extend(raster.iter().flat_map(straight));
    Ok(Pixels::Rgba8(rgba))
}

/// An empty buffer with room for so many bytes, all of them at once: one that grows takes up to thrice as much.
fn reserved(len: usize) -> Result<Vec<u8>, Fault> {
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(len)
        .map_err(|_| Reason::OutOfMemory.says(format!("no memory for {len} bytes")))?;
    Ok(buffer)
}

/// The profile, where the library's RGB is still what the profile speaks of: inks and Lab it has converted itself.
fn color(directory: &Directory, file: &[u8]) -> ColorSpace {
    match directory.photometric {
        0..=3 | 6 => directory.color(file),
        _ => ColorSpace::Srgb,
    }
}
