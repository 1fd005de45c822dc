//! Sound files that have a cover inside: the front if there is one, else the first picture that opens.
//! Knows which files are sound and which picture is the cover; tags are lofty's business.

mod kinds;
mod reader;
mod tracks;

use super::raster::guarded;
use super::{Format, Kind, Order, Signature, inside};
use crate::memory::over_the_limit;
use crate::{Fault, Picture, Reason, Source};
use lofty::config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options};
use lofty::file::{AudioFile, FileType, TaggedFile, TaggedFileExt};
use lofty::picture::{Picture as Cover, PictureType};
use lofty::probe::Probe;
use reader::Reader;
use std::error::Error;
use std::{io, iter};

pub(crate) const FORMAT: Format = Format {
    name: "Audio",
    mime_types: kinds::MIME_TYPES,
    extensions: kinds::EXTENSIONS,
    kind: Kind::Audio,
    // Its magic is strong, but MP3 has little, and what lies before it may be anything.
    signature: Signature::Plausible(|source| kinds::of(source).is_some()),
    decode,
};

/// The MIME type of a sound file, by the content alone; nothing for any other file.
pub fn sound_type(source: &Source<'_>) -> Option<&'static str> {
    kinds::of(source).map(|kind| kind.mime_type)
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let kind = kinds::of(source).ok_or_else(|| Reason::Corrupt.says("Audio: no sound in it"))?;
    let file = guarded(Reason::Corrupt, || tagged(source, kind.file_type, order))?;
    let mut picture = cover(&file, order)?;
    picture.mime_type = Some(kind.mime_type);
    let duration = u64::try_from(file.properties().duration().as_millis()).unwrap_or(u64::MAX);
    picture.duration_ms = Some(duration).filter(|duration| *duration > 0);
    Ok(picture)
}

/// The tags, whatever is wrong with the sound.
fn tagged(source: &Source<'_>, file_type: FileType, order: &Order<'_>) -> Result<TaggedFile, Fault> {
    let most = inside::most_bytes(order.limits);
    let most_of_one = usize::try_from(most).unwrap_or(usize::MAX);
    // Of this thread: nothing else here asks it.
    apply_global_options(
        GlobalOptions::new()
            .use_custom_resolvers(false)
            .preserve_format_specific_items(false)
            .allocation_limit(most_of_one.min(GlobalOptions::DEFAULT_ALLOCATION_LIMIT)),
    );
    let options = ParseOptions::new().parsing_mode(ParsingMode::Relaxed).implicit_conversions(false);
    let mut last = None;
    for options in [options, { options }.read_properties(false)] {
        let reader = Reader::new(source, most);
        match Probe::with_file_type(reader, file_type).options(options).read() {
            Ok(file) => return Ok(file),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(|| Reason::Corrupt.says("Audio: no tags in it"), |error| refusal(&error)))
}

/// What the parser says is only which kind of file it was; why lies beneath. A frame that is compressed unfolds to
/// whatever it likes, which ends where the worker's memory does.
fn refusal(error: &(dyn Error + 'static)) -> Fault {
    let causes = || iter::successors(Some(error), |error| Error::source(*error));
    let words = causes().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let is =
        |kind| causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|io| io.kind() == kind);
    if is(io::ErrorKind::OutOfMemory) || is(reader::OVER_THE_LIMIT) {
        return over_the_limit(format!("Audio: {words}"));
    }
    Reason::Corrupt.says(format!("Audio: {words}"))
}

fn cover(file: &TaggedFile, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut covers: Vec<&Cover> = file.tags().iter().flat_map(|tag| tag.pictures()).collect();
    covers.sort_by_key(|cover| rank(cover.pic_type()));
    let mut first_fault = None;
    for cover in covers {
        match inside::picture(cover.data(), order) {
            Ok(picture) => return Ok(picture),
            Err(fault) => first_fault = first_fault.or(Some(fault)),
        }
    }
    Err(first_fault.unwrap_or_else(|| Reason::NoPicture.says("Audio: no cover picture in it")))
}

/// What people take for the cover, before what may be anything, before what is something else for certain.
fn rank(kind: PictureType) -> u8 {
    match kind {
        PictureType::CoverFront => 0,
        PictureType::Other | PictureType::Undefined(_) => 1,
        PictureType::Icon | PictureType::OtherIcon => 3,
        _ => 2,
    }
}
