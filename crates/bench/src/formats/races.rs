//! Every format, where its files come from, and the programs that people would use instead.
//! Knows command lines; knows nothing of measuring.

/// One format and whom it is measured against.
#[derive(Clone, Copy)]
pub(super) struct Race {
    /// As the table of formats has it.
    pub(super) format: &'static str,
    pub(super) origin: Origin,
    pub(super) peers: &'static [Peer],
}

/// Where a race's files come from.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// Photographs, encoded by this command.
    Encoded { extension: &'static str, by: &'static [&'static str] },
    /// Files of the corpus as they are. None of them is of no pixels: start-up stays in, on both sides.
    Corpus(&'static [&'static str]),
}

/// Somebody else's way from the file to the thumbnail. `IN`, `OUT` and `BETWEEN` are filled in.
#[derive(Clone, Copy)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    /// Debian's.
    pub(super) package: &'static str,
    pub(super) steps: &'static [&'static [&'static str]],
}

const fn encoded(extension: &'static str, by: &'static [&'static str]) -> Origin {
    Origin::Encoded { extension, by }
}

/// Method 2 is what tintype takes: encoders shall not decide.
const TO_WEBP: &str = "OUT.webp[Q=85,effort=2,strip]";
const SMALLER: &[&str] = &["vipsthumbnail", "IN", "--size", "512x512", "-o", TO_WEBP];

const VIPS: Peer = Peer { name: "vipsthumbnail", package: "libvips-tools", steps: &[SMALLER] };

/// What we give: colours added as light. Without, dark lines on bright ground come out too dark.
const IN_LIGHT: &[&str] = &["vipsthumbnail", "--linear", "IN", "--size", "512x512", "-o", TO_WEBP];
const LINEAR: Peer = Peer { name: "vipsthumbnail --linear", package: "libvips-tools", steps: &[IN_LIGHT] };

const MAGICK: Peer = Peer {
    name: "ImageMagick",
    package: "imagemagick",
    steps: &[&[
        "convert",
        "IN[0]",
        "-thumbnail",
        "512x512",
        "-quality",
        "85",
        "-define",
        "webp:method=2",
        "webp:OUT",
    ]],
};

const SMALLER_PPM: &[&str] = &["vipsthumbnail", "BETWEEN.ppm", "--size", "512x512", "-o", TO_WEBP];

const FFMPEG: Peer = Peer {
    name: "ffmpeg + vipsthumbnail",
    package: "ffmpeg",
    steps: &[
        &["ffmpeg", "-v", "error", "-y", "-threads", "1", "-i", "IN", "-pix_fmt", "rgb24", "BETWEEN.ppm"],
        SMALLER_PPM,
    ],
};

const AVIFDEC: Peer = Peer {
    name: "avifdec, decoding alone (Y4M)",
    package: "libavif-bin",
    steps: &[&["avifdec", "--jobs", "1", "IN", "BETWEEN.y4m"]],
};

const HEIF_CONVERT: Peer = Peer {
    name: "heif-convert, decoding alone (Y4M)",
    package: "libheif-examples",
    steps: &[&["heif-convert", "IN", "BETWEEN.y4m"]],
};

const DJXL: Peer = Peer {
    name: "djxl + vipsthumbnail",
    package: "libjxl-tools",
    steps: &[&["djxl", "IN", "BETWEEN.ppm", "--num_threads", "0"], SMALLER_PPM],
};

const DJXL_ALONE: Peer = Peer {
    name: "djxl, decoding alone (PPM)",
    package: "libjxl-tools",
    steps: &[&["djxl", "IN", "BETWEEN.ppm", "--num_threads", "0"]],
};

const OPENJPEG: Peer = Peer {
    name: "opj_decompress + vipsthumbnail",
    package: "libopenjp2-tools",
    steps: &[&["opj_decompress", "-i", "IN", "-o", "BETWEEN.ppm", "-threads", "0"], SMALLER_PPM],
};

const RSVG: Peer = Peer {
    name: "rsvg-convert + cwebp",
    package: "librsvg2-bin",
    steps: &[
        &[
            "rsvg-convert",
            "--width",
            "512",
            "--height",
            "512",
            "--keep-aspect-ratio",
            "-o",
            "BETWEEN.png",
            "IN",
        ],
        &["cwebp", "-quiet", "-q", "85", "-m", "2", "BETWEEN.png", "-o", "OUT.webp"],
    ],
};

/// The drawing without a WebP of it: less than what is asked for, and what the library itself costs.
const RSVG_ALONE: Peer = Peer {
    name: "rsvg-convert (PNG of 512 px)",
    package: "librsvg2-bin",
    steps: &[&[
        "rsvg-convert",
        "--width",
        "512",
        "--height",
        "512",
        "--keep-aspect-ratio",
        "-o",
        "OUT.png",
        "IN",
    ]],
};

/// The camera's own preview, as here. `LibRaw` writes it beside the source.
const LIBRAW: Peer = Peer {
    name: "simple_dcraw -e + vipsthumbnail",
    package: "libraw-bin",
    steps: &[
        &["sh", "-c", "cp -f 'IN' BETWEEN.raw && simple_dcraw -e BETWEEN.raw"],
        &["vipsthumbnail", "BETWEEN.raw.thumb.jpg", "--size", "512x512", "-o", TO_WEBP],
    ],
};

const DRAWINGS: Origin = Origin::Corpus(&[
    "svg/dune-l.svg",
    "svg/field-d.svg",
    "svg/oceans.svg",
    "svg/drool-l.svg",
    "svg/blobs-d.svg",
]);

/// As file managers call it.
const POPPLER: Peer = Peer {
    name: "pdftoppm (PNG of 512 px)",
    package: "poppler-utils",
    steps: &[&["pdftoppm", "-singlefile", "-scale-to", "512", "-png", "IN", "OUT"]],
};

const MUPDF: Peer = Peer {
    name: "mutool draw (PNG of 512 px)",
    package: "mupdf-tools",
    steps: &[&["mutool", "draw", "-q", "-w", "512", "-h", "512", "-o", "OUT.png", "IN", "1"]],
};

/// A title, a form, a scan, a drawing, a page of text.
const PAGES: Origin = Origin::Corpus(&[
    "pdf/developers-reference.pdf",
    "pdf/SF424_page2.pdf",
    "pdf/indirect-rotation.pdf",
    "pdf/AutoCad_Diagram.pdf",
    "pdf/crazyones.pdf",
]);

/// The only whole one that `LibRaw` opens too.
const RAW_FILES: Origin = Origin::Corpus(&["raw/canon_eos_6d.dng"]);

#[rustfmt::skip]
pub(super) const RACES: [Race; 23] = [
    Race { format: "JPEG", origin: encoded("jpg", &["convert", "IN", "-quality", "90", "OUT"]), peers: &[LINEAR, VIPS] },
    Race { format: "PNG", origin: encoded("png", &["cp", "IN", "OUT"]), peers: &[LINEAR, VIPS] },
    Race { format: "GIF", origin: encoded("gif", &["convert", "IN", "OUT"]), peers: &[LINEAR, VIPS] },
    Race { format: "WebP", origin: encoded("webp", &["vips", "webpsave", "IN", "OUT", "--Q", "85"]), peers: &[LINEAR, VIPS] },
    Race { format: "TIFF", origin: encoded("tif", &["convert", "IN", "-compress", "lzw", "OUT"]), peers: &[LINEAR, VIPS] },
    Race { format: "BMP", origin: encoded("bmp", &["convert", "IN", "BMP3:OUT"]), peers: &[MAGICK, VIPS] },
    Race { format: "PNM", origin: encoded("ppm", &["convert", "IN", "OUT"]), peers: &[LINEAR, VIPS] },
    Race { format: "TGA", origin: encoded("tga", &["convert", "IN", "-compress", "rle", "OUT"]), peers: &[MAGICK] },
    Race { format: "QOI", origin: encoded("qoi", &["ffmpeg", "-v", "error", "-y", "-i", "IN", "OUT"]), peers: &[FFMPEG] },
    Race { format: "DDS", origin: encoded("dds", &["convert", "IN", "-define", "dds:compression=dxt1", "OUT"]), peers: &[MAGICK] },
    Race { format: "Radiance HDR", origin: encoded("hdr", &["convert", "IN", "OUT"]), peers: &[LINEAR, VIPS] },
    Race { format: "OpenEXR", origin: encoded("exr", &["convert", "IN", "-compress", "zip", "OUT"]), peers: &[LINEAR, VIPS] },
    Race { format: "HEIC", origin: encoded("heic", &["heif-enc", "-q", "60", "IN", "-o", "OUT"]), peers: &[VIPS, HEIF_CONVERT] },
    Race { format: "AVIF", origin: encoded("avif", &["avifenc", "-s", "9", "IN", "OUT"]), peers: &[VIPS, AVIFDEC] },
    Race { format: "JPEG XL", origin: encoded("jxl", &["cjxl", "-d", "1", "-e", "4", "IN", "OUT"]), peers: &[DJXL, DJXL_ALONE] },
    Race { format: "JPEG 2000", origin: encoded("jp2", &["opj_compress", "-i", "IN", "-o", "OUT", "-r", "12", "-n", "4"]), peers: &[OPENJPEG, VIPS] },
    Race { format: "SVG", origin: DRAWINGS, peers: &[RSVG, VIPS, RSVG_ALONE] },
    Race { format: "PDF", origin: PAGES, peers: &[POPPLER, MUPDF] },
    Race { format: "PSD", origin: encoded("psd", &["convert", "IN", "-compress", "rle", "OUT"]), peers: &[MAGICK] },
    Race { format: "PCX", origin: encoded("pcx", &["convert", "IN", "OUT"]), peers: &[MAGICK] },
    Race { format: "SGI", origin: encoded("sgi", &["convert", "IN", "-compress", "rle", "OUT"]), peers: &[MAGICK] },
    Race { format: "XPM", origin: encoded("xpm", &["convert", "IN", "-colors", "64", "OUT"]), peers: &[MAGICK] },
    Race { format: "Camera RAW", origin: RAW_FILES, peers: &[LIBRAW] },
];

/// Formats that nobody can race in, and why.
#[cfg(test)]
const LEFT_OUT: &[(&str, &str)] = &[
    ("Audio", COVER),
    ("CBZ", COVER),
    ("EPUB", COVER),
    ("Font", "nobody else draws the same"),
    ("Office Open XML", COVER),
    ("OpenDocument", COVER),
    ("Text", "nobody else draws the same"),
    ("ICO", "ends at 256 × 256: there is nothing but starting to measure"),
    ("ICNS", "icons, of which only the largest is looked at, a PNG"),
    ("WBMP", "one bit a pixel, for telephones with buttons"),
    ("XBM", "one bit a pixel, in words of C"),
];

#[cfg(test)]
const COVER: &str = "a picture in it, of a format that has a race of its own";

#[cfg(test)]
mod tests {
    use super::*;
    use tintype_media::formats;

    #[test]
    fn every_format_races_or_says_why_not() {
        for format in formats::ALL {
            let races = RACES.iter().any(|race| race.format == format.name);
            let left_out = LEFT_OUT.iter().any(|(name, _)| *name == format.name);
            assert!(races != left_out, "{}: give it one row, in RACES or in LEFT_OUT", format.name);
        }
    }

    #[test]
    fn every_step_reads_what_is_there() {
        for peer in RACES.iter().flat_map(|race| race.peers) {
            let first = peer.steps[0];
            assert!(first.iter().any(|word| word.contains("IN")), "{} reads nothing", peer.name);
        }
    }
}
