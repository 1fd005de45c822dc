//! The jailed child for HEIC and AVIF: libheif behind the same pipe and walls as the worker that has no C libraries.
//! Knows its table; what a worker does is in the worker crate's library.

mod threads;

use std::process::ExitCode;
use tintype_media::Fonts;
use tintype_worker::{Worker, system_library};

fn main() -> ExitCode {
    // Before anything else: behind the walls no library can be opened any more.
    let formats = match tintype_worker_heif::load() {
        Ok(formats) => formats,
        Err(words) => return system_library::missing(&words),
    };
    // More is left free than by the main worker: libheif brings a dozen libraries along.
    Worker { formats, overhead: 192 << 20, fonts: Fonts::none() }.serve()
}
