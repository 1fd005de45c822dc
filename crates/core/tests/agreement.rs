//! The indexer, the workers and the corpus's own list agree on what every file is, whatever the file is called.
//! Knows what each of them says; nothing of how they know.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use tintype_core::{
    Settings,
    jobs::Priority,
    mime_type_of,
    render::{Effort, Order, PoolRenderer, RenderRequest, Renderer},
};

/// Larger files say nothing that smaller ones do not, and take most of the time.
const MOST_BYTES: u64 = 400_000;

/// What the indexer says, what a worker says, and why both are right.
#[rustfmt::skip]
const MIME_TYPES: &[(&str, &str, &str)] = &[
    ("application/octet-stream", "image/x-tga", "Targa has no signature"),
    ("image/vnd.microsoft.icon", "image/x-tga", "and may begin like an icon"),
    ("image/x-win-bitmap", "image/x-tga", "or a cursor"),
    ("application/octet-stream", "audio/mpeg", "a tag in front of the sound says nothing of it, and its name is not told here"),
    ("application/x-id3v2", "audio/mpeg", "a tag in front of the sound says nothing of it"),
    ("application/zip", "application/vnd.comicbook+zip", "pictures in a ZIP, which only its name calls a comic"),
    ("image/x-adobe-dng", "image/tiff", "where nobody opens raw files, what is in front of them is a TIFF"),
];

/// What the list says, what a worker says, and why both are right.
#[rustfmt::skip]
const FORMATS: &[(&str, &str, &str)] = &[
    ("MPO", "JPEG", "a JPEG with a second one behind it"),
    ("CUR", "ICO", "a cursor is an icon with a point"),
    ("DIB", "BMP", "without its first bytes"),
    ("EXR", "OpenEXR", "two names"),
    ("EXR", "Text", "a line of text says of itself that it is none"),
    ("HDR", "Radiance HDR", "two names"),
    ("JXL", "JPEG XL", "two names"),
    ("JPEG2000", "JPEG 2000", "two names"),
    ("PPM", "PNM", "one of a family"),
    ("RAW", "JPEG", "a camera's file that somebody saved as a JPEG under its old name"),
    ("RAW", "TIFF", "where nobody opens raw files, what is in front of them is a TIFF"),
    ("RAW", "Camera RAW", "two names"),
    ("HEIF", "HEIC", "two names"),
    ("mov", "MP4", "one demuxer's name for both"),
    ("mov", "QuickTime", "one demuxer's name for both"),
    ("matroska", "WebM", "WebM is Matroska of a few codecs"),
    ("flv", "Flash video", "two names"),
    ("asf", "Windows Media", "two names"),
    ("mpeg", "MPEG-PS", "two names"),
    ("mpegts", "MPEG-TS", "two names"),
    ("mpegvideo", "MPEG video", "two names"),
    ("ogg", "Ogg video", "one of a family"),
    ("rm", "RealMedia", "two names"),
    ("FLI", "FLIC", "one of a family"),
    ("ZIP", "CBZ", PACKED),
    ("ZIP", "EPUB", PACKED),
    ("ZIP", "OpenDocument", PACKED),
    ("ZIP", "Office Open XML", PACKED),
    ("mp3", "Audio", SOUND),
    ("mov", "Audio", SOUND),
    ("flac", "Audio", SOUND),
    ("ogg", "Audio", SOUND),
    ("wav", "Audio", SOUND),
];

const PACKED: &str = "a ZIP with something certain in it";
const SOUND: &str = "the format of the cover counts, not that of the sound";

/// One file of the corpus that was opened.
struct Opened {
    path: String,
    guess: String,
    mime_type: String,
    format: String,
    /// Every MIME type that the worker's table gives for that format.
    mime_types: Vec<String>,
}

fn corpus() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("TINTYPE_CORPUS").map_or(beside, PathBuf::from);
    assert!(root.is_dir(), "{} is missing: set TINTYPE_CORPUS to the folder of the corpus", root.display());
    root
}

/// Paths and formats of the corpus's list.
fn list() -> Vec<(String, String)> {
    let text = fs::read_to_string(corpus().join("MANIFEST.tsv")).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| (row[0].to_owned(), row[6].to_owned())).collect()
}

/// Opens a file by a name that says nothing, as the indexer and the job would.
fn open(renderer: &PoolRenderer, path: &str) -> Option<Opened> {
    let source = File::open(corpus().join(path)).unwrap();
    if source.metadata().unwrap().len() > MOST_BYTES {
        return None;
    }
    let guess = mime_type_of(&source, Path::new("a.bin"));
    let request = RenderRequest {
        source: &source,
        mime_type: &guess,
        order: &Order { effort: Effort::Reduced, ..Order::new(&[16], 50) },
        priority: Priority::Bulk,
        cancelled: &|| false,
        begun: &|| {},
    };
    let facts = renderer.render(request).ok()?.facts;
    Some(Opened {
        path: path.to_owned(),
        guess,
        mime_types: mime_types(renderer, &facts.format),
        mime_type: facts.mime_type,
        format: facts.format,
    })
}

fn mime_types(renderer: &PoolRenderer, format: &str) -> Vec<String> {
    let workers = renderer.workers().into_iter().filter_map(|worker| worker.capabilities.ok());
    let formats = workers.flat_map(|known| known.formats).filter(|known| known.name == format);
    formats.flat_map(|known| known.mime_types).collect()
}

fn open_all(paths: &[(String, String)]) -> Vec<Opened> {
    let renderer = PoolRenderer::new(&Settings::new(""), None).unwrap();
    renderer.engine(&|_| true).unwrap(); // every worker has run, so that a wrong guess is put right
    let (next, opened) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..renderer.capacity() {
            scope.spawn(|| {
                while let Some((path, _)) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = open(&renderer, path);
                    opened.lock().unwrap().extend(found);
                }
            });
        }
    });
    opened.into_inner().unwrap()
}

/// Whether both say the same, or differ for a reason that is written down.
fn agree(one: &str, other: &str, reasons: &[(&str, &str, &str)]) -> bool {
    one.eq_ignore_ascii_case(other) || reasons.iter().any(|row| (row.0, row.1) == (one, other))
}

#[test]
fn everybody_says_the_same_of_every_file_that_is_opened() {
    let list = list();
    let formats: BTreeMap<_, _> = list.iter().cloned().collect();
    let opened = open_all(&list);
    assert!(opened.len() > 600, "only {} files were opened: the corpus is not whole", opened.len());
    let mut wrong: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for Opened { path, guess, mime_type, format, mime_types } in &opened {
        let listed = &formats[path];
        if !mime_types.contains(guess) && !agree(guess, mime_type, MIME_TYPES) {
            wrong.entry(format!("indexer {guess}, worker {mime_type}")).or_default().push(path);
        }
        if !listed.is_empty() && !agree(listed, format, FORMATS) {
            wrong.entry(format!("list {listed}, worker {format}")).or_default().push(path);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
