//! SVG and SVGZ, drawn by resvg at the very size that is wanted.
//! Knows the order of the steps, each a file below, and follows no reference out of the file.
//!
//! An SVG has as many pixels as anybody likes, but its author gave it a size, and it is not drawn larger: what
//! everybody else calls a 48-pixel icon is one here too. The other way round, the picture is drawn once, at the largest
//! size, and made smaller like any other: side by side at 48, 24 and 16 pixels that has a little more contrast than a
//! drawing at the very size, and now and then a faint ring; neither is better enough to draw twice.

mod cost;
mod document;
mod family;
mod looks;
mod sheet;
mod text;
mod tree;
mod weight;

use super::raster::{admit, guarded, without_idle_alpha};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Reason, Source, resize};
/// XML in whichever encoding.
pub(super) use text::decoded as xml_text;

use document::Document;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::Size;

pub(crate) const FORMAT: Format = Format {
    name: "SVG",
    mime_types: &["image/svg+xml", "image/svg+xml-compressed"],
    extensions: &["svg", "svgz"],
    kind: Kind::Image,
    signature: Signature::Plausible(looks::right),
    decode,
};

/// How large a drawing is at least that has a coordinate system and no size: a `viewBox` of 24 says how fine its author
/// counts, not how large anybody shows it. It is the smallest of the sizes that thumbnails have by default.
const LEAST_EDGE_WITHOUT_SIZE: f32 = 128.0;

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let text = text::read(source.bytes(order.limits)?, order.limits)?;
    // A panic in there leaves nothing behind that anybody would use.
    guarded(Reason::Corrupt, || drawn(&text, order))
}

fn drawn(text: &str, order: &Order<'_>) -> Result<Picture, Fault> {
    let document = Document::parse(text, order.limits)?;
    let (tree, warnings) = tree::of(&document, order)?;
    let full_size = full_size(tree.size(), document.has_size());
    let (width, height) = resize::shape(full_size, order.edge);
    // The canvas, and the same once more with its alpha divided out.
    admit(order.limits, (width, height), 8)?;
    let scale = (width as f32 / tree.size().width(), height as f32 / tree.size().height());
    cost::admit(&tree, (width, height), order.limits)?;

    let mut canvas = Pixmap::new(width, height)
        .ok_or_else(|| Reason::TooLarge.says(format!("SVG: {width} × {height} pixels")))?;
    resvg::render(&tree, Transform::from_scale(scale.0, scale.1), &mut canvas.as_mut());
    let mut picture = Picture::new(without_idle_alpha(straight(canvas)), width, height);
    picture.full_size = full_size;
    picture.warnings = warnings;
    Ok(picture)
}

/// Columns and rows of the drawing as its author sized it.
fn full_size(drawing: Size, has_size: bool) -> (u32, u32) {
    let long = drawing.width().max(drawing.height());
    let factor = if has_size { 1.0 } else { (LEAST_EDGE_WITHOUT_SIZE / long).max(1.0) };
    // A float that no u32 holds becomes the nearest that one does.
    let side = |side: f32| (side * factor).round().max(1.0) as u32;
    (side(drawing.width()), side(drawing.height()))
}

/// The pixels with their alpha divided out.
fn straight(canvas: Pixmap) -> Vec<u8> {
    let mut rgba = canvas.take();
    for pixel in rgba.as_chunks_mut::<4>().0 {
        let [red, green, blue, alpha] = *pixel;
        if alpha != 0 && alpha != u8::MAX {
            let divided = |level: u8| {
                let whole = u32::from(level).wrapping_mul(255).wrapping_add(u32::from(alpha / 2));
                whole.checked_div(alpha.into()).unwrap_or(0).min(255) as u8
            };
            *pixel = [divided(red), divided(green), divided(blue), alpha];
        }
    }
    rgba
}
