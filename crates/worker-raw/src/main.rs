//! The worker for camera RAW files whose preview is too small.
//! Knows its table; what a worker does is in `tintype-worker`.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use tintype_media::Fonts;
use tintype_media::formats::Format;
use tintype_worker::Worker;

/// Rawler's list of cameras takes some megabytes; nothing else here is larger than in the main worker.
const OVERHEAD: u64 = 160 << 20;

static FORMATS: &[&Format] = &[&tintype_worker_raw::FORMAT];

fn main() -> ExitCode {
    tintype_worker_raw::prepare();
    Worker { formats: FORMATS, overhead: OVERHEAD, fonts: Fonts::none() }.serve()
}
