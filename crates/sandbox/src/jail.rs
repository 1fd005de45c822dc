//! The jail a worker enters before it sees its first file: what it has is what it keeps, and nothing comes to it.
//! Knows nothing of images or orders. Each wall is tried, and what became of it is written down.
//!
//! The order matters: limits and process settings need system calls that the last wall, seccomp, takes away.

#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(target_os = "linux")]
mod files;
mod level;
mod limits;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod syscalls;

pub use level::Level;
pub(crate) use limits::allow_cpu_for_one_file;

use crate::memory::PeakMemory;
use crate::{JailStep, limits::Terms};

/// What became of one wall: how far it reaches, or why it does not stand.
type Outcome = Result<String, String>;

/// One wall.
struct Wall {
    name: &'static str,
    build: fn(&Terms) -> Outcome,
}

/// The wall that goes up before anything is opened.
#[cfg(target_os = "linux")]
const FIRST: &[Wall] = &[Wall { name: level::NO_INHERITED_FILES, build: descriptors::close_inherited }];

/// Every other wall this system has, in the order they must go up.
#[cfg(target_os = "linux")]
const WALLS: &[Wall] = &[
    Wall { name: level::DIES_WITH_PARENT, build: process::die_with_parent },
    Wall { name: level::NOT_DUMPABLE, build: process::not_dumpable },
    Wall { name: level::NO_NEW_PRIVILEGES, build: process::no_new_privileges },
    Wall { name: level::MEMORY, build: limits::memory },
    Wall { name: level::CPU, build: limits::lifetime_cpu },
    Wall { name: level::SMALL_LIMITS, build: limits::small },
    Wall { name: level::LANDLOCK, build: files::no_rights },
    Wall { name: level::SECCOMP, build: syscalls::allow_few },
];

/// Elsewhere a descriptor cannot be closed without knowing its number.
#[cfg(not(target_os = "linux"))]
const FIRST: &[Wall] = &[];

/// Limits, as far as the kernel has them.
#[cfg(not(target_os = "linux"))]
const WALLS: &[Wall] = &[
    Wall { name: level::MEMORY, build: limits::memory },
    Wall { name: level::CPU, build: limits::lifetime_cpu },
    Wall { name: level::SMALL_LIMITS, build: limits::small },
];

/// What a process has once it is inside.
pub(crate) struct Jail {
    /// What became of each wall.
    pub(crate) steps: Vec<JailStep>,
    /// The one file that is open on purpose.
    pub(crate) peak_memory: PeakMemory,
}

/// Puts up every wall there is. There is no way back. A wall that cannot stand is reported, not fatal: a worker
/// with fewer walls is better than decoding in the program itself, and `tintype doctor` shows what is missing.
pub(crate) fn enter(terms: &Terms) -> Jail {
    let mut steps: Vec<_> = FIRST.iter().map(|wall| wall.raise(terms)).collect();
    let peak_memory = PeakMemory::open();
    steps.extend(WALLS.iter().map(|wall| wall.raise(terms)));
    Jail { steps, peak_memory }
}

impl Wall {
    fn raise(&self, terms: &Terms) -> JailStep {
        let outcome = (self.build)(terms);
        let stands = outcome.is_ok();
        JailStep { name: self.name.to_owned(), stands, detail: outcome.unwrap_or_else(|why| why) }
    }
}
