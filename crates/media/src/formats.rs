//! The table of formats: what each is called, how it is known, who decodes it.
//! Knows nothing of what becomes of the picture.

use crate::{Effort, Fault, Limits, Picture, Source};

/// What a person would call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A still or animated picture.
    Image,
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
    /// No magic number: the head (and, through the source, the tail) must look plausible. Tried after all magic.
    Plausible(fn(&Source<'_>) -> bool),
}

/// What a decoder is asked for: the longest edge that anybody wants from it, within which limits.
pub struct Order<'a> {
    /// The longest edge wanted, in pixels of the upright picture. A decoder that can shrink on load gives at
    /// least [`OVERSAMPLING`] times this, or the full size if that is less.
    pub edge: u32,
    /// What may be spent.
    pub limits: &'a Limits,
    /// Whether to take the cheap way out: an embedded preview, a coarser scale.
    pub effort: Effort,
}
