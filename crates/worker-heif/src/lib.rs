//! HEIC and AVIF by the system's libheif: which picture of a file is shown, and how it becomes upright RGB.
//! Knows nothing of jails or pipes, and nothing of codecs when the library is missing.
//!
//! The library is found when the program starts and not when it is built, so that the workspace builds, and its
//! other tests pass, on machines that have none.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should say where"))]

mod av1;
mod derived;
mod film;
mod gain_map;
mod libheif;
mod repair;
mod still;
mod upright;

use film::Film;
use libheif::{Library, UNSPECIFIED};
use std::sync::OnceLock;
use still::Still;
use tintype_media::formats::isobmff::{Brands, FourCc, Meta, Property, Transformation};
use tintype_media::formats::{Format, Kind, Order, Signature, is_blank};
use tintype_media::planes::{Coding, Part};
use tintype_media::{CodePoints, ColorSpace, Effort, Fault, Orientation, Picture, Pixels, Reason, Source};
use tintype_worker::system_library;

/// Pictures coded by HEVC, and those whose codec is told only by what they hold.
const HEIC: Format = Format {
    name: "HEIC",
    mime_types: &["image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"],
    extensions: &["heic", "heif", "hif", "heics", "heifs"],
    kind: Kind::Image,
    signature: Signature::Plausible(|source| has_brand(source, HEIC_BRANDS)),
    decode,
};

/// Pictures coded by AV1.
const AVIF: Format = Format {
    name: "AVIF",
    mime_types: &["image/avif", "image/avif-sequence"],
    extensions: &["avif", "avifs"],
    kind: Kind::Image,
    signature: Signature::Plausible(|source| has_brand(source, AVIF_BRANDS)),
    decode,
};

/// In their places where libheif lacks the codec: a row that opens nothing and says what is missing.
const NO_HEIC: Format = Format {
    name: "HEIC (unavailable)",
    extensions: &[],
    decode: |_, _| Err(Reason::Unsupported.says(format!("libheif has no decoder for HEVC: {INSTALL_HEVC}"))),
    ..HEIC
};
const NO_AVIF: Format = Format {
    name: "AVIF (unavailable)",
    extensions: &[],
    decode: |_, _| Err(Reason::Unsupported.says(format!("libheif has no decoder for AV1: {INSTALL_AV1}"))),
    ..AVIF
};

const INSTALL_HEVC: &str = "install libheif-plugin-libde265 (Debian, Ubuntu), libheif-freeworld (Fedora)";
const INSTALL_AV1: &str = "install libheif-plugin-dav1d or libheif-plugin-aomdec (Debian, Ubuntu)";

/// AVIF goes first: its files often call themselves `mif1` as well.
static BOTH: &[&Format] = &[&AVIF, &HEIC];
static ONLY_HEIC: &[&Format] = &[&NO_AVIF, &HEIC];
static ONLY_AVIF: &[&Format] = &[&AVIF, &NO_HEIC];

const AVIF_BRANDS: &[&FourCc] = &[b"avif", b"avis", b"avio"];
const HEIC_BRANDS: &[&FourCc] =
    &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"];
/// Brands of files that also hold a sequence.
const MOVING: &[&FourCc] = &[b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"];

/// The library, once it is found: a table's functions have nowhere else to keep it.
static LIBRARY: OnceLock<Library> = OnceLock::new();

/// Finds the library, and gives the table of what it can open. To be called before the jail closes: afterwards no file
/// can be opened.
///
/// The words of a failure name what to install.
pub fn load() -> Result<&'static [&'static Format], String> {
    let library = system_library::once(&LIBRARY, Library::find)?;
    match (library.has_hevc(), library.has_av1()) {
        (true, true) => Ok(BOTH),
        (true, false) => Ok(ONLY_HEIC),
        (false, true) => Ok(ONLY_AVIF),
        (false, false) => Err(format!("libheif has no decoders: {INSTALL_HEVC}; {INSTALL_AV1}")),
    }
}

fn has_brand(source: &Source<'_>, wanted: &[&FourCc]) -> bool {
    Brands::of(source.head()).is_some_and(|brands| brands.any(wanted))
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let library = LIBRARY.get().ok_or_else(|| Reason::Unsupported.says("libheif was not loaded"))?;
    let file = source.bytes(order.limits)?;
    let meta = Meta::of(file).ok_or_else(|| without_index(file))?;
    let decoding = Decoding { library, file, meta: &meta, order };
    let mut picture = decoding.best()?;
    if Brands::of(file).is_some_and(|brands| brands.any(MOVING)) {
        if is_blank(&picture.pixels) {
            picture = decoding.frame_to_see().unwrap_or(picture);
        }
        picture.animated = true;
    }
    Ok(picture)
}

fn without_index(file: &[u8]) -> Fault {
    if tintype_media::formats::isobmff::find(file, b"moov").is_some() {
        return Reason::Unsupported.says("a sequence without a still picture");
    }
    Reason::Corrupt.says("no index of pictures")
}

/// One file on its way to a picture.
#[derive(Clone, Copy)]
struct Decoding<'a> {
    library: &'a Library,
    file: &'a [u8],
    meta: &'a Meta<'a>,
    order: &'a Order<'a>,
}

impl Decoding<'_> {
    /// The primary picture; or its thumbnail, where that is all that anybody wants, or all that can be had.
    fn best(&self) -> Result<Picture, Fault> {
        // A primary picture that is the thumbnail of another was not meant.
        let primary = self.meta.primary();
        let main = Still::of(self.meta, self.meta.referred(b"thmb", primary).next().unwrap_or(primary))?;
        let thumbnails = main.thumbnails(self.meta);
        let enough = match self.order.effort {
            Effort::Full => self.order.least_edge(),
            Effort::Reduced => self.order.smallest_edge,
        };
        // The smallest that is large enough is the cheapest.
        let mut cheap = thumbnails.iter().rev().filter(|thumbnail| thumbnail.long_edge() >= enough);
        if let Some(picture) = cheap.find_map(|thumbnail| self.thumbnail(thumbnail, &main).ok()) {
            return Ok(picture);
        }
        self.decoded(&main).or_else(|fault| {
            let mut large =
                thumbnails.iter().filter(|thumbnail| thumbnail.long_edge() >= self.order.smallest_edge);
            let mut picture =
                large.find_map(|thumbnail| self.thumbnail(thumbnail, &main).ok()).ok_or(fault)?;
            picture.warnings.push("shown from the preview inside".to_owned());
            Ok(picture)
        })
    }

    /// The first frame after the primary picture that is not blank.
    fn frame_to_see(&self) -> Option<Picture> {
        let still = Still::of(self.meta, self.meta.primary()).ok()?;
        let film = Film::of(self.file, self.meta, still.size)?;
        // The file again with the frame in it, and once more with its repairs.
        self.order.limits.admit_bytes(self.file.len() as u64 * 4).ok()?;
        let most = self.order.limits.max_pixels / (u64::from(still.size.0) * u64::from(still.size.1));
        let frames = film.frames().take(usize::try_from(most).unwrap_or(usize::MAX));
        let mut frames = frames.map_while(|file| Decoding { file: &file, ..*self }.decoded(&still).ok());
        frames.find(|picture| !is_blank(&picture.pixels))
    }

    /// A thumbnail as the picture that it stands for.
    fn thumbnail(&self, thumbnail: &Still<'_>, main: &Still<'_>) -> Result<Picture, Fault> {
        let picture = self.decoded(thumbnail)?;
        Ok(Picture { full_size: main.shown().0.size(), ..picture })
    }

    fn decoded(&self, still: &Still<'_>) -> Result<Picture, Fault> {
        still.admit(self.order.limits)?;
        derived::admit(self.meta, still.id)?;
        let (part, orientation, pixels, points) = self.pixels(still)?;
        let mut picture = Picture::new(pixels, part.width, part.height);
        picture.orientation = orientation;
        picture.color = color(still, points);
        self.apply_gain_map(still, part, &mut picture);
        Ok(picture)
    }

    /// Of a picture for HDR screens the rendition for ordinary ones, where the author left it in the file and all about
    /// it is sound. Else the picture is what it was, and tone mapping does what it can.
    fn apply_gain_map(&self, base: &Still<'_>, part: Part, picture: &mut Picture) {
        let ColorSpace::Coded(points) = picture.color else { return };
        if points.transfer != gain_map::PQ || part != base.shown().0 {
            return;
        }
        let Some((recipe, map)) = self.gain_map(base, points) else { return };
        let pixels = std::mem::replace(&mut picture.pixels, Pixels::Rgb8(Vec::new()));
        let (pixels, points) = gain_map::applied((pixels, part.size()), points, &recipe, &map);
        picture.pixels = pixels;
        picture.color = ColorSpace::Coded(points);
    }

    fn gain_map(&self, base: &Still<'_>, points: CodePoints) -> Option<(gain_map::Recipe, gain_map::Map)> {
        // The rendition must be announced as preferred to its base.
        let mapped = self.meta.groups(b"altr").find_map(|group| {
            let (preferred, base) = group.split_at(group.iter().position(|item| *item == base.id)?);
            let is_map = |item: &&u32| self.meta.item(**item).is_some_and(|item| item.kind == *b"tmap");
            preferred.iter().find(is_map).filter(|_| !base.is_empty()).copied()
        })?;
        let recipe = gain_map::Recipe::read(&self.meta.bytes(mapped, LONGEST_RECIPE)?)?;
        let mut parts = self.meta.referred(b"dimg", mapped);
        let (of, map) = (parts.next()?, parts.next()?);
        // In other primaries than the base's the gains would need a matrix; nobody writes such files.
        let same_primaries = recipe.in_base_colors || self.primaries(mapped) == Some(points.primaries);
        let map = Still::of(self.meta, map).ok().filter(|_| of == base.id && same_primaries)?;
        // What is cut or turned otherwise lies over other places.
        let is_cut = base.steps.iter().any(|step| matches!(step, Transformation::Crop(_)));
        if !recipe.leads_to_sdr() || is_cut || (!map.steps.is_empty() && map.steps != base.steps) {
            return None;
        }
        map.admit(self.order.limits).ok()?;
        let (part, _, pixels, _) = self.pixels(&map).ok()?;
        Some((recipe, gain_map::Map { size: part.size(), pixels }))
    }

    fn primaries(&self, item: u32) -> Option<u8> {
        self.meta.properties(item).find_map(|property| match property {
            Property::Coded { points, .. } => Some(points.primaries),
            _ => None,
        })
    }

    /// The part of a picture that is shown, as stored, how it is turned, its pixels, and the colours of its bit stream.
    fn pixels(&self, still: &Still<'_>) -> Result<(Part, Orientation, Pixels, Option<CodePoints>), Fault> {
        let other = if still.id == self.meta.primary() { None } else { repair::showing(self.file, still.id) };
        let mut file = repair::opened_by_all(other.as_deref().unwrap_or(self.file));
        if still.has_turned_alpha(self.meta) {
            // Version 1.15 would turn it and not what it belongs to.
            file = repair::unturned(file);
        }
        let image = self.library.decode(&file, still.coded)?;
        let (mut planes, points) = image.planes()?;
        if let Some(coded) = still.coded {
            // What the file says goes before what the bit stream says.
            let points = coded.points;
            planes.coding =
                Coding { matrix: coded.matrix, primaries: points.primaries, full_range: coded.full_range };
        }
        let (width, height) = planes.size();
        self.order.limits.admit(width, height)?;
        let (part, orientation) = still.shown_of((width, height));
        Ok((part, orientation, planes.pixels(part)?, points))
    }
}

/// The most bytes a gain map's recipe has: three channels, and room for what later versions add.
const LONGEST_RECIPE: usize = 1 << 10;

/// What the colours are: by the profile, else by the file's numbers, else by those of the bit stream.
fn color(still: &Still<'_>, of_stream: Option<CodePoints>) -> ColorSpace {
    if let Some(profile) = still.profile {
        return ColorSpace::Icc(profile.to_vec());
    }
    let points = still.coded.map(|coded| coded.points).or(of_stream);
    let told = |number: u8, otherwise: u8| if number == UNSPECIFIED { otherwise } else { number };
    match points.map(|points| (told(points.primaries, 1), told(points.transfer, 13))) {
        None | Some((1, 13)) => ColorSpace::Srgb,
        Some((primaries, transfer)) => ColorSpace::Coded(CodePoints { primaries, transfer }),
    }
}
