//! What a target starts from: small files of the corpus, copied to where fuzzing keeps its things.
//! Knows which kinds of file are of use to which target, by their extensions.

use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

/// Each target, and the extensions of files that it can read. Targets without a row start from their cases.
const SEEDS: &[(&str, &[&str])] = &[
    ("exif", &["tif"]),
    ("isobmff", &["heic", "heif", "hif", "avif", "avifs", "cr3", "mp4"]),
    ("jpeg_segments", &["jpg"]),
    (
        "mime",
        &[
            "mp4", "mkv", "doc", "epub", "docx", "zip", "pdf", "webm", "avif", "heic", "svg", "mp3", "jxl",
            "psd",
        ],
    ),
    ("render_bmp", &["bmp", "dib"]),
    ("render_dds", &["dds"]),
    ("render_gif", &["gif"]),
    ("render_ico", &["ico", "cur"]),
    ("render_jpeg", &["jpg", "jpeg"]),
    ("render_libheif", &["heic", "heif", "hif", "avif", "avifs"]),
    ("render_libtiff", &["tif", "tiff"]),
    ("render_openexr", &["exr"]),
    ("render_png", &["png"]),
    ("render_pnm", &["pbm", "pgm", "ppm", "pnm", "pam", "pfm"]),
    ("render_qoi", &["qoi"]),
    ("render_radiancehdr", &["hdr"]),
    ("render_tga", &["tga"]),
    ("render_tiff", &["tif", "tiff"]),
    ("render_video", &["mp4", "mkv", "webm", "avi", "flv", "ts", "mov", "wmv", "3gp", "ogv"]),
    ("render_webp", &["webp"]),
    ("tiff_directory", &["tif", "tiff"]),
    ("webp_codec", &["webp"]),
    ("xmp", &["svg"]),
];

/// Longer files would be cut to what libFuzzer tries, and a cut file is seldom a good start.
const MOST_BYTES: u64 = 16 << 10;

/// Copies every fitting file below `corpus` into `folder`.
pub(super) fn lay_out(target: &str, corpus: &Path, folder: &Path) -> anyhow::Result<()> {
    let Some((_, extensions)) = SEEDS.iter().find(|(name, _)| *name == target) else { return Ok(()) };
    let missing =
        || format!("read {}: set TINTYPE_CORPUS to the folder of the media corpus", corpus.display());
    for (number, file) in files(corpus).with_context(missing)?.iter().enumerate() {
        if is_of_use(file, extensions) {
            fs::copy(file, folder.join(number.to_string()))
                .with_context(|| format!("copy {}", file.display()))?;
        }
    }
    Ok(())
}

fn is_of_use(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    extensions.contains(&&*extension) && fs::metadata(file).is_ok_and(|file| file.len() <= MOST_BYTES)
}

/// Every file below a folder, in the same order each time.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder)? {
            let item = item?;
            let list = if item.file_type()?.is_dir() { &mut folders } else { &mut files };
            list.push(item.path());
        }
    }
    files.sort();
    Ok(files)
}
