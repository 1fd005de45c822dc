//! From XML to what can be drawn, with everything that lies outside the file shut out.
//! Knows usvg's options; knows nothing of sizes wanted.

use super::document::{self, Document};
use super::{family, text};
use crate::formats::{Order, raster};
use crate::{Effort, Fault, Fonts, Limits, Reason};
use imagesize::{ImageType, blob_size, image_type};
use resvg::usvg::{self, ImageHrefResolver, ImageKind, Options, Tree};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How deep drawings may lie within drawings, as images of `data:`. Each has a stack of its own on top of the others',
/// and nobody has seen a sound file with more than one.
const MAX_NESTED: u32 = 2;

/// What a pixel of an image within takes while it is drawn: the decoder's, and the canvas' of it.
const IMAGE_BYTES: u64 = 8;

/// Everything is left as it is but filters, which may cost more than all the rest.
const WITHOUT_FILTERS: &str = "* { filter: none !important }";

/// The tree, and what was left out of it.
pub(super) fn of(document: &Document<'_>, order: &Order<'_>) -> Result<(Tree, Vec<String>), Fault> {
    let Order { limits, fonts, effort, .. } = *order;
    let inside = Inside {
        limits,
        fonts,
        effort,
        room: AtomicU64::new(limits.max_memory.saturating_sub(document.weight)),
        left_out: LeftOut::default(),
    };
    let tree = inside.tree(document, 0)?;
    Ok((tree, inside.left_out.warnings()))
}

/// What holds for a drawing and for all drawings in it.
struct Inside<'a> {
    limits: &'a Limits,
    fonts: &'a Fonts,
    effort: Effort,
    /// Bytes of memory that are left for drawings and images within.
    room: AtomicU64,
    left_out: LeftOut,
}

/// What is not in the picture though it is in the file.
#[derive(Default)]
struct LeftOut {
    outside: AtomicBool,
    text: AtomicBool,
    image: AtomicBool,
    filters: AtomicBool,
}

impl LeftOut {
    fn warnings(&self) -> Vec<String> {
        let all = [
            (&self.outside, "refers to something outside the file, which was not looked for"),
            (&self.text, "has text, which was left out: there are no fonts"),
            (&self.image, "has an image in it that could not be shown"),
            (&self.filters, "drawn without filters, which cost too much"),
        ];
        let happened = all.into_iter().filter(|(flag, _)| flag.load(Ordering::Relaxed));
        happened.map(|(_, words)| words.to_owned()).collect()
    }
}

fn note(flag: &AtomicBool) {
    flag.store(true, Ordering::Relaxed);
}

impl Inside<'_> {
    fn tree(&self, document: &Document<'_>, depth: u32) -> Result<Tree, Fault> {
        let mut options = Options {
            image_href_resolver: ImageHrefResolver {
                resolve_data: Box::new(move |_, data, _| self.image(&data, depth)),
                resolve_string: Box::new(|_, _| {
                    note(&self.left_out.outside);
                    None
                }),
            },
            font_resolver: family::resolver(),
            ..Options::default()
        };
        if document.has_text() {
            if self.fonts.is_empty() {
                note(&self.left_out.text);
            }
            options.fontdb = self.fonts.database();
        }
        if self.effort == Effort::Reduced {
            note(&self.left_out.filters);
            options.style_sheet = Some(WITHOUT_FILTERS.to_owned());
        }
        Tree::from_xmltree(&document.xml, &options).map_err(fault)
    }

    /// An image of `data:`, by its content and not by the type that it is said to have.
    fn image(&self, data: &Arc<Vec<u8>>, depth: u32) -> Option<ImageKind> {
        let made = match image_type(data) {
            Ok(kind) => self.raster(kind, data),
            Err(_) => self.drawing(data, depth),
        };
        if made.is_none() {
            note(&self.left_out.image);
        }
        made
    }

    fn raster(&self, kind: ImageType, data: &Arc<Vec<u8>>) -> Option<ImageKind> {
        let kind = match kind {
            ImageType::Jpeg => ImageKind::JPEG,
            ImageType::Png => ImageKind::PNG,
            ImageType::Gif => ImageKind::GIF,
            ImageType::Webp => ImageKind::WEBP,
            _ => return None,
        };
        let size = blob_size(data).ok()?;
        let size = (u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?);
        raster::admit(self.limits, size, IMAGE_BYTES).ok()?;
        Some(kind(Arc::clone(data)))
    }

    fn drawing(&self, data: &[u8], depth: u32) -> Option<ImageKind> {
        let below = depth.saturating_add(1);
        if below > MAX_NESTED {
            return None;
        }
        let text = text::read(data, self.limits).ok()?;
        let document = Document::parse(&text, self.limits).ok()?;
        let take = |room: u64| room.checked_sub(document.weight);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        self.tree(&document, below).ok().map(ImageKind::SVG)
    }
}

fn fault(error: usvg::Error) -> Fault {
    match error {
        usvg::Error::ParsingFailed(error) => document::fault(error),
        usvg::Error::ElementsLimitReached => Reason::TooLarge.says(format!("SVG: {error}")),
        error => Reason::Corrupt.says(format!("SVG: {error}")),
    }
}
