//! Every file of the corpus through the jailed worker: each gets thumbnails or a reason, and none kills its worker.
//! Whether the pictures are right is asked elsewhere.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tintype_sandbox::{Order, Pool, PoolSettings, Priority, Reason, RenderError, Request};

const WORKER: &str = env!("CARGO_BIN_EXE_tintype-worker");

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match fs::symlink_metadata(&path).unwrap().file_type() {
            kind if kind.is_dir() => files_below(&path, files),
            kind if kind.is_file() => files.push(path),
            _ => {}
        }
    }
}

fn corpus() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("TINTYPE_CORPUS").map_or(beside, PathBuf::from);
    assert!(root.is_dir(), "{} is missing: set TINTYPE_CORPUS to the folder of the corpus", root.display());
    let mut files = Vec::new();
    files_below(&root, &mut files);
    assert!(files.len() > 100, "{} has hardly any files", root.display());
    files
}

/// What a file did to its worker that it must not.
fn harm(pool: &Pool, path: &Path) -> Option<String> {
    let file = File::open(path).unwrap();
    let order = Order::new(&[512, 256, 128], 85);
    let request = Request {
        source: file.as_fd(),
        mime_type: None,
        order: &order,
        priority: Priority::Bulk,
        cancelled: &|| false,
        begun: &|| {},
    };
    match pool.render(&request) {
        Err(RenderError::Fault(fault)) if is_harm(fault.reason) => {
            Some(format!("{}: {fault}", path.display()))
        }
        _ => None,
    }
}

fn is_harm(reason: Reason) -> bool {
    match reason {
        Reason::Crashed | Reason::TimedOut | Reason::Unavailable | Reason::Io => true,
        Reason::Unsupported
        | Reason::Corrupt
        | Reason::TooLarge
        | Reason::Encrypted
        | Reason::NoPicture
        | Reason::OutOfMemory => false,
    }
}

#[test]
fn no_file_of_the_corpus_kills_its_worker() {
    let files = corpus();
    let pool = Pool::start(PoolSettings::new(vec![PathBuf::from(WORKER).into()])).unwrap();
    let next = AtomicUsize::new(0);
    let harmed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        // One caller more than workers, so that no worker waits for a file to be opened.
        for _ in 0..=thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    harmed.lock().unwrap().extend(harm(&pool, path));
                }
            });
        }
    });
    let harmed = harmed.into_inner().unwrap();
    assert!(harmed.is_empty(), "{} of {}:\n{}", harmed.len(), files.len(), harmed.join("\n"));
}
