//! Measures what the pool costs for each file beyond the rendering: a worker that answers at once.
//! Knows nothing of pictures. Run with `cargo run --release -p tintype-sandbox --example overhead`.
#![allow(clippy::unwrap_used, reason = "a measurement may panic")]

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use tintype_sandbox::{Order, Pool, PoolSettings, Priority, Request, find_worker};

/// Enough for a second or so.
const FILES: u32 = 5000;

/// What three thumbnails of a photograph weigh together, about.
const ANSWER: usize = 90_000;

fn main() {
    let worker = find_worker("sandbox-test-worker").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (what, text) in [("5 bytes", "hello".to_owned()), ("3 x 30 kB", format!("big {}", ANSWER / 3))] {
        let path = folder.path().join("source");
        fs::write(&path, text).unwrap();
        let file = File::open(&path).unwrap();
        for callers in [1, 2, 4] {
            let settings = PoolSettings { workers: 2, files_per_worker: u32::MAX, ..settings(&worker) };
            let each = measure(settings, &file, callers);
            println!("{what}, {callers} callers, 2 workers: {:.1} us a file", micros(each));
        }
    }
    let file = File::open(folder.path().join("source")).unwrap();
    let kept = measure(PoolSettings { files_per_worker: u32::MAX, ..settings(&worker) }, &file, 1);
    let replaced = measure(PoolSettings { files_per_worker: 1, ..settings(&worker) }, &file, 1);
    println!("a new worker: {:.1} us", micros(replaced.saturating_sub(kept)));
}

fn settings(worker: &std::path::Path) -> PoolSettings {
    PoolSettings { workers: 1, ..PoolSettings::new(vec![worker.to_owned().into()]) }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Wall time for each file.
fn measure(settings: PoolSettings, file: &File, callers: u32) -> Duration {
    let files = if settings.files_per_worker == 1 { FILES / 20 } else { FILES };
    let pool = Pool::start(settings).unwrap();
    let order = Order::new(&[512, 256, 128], 85);
    let request = || Request {
        source: file.as_fd(),
        mime_type: Some("test/first"),
        order: &order,
        priority: Priority::Bulk,
        cancelled: &|| false,
        begun: &|| {},
    };
    pool.render(&request()).unwrap();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| (0..files / callers).for_each(|_| drop(pool.render(&request()).unwrap())));
        }
    });
    started.elapsed() / files
}
