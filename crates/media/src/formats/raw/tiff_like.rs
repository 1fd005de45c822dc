//! The RAW files that are TIFFs, more or less: nearly all.
//! Knows which directory holds what; knows nothing of how pictures are coded.

use super::about::{About, Sensor};
use super::ifd::{Ifd, Tiff};
use super::makers::{self, BARE, Base, DIRECTORIES, DNG, NOTES, OLYMPUS, PANASONIC, PLACES, PREVIEWS};
use super::window::Window;
use crate::Orientation;

const NEW_SUBFILE_TYPE: u16 = 0x00FE;
const WIDTH: u16 = 0x0100;
const HEIGHT: u16 = 0x0101;
const BITS: u16 = 0x0102;
const COMPRESSION: u16 = 0x0103;
const PHOTOMETRIC: u16 = 0x0106;
const MAKE: u16 = 0x010F;
const STRIP_OFFSETS: u16 = 0x0111;
const ORIENTATION: u16 = 0x0112;
const SAMPLES: u16 = 0x0115;
const STRIP_LENGTHS: u16 = 0x0117;
const TILE_OFFSETS: u16 = 0x0144;
const TILE_LENGTHS: u16 = 0x0145;
const SUB_DIRECTORIES: u16 = 0x014A;
const JPEG_AT: u16 = 0x0201;
const JPEG_LENGTH: u16 = 0x0202;
const EXIF: u16 = 0x8769;
const MAKER_NOTE: u16 = 0x927C;
const EXIF_WIDTH: u16 = 0xA002;
const EXIF_HEIGHT: u16 = 0xA003;
/// Only the directory of sensor data in a CR2 has it, which has no photometric interpretation at all.
const CANON_SLICES: u16 = 0xC640;
const DNG_VERSION: u16 = 0xC612;
const DEFAULT_CROP_SIZE: u16 = 0xC620;
/// Panasonic's own: the sensor's columns and rows, the four edges of the picture on it, and two whole JPEGs.
const PANASONIC_EDGES: [u16; 4] = [0x0004, 0x0005, 0x0006, 0x0007];
const PANASONIC_JPEGS: [u16; 2] = [0x002E, 0x0127];
const PANASONIC_DATA: u16 = 0x0118;

/// Photometric interpretations that no viewer knows: the numbers of a colour filter array, and the same with all three
/// colours at each place.
const SENSOR: [u64; 2] = [32803, 34892];

/// DNG's JPEGs of 8 bits. Their tones are squeezed, and a list of operations in the file says how.
const LOSSY_JPEG: u64 = 34892;

/// Cameras write four directories in a chain and half a dozen below; a TIFF of a thousand pages is none of theirs.
const MOST_IN_CHAIN: usize = 8;
const MOST_BELOW: u32 = 16;
const MOST_DIRECTORIES: usize = 40;
/// Tiles of 256 × 256 pixels cover 65 megapixels with a thousand.
const MOST_TILES: u32 = 1 << 16;

/// The least a compressed picture takes: two bits for each value, in hundredths. Lossless ones take ten, the
/// coarsest lossy ones of DNG half of one; a file whose data was taken out has next to nothing.
const LEAST_HUNDREDTHS_OF_A_BIT: u64 = 20;

/// All directories that may hold a picture, and the byte that offsets count from.
pub(super) struct Directories<'a> {
    window: Window<'a>,
    list: Vec<Ifd<'a>>,
}

impl<'a> Directories<'a> {
    /// The directories of a TIFF.
    pub(super) fn read(window: Window<'a>) -> Option<Self> {
        let (tiff, first) = Tiff::open(window)?;
        let mut found = Self { window, list: Vec::new() };
        let mut next = first;
        let mut seen = Vec::new();
        while next != 0 && seen.len() < MOST_IN_CHAIN && !seen.contains(&next) {
            let Some(directory) = tiff.directory(next) else { break };
            seen.push(next);
            next = directory.next;
            found.add(directory, &mut seen);
        }
        (!found.list.is_empty()).then_some(found)
    }

    fn add(&mut self, directory: Ifd<'a>, seen: &mut Vec<u64>) {
        let below = directory.numbers(SUB_DIRECTORIES, MOST_BELOW);
        let tiff = directory.tiff;
        self.list.push(directory);
        for offset in below {
            if self.list.len() < MOST_DIRECTORIES
                && !seen.contains(&offset)
                && let Some(directory) = tiff.directory(offset)
            {
                seen.push(offset);
                self.add(directory, seen);
            }
        }
    }

    fn first(&self) -> Option<&Ifd<'a>> {
        self.list.first()
    }

    /// The directory of what the sensor saw: the full picture, where there are smaller ones of the kind.
    fn sensor(&self) -> Option<&Ifd<'a>> {
        let of_sensor = || self.list.iter().filter(|directory| is_of_sensor(directory));
        of_sensor()
            .find(|directory| directory.number(NEW_SUBFILE_TYPE) == Some(0))
            .or_else(|| of_sensor().next())
    }

    /// The MIME type if this is a camera's RAW file, and not a TIFF that has been one.
    pub(super) fn mime_type(&self) -> Option<&'static str> {
        let first = self.first()?;
        match self.window.array::<4>(0)? {
            [b'I', b'I', b'R', _] | [b'M', b'M', _, b'R'] => return Some(OLYMPUS),
            [b'I', b'I', b'U', _] => return Some(PANASONIC),
            _ => {}
        }
        if first.has(DNG_VERSION) {
            return Some(DNG);
        }
        let marked = self.window.bytes(8, 4).unwrap_or_default();
        match marked.as_slice() {
            [b'C', b'R', 2, _] => Some("image/x-canon-cr2"),
            b"IIII" | b"MMMM" => Some("image/x-phaseone-iiq"),
            _ => self.sensor().map(|_| makers::mime_type(&first.text(MAKE))),
        }
    }

    /// Everything there is to know.
    pub(super) fn about(&self) -> Option<About<'a>> {
        let mut about = About::of(self.mime_type()?);
        self.tell(&mut about);
        Some(about)
    }

    /// Adds what a lone directory says of the picture: its size, in a TIFF's tags or in EXIF's, and which way is up.
    pub(super) fn tell_of_picture(&self, about: &mut About<'a>) {
        let Some(only) = self.first() else { return };
        let told = only.side(EXIF_WIDTH).zip(only.side(EXIF_HEIGHT));
        about.full_size = told.or(about.full_size).or_else(|| size(only));
        let number = only.number(ORIENTATION).map(|number| Orientation::from_exif(number as u32));
        about.orientation = number.or(about.orientation);
    }

    /// Adds what the directories say.
    pub(super) fn tell(&self, about: &mut About<'a>) {
        let Some(first) = self.first() else { return };
        let exif = first.below(EXIF);
        about.orientation = first.number(ORIENTATION).map(|number| Orientation::from_exif(number as u32));
        about.full_size = self.full_size(exif.as_ref()).or(about.full_size);
        for directory in &self.list {
            note_previews(directory, about);
        }
        for tag in PANASONIC_JPEGS {
            if let Some((jpeg, announced)) = first.window(tag) {
                about.jpeg(jpeg, announced);
            }
        }
        if let Some(exif) = exif {
            note_hidden(&exif, about);
        }
        if let Some(sensor) = self.sensor() {
            about.is_curved = sensor.number(COMPRESSION) == Some(LOSSY_JPEG);
            about.sensor = presence(sensor, size(sensor).or(about.full_size));
        }
    }

    /// As large as the finished picture: the crop that a DNG asks for, what EXIF says if the sensor agrees, the edges
    /// that Panasonic draws, or all that the sensor has.
    fn full_size(&self, exif: Option<&Ifd<'a>>) -> Option<(u32, u32)> {
        let sensor = self.sensor();
        let of_sensor = sensor.and_then(size);
        let crop = sensor.map(|sensor| sensor.numbers(DEFAULT_CROP_SIZE, 2)).unwrap_or_default();
        if let [width, height] = crop[..]
            && let Some(size) = of_sensor.filter(|whole| is_most_of((width as u32, height as u32), *whole))
        {
            return Some((width as u32, height as u32)).filter(|crop| crop.0.min(crop.1) > 0).or(Some(size));
        }
        let told = exif.and_then(|exif| Some((exif.side(EXIF_WIDTH)?, exif.side(EXIF_HEIGHT)?)));
        let believed = told.filter(|told| of_sensor.is_none_or(|whole| is_most_of(*told, whole)));
        believed.or_else(|| self.first().and_then(panasonic_size)).or(of_sensor)
    }
}

fn is_of_sensor(directory: &Ifd<'_>) -> bool {
    match directory.number(PHOTOMETRIC) {
        Some(number) => SENSOR.contains(&number),
        None => directory.has(CANON_SLICES),
    }
}

fn size(directory: &Ifd<'_>) -> Option<(u32, u32)> {
    Some((directory.side(WIDTH)?, directory.side(HEIGHT)?))
}

/// Whether a picture is what is left of the sensor's when masked edges are cut off, and not a small copy.
fn is_most_of(picture: (u32, u32), whole: (u32, u32)) -> bool {
    let is_most = |part: u32, whole: u32| {
        part <= whole && u64::from(part).saturating_mul(4) >= u64::from(whole).saturating_mul(3)
    };
    is_most(picture.0, whole.0) && is_most(picture.1, whole.1)
}

fn panasonic_size(directory: &Ifd<'_>) -> Option<(u32, u32)> {
    let [top, left, bottom, right] = PANASONIC_EDGES.map(|tag| directory.number(tag));
    let side = |from: Option<u64>, to: Option<u64>| {
        u32::try_from(to?.checked_sub(from?)?).ok().filter(|side| *side > 0)
    };
    Some((side(left, right)?, side(top, bottom)?))
}

/// The picture of one directory, if it is one to look at.
fn note_previews<'a>(directory: &Ifd<'a>, about: &mut About<'a>) {
    let window = directory.tiff.window;
    if let (Some(at), Some(len)) = (directory.number(JPEG_AT), directory.number(JPEG_LENGTH)) {
        about.jpeg_at(&window, at, len);
    }
    if is_of_sensor(directory) {
        return;
    }
    let (at, lengths) = (directory.number(STRIP_OFFSETS), directory.numbers(STRIP_LENGTHS, MOST_TILES));
    let (Some(at), [len]) = (at, &lengths[..]) else { return };
    match directory.number(COMPRESSION) {
        Some(6 | 7) => about.jpeg_at(&window, at, *len),
        Some(1) if is_plain_rgb(directory) => {
            if let (Some(size), Some(bytes)) = (size(directory), window.part(at, *len)) {
                about.rgb(bytes, size);
            }
        }
        _ => {}
    }
}

fn is_plain_rgb(directory: &Ifd<'_>) -> bool {
    directory.number(PHOTOMETRIC) == Some(2)
        && directory.number(SAMPLES) == Some(3)
        && directory.numbers(BITS, 3).iter().all(|bits| *bits == 8)
}

/// The previews in a maker note.
fn note_hidden<'a>(exif: &Ifd<'a>, about: &mut About<'a>) {
    let Some((note, _)) = exif.window(MAKER_NOTE) else { return };
    let Some(directory) = note_directory(exif.tiff, note) else { return };
    note_previews_by_tags(&directory, about);
    for tag in DIRECTORIES {
        if let Some(below) = directory.below(*tag) {
            note_previews_by_tags(&below, about);
        }
    }
}

fn note_directory<'a>(around: Tiff<'a>, note: Window<'a>) -> Option<Ifd<'a>> {
    let opens = |opening: &[u8]| note.bytes(0, opening.len()).is_some_and(|found| found == opening);
    let kind = NOTES.iter().find(|kind| opens(kind.opening)).unwrap_or(&BARE);
    // What a note points at may lie behind it, though its length says otherwise.
    let behind = Window::from(&around.window, note.offset_in(&around.window)?)?;
    match kind.base {
        Base::File => around.directory(note.offset_in(&around.window)?.checked_add(kind.directory_at)?),
        Base::Note { order_at } => {
            let big_endian = note.array(order_at)? == *b"MM";
            Tiff { window: behind, big_endian }.directory(kind.directory_at)
        }
        Base::Inside(at) => {
            let (tiff, first) = Tiff::open(behind.from(at)?)?;
            tiff.directory(first)
        }
    }
}

fn note_previews_by_tags<'a>(directory: &Ifd<'a>, about: &mut About<'a>) {
    for (at, len) in PLACES {
        if let (Some(at), Some(len)) = (directory.number(*at), directory.number(*len)) {
            about.jpeg_at(&directory.tiff.window, at, len);
        }
    }
    for tag in PREVIEWS {
        if let Some((jpeg, announced)) = directory.window(*tag) {
            about.jpeg(jpeg, announced);
        }
    }
}

/// Whether the strips or tiles of the sensor's directory are in the file, and have enough bytes for its size.
fn presence(directory: &Ifd<'_>, size: Option<(u32, u32)>) -> Sensor {
    let (at, len) = if directory.has(TILE_OFFSETS) {
        (TILE_OFFSETS, TILE_LENGTHS)
    } else {
        (STRIP_OFFSETS, STRIP_LENGTHS)
    };
    let (at, lengths) = (directory.numbers(at, MOST_TILES), directory.numbers(len, MOST_TILES));
    let Some((width, height)) = size else { return Sensor::Untold };
    if directory.has(PANASONIC_DATA) || at.is_empty() {
        return Sensor::Untold;
    }
    let end = directory.tiff.window.len();
    let is_inside = |(at, len): (&u64, &u64)| at.saturating_add(*len) <= end;
    if at.len() > lengths.len() || !at.iter().zip(&lengths).all(is_inside) {
        return Sensor::Missing;
    }
    let values = u64::from(width).saturating_mul(height.into());
    let bits = match directory.number(COMPRESSION) {
        Some(1) => directory.number(BITS).unwrap_or(1).saturating_mul(100),
        _ => LEAST_HUNDREDTHS_OF_A_BIT,
    };
    let there = lengths.iter().fold(0_u64, |sum, len| sum.saturating_add(*len));
    let enough = there.saturating_mul(800) >= values.saturating_mul(bits);
    if enough { Sensor::There } else { Sensor::Missing }
}
