//! What every worker executable does: tintype-media behind a pipe, with the table of formats it is given.
//! Knows nothing of libraries, paths or networks; the sandbox crate builds the walls round it.

mod answer;
mod fonts;
mod metrics;
pub mod system_library;

use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::{fs::File, io};
use tintype_media::{ENGINE_VERSION, Engine, Fonts, Limits, ReadAt, Source, Wanted, formats::Format};
use tintype_sandbox::{About, Effort, Extras, Fault, FormatInfo, Rendition, Scrub, Task};

/// What a worker executable is: its table, and what it is to leave free.
pub struct Worker {
    /// The formats it opens.
    pub formats: &'static [&'static Format],
    /// Of the address space, bytes that are not for the buffers of one file: the program and its libraries, stacks,
    /// what the allocator cannot use, and the encoder's working memory.
    pub overhead: u64,
    /// What text is written with.
    pub fonts: Fonts,
}

impl Worker {
    /// A worker of this table that can write: it takes the machine's fonts along.
    pub fn with_fonts(formats: &'static [&'static Format], overhead: u64) -> Self {
        let (fonts, bytes) = fonts::of_this_machine();
        Self { formats, overhead: overhead.saturating_add(bytes), fonts }
    }

    /// Enters the jail and renders one file after the other until the parent hangs up. The first thing in `main`,
    /// after libraries are loaded: behind the walls nothing can be opened any more.
    pub fn serve(&self) -> ExitCode {
        tintype_sandbox::serve(self.about(), |task| self.render(task))
    }

    fn about(&self) -> About {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let format = |format: &&Format| FormatInfo {
            name: format.name.to_owned(),
            mime_types: owned(format.mime_types),
            extensions: owned(format.extensions),
        };
        About {
            engine: ENGINE_VERSION.to_string(),
            formats: self.formats.iter().map(format).collect(),
            font_files: u32::try_from(self.fonts.len()).unwrap_or(u32::MAX),
        }
    }

    fn render(&self, task: &Task<'_>) -> Result<Rendition, Fault> {
        let max_memory = task.terms.memory.saturating_sub(self.overhead).max(task.terms.memory / 2);
        let limits = Limits { max_pixels: task.terms.max_pixels, max_memory };
        let engine = Engine { formats: self.formats, limits, fonts: &self.fonts };
        let file = Positioned(task.file);
        let source = Source::new(&file, task.len).map_err(answer::fault)?;
        let mut stages = metrics::Stages::default();
        let rendition = engine.render(&source, &wanted(task), &mut |stage| stages.enter(stage));
        rendition.map(|rendition| answer::rendition(rendition, stages.finish())).map_err(answer::fault)
    }
}

fn wanted(task: &Task<'_>) -> Wanted {
    let effort = match task.order.effort {
        Effort::Full => tintype_media::Effort::Full,
        Effort::Reduced => tintype_media::Effort::Reduced,
    };
    let Extras { scrub, waveform } = task.order.extras;
    let scrub = scrub.map(|Scrub { frames, edge }| tintype_media::Scrub { frames, edge });
    let extras = tintype_media::Extras { scrub, waveform };
    Wanted { sizes: task.order.sizes.clone(), quality: task.order.quality, effort, extras }
}

/// The source, read at any place. The descriptor's own position is shared with the parent and never moved.
struct Positioned<'a>(&'a File);

impl ReadAt for Positioned<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self.0, buffer, offset)
    }
}
