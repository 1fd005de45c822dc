//! A library's settings: `library.toml`, read strictly and written for people.
//! Knows what is legal and what each key means; nothing of what is done with it.

mod keys;
mod legal;
mod quiet_hours;

pub use quiet_hours::QuietHours;
pub(crate) use quiet_hours::TimeOfDay;

use crate::{
    atomic,
    cas::{Cas, SCRUB_SHEET},
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};
use tintype_sandbox::{IoClass, Manners, Scrub};
use uuid::Uuid;

/// Everything that can be set in a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Names the library wherever it is moved.
    pub id: Uuid,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// How contents are told apart. Chosen when the library is made.
    #[serde(default)]
    pub cas: Cas,
    /// What is made.
    #[serde(default)]
    pub thumbnails: ThumbnailSettings,
    /// What one file may cost.
    #[serde(default)]
    pub limits: LimitSettings,
    /// How work is done.
    #[serde(default)]
    pub jobs: JobSettings,
    /// What is looked at.
    #[serde(default)]
    pub index: IndexSettings,
    /// How bulk work makes way.
    #[serde(default)]
    pub gentle: GentleSettings,
}

/// What is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThumbnailSettings {
    /// Longest edges in pixels, ascending, each once.
    pub sizes: Vec<u32>,
    /// WebP quality, 1 to 100.
    pub quality: u8,
    /// The most pictures on the scrub sheet of a film, up to 200; 0: there is none.
    pub scrub_frames: u32,
    /// Longest edge of each of them, 32 to 320 pixels.
    pub scrub_size: u32,
    /// Whether sound without a cover shows how loud it is.
    pub waveform: bool,
}

impl ThumbnailSettings {
    /// The scrub sheet that films have, if any.
    pub fn scrub(&self) -> Option<Scrub> {
        (self.scrub_frames > 0).then_some(Scrub { frames: self.scrub_frames, edge: self.scrub_size })
    }

    /// Every size that is kept, with that of scrub sheets if there are any: ascending.
    pub fn kept_sizes(&self) -> Vec<u32> {
        let sheet = self.scrub().map(|_| SCRUB_SHEET);
        sheet.into_iter().chain(self.sizes.iter().copied()).collect()
    }
}

/// What one file may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitSettings {
    /// Pixels decoded at most, in millions.
    pub max_megapixels: u32,
    /// Memory of one worker.
    pub worker_memory_mib: u32,
    /// Processor time for one file.
    pub cpu_seconds: u32,
    /// Time by the clock for one file.
    pub wall_seconds: u32,
}

/// How work is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobSettings {
    /// How many files at once; 0 means one per core. [`JobSettings::worker_count`] resolves it.
    pub workers: u32,
    /// What comes first in bulk work.
    pub order: BulkOrder,
    /// Files per batch, which is what a power cut may cost.
    pub batch_size: u32,
}

/// What is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexSettings {
    /// Whether links to files and folders are followed.
    pub follow_symlinks: bool,
}

/// How bulk work makes way for everything else on the machine. What a person asked for or looks at does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GentleSettings {
    /// Niceness of workers, 0 to 19.
    pub nice: u8,
    /// Place of workers at the disk.
    pub io_class: IoClass,
    /// Waits while memory or disk hold everybody up for this part of the time, in percent; 0: never.
    pub pressure: u8,
    /// Waits while the machine runs on its battery.
    pub pause_on_battery: bool,
    /// Waits at these hours of the day.
    pub quiet_hours: QuietHours,
}

/// What comes first in bulk work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BulkOrder {
    /// Large files, so that no worker is left with a long one at the end.
    #[default]
    LargestFirst,
    /// What was changed last.
    NewestFirst,
}

impl Default for ThumbnailSettings {
    fn default() -> Self {
        let sizes = vec![128, 256, 512];
        Self { sizes, quality: 85, scrub_frames: 0, scrub_size: 160, waveform: false }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { max_megapixels: 100, worker_memory_mib: 1024, cpu_seconds: 30, wall_seconds: 60 }
    }
}

impl Default for JobSettings {
    fn default() -> Self {
        Self { workers: 0, order: BulkOrder::default(), batch_size: 32 }
    }
}

impl Default for GentleSettings {
    /// - Niceness 10: beside a process of the usual niceness on the same core, a worker gets about a tenth; on a core
    ///   that nobody wants, all of it. At 19 it would get a seventieth, and files would time out on a busy machine.
    /// - Best effort, as the last, not idle: a read that waits until nobody wants the disk can wait for minutes, which
    ///   the clock of the file would count against it.
    /// - Half the time: a machine whose memory or disk lets nobody get on for five seconds of ten is in trouble. A
    ///   busy disk alone stays far below that, as long as anybody still computes.
    /// - On a battery it waits: thumbnails can, and nobody wants them at the price of the last hour of a train journey.
    ///   Machines without a battery are not concerned.
    fn default() -> Self {
        Self {
            nice: 10,
            io_class: IoClass::BestEffort,
            pressure: 50,
            pause_on_battery: true,
            quiet_hours: QuietHours::default(),
        }
    }
}

impl GentleSettings {
    pub(crate) fn manners(&self) -> Manners {
        Manners { nice: self.nice, io_class: self.io_class }
    }
}

impl JobSettings {
    /// How many files at once, on this machine.
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers as usize,
        }
    }
}

impl Settings {
    /// The defaults, for a new library of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: Uuid::now_v7(),
            name: name.into(),
            cas: Cas::default(),
            thumbnails: ThumbnailSettings::default(),
            limits: LimitSettings::default(),
            jobs: JobSettings::default(),
            index: IndexSettings::default(),
            gentle: GentleSettings::default(),
        }
    }

    /// Reads `library.toml`.
    pub fn load(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(refusal(path, "is not UTF-8; save it as UTF-8 text".to_owned()));
            }
            read => read.map_err(Error::io("read", path))?,
        };
        Self::parse(&text).map_err(|message| refusal(path, message))
    }

    /// Writes `library.toml`, whole or not at all, with a line for people above each key. Settings that
    /// [`Settings::load`] would refuse are refused.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = self.write();
        Self::parse(&text).map_err(|message| refusal(path, message))?;
        atomic::replace(path, text.as_bytes())
    }

    /// As text for people.
    pub(crate) fn write(&self) -> String {
        keys::write(self)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = toml::from_str(text).map_err(|error| in_words(text, &error))?;
        keys::check(&table)?;
        let mut settings: Self = toml::from_str(text).map_err(|error| in_words(text, &error))?;
        settings.thumbnails.sizes.sort_unstable();
        settings.thumbnails.sizes.dedup();
        Ok(settings)
    }
}

fn refusal(path: &Path, message: String) -> Error {
    Error::Settings { path: path.to_owned(), message }
}

fn in_words(text: &str, error: &toml::de::Error) -> String {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or(1, |before| 1 + before.matches('\n').count());
    format!("line {line}: {}", error.message().trim().replace('\n', ", "))
}

#[cfg(test)]
mod tests;
