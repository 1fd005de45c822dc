//! The jailed child for video: FFmpeg's libraries behind the same pipe and walls as the worker that has none.
//! Knows its table; what a worker does is in the worker crate's library.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use tintype_media::Fonts;
use tintype_worker::Worker;

/// Of the address space: FFmpeg comes with some 130 libraries, which take 190 MiB of it here, and its decoders' tables.
const OVERHEAD: u64 = 320 << 20;

fn main() -> ExitCode {
    // The libraries were there when the program started, or it would not have: the dynamic linker says which is missing.
    Worker { formats: tintype_worker_video::load(), overhead: OVERHEAD, fonts: Fonts::none() }.serve()
}
