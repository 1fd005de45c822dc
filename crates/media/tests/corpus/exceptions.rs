//! Rows of the manifest that are known to be special, each with its reason. The test fails when one that is not right
//! starts to work, so these lists only hold what is true.

use crate::compare::{COVERS, DECODING, PAGES, Tolerance, WHOLE};

/// TIFFs that are left to the worker with libtiff, by answering "unsupported": (path, why).
pub(crate) const LEFT_TO_LIBTIFF: &[(&str, &str)] = &[
    ("tiff/16bit.r.tif", BITS),
    ("tiff/compression.tif", "compression of CCITT's first kind"),
    ("tiff/g4-fillorder-test.tif", BITS),
    ("tiff/hopper2IR.tif", BITS),
    ("tiff/hopper2R.tif", BITS),
    ("tiff/hopper4IR.tif", BITS),
    ("tiff/hopper4R.tif", BITS),
    ("tiff/hopper_lzma.tif", "compressed by LZMA"),
    ("tiff/multipage_single_frame_loop.tiff", "its chain of directories comes back to where it was"),
    ("tiff/old-style-jpeg-compression-no-samplesperpixel.tif", "JPEG in the manner of TIFF 6"),
    ("tiff/old-style-jpeg-compression.tif", "JPEG in the manner of TIFF 6"),
    ("tiff/separate_planar_extra_samples.tiff", "planes beyond those of the colour"),
    ("tiff/tiff_tiled_planar_16bit_RGB.tiff", PLANES),
    ("tiff/tiff_tiled_planar_16bit_RGBa.tiff", PLANES),
    ("tiff/tiff_tiled_planar_lzw.tiff", PLANES),
    ("tiff/tiff_tiled_planar_raw.tif", PLANES),
];

const BITS: &str = "bytes stored lowest bit first";
const PLANES: &str = "tiles of single planes: the tiff crate panics";

/// Rare files that some reference opens and we do not, or otherwise: (path, why).
pub(crate) const BROKEN: &[(&str, &str)] = &[
    ("other/00r0_gray_l.jp2", "bytes changed in the box of its colour space"),
    ("other/00r1_graya_la.jp2", "bytes changed in its data: each decoder makes up the rest"),
    ("other/01r_00.pcx", "cut short, with rows that are longer than declared"),
];

/// Sound files whose thumbnails lose more than others in the encoder, and how much that may be: (path, tolerance, why).
pub(crate) const LOSING: &[(&str, Tolerance, &str)] = &[
    (
        "exr/test_native1.exr",
        // Measured: 10.1 on average, no block out of line, and a score of -22.
        Tolerance { mean: 12.0, score: -40.0, ..WHOLE },
        "noise: each pixel has a colour and an alpha by chance, and the encoder keeps little of that",
    ),
    (
        "jxl/blendmodes.jxl",
        // Measured: 4.8 on average, 19.3 in a block.
        Tolerance { block: 22.0, score: -30.0, ..WHOLE },
        "what DIFFERING says of it",
    ),
    (
        "svg/field-d.svg",
        // Measured: a score of -0.5 at 128 px.
        Tolerance { score: -20.0, ..WHOLE },
        "what DIFFERING says of it",
    ),
];

/// Sound files on which decoders differ by more than elsewhere, and how much that may be: (path, tolerance, why).
pub(crate) const DIFFERING: &[(&str, Tolerance, &str)] = &[
    (
        "exr/cropping - data window differs display window.exr",
        // Measured: a score of 64.7.
        Tolerance { score: 60.0, ..DECODING },
        "light far above white at edges: the reference cuts it off before it makes them smaller, and we after",
    ),
    (
        "jxl/blendmodes.jxl",
        // Measured: 4.5 on average, 16.8 in a block, a score of -16.
        Tolerance { mean: 6.0, block: 20.0, score: -30.0, ..DECODING },
        "no picture but a trial of arithmetic: five layers whose colours reach 5 and whose alpha 1.9 before they are cut off",
    ),
    (
        "jxl/spot.jxl",
        // Measured: 2.7 on average, 10.5 in a block, a score of 65.6.
        Tolerance { block: 13.0, score: 60.0, ..DECODING },
        "thin stripes of colours beyond sRGB: the reference cuts them off before it makes them smaller, and we after",
    ),
    (
        "jxl/noise.jxl",
        // Measured: a score of 65.8.
        Tolerance { score: 60.0, ..DECODING },
        "grain that each decoder makes up for itself",
    ),
    ("epub/Metamorphosis-jackson.epub", SHRUNK_COVER, SHRINKS),
    ("epub/book2.epub", SHRUNK_COVER, SHRINKS),
    ("pdf/AutoCad_Diagram.pdf", HAIRLINES, A_PIXEL),
    (
        "pdf/SF424_page2.pdf",
        // Measured: 19.2 on average, 33.9 in a block.
        Tolerance { mean: 20.5, block: 36.0, ..PAGES },
        A_PIXEL,
    ),
    ("pdf/example.pdf", HAIRLINES, A_PIXEL),
    ("pdf/issue-914-xmp-data.pdf", HAIRLINES, A_PIXEL),
    ("pdf/FormTestFromOo.pdf", FORMS, FIELDS),
    ("pdf/libreoffice-form.pdf", FORMS, FIELDS),
    ("pdf/box.pdf", TINY, FEW_POINTS),
    ("pdf/imagemagick-ASCII85Decode.pdf", TINY, FEW_POINTS),
    ("pdf/imagemagick-CCITTFaxDecode.pdf", TINY, FEW_POINTS),
    ("pdf/imagemagick-images.pdf", TINY, FEW_POINTS),
    ("pdf/imagemagick-lzw.pdf", TINY, FEW_POINTS),
    ("svg/evolution.svg", DRAWN, "the hands of its clock are finer than a pixel"),
    ("svg/field-d.svg", DRAWN, FINE_LINES),
    ("svg/gnome-planner.svg", DRAWN, SHADOWS),
    ("svg/libreoffice-basic.svg", DRAWN, FINE_LINES),
    ("svg/oceans.svg", DRAWN, FINE_LINES),
    ("svg/org.gnome.LightsOff.svg", DRAWN, SHADOWS),
];

/// Pages with lines of a hair's width. Measured: 8.8 on average, 42.8 in a block.
const HAIRLINES: Tolerance = Tolerance { mean: 10.0, block: 44.0, ..PAGES };

/// Pages of forms. Measured: 4.6 on average, 18.9 in a block.
const FORMS: Tolerance = Tolerance { mean: 5.5, block: 20.5, ..PAGES };

const FIELDS: &str =
    "the form asks for new drawings of its fields, and Poppler makes them; ours shows those of the file";

/// Pages of 4 and of 60 points. Measured: 8.6 on average, 49.4 in a block.
const TINY: Tolerance = Tolerance { mean: 9.5, block: 52.0, ..PAGES };

/// Measured: 1.9 on average, 7.2 in a block, a score of 74.7.
const SHRUNK_COVER: Tolerance = Tolerance { mean: 2.5, block: 8.5, score: 68.0, ..COVERS };

const SHRINKS: &str = "a large JPEG, shrunk while it is decoded";

const FEW_POINTS: &str =
    "a page of few points: on which side of a pixel an edge falls is most of the difference";

const A_PIXEL: &str =
    "a line of a hair's width is drawn a pixel wide: here of the thumbnail, there of a larger page";

/// Two programs that draw: measured at most 5.6 on average, 10.9 in a block, and a score of 35.6.
const DRAWN: Tolerance = Tolerance { mean: 6.5, block: 12.5, score: 30.0, ..DECODING };

const FINE_LINES: &str = "lines finer than a pixel: ours are drawn at the thumbnail's size, librsvg's at the drawing's and then made smaller";
const SHADOWS: &str = "shadows of a pixel's radius: ours are blurred, librsvg's are not";

/// Sound that gets another answer than that it has no cover: (path, answer, why).
pub(crate) const SOUND_APART: &[(&str, &str, &str)] = &[
    (
        "audio/106-short-picture-block-size.flac",
        "corrupt",
        "a picture whose length is wrong, and nothing behind it can be read",
    ),
    ("audio/ooming-header.flac", "corrupt", "a header and nothing behind it"),
    ("audio/multiplexed.spx", "corrupt", "a stream within another stream"),
    ("audio/bear_flac.ogg", "unsupported", FILMS),
    ("audio/emptyfile.mp3", "unsupported", "there is nothing in it"),
    ("audio/sample_nb.amr", "unsupported", FILMS),
    ("audio/silence-1.wma", "unsupported", FILMS),
];

const FILMS: &str = "left to the worker for films, which knows all the rest";

/// Rows whose displayed size the manifest has wrong: (path, columns, rows, why).
pub(crate) const CORRECTED: &[(&str, u32, u32, &str)] = &[
    ("tiff/g4_orientation_5.tif", 590, 88, TWICE),
    ("tiff/g4_orientation_6.tif", 590, 88, TWICE),
    ("tiff/g4_orientation_7.tif", 590, 88, TWICE),
    ("tiff/g4_orientation_8.tif", 590, 88, TWICE),
    ("audio/derived-cover-front-second.mp3", 600, 450, "the manifest has the first cover, which is the back"),
    ("jxl/bench_oriented_brg.jxl", 606, 500, "the manifest has the size that is stored, on its side"),
];

const TWICE: &str = "Pillow turns TIFFs when it opens them, and the manifest turned the size once more";
