//! Camera RAW: the preview that the camera has put into the file, which is its own idea of the picture.
//! Knows who made which kind and where each keeps its pictures; knows nothing of how sensor data become one. That is
//! for another worker: a picture from here is a stopgap when the preview is smaller than what is wanted.

mod about;
mod containers;
mod cr3;
mod ifd;
mod jpeg_head;
mod makers;
mod scan;
mod shown;
mod sound;
mod tiff_like;
mod window;

use super::raster::admit;
use super::{Format, Kind, Order, Signature};
use crate::{Effort, Fault, Limits, Orientation, Picture, Reason, Source};
use about::{About, Sensor};
use tiff_like::Directories;
use window::Window;

pub(crate) const FORMAT: Format = Format { decode, ..DESCRIPTION };

/// Everything but the decoder, for the worker that develops.
pub const DESCRIPTION: Format = Format {
    name: "Camera RAW",
    mime_types: &[
        makers::OTHER,
        makers::DNG,
        "image/x-canon-cr2",
        "image/x-canon-cr3",
        "image/x-canon-crw",
        "image/x-nikon-nef",
        "image/x-sony-arw",
        "image/x-fuji-raf",
        makers::OLYMPUS,
        makers::PANASONIC,
        "image/x-pentax-pef",
        "image/x-samsung-srw",
        "image/x-minolta-mrw",
        "image/x-sigma-x3f",
        "image/x-epson-erf",
        "image/x-hasselblad-3fr",
        "image/x-phaseone-iiq",
        "image/x-leaf-mos",
        "image/x-mamiya-mef",
        "image/x-kodak-dcr",
    ],
    extensions: &[
        "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "sr2", "srf", "raf", "orf", "rw2", "rwl", "pef",
        "srw", "mrw", "x3f", "erf", "3fr", "fff", "iiq", "mos", "mef", "dcr", "kdc", "gpr",
    ],
    kind: Kind::Image,
    signature: Signature::Inside(is_raw),
    decode: |_, _| Err(Fault { reason: Reason::Unsupported, detail: String::new() }),
};

type Container = for<'a> fn(Window<'a>) -> About<'a>;

/// The kinds that say at once what they are: where, which bytes, who reads them.
const CONTAINERS: &[(usize, &[u8], Container)] = &[
    (0, b"FUJIFILMCCD-RAW ", containers::raf),
    (4, b"ftypcrx ", cr3::cr3),
    (0, b"\0MRM", containers::mrw),
    (0, b"FOVb", containers::x3f),
    (6, b"HEAPCCDR", containers::crw),
];

fn container(head: &[u8]) -> Option<Container> {
    let opens =
        |row: &&(usize, &[u8], Container)| head.get(row.0..).is_some_and(|rest| rest.starts_with(row.1));
    CONTAINERS.iter().find(opens).map(|row| row.2)
}

fn is_raw(source: &Source<'_>) -> bool {
    container(source.head()).is_some()
        || Directories::read(Window::whole(source)).is_some_and(|found| found.mime_type().is_some())
}

fn about<'a>(source: &'a Source<'a>) -> Option<About<'a>> {
    let file = Window::whole(source);
    let mut about = match container(source.head()) {
        Some(read) => read(file),
        None => Directories::read(file)?.about()?,
    };
    // In a DNG every preview has its directory; what else looks like a JPEG there is a tile of the sensor's data.
    if about.previews.is_empty() && about.mime_type != makers::DNG {
        scan::scan(file, &mut about);
    }
    Some(about)
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let about = about(source).ok_or_else(|| Reason::Corrupt.says("RAW: no directory"))?;
    let mut picture = shown::shown(&about, order).map_err(|fault| without_preview(&about, order, &fault))?;
    picture.mime_type = Some(about.mime_type);
    match about.sensor {
        Sensor::Missing => {
            picture.warnings.push("shown from its preview: the sensor data is not in the file".to_owned());
        }
        Sensor::There | Sensor::Untold if shown::is_too_small(&picture, order) => {
            picture.stopgap = !about.is_curved;
            let words = format!("shown from a preview of {} × {}", picture.width, picture.height);
            picture.warnings.push(words);
        }
        Sensor::There | Sensor::Untold => {}
    }
    Ok(picture)
}

/// What to say of a file without a preview to show. Where there is sensor data, "unsupported" makes others be asked.
fn without_preview(about: &About<'_>, order: &Order<'_>, fault: &Fault) -> Fault {
    match (about.sensor, fault.reason) {
        (Sensor::Missing, Reason::NoPicture) => {
            Reason::Corrupt.says("RAW: neither a preview nor the sensor data is in the file")
        }
        (Sensor::Missing, reason) => reason.says(format!("RAW: {}", fault.detail)),
        (Sensor::There | Sensor::Untold, reason) if order.effort == Effort::Reduced => {
            reason.says(format!("RAW: {}", fault.detail))
        }
        (Sensor::There | Sensor::Untold, _) => Reason::Unsupported
            .says(format!("RAW: only its sensor data shows the picture ({})", fault.detail)),
    }
}

/// Refuses to develop so many values of 16 bits if the file's bytes, the values, and a copy that some decoders make would
/// go over the limits.
pub fn admitted_to_develop(limits: &Limits, size: (u32, u32), values_per_pixel: u32) -> Result<(), Fault> {
    admit(limits, size, u64::from(values_per_pixel).saturating_mul(4)).map(drop)
}

/// Refuses a file whose directories lead into a circle, or announce more than it has, for whoever follows them in trust.
pub fn admit_directories(source: &Source<'_>) -> Result<(), Fault> {
    sound::check(Window::whole(source)).map_err(|why| Reason::Corrupt.says(format!("RAW: {why}")))
}

/// What a RAW file says of its picture, for whoever develops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    /// Its MIME type.
    pub mime_type: &'static str,
    /// Columns and rows of the finished picture, as stored.
    pub full_size: Option<(u32, u32)>,
    /// How to turn it upright, where the file says so itself.
    pub orientation: Option<Orientation>,
    /// Whether the sensor data is known not to be in the file: a decoder would make noise of what is there.
    pub without_sensor_data: bool,
    /// Whether the values follow a curve that whoever does not undo it shows as fog.
    pub is_curved: bool,
}

/// Reads what the file says of its picture.
pub fn describe(source: &Source<'_>) -> Option<Described> {
    let about = about(source)?;
    Some(Described {
        mime_type: about.mime_type,
        full_size: about.full_size,
        orientation: about.orientation,
        without_sensor_data: about.sensor == Sensor::Missing,
        is_curved: about.is_curved,
    })
}
