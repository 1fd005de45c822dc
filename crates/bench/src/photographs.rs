//! The photographs that are measured, each as many distinct files as wanted.
//! Knows the corpus and the grammar of JPEG so far as to tell progressive files; knows nothing of thumbnails.

use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, io};

/// Photographs of 8 to 20 megapixels, below the corpus: phones, cameras and a drawing by a computer, with chroma
/// halved once and twice, half a megabyte to four.
const PHOTOGRAPHS: &[&str] = &[
    "photos-large/Canon EOS 5D.jpg",
    "photos-large/Flow-dark-5120x2880.jpg",
    "photos-large/Kodak PIXPRO FZ201.jpg",
    "photos-large/Kodak PIXPRO S-1.jpg",
    "photos-large/Leica T (Typ 701).jpg",
    "photos-large/Oppo R7 Plus.jpg",
    "photos-large/Samsung SM-G935L (Galaxy S7 Edge).jpg",
    "photos-large/exif.jpg",
    "photos-large/no-exif.jpg",
    "jpeg/gainmap-motion/ultraHDR.jpg",
];

/// The environment's word for where the corpus is.
const CORPUS: &str = "TINTYPE_CORPUS";

/// One photograph of the corpus.
pub(crate) struct Photograph {
    pub(crate) path: PathBuf,
    pub(crate) jpeg: Vec<u8>,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) progressive: bool,
}

/// All photographs.
pub(crate) fn all() -> anyhow::Result<Vec<Photograph>> {
    let corpus = corpus();
    PHOTOGRAPHS.iter().map(|name| Photograph::read(corpus.join(name))).collect()
}

/// Beside the repository, unless the environment says otherwise.
pub(crate) fn corpus() -> PathBuf {
    match std::env::var_os(CORPUS) {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
    }
}

impl Photograph {
    fn read(path: PathBuf) -> anyhow::Result<Self> {
        let jpeg = fs::read(&path)
            .with_context(|| format!("read {}; {CORPUS} says where the photographs are", path.display()))?;
        let header = turbojpeg::read_header(&jpeg).with_context(|| path.display().to_string())?;
        let (width, height) = (header.width, header.height);
        Ok(Self { path, jpeg, width, height, progressive: header.is_progressive })
    }

    /// The name without folder or extension.
    pub(crate) fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(crate) fn megapixels(&self) -> f64 {
        (self.width * self.height) as f64 / 1e6
    }
}

/// Distinct files made of a few photographs, sorted so that any first part holds each about equally often.
pub(crate) struct Copies {
    pub(crate) folder: PathBuf,
    pub(crate) files: Vec<PathBuf>,
    /// How many photographs they are copies of.
    pub(crate) kinds: usize,
}

impl Copies {
    /// At least `count` files in `folder`, which is emptied first: every photograph equally often.
    pub(crate) fn make(photographs: &[&Photograph], count: usize, folder: PathBuf) -> anyhow::Result<Self> {
        ensure!(!photographs.is_empty(), "no photographs to copy");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let mut files = Vec::new();
        for copy in 0..count.div_ceil(photographs.len()) {
            for (kind, photograph) in photographs.iter().enumerate() {
                let path = folder.join(format!("{copy:03}-{kind:02}.jpg"));
                write_old(&path, &distinct(&photograph.jpeg, copy))
                    .with_context(|| format!("write {}", path.display()))?;
                files.push(path);
            }
        }
        Ok(Self { folder, files, kinds: photographs.len() })
    }

    /// So many copies of each photograph, if there are as many; others in each round.
    pub(crate) fn some(&self, copies: usize, round: usize) -> Vec<PathBuf> {
        let count = (copies * self.kinds).min(self.files.len());
        self.files.iter().cycle().skip(round * count % self.files.len()).take(count).cloned().collect()
    }
}

/// Photographs are not new: an indexer may leave a file alone that somebody seems to be writing.
const AGE: Duration = Duration::from_hours(1);

fn write_old(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes)?;
    fs::File::options().write(true).open(path)?.set_modified(SystemTime::now() - AGE)
}

/// Decoders stop at the end of the picture, so bytes behind it change the content and nothing else.
fn distinct(jpeg: &[u8], copy: usize) -> Vec<u8> {
    [jpeg, &(copy as u64).to_le_bytes()].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[test]
    fn every_photograph_is_there_and_large() {
        let photographs = all().unwrap();
        assert!(photographs.iter().filter(|photograph| !photograph.progressive).count() >= 8);
        assert!(photographs.iter().any(|photograph| photograph.progressive));
        for photograph in &photographs {
            assert!((8.0..20.5).contains(&photograph.megapixels()), "{}", photograph.name());
        }
    }

    #[test]
    fn parts_hold_each_photograph_equally_often() {
        let files: Vec<PathBuf> = (0..12).map(|file| file.to_string().into()).collect();
        let copies = Copies { folder: PathBuf::new(), files, kinds: 3 };
        let names = |round| copies.some(2, round).iter().map(|path| path.display().to_string()).collect();
        let (first, third): (Vec<_>, Vec<_>) = (names(0), names(2));
        assert_eq!(first, ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(third, first);
        assert_ne!(distinct(b"jpeg", 1), distinct(b"jpeg", 2));
    }
}
