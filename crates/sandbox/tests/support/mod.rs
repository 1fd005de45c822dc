//! What every test of the pool needs: the worker that misbehaves on demand, and files that tell it how.
//! Knows nothing of what is expected.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "each test program uses its part")]

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tintype_sandbox::{
    Executable, Limits, Order, Pool, PoolSettings, Priority, RenderError, Rendition, Request,
};

pub(crate) const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-test-worker");

/// The one size that the tests ask for.
pub(crate) const SIZE: u32 = 8;

/// Limits that a test can wait for, and that a busy machine can keep.
pub(crate) fn limits() -> Limits {
    Limits {
        memory: 256 << 20,
        cpu: Duration::from_secs(1),
        wall: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// One test worker at a time.
pub(crate) fn settings() -> PoolSettings {
    PoolSettings { workers: 1, limits: limits(), ..PoolSettings::new(vec![PathBuf::from(WORKER).into()]) }
}

pub(crate) fn pool(settings: PoolSettings) -> Pool {
    Pool::start(settings).unwrap()
}

/// The test worker under other names, by which it knows how to behave from its start.
pub(crate) struct Links(TempDir);

impl Links {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn executable(&self, name: &str) -> Executable {
        self.path(name).into()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        symlink(WORKER, &path).unwrap();
        path
    }
}

/// A file with this text, open for reading.
pub(crate) fn source(text: &str) -> File {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("source");
    fs::write(&path, text).unwrap();
    File::open(path).unwrap()
}

pub(crate) fn render(pool: &Pool, text: &str) -> Result<Rendition, RenderError> {
    render_as(pool, text, None)
}

pub(crate) fn render_as(pool: &Pool, text: &str, mime_type: Option<&str>) -> Result<Rendition, RenderError> {
    render_file(pool, &source(text), mime_type, &|| false)
}

pub(crate) fn render_file(
    pool: &Pool,
    file: &File,
    mime_type: Option<&str>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Rendition, RenderError> {
    order_file(pool, (file, mime_type), &Order::new(&[SIZE], 85), cancelled)
}

pub(crate) fn order_file(
    pool: &Pool,
    (file, mime_type): (&File, Option<&str>),
    order: &Order,
    cancelled: &dyn Fn() -> bool,
) -> Result<Rendition, RenderError> {
    let (source, priority, begun) = (file.as_fd(), Priority::Bulk, &|| {});
    pool.render(&Request { source, mime_type, order, priority, cancelled, begun })
}

/// Renders an empty file for somebody who is served first or not.
pub(crate) fn render_for(pool: &Pool, priority: Priority) -> Rendition {
    let order = Order::new(&[SIZE], 85);
    let (file, cancelled, begun) = (source("hello"), &|| false, &|| {});
    let request =
        Request { source: file.as_fd(), mime_type: None, order: &order, priority, cancelled, begun };
    pool.render(&request).unwrap()
}

/// What the test worker put behind the header of the one thumbnail.
pub(crate) fn text_of(rendition: &Rendition) -> &[u8] {
    &rendition.thumbnails[0].webp[12..]
}

/// The process that made a rendition.
pub(crate) fn process_of(rendition: &Rendition) -> u32 {
    rendition.facts.warnings[0].parse().unwrap()
}

/// Bytes of memory that a process has, from the kernel's page about it.
pub(crate) fn resident(process: u32) -> u64 {
    let page = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = page.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() << 10
}

/// How nice a process is, from the kernel's page about it.
pub(crate) fn niceness(process: u32) -> i32 {
    let page = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // Behind the name, which ends with the last bracket, it is the seventeenth word.
    page.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(16)).unwrap().parse().unwrap()
}

/// Whether a process is there; one that has ended and waits for its parent is not.
pub(crate) fn is_alive(process: u32) -> bool {
    let stat =
        fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}
