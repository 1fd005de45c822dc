//! What contents alone do not tell: formats without a signature, and those that share theirs.
//! Knows what was found and what the file is called.

/// What a file is whose content says one of `found` and whose name has one of `extensions`.
pub(super) struct TieBreak {
    pub(super) found: &'static [&'static str],
    pub(super) extensions: &'static [&'static str],
    pub(super) mime_type: &'static str,
    /// What people call it.
    pub(super) name: &'static str,
}

pub(super) const NOTHING_SAID: &[&str] = &[super::UNKNOWN, "text/plain"];
const UNKNOWN: &[&str] = &[super::UNKNOWN];
const TEXT: &[&str] = &["text/plain"];
const MARKUP: &[&str] = &["text/plain", "application/xml", "text/xml"];
const ZIP: &[&str] = &["application/zip"];
const GZIP: &[&str] = &["application/gzip"];
const CFB: &[&str] = &["application/x-cfb"];
/// A Targa file may begin like anything.
const LIKE_TGA: &[&str] = &[
    super::UNKNOWN,
    "text/plain",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "image/x-win-bitmap",
    "video/mpeg",
];
/// What is a TIFF by its first bytes, and may be a camera's.
pub(super) const LIKE_TIFF: &[&str] = &["image/tiff", "image/x-sony-arw", "image/x-nikon-nef"];

#[rustfmt::skip]
pub(super) const BREAKS: &[TieBreak] = &[
    TieBreak { found: LIKE_TGA, extensions: &["tga", "icb", "vda", "vst"], mime_type: "image/x-tga", name: "Targa (TGA)" },
    TieBreak { found: ZIP, extensions: &["cbz", "cbr", "cb7"], mime_type: "application/vnd.comicbook+zip", name: "comic book (CBZ)" },
    TieBreak { found: &["application/vnd.rar"], extensions: &["cbr", "cbz", "cb7"], mime_type: "application/vnd.comicbook-rar", name: "comic book (CBR)" },
    TieBreak { found: &["application/x-7z-compressed"], extensions: &["cb7", "cbz", "cbr"], mime_type: "application/x-cb7", name: "comic book (CB7)" },
    TieBreak { found: ZIP, extensions: &["procreate"], mime_type: "application/x-procreate", name: "Procreate" },
    TieBreak { found: ZIP, extensions: &["xd"], mime_type: "application/vnd.adobe.xd", name: "Adobe XD" },
    TieBreak { found: ZIP, extensions: &["cdr"], mime_type: "application/vnd.corel-draw", name: "CorelDRAW" },
    TieBreak { found: GZIP, extensions: &["svgz"], mime_type: "image/svg+xml", name: "SVG" },
    TieBreak { found: GZIP, extensions: &["emz"], mime_type: "image/emf", name: "Enhanced Metafile (EMF)" },
    TieBreak { found: GZIP, extensions: &["wmz"], mime_type: "image/wmf", name: "Windows Metafile (WMF)" },
    TieBreak { found: GZIP, extensions: &["dia"], mime_type: "application/x-dia-diagram", name: "Dia" },
    TieBreak { found: CFB, extensions: &["msg"], mime_type: "application/vnd.ms-outlook", name: "Outlook message (MSG)" },
    TieBreak { found: LIKE_TIFF, extensions: &["dng"], mime_type: "image/x-adobe-dng", name: "Adobe DNG" },
    TieBreak { found: LIKE_TIFF, extensions: &["nef", "nrw"], mime_type: "image/x-nikon-nef", name: "Nikon raw (NEF)" },
    TieBreak { found: LIKE_TIFF, extensions: &["pef"], mime_type: "image/x-pentax-pef", name: "Pentax raw (PEF)" },
    TieBreak { found: LIKE_TIFF, extensions: &["srw"], mime_type: "image/x-samsung-srw", name: "Samsung raw (SRW)" },
    TieBreak { found: LIKE_TIFF, extensions: &["3fr", "fff"], mime_type: "image/x-hasselblad-3fr", name: "Hasselblad raw (3FR)" },
    TieBreak { found: LIKE_TIFF, extensions: &["iiq"], mime_type: "image/x-phaseone-iiq", name: "Phase One raw (IIQ)" },
    TieBreak { found: LIKE_TIFF, extensions: &["dcr", "kdc"], mime_type: "image/x-kodak-dcr", name: "Kodak raw (DCR)" },
    TieBreak { found: LIKE_TIFF, extensions: &["erf"], mime_type: "image/x-epson-erf", name: "Epson raw (ERF)" },
    TieBreak { found: LIKE_TIFF, extensions: &["arw", "sr2", "srf"], mime_type: "image/x-sony-arw", name: "Sony raw (ARW)" },
    TieBreak { found: UNKNOWN, extensions: &["ts", "m2ts", "mts"], mime_type: "video/mp2t", name: "MPEG transport stream" },
    TieBreak { found: UNKNOWN, extensions: &["dib"], mime_type: "image/bmp", name: "bitmap (BMP)" },
    TieBreak { found: UNKNOWN, extensions: &["wbmp"], mime_type: "image/vnd.wap.wbmp", name: "wireless bitmap (WBMP)" },
    TieBreak { found: UNKNOWN, extensions: &["wal"], mime_type: "image/x-wal", name: "Quake II texture (WAL)" },
    TieBreak { found: UNKNOWN, extensions: &["gd"], mime_type: "image/x-gd", name: "GD" },
    TieBreak { found: UNKNOWN, extensions: &["spi", "spider"], mime_type: "image/x-spider", name: "SPIDER" },
    TieBreak { found: UNKNOWN, extensions: &["pict", "pct"], mime_type: "image/x-pict", name: "PICT" },
    TieBreak { found: UNKNOWN, extensions: &["xwd"], mime_type: "image/x-xwindowdump", name: "X window dump (XWD)" },
    TieBreak { found: UNKNOWN, extensions: &["stl"], mime_type: "model/stl", name: "STL model" },
    TieBreak { found: TEXT, extensions: &["obj"], mime_type: "model/obj", name: "Wavefront OBJ model" },
    TieBreak { found: TEXT, extensions: &["mtl"], mime_type: "model/mtl", name: "Wavefront MTL material" },
    TieBreak { found: &["text/plain", "application/json"], extensions: &["gltf"], mime_type: "model/gltf+json", name: "glTF model" },
    TieBreak { found: TEXT, extensions: &["xbm"], mime_type: "image/x-xbitmap", name: "X bitmap (XBM)" },
    TieBreak { found: &[super::UNKNOWN, "application/x-id3v2"], extensions: &["mp3"], mime_type: "audio/mpeg", name: "MP3" },
    TieBreak { found: &["application/x-matroska"], extensions: &["mkv"], mime_type: "video/matroska", name: "Matroska video (MKV)" },
    TieBreak { found: &["application/x-matroska"], extensions: &["mka"], mime_type: "audio/matroska", name: "Matroska audio (MKA)" },
    TieBreak { found: &["application/mp4"], extensions: &["m4a", "m4b"], mime_type: "audio/mp4", name: "MPEG-4 audio (M4A)" },
    TieBreak { found: &["application/mp4"], extensions: &["mp4", "m4v", "mov"], mime_type: "video/mp4", name: "MPEG-4 video (MP4)" },
    TieBreak { found: MARKUP, extensions: &["svg"], mime_type: "image/svg+xml", name: "SVG" },
    TieBreak { found: NOTHING_SAID, extensions: &["csv"], mime_type: "text/csv", name: "CSV table" },
    TieBreak { found: NOTHING_SAID, extensions: &["md", "markdown"], mime_type: "text/markdown", name: "Markdown text" },
    TieBreak { found: TEXT, extensions: &["htm", "html"], mime_type: "text/html", name: "HTML page" },
    TieBreak { found: TEXT, extensions: &["json"], mime_type: "application/json", name: "JSON" },
];
