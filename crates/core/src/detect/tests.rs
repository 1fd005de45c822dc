//! Rows for contents and names, and the corpus as a whole.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;
use crate::cas::{Cas, Namer};
use crate::indexer::tests::everything_below;
use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

#[track_caller]
fn check(name: &str, content: &[u8], mime_type: &str) {
    let read_at = |buffer: &mut [u8], position: u64| {
        let rest = content.get(position as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    };
    let head = &content[..content.len().min(8192)];
    let suspect = Suspect { name: name.as_bytes(), head, size: content.len() as u64 };
    assert_eq!(sniff(&suspect, read_at).0.mime_type, mime_type, "{name}");
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

#[test]
fn the_content_decides() {
    check("a.png", PNG, "image/png");
    check("a.jpg", PNG, "image/png");
    check("a", PNG, "image/png");
    check("a.tga", PNG, "image/png");
    check("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg");
    check("a.cbz", b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg");
    check("a", b"just words\n", "text/plain");
    check("a", b"\0\x01\x02\x03", UNKNOWN);
    check("a.mp4", b"\0\x01\x02\x03", UNKNOWN);
}

#[test]
fn the_name_decides_where_contents_cannot() {
    check("a.tga", b"\0\0\x02\0\0\0\0\0", "image/x-tga");
    check("A.TGA", b"\0\0\x02\0\0\0\0\0", "image/x-tga");
    check("a.md", b"# words\n", "text/markdown");
    check("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml");
    check("a.dng", b"II*\0\x08\0\0\0", "image/x-adobe-dng");
    check("a.tif", b"II*\0\x08\0\0\0", "image/tiff");
    check("a.ts", b"\0\x01\x02\x03", "video/mp2t");
}

/// An archive that says in its first file what it is.
fn zip_of(mime_type: &str) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend((mime_type.len() as u32).to_le_bytes().repeat(2));
    bytes.extend([8, 0, 0, 0]);
    bytes.extend(b"mimetype");
    bytes.extend(mime_type.as_bytes());
    let first = bytes.len() as u32;
    bytes.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend((mime_type.len() as u32).to_le_bytes().repeat(2));
    bytes.extend([8, 0]);
    bytes.extend([0; 16]);
    bytes.extend(b"mimetype");
    let length = bytes.len() as u32 - first;
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend(length.to_le_bytes());
    bytes.extend(first.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// An archive of one empty file, after `padding` bytes of another that is not in the directory.
fn zip(name: &str, padding: usize) -> Vec<u8> {
    let (length, padding) = (name.len() as u8, padding as u32);
    let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(padding.to_le_bytes());
    bytes.extend(padding.to_le_bytes());
    bytes.extend([length, 0, 0, 0]);
    bytes.extend(name.as_bytes());
    bytes.resize(bytes.len() + padding as usize, 7);
    let directory = bytes.len() as u32;
    bytes.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(padding.to_le_bytes());
    bytes.extend(padding.to_le_bytes());
    bytes.extend([length, 0]);
    bytes.extend([0; 16]);
    bytes.extend(name.as_bytes());
    let length = bytes.len() as u32 - directory;
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend(length.to_le_bytes());
    bytes.extend(directory.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn containers_are_looked_into_also_when_they_are_large() {
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    for padding in [0, 300_000] {
        check("a.bin", &zip("word/document.xml", padding), word);
        check("a.zip", &zip("page-1.png", padding), "application/zip");
        check("a.cbz", &zip("page-1.png", padding), "application/vnd.comicbook+zip");
        check("a.cbr", &zip("page-1.png", padding), "application/vnd.comicbook+zip");
    }
}

/// What archive a comic is in is told by what it holds; that it is one, by any of the names that comics have.
#[test]
fn an_archive_is_a_comic_by_its_name() {
    let (rar_4, rar_5, seven_zip) = (b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\x01\0", b"7z\xbc\xaf\x27\x1c\0\x04");
    for name in ["a.cbr", "a.CBZ", "a.cb7"] {
        check(name, rar_4, "application/vnd.comicbook-rar");
        check(name, rar_5, "application/vnd.comicbook-rar");
        check(name, seven_zip, "application/x-cb7");
    }
    check("a.rar", rar_5, "application/vnd.rar");
    check("a.7z", seven_zip, "application/x-7z-compressed");
}

#[test]
fn a_damaged_container_is_still_a_container() {
    let cut = &zip("word/document.xml", 300_000)[..200_000];
    check("a.docx", cut, "application/zip");
    check("a.mp4", b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov", "video/mp4");
    check("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic");
}

#[test]
fn a_container_that_never_ends_is_read_for_a_moment_only() {
    let mut head = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
    head.extend([0, 0, 0, 8, b'f', b'r', b'e', b'e'].repeat(2000));
    let size = 1 << 40;
    let suspect = Suspect { name: b"a.mp4", head: &head[..8192], size };
    let endless = |buffer: &mut [u8], position: u64| {
        for (byte, offset) in buffer.iter_mut().zip(position..) {
            *byte = *head
                .get(offset as usize)
                .unwrap_or(&[0, 0, 0, 8, b'f', b'r', b'e', b'e'][offset as usize % 8]);
        }
        Ok(buffer.len())
    };
    let (Guess { mime_type, .. }, bytes_read) = sniff(&suspect, endless);
    assert!(mime_type.ends_with("mp4"), "{mime_type}");
    assert!(bytes_read < MOST_READ + 65_536, "{bytes_read}");
}

fn corpus() -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let folder = std::env::var_os("TINTYPE_CORPUS").map_or_else(|| default.into(), PathBuf::from);
    assert!(folder.is_dir(), "no corpus at {}; set TINTYPE_CORPUS", folder.display());
    folder
}

fn sniff_file(path: &Path) -> String {
    let file = File::open(path).unwrap();
    let size = file.metadata().unwrap().len();
    let read_at = |buffer: &mut [u8], position| file.read_at(buffer, position);
    let mut namer = Namer::default();
    namer.name(Cas::Sampled, size, read_at).unwrap();
    let name = path.file_name().unwrap().as_encoded_bytes();
    sniff(&Suspect { name, head: namer.head(), size }, read_at).0.mime_type
}

/// What files of the corpus in this folder and with this extension are said to be.
#[track_caller]
fn check_corpus(folder: &str, extension: &str, mime_type: &str) {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let paths = everything_below(&corpus().join(folder));
    for path in paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension)))
    {
        if path.is_file() && path.metadata().unwrap().len() > 0 {
            found
                .entry(sniff_file(&path))
                .or_default()
                .push(path.file_name().unwrap().to_string_lossy().into());
        }
    }
    let right = found.remove(mime_type).unwrap_or_default().len();
    let wrong: usize = found.values().map(Vec::len).sum();
    assert!(right > 0, "no {extension} in {folder}");
    // Some files of the corpus are damaged, or are called what they are not.
    assert!(wrong * 10 <= right, "{right} right, not {found:#?}");
}

#[test]
fn the_corpus_is_called_what_it_is() {
    check_corpus("jpeg", "jpg", "image/jpeg");
    check_corpus("photos-large", "jpg", "image/jpeg");
    check_corpus("png/pngsuite", "png", "image/png");
    check_corpus("gif", "gif", "image/gif");
    check_corpus("webp", "webp", "image/webp");
    check_corpus("bmp", "bmp", "image/bmp");
    check_corpus("tga", "tga", "image/x-tga");
    check_corpus("tiff", "tif", "image/tiff");
    check_corpus("ico", "ico", "image/vnd.microsoft.icon");
    check_corpus("qoi", "qoi", "image/qoi");
    check_corpus("svg", "svg", "image/svg+xml");
    check_corpus("cbz", "cbz", "application/vnd.comicbook+zip");
    check_corpus("pdf", "pdf", "application/pdf");
    check_corpus("video", "mp4", "video/mp4");
    check_corpus("video", "mkv", "video/matroska");
    check_corpus("raw", "dng", "image/x-adobe-dng");
    check_corpus("raw", "x3f", "image/x-sigma-x3f");
    check_corpus("audio", "mp3", "audio/mpeg");
}

/// Words that a failure says of a file with this content, whatever it is called: `unsupported: Adobe Illustrator`.
#[track_caller]
fn check_name(content: &[u8], name: &str) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    for called in ["", "a.jpg", "a.png", "a.heic"] {
        let suspect = Suspect { name: called.as_bytes(), head: content, size: content.len() as u64 };
        let guess = sniff(&suspect, nothing_more).0;
        assert_eq!(guess.name, name, "{called}");
        assert_eq!(name_of(&file, &guess.mime_type), name, "{called}");
    }
}

#[allow(clippy::unnecessary_wraps, reason = "a reader may fail")]
fn nothing_more(_: &mut [u8], _: u64) -> io::Result<usize> {
    Ok(0)
}

/// These bytes, with zeros before and behind.
fn at(place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut content = vec![0; place];
    content.extend(bytes);
    content.resize(content.len() + 64, 0);
    content
}

#[test]
fn what_only_its_name_speaks_for_says_so() {
    let file = tempfile::tempfile().unwrap();
    (&file).write_all(&[0, 1, 2, 3]).unwrap();
    assert_eq!(name_of(&file, "model/stl"), "STL model, by its name");
    assert_eq!(name_of(&file, UNKNOWN), "unknown format");
}

#[test]
fn pictures_of_other_programs_are_called_by_name() {
    check_name(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%Creator: Adobe Illustrator(R) 8.0\n%AI5_FileFormat 4\n",
        "Adobe Illustrator",
    );
    check_name(b"%!PS-Adobe-3.0\n%%Creator: Adobe Illustrator(TM) 3.2\n", "Adobe Illustrator");
    check_name(
        b"%PDF-1.5\n1 0 obj<</PieceInfo<</Illustrator 2 0 R>>/AIPrivateData1 3 0 R>>",
        "Adobe Illustrator",
    );
    check_name(b"%PDF-1.5\n1 0 obj<</Type/Catalog>>", "PDF");
    check_name(b"%!PS-Adobe-3.0 EPSF-3.0\n%%Creator: cairo\n", "Encapsulated PostScript (EPS)");
    check_name(&at(0, b"\xc5\xd0\xd3\xc6\x1e"), "Encapsulated PostScript (EPS)");
    check_name(b"%!PS-Adobe-2.0\n%%Creator: dvips\n", "PostScript (PS)");
    check_name(b"%!PS-AdobeFont-1.0: Utopia", "PostScript font (Type 1)");
    check_name(
        &at(0, b"\x06\x06\xed\xf5\xd8\x1d\x46\xe5\xbd\x31\xef\xe7\xfe\x74\xb7\x1dDOCUMENT"),
        "Adobe InDesign",
    );
    check_name(&at(0, b"RIFF\0\0\0\0CDR9vrsn"), "CorelDRAW");
    check_name(&zip_of("application/x-krita"), "Krita");
    check_name(&zip_of("application/x-vnd.corel.draw.document+zip"), "CorelDRAW");
    check_name(&zip_of("image/openraster"), "OpenRaster (ORA)");
    check_name(&at(0, b"\0\xffKA\x0a\0"), "Affinity");
    check_name(&at(0, b"gimp xcf v011\0"), "GIMP (XCF)");
    check_name(&at(0, b"PDN3\x10\x20"), "Paint.NET");
    check_name(&at(0, b"AGD3\0"), "FreeHand");
    check_name(&at(0, b"BLENDER-v293"), "Blender");
    check_name(&at(0, b"8BPS\0\x01"), "Photoshop (PSD)");
    check_name(&at(0, b"Paint Shop Pro Image File\n\x1a"), "PaintShop Pro");
    check_name(&at(0, b"\xd7\xcd\xc6\x9a\0\0"), "Windows Metafile (WMF)");
    check_name(&at(0, b"\x01\0\x09\0\0\x03"), "Windows Metafile (WMF)");
    check_name(&[&at(0, b"\x01\0\0\0")[..40], b" EMF"].concat(), "Enhanced Metafile (EMF)");
}

#[test]
fn rare_pictures_are_called_by_name() {
    check_name(&at(0, b"AT&TFORM\0\0\0\0DJVU"), "DjVu");
    check_name(&at(0, b"SIMPLE  =                    T"), "FITS");
    check_name(&at(128, b"DICM"), "DICOM");
    check_name(&at(0, b"\x59\xa6\x6a\x95"), "Sun raster");
    check_name(&at(0, b"\x80\xe8\0\0"), "PIXAR raster");
    check_name(&at(0, b"DanM"), "Microsoft Paint (MSP)");
    check_name(&at(0, b"\xb1\x68\xde\x3a"), "multi-page PCX (DCX)");
    check_name(&at(0, b"gd2\0\0\x02"), "GD2");
    check_name(b"P7 332\n#XVVERSION:Version 2.28\n", "XV thumbnail");
    check_name(b"Image type: L 1 image\r\n", "IFUNC Image Memory (IM)");
    check_name(&at(0, b"II\xbc\x01\x08\0\0\0"), "JPEG Extended Range (JXR)");
    check_name(&at(0, b"BPG\xfb\0"), "Better Portable Graphics (BPG)");
    check_name(&at(0, b"FLIF31\0"), "Free Lossless Image Format (FLIF)");
    check_name(&at(0, b"\x97JB2\r\n\x1a\n"), "JBIG2");
    check_name(&at(0, b"\xabKTX 20\xbb\r\n\x1a\n"), "Khronos Texture 2 (KTX2)");
    check_name(&at(0, b"sB\x13\0"), "Basis Universal texture");
    check_name(&at(0, b"VTF\0\x07"), "Valve texture (VTF)");
    check_name(&at(2048, b"PCD_IPI"), "Photo CD");
    check_name(&at(0, b"\x8aMNG\r\n\x1a\n"), "Multiple-image Network Graphics (MNG)");
    check_name(&at(0, b"\x8bJNG\r\n\x1a\n"), "JPEG Network Graphics (JNG)");
    check_name(&at(4, b"\x11\xaf"), "Animator film (FLI)");
    check_name(&at(0, b"FORM\0\0\0\0ILBMBMHD"), "Amiga picture (ILBM)");
}

#[test]
fn what_is_no_picture_is_called_by_name() {
    check_name(b"just words\n", "plain text");
    check_name(b"Gr\xfc\xdfe aus K\xf6ln\n", "plain text");
    check_name(b"\xff\xfew\0o\0r\0d\0s\0", "plain text");
    check_name("写真の箱".as_bytes().split_last().unwrap().1, "plain text");
    check_name(b"From: a@example.org\r\nSubject: hello\r\nDate: today\r\n\r\nhello", "e-mail");
    check_name(
        b"From a@example.org Mon\nReturn-Path: <a@example.org>\nFrom: a\nSubject: hello\n\nhello",
        "mailbox",
    );
    check_name(b"<!DOCTYPE html><html><svg/></html>", "HTML page");
    check_name(b"solid cube\nfacet normal 0 0 1\n", "Stereolithography ASCII (STL)");
    check_name(&at(0, b"\x1f\x8b\x08"), "gzip archive");
    check_name(&at(0, b"\x7fELF\x02\x01"), "program (ELF)");
    check_name(&at(0, b"SQLite format 3\0"), "SQLite 3");
    check_name(&at(0, b"\0\x01\x02\x03"), "unknown format");
    check_name(b"\x01", "unknown format");
}

#[test]
fn pictures_that_we_open_are_known_whatever_they_are_called() {
    let svg =
        "<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE svg [<!ENTITY a '>'>]>\n<svg:svg xmlns:svg='x'/>";
    check_name(svg.as_bytes(), "SVG");
    check_name(
        &[b"\xff\xfe".as_slice(), &"<svg/>".bytes().flat_map(|byte| [byte, 0]).collect::<Vec<_>>()].concat(),
        "SVG",
    );
    check_name(b"#define a_width 1\n#define a_height 1\nstatic char a_bits[] = {0};", "X bitmap (XBM)");
    check_name(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF");
    check_name(b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "HEIC");
    check_name(b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf", "HEIF");
    check_name(b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc", "HEIC sequence");
}

/// A TIFF whose first directory has these fields, and its maker's name behind it.
fn tiff(fields: &[(u16, u32)], make: &str) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((fields.len() as u16 + 1).to_le_bytes());
    let make_at = 8 + 2 + 12 * (fields.len() as u32 + 1) + 4;
    for (tag, value) in fields.iter().copied().chain([(271, make_at)]) {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(4_u16.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(make.as_bytes());
    bytes.resize(bytes.len() + 32, 0);
    bytes
}

#[test]
fn a_cameras_raw_file_is_told_from_a_picture_that_names_its_camera() {
    const MOSAIC: (u16, u32) = (262, 32803);
    check("a.jpg", &tiff(&[MOSAIC], "NIKON CORPORATION"), "image/x-nikon-nef");
    check("a.tif", &tiff(&[MOSAIC], "SONY"), "image/x-sony-arw");
    check("a", &tiff(&[MOSAIC], "PENTAX Corporation"), "image/x-pentax-pef");
    check("a", &tiff(&[MOSAIC, (50706, 1)], "SONY"), "image/x-adobe-dng");
    check("a.tif", &tiff(&[(262, 2)], "NIKON CORPORATION"), "image/tiff");
    check("a.tif", &tiff(&[MOSAIC], "Nobody"), "image/tiff");
    let with_sub = tiff(&[(330, 8), (262, 2)], "NIKON"); // whose directory is itself
    check("a.tif", &with_sub, "image/tiff");
}
