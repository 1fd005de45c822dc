//! A page that we write ourselves, as an SVG: for text, and for specimens of fonts.
//! Knows the page; nothing of what is written on it.

use super::Order;
use super::raster::{admit, without_idle_alpha};
use crate::{Fault, Picture, Reason, resize};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{FontResolver, ImageHrefResolver, Options, Tree};
use std::fmt::Write;
use std::sync::Arc;

/// A page in the shape of paper, and large enough for any usual thumbnail.
pub(super) const WIDTH: u32 = 768;
pub(super) const HEIGHT: u32 = 1024;

/// The canvas, and the copy of it that is handed on.
const BYTES_PER_PIXEL: u64 = 8;

/// What is written, as SVG elements, and with which letters.
pub(super) struct Page<'a> {
    pub(super) size: (u32, u32),
    pub(super) elements: String,
    pub(super) database: Arc<Database>,
    pub(super) resolver: FontResolver<'a>,
}

impl Page<'_> {
    pub(super) fn drawn(self, order: &Order<'_>) -> Result<Picture, Fault> {
        let (width, height) = resize::shape(self.size, order.edge);
        admit(order.limits, (width, height), BYTES_PER_PIXEL)?;
        let text = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{}'>{}</svg>",
            self.size.0, self.size.1, self.elements
        );
        let nothing = ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        };
        let options = Options {
            fontdb: self.database,
            font_resolver: self.resolver,
            image_href_resolver: nothing,
            ..Options::default()
        };
        let tree = Tree::from_str(&text, &options)
            .map_err(|error| Reason::Corrupt.says(format!("what it holds cannot be written: {error}")))?;
        let mut canvas = Pixmap::new(width, height)
            .ok_or_else(|| Reason::TooLarge.says(format!("a page of {width} × {height} pixels")))?;
        canvas.fill(Color::WHITE);
        let scale = (width as f32 / self.size.0 as f32, height as f32 / self.size.1 as f32);
        resvg::render(&tree, Transform::from_scale(scale.0, scale.1), &mut canvas.as_mut());
        // Opaque: nothing has to be divided out.
        let mut picture = Picture::new(without_idle_alpha(canvas.take()), width, height);
        picture.full_size = self.size;
        Ok(picture)
    }
}

/// Adds text as XML has it: what it cannot hold is left out.
pub(super) fn escape(text: &str, to: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            // In an element of its own white space would be left out.
            letter => to.push(letter),
        }
    }
}

/// An attribute with a number.
pub(super) fn attribute(name: &str, number: f32, to: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(to, " {name}='{number}'");
}
