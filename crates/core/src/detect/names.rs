//! What people call a format, where its own specification calls it something that nobody would search for.
//! Knows names; nothing of contents.

use super::{Guess, UNKNOWN};
use file_format::FileFormat;

/// By MIME type. What is not here is called as the crate calls it, with its usual abbreviation.
#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    (UNKNOWN, "unknown format"),
    ("application/fits", "FITS"),
    ("application/gzip", "gzip archive"),
    ("application/msword", "Word document (DOC)"),
    ("application/dicom", "DICOM"),
    ("application/epub+zip", "e-book (EPUB)"),
    ("application/vnd.adobe.illustrator", "Adobe Illustrator"),
    ("application/x-executable", "program (ELF)"),
    ("application/vnd.microsoft.portable-executable", "program (Windows)"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint presentation (PPTX)"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel spreadsheet (XLSX)"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word document (DOCX)"),
    ("application/x-indesign", "Adobe InDesign"),
    ("application/pdf", "PDF"),
    ("application/x-blender", "Blender"),
    ("application/x-cfb", "Microsoft Office or another compound file"),
    ("application/zip", "ZIP archive"),
    ("audio/mpeg", "MP3"),
    ("audio/x-m4a", "MPEG-4 audio (M4A)"),
    ("image/avif", "AVIF"),
    ("image/avif-sequence", "AVIF sequence"),
    ("image/bmp", "bitmap (BMP)"),
    ("image/emf", "Enhanced Metafile (EMF)"),
    ("image/gif", "GIF"),
    ("image/heic", "HEIC"),
    ("image/heic-sequence", "HEIC sequence"),
    ("image/heif", "HEIF"),
    ("image/heif-sequence", "HEIF sequence"),
    ("image/j2c", "JPEG 2000 codestream"),
    ("image/jp2", "JPEG 2000"),
    ("image/jxl", "JPEG XL"),
    ("image/jpeg", "JPEG"),
    ("image/png", "PNG"),
    ("image/svg+xml", "SVG"),
    ("image/tiff", "TIFF"),
    ("image/vnd.adobe.photoshop", "Photoshop (PSD)"),
    ("image/vnd.microsoft.icon", "icon (ICO)"),
    ("image/wmf", "Windows Metafile (WMF)"),
    ("image/x-canon-cr2", "Canon raw (CR2)"),
    ("image/x-canon-cr3", "Canon raw (CR3)"),
    ("image/x-canon-crw", "Canon raw (CRW)"),
    ("image/vnd.djvu", "DjVu"),
    ("image/vnd.zbrush.pcx", "PCX"),
    ("image/sgi", "SGI"),
    ("image/x-icns", "Apple icon (ICNS)"),
    ("image/x-eps", "Encapsulated PostScript (EPS)"),
    ("image/x-fuji-raf", "Fujifilm raw (RAF)"),
    ("image/x-nikon-nef", "Nikon raw (NEF)"),
    ("image/x-olympus-orf", "Olympus raw (ORF)"),
    ("image/x-panasonic-rw2", "Panasonic raw (RW2)"),
    ("image/x-sony-arw", "Sony raw (ARW)"),
    ("image/x-win-bitmap", "cursor (CUR)"),
    ("image/x-xcf", "GIMP (XCF)"),
    ("text/html", "HTML page"),
    ("text/plain", "plain text"),
    ("text/xml", "XML"),
    ("video/matroska", "Matroska video (MKV)"),
    ("video/3gpp", "mobile video (3GP)"),
    ("video/mpeg", "MPEG video"),
    ("video/x-fli", "Animator film (FLI)"),
    ("video/x-flc", "Animator film (FLC)"),
    ("video/x-msvideo", "AVI video"),
    ("video/mp4", "MPEG-4 video (MP4)"),
    ("video/quicktime", "QuickTime video (MOV)"),
];

/// MIME types that the crate gives, and those that are registered, or told by our own decoders, for the same.
const REGISTERED: &[(&str, &str)] = &[
    ("image/vnd.ms-dds", "image/vnd-ms.dds"),
    ("image/x-pfm", "image/x-portable-floatmap"),
    ("image/x-jp2-codestream", "image/j2c"),
    ("image/x-pcx", "image/vnd.zbrush.pcx"),
    ("image/x-qoi", "image/qoi"),
    ("image/x-sgi", "image/sgi"),
];

/// What the crate found, in our words.
pub(super) fn of(format: FileFormat) -> Guess {
    let given = format.media_type();
    let mime_type = REGISTERED.iter().find(|row| row.0 == given).map_or(given, |row| row.1);
    let known = NAMES.iter().find(|row| row.0 == mime_type).map(|row| row.1.to_owned());
    Guess { mime_type: mime_type.to_owned(), name: known.unwrap_or_else(|| by_the_crate(format)) }
}

fn by_the_crate(format: FileFormat) -> String {
    match (format.name(), format.short_name()) {
        (name, Some(short)) if !name.contains(short) => format!("{name} ({short})"),
        (name, _) => name.to_owned(),
    }
}
