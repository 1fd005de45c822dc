//! The jailed child for TIFF: libtiff behind the same pipe and walls as the worker that has no C libraries.
//! Knows nothing of libraries, paths or networks.
#![forbid(unsafe_code)]

// The same answers and clocks as the main worker's. They are a worker's insides, so no crate offers them.
#[path = "../../worker/src/answer.rs"]
mod answer;
#[path = "../../worker/src/metrics.rs"]
mod metrics;

use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::{fs::File, io};
use tintype_media::{ENGINE_VERSION, Engine, Limits, ReadAt, Source, Wanted, formats::Format};
use tintype_sandbox::{About, Effort, Fault, FormatInfo, Rendition, Task, serve};

/// What this worker opens.
static FORMATS: &[&Format] = &[&tintype_worker_tiff::FORMAT];

/// Of the address space, what is not for the buffers of one file: the program and the libraries that libtiff brings
/// along, stacks, what the allocator cannot use, and the encoder's working memory.
const OVERHEAD: u64 = 160 << 20;

fn main() -> ExitCode {
    // Before anything else: behind the walls no library can be opened any more. A worker without its library ends
    // here, and its last words tell the parent, and so the person, what to install.
    if let Err(words) = tintype_worker_tiff::load() {
        eprintln!("unavailable: {words}");
        return ExitCode::from(2);
    }
    serve(about(), render)
}

fn about() -> About {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let format = |format: &&Format| FormatInfo {
        name: format.name.to_owned(),
        mime_types: owned(format.mime_types),
        extensions: owned(format.extensions),
    };
    About { engine: ENGINE_VERSION.to_string(), formats: FORMATS.iter().map(format).collect() }
}

fn render(task: &Task<'_>) -> Result<Rendition, Fault> {
    let max_memory = task.terms.memory.saturating_sub(OVERHEAD).max(task.terms.memory / 2);
    let engine =
        Engine { formats: FORMATS, limits: Limits { max_pixels: task.terms.max_pixels, max_memory } };
    let file = Positioned(task.file);
    let source = Source::new(&file, task.len).map_err(answer::fault)?;
    let mut stages = metrics::Stages::default();
    let rendition = engine.render(&source, &wanted(task), &mut |stage| stages.enter(stage));
    rendition.map(|rendition| answer::rendition(rendition, stages.finish())).map_err(answer::fault)
}

fn wanted(task: &Task<'_>) -> Wanted {
    let effort = match task.order.effort {
        Effort::Full => tintype_media::Effort::Full,
        Effort::Reduced => tintype_media::Effort::Reduced,
    };
    Wanted { sizes: task.order.sizes.clone(), quality: task.order.quality, effort }
}

/// The source, read at any place. The descriptor's own position is shared with the parent and never moved.
struct Positioned<'a>(&'a File);

impl ReadAt for Positioned<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self.0, buffer, offset)
    }
}
