//! The jailed child for comics: libarchive behind the same pipe and walls as the worker that has no C libraries.
//! Knows its table; what a worker does is in the worker crate's library.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use tintype_media::Fonts;
use tintype_worker::Worker;

fn main() -> ExitCode {
    // Before anything else: behind the walls no library can be opened any more. A worker without its library ends
    // here, and its last words tell the parent, and so the person, what to install.
    if let Err(words) = tintype_worker_comic::load() {
        eprintln!("unavailable: {words}");
        return ExitCode::from(2);
    }
    // More is left free than by the main worker: libarchive brings a dozen libraries along.
    Worker { formats: tintype_worker_comic::FORMATS, overhead: 160 << 20, fonts: Fonts::none() }.serve()
}
