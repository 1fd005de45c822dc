//! Camera RAW by its sensor data: decoded by rawler, made a picture here, at a reduced size.
//! Knows nothing of jails or pipes, and nothing of previews: the main worker shows those, and asks this one only when
//! they are too small.
#![forbid(unsafe_code)]
#![cfg(feature = "develop")]

mod colors;
mod sensor;
mod tone;

use rawler::rawsource::RawSource;
use rawler::{RawImage, decoders::RawDecodeParams};
use sensor::Sensor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tintype_media::formats::{Format, Order, raw};
use tintype_media::{Fault, Orientation, Picture, Pixels, Reason, Source};

/// The one row of this worker's table.
pub static FORMAT: Format = Format { decode, mime_types: CLAIMED, ..raw::DESCRIPTION };

/// What it is asked for: also what looks like a TIFF to whoever only looks at the front.
static CLAIMED: &[&str] = &{
    const COUNT: usize = raw::DESCRIPTION.mime_types.len();
    let mut all = ["image/tiff"; COUNT + 1];
    let mut place = 0;
    while place < COUNT {
        all[place] = raw::DESCRIPTION.mime_types[place];
        place += 1;
    }
    all
};

/// To be called before the jail closes: behind its walls no thread can be started, and rawler's loops, which would be
/// spread over threads, run in this one.
pub fn prepare() {
    // If somebody was faster, theirs is as good.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let described = raw::describe(source).ok_or_else(|| Reason::Corrupt.says("RAW: no directory"))?;
    if described.without_sensor_data {
        return Err(Reason::Corrupt.says("RAW: the sensor data is not in the file"));
    }
    if described.is_curved {
        // Seen: without the operations of the file, which rawler does not do, blacks are grey.
        return Err(Reason::Unsupported.says("RAW: a lossy DNG, whose tones are squeezed"));
    }
    raw::admit_directories(source)?;
    let file = RawSource::new_from_shared_vec(Arc::new(source.copied(order.limits)?));
    let image = guarded(|| read(&file, order))?;
    drop(file);
    let mut picture = developed(&image, order)?;
    let from_camera = Orientation::from_exif(image.orientation.to_u16().into());
    picture.orientation = described.orientation.unwrap_or(from_camera);
    picture.mime_type = Some(described.mime_type);
    Ok(picture)
}

/// The sensor's values. Their number is known, and within the limits, before memory is reserved.
fn read(file: &RawSource, order: &Order<'_>) -> Result<RawImage, Fault> {
    let unsupported = |error| Reason::Unsupported.says(format!("RAW: {error}"));
    let decoder = rawler::get_decoder(file).map_err(unsupported)?;
    let params = RawDecodeParams { image_index: 0 };
    let measure = decoder.raw_image(file, &params, true).map_err(unsupported)?;
    let [width, height, planes] =
        [measure.width, measure.height, measure.cpp].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    raw::admitted_to_develop(order.limits, (width, height), planes)?;
    decoder.raw_image(file, &params, false).map_err(|error| Reason::Corrupt.says(format!("RAW: {error}")))
}

/// Rawler panics on what its authors have not met yet. That must not cost a process.
fn guarded<T>(decode: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // Nothing outlives a panic here: whatever the decoder was building is dropped with it.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
        Err(Reason::Unsupported.says(format!("RAW: the decoder gave up: {words}")))
    })
}

fn developed(image: &RawImage, order: &Order<'_>) -> Result<Picture, Fault> {
    let sensor = Sensor::of(image)?;
    let small = sensor.binned(order.least_edge())?;
    let rgb = tone::srgb(colors::in_srgb_light(small.light, image));
    if rgb.iter().all(|level| Some(level) == rgb.first()) {
        return Err(Reason::Corrupt.says("RAW: nothing is in the sensor data"));
    }
    let mut picture = Picture::new(Pixels::Rgb16(rgb), small.width, small.height);
    picture.full_size = sensor.size();
    Ok(picture)
}
