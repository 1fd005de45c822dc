//! What every command has at hand: the library that is meant, a voice, and an ear for Ctrl-C.
//! Knows where libraries are; nothing of what commands do with them.

use crate::{args::Global, out::Out, stop::Stop};
use anyhow::{Context, Result, anyhow};
use std::{
    env,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use tintype_core::{Cas, Error, Library, Options, Settings};

/// How often, and how long between, a library is tried again that another process is just making.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// What every command has at hand.
pub(crate) struct Session {
    pub(crate) out: Out,
    pub(crate) stop: Stop,
    library: Option<PathBuf>,
}

/// How a command ended, when it was no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did its work, though so many files failed.
    Done { files_failed: u64 },
    /// It could not do its work, and has said so.
    Unsuccessful,
    /// Somebody stopped it.
    Interrupted,
}

impl Exit {
    /// It did its work and nothing failed.
    pub(crate) const DONE: Self = Self::Done { files_failed: 0 };
}

impl Session {
    pub(crate) fn new(global: &Global, out: Out) -> Result<Self> {
        // A variable that is set but empty is no choice.
        let library = global.library.clone().filter(|path| !path.as_os_str().is_empty());
        Ok(Self { out, stop: Stop::listen()?, library })
    }

    /// The directory of the library that is meant.
    pub(crate) fn library_dir(&self) -> Result<PathBuf> {
        match &self.library {
            Some(chosen) => Ok(chosen.clone()),
            None => Ok(data_dir()?.join("default")),
        }
    }

    /// The library, which must be there.
    pub(crate) fn open(&self) -> Result<Library> {
        self.open_with(Options::default())
    }

    pub(crate) fn open_with(&self, options: Options) -> Result<Library> {
        Ok(Library::open_with(self.library_dir()?, options)?)
    }

    /// The library, made if need be.
    pub(crate) fn open_or_create(&self, cas: Option<Cas>) -> Result<Library> {
        let dir = self.library_dir()?;
        match Library::open(&dir) {
            Err(Error::NoLibrary(_)) => self.create(&dir, cas),
            Err(Error::NoDatabase(path)) => {
                self.out.note(&format!(
                    "{} was gone; there is a new one: add all your folders again before any `tintype clean`",
                    path.display()
                ));
                Ok(Library::begin_again(&dir)?)
            }
            Ok(library) => match cas {
                Some(wanted) if wanted != library.settings().cas => Err(anyhow!(
                    "{} exists and names contents another way; --cas is for new libraries: choose another with --library DIR",
                    dir.display()
                )),
                _ => Ok(library),
            },
            Err(error) => Err(error.into()),
        }
    }

    fn create(&self, dir: &Path, cas: Option<Cas>) -> Result<Library> {
        let mut settings = Settings::new(name_of(dir));
        settings.cas = cas.unwrap_or_default();
        match Library::create_with(dir, settings, Options::default()) {
            Ok(library) => {
                self.out.note(&format!("new library in {}", dir.display()));
                Ok(library)
            }
            // Another process may be making it at this very moment; then it is there soon.
            Err(error @ (Error::LibraryExists(_) | Error::Invalid(_))) => {
                open_soon(dir).ok_or_else(|| error.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn open_soon(dir: &Path) -> Option<Library> {
    (0..TRIES).find_map(|_| {
        thread::sleep(BETWEEN_TRIES);
        Library::open(dir).ok()
    })
}

fn name_of(dir: &Path) -> String {
    dir.file_name().map_or_else(|| "default".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Where libraries are that nobody placed elsewhere.
pub(crate) fn data_dir() -> Result<PathBuf> {
    // The specification wants relative paths to be ignored.
    let chosen = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(data) = chosen {
        return Ok(data.join("tintype"));
    }
    let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home = home.context("no home directory: say where the library is with --library DIR")?;
    Ok(home.join(".local/share/tintype"))
}
