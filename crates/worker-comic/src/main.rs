//! The jailed child for comics: libarchive behind the same pipe and walls as the worker that has no C libraries.
//! Knows its table; what a worker does is in the worker crate's library.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use tintype_media::Fonts;
use tintype_worker::{Worker, system_library};

fn main() -> ExitCode {
    // Before anything else: behind the walls no library can be opened any more.
    if let Err(words) = tintype_worker_comic::load() {
        return system_library::missing(&words);
    }
    // More is left free than by the main worker: libarchive brings a dozen libraries along.
    Worker { formats: tintype_worker_comic::FORMATS, overhead: 160 << 20, fonts: Fonts::none() }.serve()
}
