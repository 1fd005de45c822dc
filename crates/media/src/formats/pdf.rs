//! PDF: the first page as paper shows it, with its annotations and forms, drawn at the size that is wanted.
//! Knows pages and their boxes; what is on a page is hayro's business.
//!
//! A page's size is its crop box in points, a 72nd of an inch each, and thumbnails are never larger than that.

mod cost;
mod letters;
mod notes;
mod photographs;

use super::raster::{admit, guarded, without_alpha};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Pixels, Reason, Source, Subject, resize};
use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, kurbo::Affine};
use photographs::{Patch, Photographs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) const FORMAT: Format = Format {
    name: "PDF",
    // Illustrator's drawings have been PDFs with something more in them since its version 9.
    mime_types: &["application/pdf", "application/vnd.adobe.illustrator"],
    extensions: &["pdf", "ai"],
    kind: Kind::Document,
    signature: Signature::Inside(looks_right),
    decode,
};

const MAGIC: &[u8] = b"%PDF-";
/// Viewers put up with other things before the first line, as mail programs and web servers leave them there.
const MOST_BEFORE: usize = 1024;
/// What every file ends with; viewers look for it in as much.
const END: &[u8] = b"%%EOF";
const TAIL: usize = 1024;

/// Of a pixel: the canvas, the pixels out of it, and a layer of transparency.
const BYTES_PER_PIXEL: u64 = 12;

/// From so many bytes of content on, letters come often enough that keeping their pixels pays: 0.2 to 0.4 ms more for a
/// page with a hundred, 0.3 ms less for one with a thousand.
const MANY_LETTERS: usize = 2048;

fn looks_right(source: &Source<'_>) -> bool {
    let front = source.head().get(..MOST_BEFORE).unwrap_or(source.head());
    let place = front.windows(MAGIC.len()).position(|bytes| bytes == MAGIC);
    place.is_some_and(|place| place == 0 || front.get(place.wrapping_sub(1)) == Some(&b'\n'))
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let is_whole = source.tail(TAIL)?.windows(END.len()).any(|bytes| bytes == END);
    let file = source.copied(order.limits)?;
    // What a panic leaves behind is dropped with the file.
    let mut picture = guarded(Reason::Corrupt, || first_page(file, order))?;
    if !is_whole {
        picture.warnings.push("cut short".to_owned());
    }
    Ok(picture)
}

fn first_page(file: Vec<u8>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = Arc::new(file);
    let pdf = Pdf::new(Arc::clone(&file)).map_err(fault)?;
    let page = first(&pdf)?;
    let (wide, high) = page.render_dimensions();
    // A float that no u32 holds becomes the nearest that one does.
    let points = |side: f32| side.round().max(1.0) as u32;
    let full_size = (points(wide), points(high));
    let (width, height) = resize::shape(full_size, order.edge);
    admit(order.limits, (width, height), BYTES_PER_PIXEL)?;
    let photographs = Photographs::of(&file, (width, height));
    let at = (transform(page, (width, height)), photographs);
    let patches = cost::check(page, at, order.limits)?.smaller(order.limits);
    let pages = u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX);

    let left_out = Arc::new(LeftOut::default());
    let settings = settings(order, &left_out);
    let pdf = if patches.is_empty() { pdf } else { patched(pdf, file, &patches)? };
    let canvas = drawn(first(&pdf)?, (width, height), &settings)?;
    // Paper is opaque, though blending rounds it off by a step here and there.
    let pixels = Pixels::Rgb8(without_alpha(canvas.data_as_u8_slice())?);
    let mut picture = Picture::new(pixels, width, height);
    picture.full_size = full_size;
    picture.subject = Subject::Page;
    picture.pages = Some(pages);
    picture.warnings = left_out.warnings();
    Ok(picture)
}

fn first(pdf: &Pdf) -> Result<&Page<'_>, Fault> {
    pdf.pages().first().ok_or_else(|| Reason::NoPicture.says("PDF: no page in it"))
}

/// The same file with other bytes in some places, in the memory that it has.
fn patched(pdf: Pdf, file: Arc<Vec<u8>>, patches: &[Patch]) -> Result<Pdf, Fault> {
    drop(pdf);
    let mut file = Arc::unwrap_or_clone(file);
    for patch in patches {
        patch.apply(&mut file);
    }
    Pdf::new(file).map_err(fault)
}

/// Where the page's points lie in a picture of this size.
fn transform(page: &Page<'_>, (width, height): (u32, u32)) -> Affine {
    let (wide, high) = page.render_dimensions();
    let upright = Affine::new(page.initial_transform(true).as_coeffs());
    upright.then_scale_non_uniform(f64::from(width) / f64::from(wide), f64::from(height) / f64::from(high))
}

/// The page on white paper, in exactly this size.
fn drawn(
    page: &Page<'_>,
    (width, height): (u32, u32),
    settings: &InterpreterSettings,
) -> Result<Pixmap, Fault> {
    let side = |side| u16::try_from(side).map_err(|_| Reason::TooLarge.says(format!("PDF: {side} pixels")));
    let (columns, rows) = (side(width)?, side(height)?);
    let transform = transform(page, (width, height));
    let mut context = RenderContext::new(columns, rows);
    let letters = letters(page);
    hayro::render_into(page, &RenderCache::new(), settings, &letters, &mut context, transform);
    if let Some(over) = notes::over(page).and_then(|file| Pdf::new(file).ok())
        && let Some(over) = over.pages().first()
    {
        hayro::render_into(over, &RenderCache::new(), settings, &letters, &mut context, transform);
    }
    context.flush();
    let mut canvas = Pixmap::new(columns, rows);
    let paper = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    context.render_with(&mut canvas, &mut Resources::default(), paper);
    Ok(canvas)
}

/// Letters keep their shapes: hinted ones are pushed onto rows of pixels, which costs as much as drawing them, and neither
/// Poppler nor `MuPDF` does it.
fn letters(page: &Page<'_>) -> RenderSettings {
    RenderSettings {
        force_image_interpolation: false,
        aliasing_threshold: None,
        hinting: false,
        glyph_caching: page.page_stream().is_some_and(|content| content.len() >= MANY_LETTERS),
    }
}

fn settings(order: &Order<'_>, left_out: &Arc<LeftOut>) -> InterpreterSettings {
    let left_out = Arc::clone(left_out);
    InterpreterSettings {
        font_resolver: letters::resolver(order.fonts),
        warning_sink: Arc::new(move |warning| left_out.note(warning)),
        ..InterpreterSettings::default()
    }
}

/// What is not in the picture though it is on the page.
#[derive(Default)]
struct LeftOut {
    font: AtomicBool,
    image: AtomicBool,
    annotation: AtomicBool,
}

impl LeftOut {
    fn note(&self, warning: InterpreterWarning) {
        let flag = match warning {
            InterpreterWarning::UnsupportedFont => &self.font,
            InterpreterWarning::ImageDecodeFailure => &self.image,
            // The crate may know more one day; it is part of the page that is not there, whatever it is.
            _ => &self.annotation,
        };
        flag.store(true, Ordering::Relaxed);
    }

    fn warnings(&self) -> Vec<String> {
        let all = [
            (&self.font, "has text in a font that could not be read"),
            (&self.image, "has an image in it that could not be shown"),
            (&self.annotation, "has an annotation that could not be shown"),
        ];
        let happened = all.into_iter().filter(|(flag, _)| flag.load(Ordering::Relaxed));
        happened.map(|(_, words)| words.to_owned()).collect()
    }
}

fn fault(error: LoadPdfError) -> Fault {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            Reason::Encrypted.says("PDF: needs a password")
        }
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => {
            Reason::Unsupported.says("PDF: encrypted in a way that nobody here knows")
        }
        LoadPdfError::Decryption(error) => Reason::Corrupt.says(format!("PDF: encryption: {error:?}")),
        LoadPdfError::Invalid => Reason::Corrupt.says("PDF: neither its table nor its pages could be found"),
    }
}
