//! The jailed child for TIFF: libtiff behind the same pipe and walls as the worker that has no C libraries.
//! Knows its table; what a worker does is in the worker crate's library.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use tintype_media::Fonts;
use tintype_media::formats::Format;
use tintype_worker::{Worker, system_library};

static FORMATS: &[&Format] = &[&tintype_worker_tiff::FORMAT];

fn main() -> ExitCode {
    // Before anything else: behind the walls no library can be opened any more.
    if let Err(words) = tintype_worker_tiff::load() {
        return system_library::missing(&words);
    }
    // More is left free than by the main worker: libtiff brings half a dozen libraries along.
    Worker { formats: FORMATS, overhead: 160 << 20, fonts: Fonts::none() }.serve()
}
