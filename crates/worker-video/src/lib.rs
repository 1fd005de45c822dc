//! Video by FFmpeg's libraries: which of a film's pictures is shown, and how it becomes upright RGB.
//! Knows nothing of jails or pipes.
//!
//! Nothing but the source is ever opened: bytes come from it alone, the demuxer is named by our own look at them, and
//! what a film says of other files is not followed.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should say where"))]

mod containers;
mod cover;
mod ffmpeg;
mod film;
mod moment;
mod score;
mod scrub;
mod shown;
mod shrink;
mod sound;
mod still;

use ffmpeg::Input;
use film::Film;
use std::ffi::CStr;
use tintype_media::formats::{Format, Order};
use tintype_media::{Fault, Picture, Reason, Source};

/// The table of what is opened. To be called before the jail closes: FFmpeg looks at the machine once.
pub fn load() -> &'static [&'static Format] {
    ffmpeg::prepare();
    containers::ALL
}

/// The picture of a film in the container that this demuxer of FFmpeg's reads.
fn decode(demuxer: &CStr, source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let input = Input::open(demuxer, source, order.limits).map_err(|fault| {
        if is_locked(source) { Reason::Encrypted.says("its pictures are encrypted") } else { fault }
    })?;
    let mut film = Film::of(input, order)?;
    let mut picture = match cover::of(&film, order) {
        Some(cover) => cover,
        None if film.has_pictures() => moment::best(&mut film, order)?,
        None if order.extras.waveform && film.fault().is_none() => sound::waveform(film.input(), order)?,
        None => return Err(film.fault().unwrap_or_else(|| Reason::NoPicture.says("no picture in it"))),
    };
    film.describe(&mut picture);
    if !film.has_pictures() {
        picture.mime_type = containers::sound_in(demuxer);
    } else if let Some(scrub) = order.extras.scrub {
        picture.tiles = scrub::tiles(&mut film, order, scrub);
    }
    Ok(picture)
}

/// Whether the front of a film that cannot be opened speaks of a lock (ISO/IEC 23001-7): its systems, or its samples.
fn is_locked(source: &Source<'_>) -> bool {
    let boxes: [&[u8]; 3] = [b"pssh", b"encv", b"senc"];
    source.head().windows(4).any(|window| boxes.contains(&window))
}
