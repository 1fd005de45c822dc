//! What the engine says, in the words of the pipe.
//! Knows nothing of how either is made; a new case on one side does not compile until it has its word here.

use tintype_media::Reason as Media;
use tintype_sandbox::{Facts, Fault, Film, Metrics, Reason, Rendition, ScrubSheet, Thumbnail, Tiles};

pub(crate) fn rendition(made: tintype_media::Rendition, metrics: Metrics) -> Rendition {
    let tintype_media::Rendition { thumbnails, sheet, facts } = made;
    Rendition {
        thumbnails: thumbnails.into_iter().map(thumbnail).collect(),
        sheet: sheet.map(self::sheet),
        facts: self::facts(facts),
        metrics,
    }
}

pub(crate) fn fault(fault: tintype_media::Fault) -> Fault {
    let reason = match fault.reason {
        // Whoever knows what it is called says so; nobody here does.
        Media::UnknownFormat => return Fault::unknown_format(),
        Media::Unsupported => Reason::Unsupported,
        Media::Corrupt => Reason::Corrupt,
        Media::TooLarge => Reason::TooLarge,
        Media::Encrypted => Reason::Encrypted,
        Media::NoPicture => Reason::NoPicture,
        Media::OutOfMemory => Reason::OutOfMemory,
        Media::Io => Reason::Io,
    };
    reason.says(fault.detail)
}

fn thumbnail(made: tintype_media::Thumbnail) -> Thumbnail {
    let tintype_media::Thumbnail { size, width, height, webp } = made;
    Thumbnail { size, width, height, webp }
}

fn sheet(made: tintype_media::ScrubSheet) -> ScrubSheet {
    let tintype_media::ScrubSheet { width, height, webp, columns, starts_ms } = made;
    ScrubSheet { width, height, webp, tiles: Tiles { columns, starts_ms } }
}

fn facts(learnt: tintype_media::Facts) -> Facts {
    let tintype_media::Facts {
        format,
        mime_type,
        width,
        height,
        duration_ms,
        pages,
        animated,
        film,
        thumbhash,
        stopgap,
        warnings,
    } = learnt;
    Facts {
        format: format.to_owned(),
        mime_type: mime_type.to_owned(),
        width,
        height,
        duration_ms,
        pages,
        animated,
        film: film.map(|film| Box::new(self::film(film))),
        thumbhash,
        stopgap,
        warnings,
    }
}

fn film(learnt: tintype_media::Film) -> Film {
    let tintype_media::Film { codec, frames_per_1000_s, rotation, shown_at_ms } = learnt;
    Film { codec, frames_per_1000_s, rotation, shown_at_ms }
}
