//! The table of formats: what each is called, how it is known, who decodes it.
//! Knows nothing of what becomes of the picture.

mod audio;
mod bmp;
mod cursor;
mod dds;
mod exr;
mod extras;
mod floats;
mod font;
mod frames;
mod gif;
mod hdr;
mod icns;
mod ico;
mod inside;
pub mod isobmff;
mod jpeg;
mod jpeg2000;
mod jxl;
mod packed;
pub mod pages;
mod paper;
mod pdf;
mod png;
mod pnm;
mod psd;
mod qoi;
mod raster;
pub mod raw;
mod svg;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod tga;
pub mod tiff;
mod tone;
mod webp;
mod xmp;

#[cfg(any(test, fuzzing))]
pub(crate) use jpeg::walk as walk_jpeg;
#[cfg(any(test, fuzzing))]
pub(crate) use xmp::orientation_of_xmp;

pub use audio::sound_type;
pub use frames::is_blank;

use crate::{Effort, Extras, Fault, Fonts, Limits, Picture, Source};

/// Every format we can open. A new one is its file, its `mod` line above and its line here.
pub static ALL: &[&Format] = &[
    &jpeg::FORMAT,
    &png::FORMAT,
    &gif::FORMAT,
    &webp::FORMAT,
    // Most of them begin like a TIFF.
    &raw::FORMAT,
    &tiff::FORMAT,
    &qoi::FORMAT,
    &dds::FORMAT,
    &hdr::FORMAT,
    &exr::FORMAT,
    &svg::FORMAT,
    &pdf::FORMAT,
    &font::FORMAT,
    &packed::EPUB,
    &packed::OPEN_DOCUMENT,
    &packed::OFFICE,
    &packed::COMIC,
    &psd::FORMAT,
    &jxl::FORMAT,
    &jpeg2000::FORMAT,
    &icns::FORMAT,
    &extras::SGI,
    &extras::XPM,
    // By their looks, the likeliest first: icons and bitmaps have a little magic, Targa none at all.
    &audio::FORMAT,
    &bmp::FORMAT,
    &ico::FORMAT,
    &pnm::FORMAT,
    &extras::PCX,
    &extras::XBM,
    &tga::FORMAT,
    &extras::WBMP,
    // Anything that has letters and no more.
    &text::FORMAT,
];

/// How much larger than the wanted edge a picture must be when a decoder shrinks it for us: numerator and
/// denominator. At 3/2 the resize that follows still removes what the decoder's box filter let through
/// (SSIMULACRA2 of 94 to 97 against a full decode, at 1/1 it falls to 88), and costs 10 % less than at 2/1.
pub const OVERSAMPLING: (u32, u32) = (3, 2);

/// What a person would call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A still or animated picture.
    Image,
    /// Moving pictures.
    Video,
    /// Pages: text, office documents, books, comics, fonts.
    Document,
    /// Sound, which may have a cover.
    Audio,
}

/// One format: all its facts in one row.
pub struct Format {
    /// The name people know: `JPEG`.
    pub name: &'static str,
    /// MIME types, the registered one first.
    pub mime_types: &'static [&'static str],
    /// File name extensions without the dot, the usual one first.
    pub extensions: &'static [&'static str],
    /// What kind of thing it is.
    pub kind: Kind,
    /// How content of this format is known.
    pub signature: Signature,
    /// Makes the picture, at the least scale that serves the order.
    pub decode: fn(&Source<'_>, &Order<'_>) -> Result<Picture, Fault>,
}

/// How content of a format is known.
pub enum Signature {
    /// Any of these runs of (offset, bytes), each run whole.
    Magic(&'static [&'static [(usize, &'static [u8])]]),
    /// Magic that only a look inside tells, as where two formats begin alike. Asked in its place among magic.
    Inside(fn(&Source<'_>) -> bool),
    /// No magic number: the head (and, through the source, the tail) must look plausible. Tried after all magic.
    Plausible(fn(&Source<'_>) -> bool),
}

/// What a decoder is asked for: the longest edge that anybody wants from it, within which limits.
pub struct Order<'a> {
    /// The longest edge wanted, in pixels of the upright picture. A decoder that can shrink on load gives at
    /// least [`OVERSAMPLING`] times this, or the full size if that is less.
    pub edge: u32,
    /// The shortest of the longest edges wanted: a picture that serves it is better than none.
    pub smallest_edge: u32,
    /// What may be spent.
    pub limits: &'a Limits,
    /// What text is written with.
    pub fonts: &'a Fonts,
    /// Whether to take the cheap way out: an embedded preview, a coarser scale.
    pub effort: Effort,
    /// What is wanted beside the picture.
    pub extras: Extras,
}

impl Order<'_> {
    /// The least long edge that serves this order: what a decoder that can shrink must not go below.
    pub fn least_edge(&self) -> u32 {
        match self.effort {
            Effort::Full => self.edge.saturating_mul(OVERSAMPLING.0).div_ceil(OVERSAMPLING.1),
            Effort::Reduced => self.edge,
        }
    }
}

/// The format of a content, by the content alone. Magic numbers go first, whatever their place in the table:
/// what merely looks plausible is asked only when no magic number is there.
pub fn sniff(formats: &[&'static Format], source: &Source<'_>) -> Option<&'static Format> {
    let by_magic = formats.iter().find(|format| match format.signature {
        Signature::Magic(any) => any.iter().any(|runs| has_all(source.head(), runs)),
        Signature::Inside(is_it) => is_it(source),
        Signature::Plausible(_) => false,
    });
    let found = by_magic.or_else(|| {
        formats.iter().find(|format| match format.signature {
            Signature::Magic(_) | Signature::Inside(_) => false,
            Signature::Plausible(looks_right) => looks_right(source),
        })
    });
    found.copied()
}

fn has_all(head: &[u8], runs: &[(usize, &[u8])]) -> bool {
    runs.iter().all(|(offset, bytes)| head.get(*offset..).is_some_and(|rest| rest.starts_with(bytes)))
}
