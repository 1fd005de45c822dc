//! Rows of the manifest that are known to be special, each with its reason. The test fails when one that is not right
//! starts to work, so these lists only hold what is true.

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

/// Sound files whose thumbnails have the right shape but cannot be compared: (path, why).
pub(crate) const NOT_COMPARED: &[(&str, &str)] = &[
    ("bmp/b/badrle.bmp", RUNS),
    ("bmp/b/badrle4.bmp", RUNS),
    ("bmp/b/badrle4bis.bmp", RUNS),
    ("bmp/b/badrle4ter.bmp", RUNS),
    ("bmp/b/badrlebis.bmp", RUNS),
    ("bmp/b/badrleter.bmp", RUNS),
    ("bmp/b/pal8badindex.bmp", "indices beyond the palette: we show black, Pillow greys"),
    ("bmp/g/pal4rle.bmp", RUNS),
    ("bmp/q/pal4rletrns.bmp", RUNS),
    ("bmp/q/pal8rletrns.bmp", RUNS),
    ("bmp/q/rgba16-5551.bmp", "one bit of alpha: Debian's Pillow drops it"),
    ("exr/comp_b44.exr", BRIGHT),
    ("exr/comp_dwaa_v1.exr", BRIGHT),
    ("exr/comp_zip.exr", BRIGHT),
    ("exr/cropping - data window differs display window.exr", OUTSIDE),
    (
        "exr/lineOrder_increasing.exr",
        "colours that are not multiplied by their alpha: ImageMagick never divides",
    ),
    ("exr/overexposed gradient - data window equals display window.exr", BRIGHT),
    ("exr/test_native1.exr", "noise beyond white: we bend it, ImageMagick cuts it off"),
    ("exr/v1.7.test.1.exr", OUTSIDE),
    ("exr/v1.7.test.planar.exr", OUTSIDE),
    ("hdr/image1.hdr", BRIGHT),
    ("hdr/old-rle.hdr", "ImageMagick does not know the old runs"),
    ("hdr/rgbr4x4.hdr", BRIGHT),
    ("hdr/scale.hdr", BRIGHT),
    ("ico/mask_1.cur", MASK),
    ("ico/mask_L.cur", MASK),
    ("qoi/op_index.qoi", "neither decoder of Debian's knows QOI, and this one has no twin in another format"),
    ("tga/rgba16.tga", "one bit of alpha: Debian's Pillow drops it and mistakes the order of colours"),
    (
        "tiff/10ct_32bit_128.tiff",
        "angles from -π to π: we stretch them, Pillow takes them for levels up to 255",
    ),
    ("tiff/16bit.s.tif", "signed levels: we stretch them, Pillow cuts them off"),
];

const RUNS: &str = "runs that skip pixels, or are damaged: Debian's Pillow loses its place, we do not";
const BRIGHT: &str = "brighter than white: we bend, ImageMagick cuts off";
const OUTSIDE: &str = "outside the data window we show nothing, ImageMagick white";
const MASK: &str = "Debian's Pillow leaves out the mask of a cursor";

/// Rows whose displayed size the manifest has wrong: (path, columns, rows, why).
pub(crate) const CORRECTED: &[(&str, u32, u32, &str)] = &[
    ("tiff/g4_orientation_5.tif", 590, 88, TWICE),
    ("tiff/g4_orientation_6.tif", 590, 88, TWICE),
    ("tiff/g4_orientation_7.tif", 590, 88, TWICE),
    ("tiff/g4_orientation_8.tif", 590, 88, TWICE),
];

const TWICE: &str = "Pillow turns TIFFs when it opens them, and the manifest turned the size once more";
