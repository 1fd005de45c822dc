//! Every format of the table has a sound file that opens, and gives an answer when that file is cut in half.
//! Knows nothing of how pictures look: the corpus as a whole tests that.

use crate::{manifest, render};
use tintype_media::{Reason, formats};

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
