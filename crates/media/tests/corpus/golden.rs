//! Every format of the table has a sound file that opens, and gives an answer when that file is cut in half.
//! Knows nothing of how pictures look: the corpus as a whole tests that.

use crate::{LIMITS, SIZES, manifest};
use std::sync::Arc;
use tintype_media::{Engine, Fault, Fonts, Reason, Rendition, Source, Wanted, formats};

/// (format, a sound file of the corpus).
const GOLDEN: &[(&str, &str)] = &[
    ("JPEG", "jpeg/orientation/landscape_6.jpg"),
    ("PNG", "png/misc/hopper.png"),
    ("GIF", "gif/hopper.gif"),
    ("WebP", "webp/webpvp8.webp"),
    ("Camera RAW", "raw/canon_eos_6d.dng"),
    ("TIFF", "tiff/hopper.tif"),
    ("QOI", "qoi/hopper.qoi"),
    ("DDS", "other/hopper.dds"),
    ("Radiance HDR", "hdr/image1.hdr"),
    ("OpenEXR", "exr/comp_zip.exr"),
    ("SVG", "svg/org.gnome.Maps.svg"),
    ("PDF", "pdf/example.pdf"),
    ("Font", "fonts/NotoSans-Regular.ttf"),
    ("EPUB", "epub/fatbf.epub"),
    ("OpenDocument", "office/images.odt"),
    ("Office Open XML", "office/test.pptx"),
    ("CBZ", "cbz/natural-order.cbz"),
    ("Audio", "audio/derived-picture.flac"),
    ("Text", "fonts/LICENSE.txt"),
    ("PSD", "psd/hopper_merged.psd"),
    ("JPEG XL", "jxl/bicycles.jxl"),
    ("JPEG 2000", "other/test-card-lossless.jp2"),
    ("ICNS", "ico/pillow2.icns"),
    ("SGI", "other/hopper.sgi"),
    ("XPM", "other/hopper.xpm"),
    ("BMP", "bmp/g/rgb24.bmp"),
    ("ICO", "ico/hopper_256x256.ico"),
    ("PNM", "pnm/hopper.ppm"),
    ("PCX", "other/odd_stride.pcx"),
    ("XBM", "other/hopper.xbm"),
    ("TGA", "tga/rgb32rle.tga"),
    // The corpus has none.
    ("WBMP", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions/render_wbmp/plain.wbmp")),
];

fn golden(format: &str) -> Vec<u8> {
    let found = GOLDEN.iter().find(|(name, _)| *name == format);
    let (_, path) = found.unwrap_or_else(|| panic!("no golden file for {format}: add a row"));
    std::fs::read(manifest::corpus().join(path)).unwrap()
}

/// With something to write with.
fn render(bytes: &[u8]) -> Result<Rendition, Fault> {
    let font = std::fs::read(manifest::corpus().join("fonts/NotoSans-Regular.ttf")).unwrap();
    let fonts = Fonts::new(vec![Arc::new(font)]);
    let wanted = Wanted::new(&SIZES, 85);
    Engine { formats: formats::ALL, limits: LIMITS, fonts: &fonts }.render(
        &Source::from_bytes(&bytes),
        &wanted,
        &mut |_| {},
    )
}

#[test]
fn every_format_opens_its_golden_file() {
    for format in formats::ALL {
        let rendition =
            render(&golden(format.name)).unwrap_or_else(|fault| panic!("{}: {fault}", format.name));
        assert_eq!(rendition.facts.format, format.name);
        assert!(format.mime_types.contains(&rendition.facts.mime_type), "{}", format.name);
    }
}

#[test]
fn every_format_answers_when_its_file_is_cut_in_half() {
    for format in formats::ALL {
        let mut file = golden(format.name);
        file.truncate(file.len() / 2);
        match render(&file) {
            // Of a text there is nothing to miss, and of a song only the cover is shown.
            Ok(_) if ["Text", "Audio"].contains(&format.name) => {}
            Ok(rendition) => assert!(!rendition.facts.warnings.is_empty(), "{} says nothing", format.name),
            Err(fault) => assert!(
                matches!(fault.reason, Reason::Corrupt | Reason::Unsupported)
                    // Its length is all that tells it from anything else.
                    || (format.name == "WBMP" && fault.reason == Reason::UnknownFormat),
                "{}: {fault}",
                format.name
            ),
        }
    }
}
