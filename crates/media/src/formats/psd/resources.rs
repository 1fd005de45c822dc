//! The blocks of facts in a PSD that a thumbnail needs: profile, orientation, preview, whether there is a composite.
//! Knows where they are; knows nothing of what is in them.

use super::sections::{MOST_BLOCKS, Sections, Span, Walk};
use crate::Source;

/// What is there.
#[derive(Debug)]
pub(super) struct Resources {
    /// An ICC profile.
    pub(super) profile: Span,
    /// A block of EXIF.
    pub(super) exif: Span,
    /// An XMP packet.
    pub(super) xmp: Span,
    /// A JPEG behind a header of its own.
    pub(super) preview: Span,
    /// Whether the composite is the picture. Where "maximize compatibility" was off it is blank, or words that say so,
    /// or nevertheless the picture.
    pub(super) has_composite: bool,
    /// The entry of a palette that means nothing is there.
    pub(super) transparent_index: Option<u16>,
}

/// Programs that have signed blocks: Photoshop, `ImageReady` and its relatives.
const SIGNATURES: &[&[u8; 4]] = &[b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"];

impl Resources {
    /// Up to the end, or to the first block that is none.
    pub(super) fn read(source: &Source<'_>, sections: &Sections) -> Self {
        let none = Span::default();
        let mut found = Self {
            profile: none,
            exif: none,
            xmp: none,
            preview: none,
            has_composite: true,
            transparent_index: None,
        };
        let mut walk = Walk { source, at: sections.resources.at };
        for _ in 0..MOST_BLOCKS {
            let Some((id, data)) = next(&mut walk, sections.resources) else { break };
            found.note(id, data, source);
        }
        found
    }

    fn note(&mut self, id: u16, data: Span, source: &Source<'_>) {
        let mut walk = Walk { source, at: data.at };
        match id {
            1036 => self.preview = data,
            1039 => self.profile = data,
            1047 => self.transparent_index = walk.u16(),
            // A version of four bytes, then the word.
            1057 => self.has_composite = walk.array::<5>().is_none_or(|[.., has]| has != 0),
            1058 => self.exif = data,
            1060 => self.xmp = data,
            _ => {}
        }
    }
}

/// A block: signature, number, name, length, data. Name and data are filled up to an even length.
fn next(walk: &mut Walk<'_>, all: Span) -> Option<(u16, Span)> {
    if walk.at >= all.end() || !SIGNATURES.contains(&&walk.array()?) {
        return None;
    }
    let id = walk.u16()?;
    let [name_len] = walk.array()?;
    // With the byte that says how long it is.
    let name = u64::from(name_len | 1);
    walk.at = walk.at.saturating_add(name);
    let len = u64::from(walk.u32()?);
    let data = Span { at: walk.at, len };
    walk.at = data.at.saturating_add(len.next_multiple_of(2));
    (data.end() <= all.end()).then_some((id, data))
}
