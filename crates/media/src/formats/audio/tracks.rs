//! Whether an MPEG-4 file has only sound in it, by the tracks that it names.
//! Knows boxes by their headers, which it reads one by one: films are long. Knows nothing of tags.

use crate::Source;

/// Boxes of one level that are looked at. Files have a dozen, those in fragments thousands, which hold no tracks.
const MOST_BOXES: usize = 64;
const HEADER: usize = 8;
const LONG_HEADER: u64 = 16;
/// Of a handler: where in its body the kind of its track stands.
const KIND_AT: u64 = 8;

const SOUND: &[u8] = b"soun";
const PICTURES: &[&[u8]] = &[b"vide", b"pict", b"auxv"];

/// What lies between two places of the file.
#[derive(Clone, Copy)]
struct Span {
    from: u64,
    to: u64,
}

pub(super) fn are_all_sound(source: &Source<'_>) -> bool {
    let all = Span { from: 0, to: source.len() };
    let tracks = inside(source, all, *b"moov").flat_map(|movie| inside(source, movie, *b"trak"));
    let media = tracks.flat_map(|track| inside(source, track, *b"mdia"));
    let handlers = media.flat_map(|media| inside(source, media, *b"hdlr"));
    let mut has_sound = false;
    for handler in handlers {
        let mut kind = [0; 4];
        if source.read_at(&mut kind, handler.from.saturating_add(KIND_AT)).is_err() {
            return false;
        }
        has_sound |= kind == SOUND;
        if PICTURES.contains(&kind.as_slice()) {
            return false;
        }
    }
    has_sound
}

/// What is in the boxes of this kind, of those that follow each other in a span.
fn inside<'s>(source: &'s Source<'_>, span: Span, wanted: [u8; 4]) -> impl Iterator<Item = Span> + use<'s> {
    let mut at = span.from;
    let boxes = std::iter::from_fn(move || {
        let (kind, body, end) = header(source, at).filter(|_| at < span.to)?;
        at = end;
        Some((kind, Span { from: body, to: end.min(span.to) }))
    });
    boxes.take(MOST_BOXES).filter(move |(kind, _)| *kind == wanted).map(|(_, body)| body)
}

/// The kind of a box, where its body begins and where it ends, which is farther on.
fn header(source: &Source<'_>, at: u64) -> Option<([u8; 4], u64, u64)> {
    let mut header = [0; HEADER];
    let got = source.read(&mut header, at).ok()?;
    let [len @ .., k0, k1, k2, k3] = header;
    let (body, len) = match u32::from_be_bytes(len) {
        0 => (HEADER as u64, source.len().checked_sub(at)?),
        1 => {
            let mut long = [0; 8];
            source.read(&mut long, at.checked_add(HEADER as u64)?).ok()?;
            (LONG_HEADER, u64::from_be_bytes(long))
        }
        len => (HEADER as u64, len.into()),
    };
    let sound = got == HEADER && len >= body;
    Some(([k0, k1, k2, k3], at.checked_add(body)?, at.checked_add(len)?)).filter(|_| sound)
}
