//! Formats and what pictures can be: for each pair a file of the corpus that shows it, or the reason why none does.
//! Knows names of files. That the pictures are right is asked of the corpus as a whole, where each of these is a row.

use crate::manifest::{self, Expect};
use crate::{FOLDERS, decoded, render};
use tintype_media::{Rendition, formats};

/// What a picture can be that a decoder may get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    /// Stored otherwise than upright.
    Turned,
    /// More or less transparent.
    Alpha,
    /// In other colours than sRGB's: a profile, code points, gamma, inks, L*a*b*.
    Coloured,
    /// More than 8 bits a sample.
    Deep,
    /// Without colour.
    Grey,
    /// Of several frames or pages.
    Frames,
    /// Columns or rows in odd number: half-size chroma has no whole sample there.
    Odd,
    /// At most 16 pixels an edge.
    Tiny,
}
use Property::{Alpha, Coloured, Deep, Frames, Grey, Odd, Tiny, Turned};

const ALL: [Property; 8] = [Turned, Alpha, Coloured, Deep, Grey, Frames, Odd, Tiny];

/// A file, or why there is none.
enum Cell {
    See(&'static str),
    Lacks(&'static str),
}
use Cell::{Lacks, See};

const NO_TAG: &str = "the format has no word for it that anybody writes";
const OPAQUE: &str = "the format is opaque";
const SRGB: &str = "the format knows no colours but a monitor's";
const EIGHT: &str = "the format ends at 8 bits";
const IN_COLOUR: &str = "the format stores grey as colour";
const ONE: &str = "the format holds one picture";
const NOBODY: &str = "the corpus has none, and the size is no business of the decoder's";

/// Cells in the order of [`ALL`].
#[rustfmt::skip]
const TABLE: &[(&str, [Cell; 8])] = &[
    ("JPEG", [
        See("jpeg/orientation/landscape_6.jpg"), Lacks(OPAQUE), See("jpeg/icc/Iceland-P3.jpg"), Lacks(EIGHT),
        See("jpeg/misc/hopper_gray.jpg"), See("jpeg/gainmap-motion/sugarshack.mpo"),
        See("jpeg/icc/paris_exif_xmp_icc.jpg"), See("jpeg/misc/exif_gps.jpg")]),
    ("PNG", [
        See("png/misc/xmp_tags_orientation.png"), See("png/misc/transparent.png"), See("png/misc/kodim03_grayscale_cicp.png"),
        See("png/misc/RGB_16__128x128.png"), See("png/misc/L_16__29x100.png"), See("png/apng/mode_palette.png"),
        See("png/misc/Issue 62.png"), See("png/misc/mspaint-8x10.png")]),
    ("GIF", [
        Lacks(NO_TAG), See("gif/transparent.gif"), Lacks(SRGB), Lacks(EIGHT), Lacks(IN_COLOUR), See("gif/animation.gif"),
        See("gif/star.gif"), See("gif/photoshop-8x12-32colors-alpha.gif")]),
    ("WebP", [
        See("webp/hopper_orientation_6.webp"), See("webp/Alpha Lossy (1).webp"), See("webp/flower2.webp"), Lacks(EIGHT),
        Lacks(IN_COLOUR), See("webp/iss634.webp"), See("webp/HTC Desire.webp"), Lacks(NOBODY)]),
    ("TIFF", [
        See("tiff/g4_orientation_6.tif"), See("tiff/tiff_16bit_RGBa.tiff"), See("tiff/lab.tif"), See("tiff/16bit.cropped.tif"),
        See("tiff/hopper2.tif"), See("tiff/multipage.tiff"), See("tiff/pil136.tiff"), See("tiff/child_ifd_jpeg.tiff")]),
    ("BMP", [
        Lacks(NO_TAG), See("bmp/q/rgba32.bmp"), See("bmp/q/rgb24prof.bmp"), Lacks(RARE),
        See("bmp/g/pal8gs.bmp"), Lacks(ONE), See("bmp/g/rgb24.bmp"), Lacks(NOBODY)]),
    ("ICO", [
        Lacks(NO_TAG), See("ico/pillow.ico"), Lacks(SRGB), Lacks(EIGHT), See("ico/mask_L.cur"),
        See("ico/python.ico"), See("ico/mask_1.cur"), See("ico/google.ico")]),
    ("PNM", [
        Lacks(NO_TAG), Lacks(OPAQUE), Lacks(SRGB), See("pnm/16_bit_binary.pgm"), See("pnm/hopper_8bit.pgm"), Lacks(ONE),
        Lacks(NOBODY), Lacks(NOBODY)]),
    ("TGA", [
        See("tga/rgb32rle_bottom_right.tga"), See("tga/rgb32rle.tga"), Lacks(SRGB), Lacks(EIGHT),
        See("tga/1x1_l_bl_raw.tga"), Lacks(ONE), See("tga/rgb32rle_top_right.tga"), See("tga/rgba16.tga")]),
    ("QOI", [
        Lacks(NO_TAG), See("qoi/pil123rgba.qoi"), Lacks(SRGB), Lacks(EIGHT), Lacks(IN_COLOUR), Lacks(ONE), Lacks(NOBODY),
        See("qoi/op_index.qoi")]),
    ("DDS", [
        Lacks(NO_TAG), Lacks(TEXTURES), Lacks(SRGB), Lacks(TEXTURES), Lacks(TEXTURES), Lacks(TEXTURES), Lacks(TEXTURES), Lacks(TEXTURES)]),
    ("Radiance HDR", [
        Lacks(NOBODY), Lacks(OPAQUE), Lacks(NOBODY), See("hdr/image1.hdr"), Lacks(IN_COLOUR), Lacks(ONE), See("hdr/image1.hdr"),
        See("hdr/rgbr4x4.hdr")]),
    ("OpenEXR", [
        Lacks(NO_TAG), See("exr/test_native1.exr"), Lacks(NOBODY), See("exr/comp_zip.exr"), Lacks(NOBODY), Lacks(NOBODY),
        See("exr/comp_zip.exr"), Lacks(NOBODY)]),
    ("SVG", [
        Lacks(NO_TAG), See("svg/org.gnome.eog.svg"), Lacks(SRGB), Lacks(EIGHT), Lacks(IN_COLOUR), Lacks(ONE), Lacks(NOBODY),
        Lacks(NOBODY)]),
    ("PSD", [
        Lacks(NO_TAG), See("psd/rgba.psd"), Lacks(PAINTED), Lacks(PAINTED), See("psd/8x4x8bit-Grayscale.psd"), Lacks(ONE),
        Lacks(NOBODY), See("psd/five_channels.psd")]),
    ("JPEG XL", [
        See("jxl/bench_oriented_brg.jxl"), See("jxl/alpha_triangles.jxl"), See("jxl/cmyk_layers.jxl"),
        See("jxl/lossless_pfm.jxl"), See("jxl/grayscale.jxl"), See("jxl/animation_newtons_cradle.jxl"),
        See("jxl/delta_palette.jxl"), Lacks(NOBODY)]),
    ("JPEG 2000", [
        Lacks(NO_TAG), Lacks(RARE), Lacks(RARE), Lacks(RARE), Lacks(RARE), Lacks(ONE), Lacks(NOBODY), Lacks(RARE)]),
    ("ICNS", [
        Lacks(NO_TAG), See("ico/pillow2.icns"), See("ico/pillow2.icns"), Lacks(EIGHT), Lacks(IN_COLOUR),
        See("ico/pillow2.icns"), Lacks(NOBODY), Lacks(NOBODY)]),
    ("PCX", [
        Lacks(NO_TAG), Lacks(OPAQUE), Lacks(SRGB), Lacks(EIGHT), Lacks(IN_COLOUR), Lacks(ONE), Lacks(RARE), Lacks(RARE)]),
    ("SGI", [
        Lacks(NO_TAG), Lacks(RARE), Lacks(SRGB), Lacks(RARE), Lacks(RARE), Lacks(ONE), Lacks(NOBODY), Lacks(NOBODY)]),
    ("XPM", [
        Lacks(NO_TAG), Lacks(RARE), Lacks(SRGB), Lacks(RARE), Lacks(IN_COLOUR), Lacks(ONE), Lacks(NOBODY), Lacks(NOBODY)]),
    ("XBM", [
        Lacks(NO_TAG), Lacks(OPAQUE), Lacks(SRGB), Lacks(EIGHT), Lacks(RARE), Lacks(ONE), Lacks(NOBODY), Lacks(NOBODY)]),
    ("WBMP", [
        Lacks(NO_TAG), Lacks(OPAQUE), Lacks(SRGB), Lacks(EIGHT), Lacks(RARE), Lacks(ONE), Lacks(NOBODY), Lacks(NOBODY)]),
    ("Camera RAW", [
        Lacks(PREVIEWS), Lacks(OPAQUE), Lacks(PREVIEWS), Lacks(PREVIEWS), Lacks(PREVIEWS), Lacks(ONE), Lacks(NOBODY), Lacks(NOBODY)]),
    ("PDF", [
        See("pdf/AutoCad_Simple.pdf"), Lacks(PAPER), Lacks(DRAWN), Lacks(EIGHT), See("pdf/crazyones.pdf"),
        See("pdf/developers-reference.pdf"), See("pdf/AutoCad_Diagram.pdf"), See("pdf/imagemagick-lzw.pdf")]),
    ("EPUB", [Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE)]),
    ("OpenDocument", [
        Lacks(INSIDE), Lacks(PAPER), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE)]),
    ("Office Open XML", [
        Lacks(INSIDE), Lacks(PAPER), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE)]),
    ("CBZ", [
        See("cbz/folder-macosx.cbz"), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), See("cbz/natural-order.cbz"),
        Lacks(INSIDE), Lacks(INSIDE)]),
    ("Audio", [Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE), Lacks(INSIDE)]),
    ("Text", [Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS)]),
    ("Font", [Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS), Lacks(OURS)]),
];

const INSIDE: &str = "what is shown is a picture inside, by the decoder of its format";
const OURS: &str = "a page that we write ourselves";
const PAPER: &str = "paper is white";
const DRAWN: &str = "colours become sRGB while the page is drawn";

const RARE: &str = "the corpus counts them among rare formats: those that somebody else opens are compared in a test of their own";

/// The corpus has no whole file of this kind.
const PAINTED: &str = "the corpus has none that is whole; tests of the decoder make their own";
const PREVIEWS: &str =
    "what is shown is the JPEG inside, turned and coloured as one; tests of the decoder make their own";

/// The corpus counts them among rare formats, of which a refusal is right too.
const TEXTURES: &str = "textures are tried by the golden file and by tests of the decoder beside it";

#[test]
fn every_format_has_a_case_for_every_property() {
    let rows = manifest::rows();
    for format in formats::ALL {
        let found = TABLE.iter().find(|(name, _)| *name == format.name);
        let (_, cells) = found.unwrap_or_else(|| panic!("{} has no row: add one", format.name));
        for (property, cell) in ALL.iter().zip(cells) {
            let path = match cell {
                See(path) => path,
                Lacks(why) => {
                    assert!(
                        !why.is_empty(),
                        "{} has neither a case nor a reason for {property:?}",
                        format.name
                    );
                    continue;
                }
            };
            let row = rows.iter().find(|row| row.path == *path);
            let row = row.unwrap_or_else(|| panic!("{path} is not in the corpus"));
            assert!(
                FOLDERS.contains(&row.folder()) && row.expect == Expect::Ok,
                "{path} is compared with nothing"
            );
            let file = std::fs::read(row.file()).unwrap();
            let rendition = render(&file).unwrap_or_else(|fault| panic!("{path}: {fault}"));
            assert_eq!(rendition.facts.format, format.name, "{path}");
            assert!(shows(*property, &rendition), "{path} does not show {property:?}");
        }
    }
}

/// As far as a thumbnail can tell.
fn shows(property: Property, rendition: &Rendition) -> bool {
    let (width, height) = (rendition.facts.width, rendition.facts.height);
    let picture = decoded(&rendition.thumbnails[0].webp);
    let (pixels, _) = picture.pixels.as_chunks::<4>();
    match property {
        Alpha => pixels.iter().any(|pixel| pixel[3] < u8::MAX),
        // As grey as half-size chroma leaves it.
        Grey => {
            pixels.iter().all(|&[red, green, blue, _]| red.abs_diff(green).max(green.abs_diff(blue)) <= 8)
        }
        Odd => width % 2 == 1 || height % 2 == 1,
        Tiny => width.max(height) <= 16,
        Turned | Coloured | Deep | Frames => true,
    }
}
