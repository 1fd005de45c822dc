//! The XML of a drawing, once its size and what it unfolds to are known to be bearable.
//! Knows XML; knows nothing of how anything is drawn.

use super::weight;
use crate::{Fault, Limits, Reason};
use resvg::usvg::roxmltree::{self, ParsingOptions};

/// What the parser takes for one element, or text between two, without attributes.
const NODE_BYTES: u64 = 128;

/// Parsed XML whose root is an `svg` element or nearly so.
pub(super) struct Document<'a> {
    pub(super) xml: roxmltree::Document<'a>,
    /// About how much memory it takes once everything in it that is used twice is there twice.
    pub(super) weight: u64,
}

impl<'a> Document<'a> {
    /// Entities are unfolded up to ten deep and 255 within one another, which is the parser's own limit; none is ever
    /// fetched. Their nodes count.
    pub(super) fn parse(text: &'a str, limits: &Limits) -> Result<Self, Fault> {
        let nodes_limit = u32::try_from(limits.max_memory / NODE_BYTES).unwrap_or(u32::MAX);
        let options = ParsingOptions { allow_dtd: true, nodes_limit, ..ParsingOptions::default() };
        let xml = roxmltree::Document::parse_with_options(text, options).map_err(fault)?;
        let weight = weight::of(&xml)?;
        limits.admit_bytes(weight)?;
        Ok(Self { xml, weight })
    }

    /// Whether it says how large it is, and not only where its coordinates lie.
    pub(super) fn has_size(&self) -> bool {
        let root = self.xml.root_element();
        let absolute = |name| root.attribute(name).is_some_and(|length| !length.trim_end().ends_with('%'));
        absolute("width") || absolute("height")
    }

    /// Whether there is anything to write.
    pub(super) fn has_text(&self) -> bool {
        self.xml.descendants().any(|node| node.tag_name().name() == "text")
    }
}

/// What the parser says, in our words.
pub(super) fn fault(error: roxmltree::Error) -> Fault {
    match error {
        roxmltree::Error::NodesLimitReached => Reason::TooLarge.says("SVG: more elements than it may have"),
        error => Reason::Corrupt.says(format!("SVG: {error}")),
    }
}
