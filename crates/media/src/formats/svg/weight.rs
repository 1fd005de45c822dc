//! How much a drawing unfolds to, reckoned before it is: what is used a thousand times is built a thousand times.
//! Knows which attributes refer to which elements, and nothing of what they look like.
//!
//! All numbers are floats, in which a billion billions is no overflow.

use super::sheet::Sheet;
use crate::{Fault, Reason};
use resvg::usvg::roxmltree::{Document, Node, NodeId};
use std::collections::HashMap;

/// What is built for one element: 100,000 shapes with fill and stroke took 104 MB, and groups take more than shapes.
const ELEMENT_BYTES: f64 = 2048.0;
/// What is built for a byte of an attribute: five bytes of a path are a point, which is kept twice for a moment.
const VALUE_BYTES: f64 = 8.0;
const LINK_BYTES: f64 = 2.0;
/// What is built for a letter: an outline of some 30 points.
const LETTER_BYTES: f64 = 1024.0;
/// Bytes of a path or a list of points that are a vertex at least.
const BYTES_PER_VERTEX: f64 = 4.0;
/// How deep elements may lie within one another, those counted that are used elsewhere. Drawing goes as deep, and takes
/// up to 6 KiB of stack for each. Real drawings have 10 to 40.
const MAX_DEPTH: u32 = 200;

/// What an element and everything in it comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Weight {
    bytes: f64,
    /// Things that can have a fill or a stroke.
    shapes: f64,
    /// Places where a marker can stand.
    vertices: f64,
    depth: u32,
}

/// How often what is referred to is built for the element that refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    /// For every shape in it, because it is inherited.
    EachShape,
    /// For every vertex in it.
    EachVertex,
}

impl Times {
    pub(super) fn of_property(name: &str) -> Self {
        match name {
            "fill" | "stroke" => Self::EachShape,
            "marker" | "marker-start" | "marker-mid" | "marker-end" => Self::EachVertex,
            _ => Self::Once,
        }
    }
}

/// About how many bytes this document comes to.
pub(super) fn of(xml: &Document<'_>) -> Result<u64, Fault> {
    let ids = xml.descendants().filter_map(|node| Some((node.attribute("id")?, node)));
    let mut scales = Scales {
        // The first of a name counts.
        ids: ids.fold(HashMap::new(), |mut ids, (id, node)| {
            ids.entry(id).or_insert(node);
            ids
        }),
        sheet: Sheet::of(xml),
        known: HashMap::new(),
    };
    let root = scales.weigh(xml.root_element(), 0)?;
    Ok(root.bytes as u64)
}

struct Scales<'a, 'input> {
    ids: HashMap<&'a str, Node<'a, 'input>>,
    sheet: Sheet<'a>,
    /// What is weighed; nothing where weighing has begun: who meets that goes round in a circle, which is never drawn.
    known: HashMap<NodeId, Option<Weight>>,
}

impl<'a, 'input> Scales<'a, 'input> {
    fn weigh(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<Weight, Fault> {
        if let Some(known) = self.known.get(&node.id()) {
            return Ok(known.unwrap_or_default());
        }
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.known.insert(node.id(), None);
        let below = depth.saturating_add(1);
        let mut weight = own(node);
        for child in node.children().filter(Node::is_element) {
            weight.add(self.weigh(child, below)?, 1.0);
        }
        let of_attributes =
            node.attributes().flat_map(|attribute| references(attribute.name(), attribute.value()));
        let mut all: Vec<_> = of_attributes.collect();
        all.extend(self.sheet.references(node));
        for (times, id) in all {
            let Some(target) = self.ids.get(id).copied().filter(is_built_anew) else { continue };
            let count = match times {
                Times::Once => 1.0,
                Times::EachShape => weight.shapes,
                Times::EachVertex => weight.vertices,
            };
            let target = self.weigh(target, below)?;
            weight.add(target, count);
        }
        weight.depth = weight.depth.saturating_add(1);
        if weight.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.known.insert(node.id(), Some(weight));
        Ok(weight)
    }
}

fn too_deep() -> Fault {
    Reason::TooLarge.says(format!("SVG: elements more than {MAX_DEPTH} deep within one another"))
}

impl Weight {
    fn add(&mut self, other: Self, times: f64) {
        self.bytes += other.bytes * times;
        self.shapes += other.shapes * times;
        self.vertices += other.vertices * times;
        self.depth = self.depth.max(other.depth);
    }
}

/// Colours that change over a surface are shared by all who are filled with them.
fn is_built_anew(target: &Node<'_, '_>) -> bool {
    !matches!(target.tag_name().name(), "linearGradient" | "radialGradient")
}

/// What an element comes to without what is in it.
fn own(node: Node<'_, '_>) -> Weight {
    let len = |text: &str| text.len() as f64;
    // Images come as text in a link, and are kept once more as bytes.
    let times = |name| if name == "href" { LINK_BYTES } else { VALUE_BYTES };
    let values: f64 =
        node.attributes().map(|attribute| len(attribute.value()) * times(attribute.name())).sum();
    let letters: f64 = node.children().filter_map(|child| child.text()).map(len).sum();
    let is_words = matches!(node.tag_name().name(), "text" | "tspan" | "textPath" | "tref" | "a");
    let letters = if is_words { letters } else { 0.0 };
    let points = ["d", "points"].map(|name| node.attribute(name).map_or(0.0, len));
    let is_shape = matches!(
        node.tag_name().name(),
        "path" | "rect" | "circle" | "ellipse" | "line" | "polyline" | "polygon" | "text" | "tspan"
    );
    let shapes = if is_shape { 1.0 } else { 0.0 };
    Weight {
        bytes: ELEMENT_BYTES + values + letters * LETTER_BYTES,
        shapes,
        vertices: 4.0 * shapes + points.iter().sum::<f64>() / BYTES_PER_VERTEX,
        depth: 0,
    }
}

/// What an attribute refers to within the document.
fn references<'a>(name: &str, value: &'a str) -> Vec<(Times, &'a str)> {
    match name {
        "href" => value.trim().strip_prefix('#').map(|id| (Times::Once, id)).into_iter().collect(),
        "style" => declared(value).collect(),
        _ => urls(value).map(|id| (Times::of_property(name), id)).collect(),
    }
}

/// What declarations of CSS refer to.
pub(super) fn declared(declarations: &str) -> impl Iterator<Item = (Times, &str)> {
    declarations.split(';').filter_map(|declaration| declaration.split_once(':')).flat_map(|(name, value)| {
        let times = Times::of_property(name.trim());
        urls(value).map(move |id| (times, id))
    })
}

/// Every `url(#id)` in a value.
fn urls(value: &str) -> impl Iterator<Item = &str> {
    value.split("url(").skip(1).filter_map(|rest| {
        let inside = rest
            .split(')')
            .next()?
            .trim_matches(|around: char| around.is_whitespace() || "'\"".contains(around));
        inside.strip_prefix('#')
    })
}
