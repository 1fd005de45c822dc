//! The local renderer: this machine's pool of jailed workers.
//! Knows how a library's settings become a pool's; nothing of what workers do.

use super::{EngineInfo, Reason, RenderRequest, Renderer};
use crate::detect;
use crate::error::{Error, Result};
use crate::jobs;
use crate::kind::Kind;
use crate::settings::Settings;
use std::{fmt::Write, os::fd::AsFd, path::Path, time::Duration};
use tintype_sandbox::{
    Executable, Limits, Pool, PoolSettings, Priority, RenderError, Rendition, Request, WorkerInfo,
    find_worker,
};

/// A worker executable that may be there.
#[derive(Debug)]
pub struct KnownWorker {
    /// The executable's name.
    pub name: &'static str,
    /// What it opens, in words.
    pub what_for: &'static str,
    /// Whether nothing works without it.
    pub needed: bool,
    /// The MIME types it is asked for; empty: everything.
    pub mime_types: &'static [&'static str],
    /// Those it is asked for only when others have refused.
    pub further_mime_types: &'static [&'static str],
    /// When it is first started.
    pub starts: Starts,
    /// What to do when it is missing or does not start.
    pub install: &'static str,
}

/// When a worker is first started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    /// With the pool.
    AtOnce,
    /// With the pool, once there are contents of this kind.
    With(Kind),
    /// For the first file of its MIME types; or with the pool, while anything waits for what was missing. It is asked for
    /// no other file: what it opens is for the file's name to say, too.
    OnDemand,
}

impl KnownWorker {
    /// Where it is, or where it would be looked for again: what only a missing one opens is unavailable, not unsupported.
    fn executable(&self) -> Result<Executable> {
        let path = match find_worker(self.name) {
            Ok(path) => path,
            Err(error) if self.needed => return Err(Error::NoRenderer(error.to_string())),
            Err(error) => error.expected_at(),
        };
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let (mime_types, further_mime_types) = (owned(self.mime_types), owned(self.further_mime_types));
        let only_claimed = self.starts == Starts::OnDemand;
        Ok(Executable {
            path,
            mime_types,
            further_mime_types,
            only_claimed,
            install: self.install.to_owned(),
        })
    }
}

/// Every worker this version knows, in the order in which they are asked for a file. The further ones are there for
/// formats whose decoders need libraries of the system's.
pub const WORKERS: &[KnownWorker] = &[
    KnownWorker {
        name: "tintype-worker",
        what_for: "pictures",
        needed: true,
        mime_types: &[],
        further_mime_types: &[],
        starts: Starts::AtOnce,
        install: "put it beside the program (`make install` does), or set TINTYPE_WORKER_DIR to its folder",
    },
    // Before libtiff, which would take the small picture at the front of many a RAW file for all there is.
    KnownWorker {
        name: "tintype-worker-raw",
        what_for: "the sensor data of camera RAW files",
        needed: false,
        mime_types: RAW,
        further_mime_types: &[],
        starts: Starts::AtOnce,
        install: "put it beside the program; builds without the feature `develop` have none",
    },
    KnownWorker {
        name: "tintype-worker-tiff",
        what_for: "rarer kinds of TIFF",
        needed: false,
        mime_types: &["image/tiff"],
        further_mime_types: &[],
        starts: Starts::AtOnce,
        install: "install libtiff: `apt-get install libtiff6` (libtiff5 on older systems), `brew install libtiff`",
    },
    KnownWorker {
        name: "tintype-worker-heif",
        what_for: "HEIC and AVIF",
        needed: false,
        mime_types: &[
            "image/heic",
            "image/heif",
            "image/heic-sequence",
            "image/heif-sequence",
            "image/avif",
            "image/avif-sequence",
        ],
        further_mime_types: &[],
        starts: Starts::AtOnce,
        install: "install libheif: `apt-get install libheif1` and, where they are packages of their own, \
                  libheif-plugin-libde265 (HEIC) and libheif-plugin-dav1d (AVIF); `brew install libheif`",
    },
    KnownWorker {
        name: "tintype-worker-video",
        what_for: "video",
        needed: false,
        mime_types: VIDEO,
        further_mime_types: SOUND,
        starts: Starts::With(Kind::Video),
        install: "install FFmpeg's libraries, of the version that it was built with: `apt-get install ffmpeg`, \
                  `brew install ffmpeg`",
    },
    KnownWorker {
        name: "tintype-worker-comic",
        what_for: "comic books in RAR and 7z archives",
        needed: false,
        mime_types: &["application/vnd.comicbook-rar", "application/x-cb7"],
        further_mime_types: &[],
        starts: Starts::OnDemand,
        install: "install libarchive: `apt-get install libarchive13t64` (libarchive13 on older systems), \
                  `brew install libarchive`",
    },
];

/// Sound of which it can draw how loud it is, or which no other worker opens.
const SOUND: &[&str] = &[
    "audio/mpeg",
    "audio/flac",
    "audio/x-flac",
    "audio/mp4",
    "audio/x-m4a",
    "audio/x-m4b",
    "audio/ogg",
    "audio/vorbis",
    "audio/opus",
    "audio/speex",
    "audio/wav",
    "audio/vnd.wave",
    "audio/x-wav",
    "audio/aiff",
    "audio/x-aiff",
    "audio/aac",
    "audio/wavpack",
    "audio/x-wavpack",
    "audio/x-ape",
    "audio/x-musepack",
    "audio/matroska",
    "audio/x-matroska",
    "audio/x-ms-wma",
    "audio/x-pn-realaudio",
];

/// What may hold moving pictures, by what the indexer calls it. Sound in the same containers is somebody else's.
const VIDEO: &[&str] = &[
    "video/mp4",
    "application/mp4",
    "video/x-m4v",
    "video/3gpp",
    "video/3gpp2",
    "video/mj2",
    "video/quicktime",
    "video/webm",
    "video/matroska",
    "application/x-matroska",
    "video/x-msvideo",
    "video/x-amv",
    "video/x-flv",
    "video/x-ms-wmv",
    "application/vnd.ms-asf",
    "video/x-ms-asf",
    "video/ogg",
    "application/ogg",
    "application/vnd.rn-realmedia",
    "video/x-pn-realvideo",
    "application/mxf",
    "video/x-ivf",
    "video/x-yuv4mpeg",
    "video/x-nut",
    "video/x-wtv",
    "video/dv",
    "video/mpeg",
    "video/mp2t",
    "video/x-flc",
    "video/x-fli",
    "video/h264",
    "video/hevc",
];

/// What a camera's RAW file may be called. Not `image/tiff`: the indexer looks past the front of a TIFF, and where this
/// worker is missing no TIFF shall be said to be missed for it.
const RAW: &[&str] = &[
    "image/x-dcraw",
    "image/x-adobe-dng",
    "image/x-canon-cr2",
    "image/x-canon-cr3",
    "image/x-canon-crw",
    "image/x-nikon-nef",
    "image/x-sony-arw",
    "image/x-fuji-raf",
    "image/x-olympus-orf",
    "image/x-panasonic-rw2",
    "image/x-pentax-pef",
    "image/x-samsung-srw",
    "image/x-minolta-mrw",
    "image/x-sigma-x3f",
    "image/x-epson-erf",
    "image/x-hasselblad-3fr",
    "image/x-phaseone-iiq",
    "image/x-leaf-mos",
    "image/x-mamiya-mef",
    "image/x-kodak-dcr",
];

/// This machine's pool of jailed workers.
pub struct PoolRenderer {
    pool: Pool,
    workers: usize,
    limits: Limits,
}

impl PoolRenderer {
    /// A pool as `settings` wants it, with `workers` instead of the settings' number where given.
    /// Fails when there is no worker executable; the message says where it was looked for.
    pub fn new(settings: &Settings, workers: Option<usize>) -> Result<Self> {
        let executables = WORKERS.iter().map(KnownWorker::executable).collect::<Result<_>>()?;
        let workers = workers.unwrap_or_else(|| settings.jobs.worker_count()).max(1);
        let limits = limits(settings);
        let pool = Pool::start(PoolSettings {
            workers,
            limits,
            bulk_manners: settings.gentle.manners(),
            ..PoolSettings::new(executables)
        })
        .map_err(|error| Error::NoRenderer(format!("start the pool of workers: {error}")))?;
        Ok(Self { pool, workers, limits })
    }

    /// Every worker executable and what it says of itself.
    pub fn workers(&self) -> Vec<WorkerInfo> {
        self.pool.capabilities()
    }
}

impl Renderer for PoolRenderer {
    fn engine(&self, needed: &dyn Fn(Starts) -> bool) -> Result<EngineInfo> {
        let is_idle = |path: &Path| {
            let known = WORKERS.iter().find(|known| path.file_name().is_some_and(|name| name == known.name));
            known.is_some_and(|known| known.starts != Starts::AtOnce && !needed(known.starts))
        };
        let workers = self.pool.capabilities_of(&|path| !is_idle(path));
        let version = match workers.first().map(|worker| &worker.capabilities) {
            Some(Ok(main)) => main.engine.clone(),
            Some(Err(fault)) => return Err(Error::NoRenderer(format!("the worker does not start: {fault}"))),
            None => return Err(Error::NoRenderer("there is no worker".to_owned())),
        };
        Ok(EngineInfo { version, fingerprint: fingerprint(&workers, &self.limits) })
    }

    fn capacity(&self) -> usize {
        self.workers
    }

    fn render(&self, request: RenderRequest<'_>) -> Result<Rendition, RenderError> {
        let answer = self.pool.render(&Request {
            source: request.source.as_fd(),
            mime_type: Some(request.mime_type),
            order: request.order,
            priority: match request.priority {
                jobs::Priority::Now => Priority::Visible,
                jobs::Priority::Asked => Priority::Asked,
                jobs::Priority::Bulk => Priority::Bulk,
            },
            cancelled: request.cancelled,
            begun: request.begun,
        });
        answer.map_err(|error| match error {
            RenderError::Fault(fault) if fault.is_unknown_format() => {
                Reason::Unsupported.says(detect::name_of(request.source, request.mime_type)).into()
            }
            other => other,
        })
    }
}

fn limits(settings: &Settings) -> Limits {
    let wanted = &settings.limits;
    Limits {
        max_pixels: u64::from(wanted.max_megapixels) * 1_000_000,
        memory: u64::from(wanted.worker_memory_mib) << 20,
        cpu: Duration::from_secs(wanted.cpu_seconds.into()),
        wall: Duration::from_secs(wanted.wall_seconds.into()),
    }
}

/// Everything a failure may depend on, in words: a worker that appears, a format it learns, a limit that is raised.
fn fingerprint(workers: &[WorkerInfo], limits: &Limits) -> String {
    let mut words = String::new();
    for worker in workers {
        let name = worker.path.file_name().unwrap_or_default().to_string_lossy();
        match &worker.capabilities {
            Ok(known) => {
                let formats: Vec<_> = known.formats.iter().map(|format| format.name.as_str()).collect();
                let _ = write!(words, "{name} {} with {}; ", known.engine, formats.join(" "));
                if known.font_files == 0 {
                    words.push_str("no fonts; "); // text waits for one
                }
            }
            Err(_) => {
                let _ = write!(words, "{name} missing; ");
            }
        }
    }
    let _ = write!(
        words,
        "{} MP, {} MiB, {} s CPU, {} s wall",
        limits.max_pixels / 1_000_000,
        limits.memory >> 20,
        limits.cpu.as_secs(),
        limits.wall.as_secs()
    );
    words
}
