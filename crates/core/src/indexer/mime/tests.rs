//! Rows for contents and names, and the corpus as a whole.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;
use crate::cas::{Cas, Namer};
use crate::indexer::tests::everything_below;
use std::{
    collections::BTreeMap,
    fs::File,
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
    assert_eq!(sniff(&suspect, read_at).0, mime_type, "{name}");
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
    }
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
    let (mime_type, bytes_read) = sniff(&suspect, endless);
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
    sniff(&Suspect { name, head: namer.head(), size }, read_at).0
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
    check_corpus("qoi", "qoi", "image/x-qoi");
    check_corpus("svg", "svg", "image/svg+xml");
    check_corpus("cbz", "cbz", "application/vnd.comicbook+zip");
    check_corpus("pdf", "pdf", "application/pdf");
    check_corpus("video", "mp4", "video/mp4");
    check_corpus("video", "mkv", "video/matroska");
    check_corpus("raw", "dng", "image/x-adobe-dng");
    check_corpus("raw", "x3f", "image/x-sigma-x3f");
    check_corpus("audio", "mp3", "audio/mpeg");
}
