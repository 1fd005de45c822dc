//! The worker for every format that needs no library of the system's.
//! Knows its table; what a worker does is in the crate's library.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use tintype_media::formats;
use tintype_worker::Worker;

fn main() -> ExitCode {
    Worker::with_fonts(formats::ALL, 128 << 20).serve()
}
