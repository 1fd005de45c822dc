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
    ("image/apng", "image/png", "an animated PNG is a PNG to its decoder"),
];

/// What the list says, what a worker says, and why both are right.
#[rustfmt::skip]
const FORMATS: &[(&str, &str, &str)] = &[
    ("MPO", "JPEG", "a JPEG with a second one behind it"),
];

/// One file of the corpus that was opened.
struct Opened {
    path: String,
    guess: String,
    mime_type: String,
    format: String,
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
        order: &Order { sizes: vec![16], quality: 50, effort: Effort::Reduced },
        priority: Priority::Bulk,
        cancelled: &|| false,
        begun: &|| {},
    };
    let facts = renderer.render(request).ok()?.facts;
    Some(Opened { path: path.to_owned(), guess, mime_type: facts.mime_type, format: facts.format })
}

fn open_all(paths: &[(String, String)]) -> Vec<Opened> {
    let renderer = PoolRenderer::new(&Settings::new(""), None).unwrap();
    renderer.engine().unwrap(); // every worker has run, so that a wrong guess is put right
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
    for Opened { path, guess, mime_type, format } in &opened {
        let listed = &formats[path];
        if !agree(guess, mime_type, MIME_TYPES) {
            wrong.entry(format!("indexer {guess}, worker {mime_type}")).or_default().push(path);
        }
        if !listed.is_empty() && !agree(listed, format, FORMATS) {
            wrong.entry(format!("list {listed}, worker {format}")).or_default().push(path);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
