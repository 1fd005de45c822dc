//! Verification: every thumbnail that the catalogue speaks of is there, whole and in its place, and nothing else is.
//! Knows what can be wrong and what to do about it; how thumbnails are made again is the thumbnail job's.

mod files;
mod lost;
mod rows;

pub use lost::LostThumbnail;

use crate::cas::CasId;
use crate::error::{Error, Result};
use crate::jobs::RunnerLock;
use crate::library::Library;
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

/// How many thumbnails are looked at in one page: what they are called fits into some dozen kilobytes.
const PAGE: usize = 500;

/// What is wrong with something in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// The catalogue speaks of it, and there is no file.
    Missing,
    /// The file is shorter than it was written.
    Truncated,
    /// The file has other bytes than were written.
    Corrupted,
    /// It is called like a thumbnail, and the catalogue does not speak of it.
    Foreign,
    /// It is called like a thumbnail, and lies where it does not belong.
    Misplaced,
    /// It is nothing that this library writes. No damage, but worth knowing.
    Strange,
    /// It cannot be read.
    Unreadable,
}

/// What repairing did about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repair {
    /// Moved to where it belongs.
    Moved,
    /// Taken away; the next [`crate::ThumbnailJob`] makes it again, at its own size.
    ToBeMade,
    /// Removed: nobody needs it.
    Removed,
    /// Taken away, and it cannot be made again: no file holds its content any more.
    SourceGone,
    /// Nothing.
    LeftAlone,
}

/// Something in the store that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub damage: Damage,
    /// Its name below the store.
    pub name: PathBuf,
    /// The content it is of, if it is a thumbnail.
    pub cas_id: Option<CasId>,
    /// Its size in pixels, if it is a thumbnail.
    pub size: Option<u32>,
    /// What the system said.
    pub detail: Option<String>,
    /// What was done about it, when it was to be repaired.
    pub repair: Option<Repair>,
}

/// What verification found, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Thumbnails that are as they should be.
    pub sound: u64,
    /// Things that are not; what is only strange is not among them.
    pub damaged: u64,
    /// How many of those were put right, or marked to be made again.
    pub repaired: u64,
    /// How many things there are of each kind of damage.
    pub damages: BTreeMap<Damage, u64>,
    /// What was done, and how often.
    pub repairs: BTreeMap<Repair, u64>,
}

impl Library {
    /// Checks every thumbnail, and everything that lies among them; tells what is not as it should be, one thing after
    /// the other. Changes nothing, and raises no false alarm while jobs run.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// let notes = library.root().join("thumbnails/notes.txt");
    /// std::fs::write(notes, "mine")?;
    /// let mut found = Vec::new();
    /// let report = library.verify(|finding| found.push(finding.name.clone()))?;
    /// assert_eq!((report.sound, report.damaged), (0, 0), "a strange file is no damage");
    /// assert_eq!(found, [std::path::Path::new("notes.txt")]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify(&self, mut tell: impl FnMut(&Finding)) -> Result<VerifyReport> {
        Verification { library: self, mode: Mode::Look, tell: &mut tell, report: VerifyReport::default() }
            .run()
    }

    /// The same, and puts right what can be: what is misplaced is moved, what is foreign removed, and what is damaged
    /// taken away and marked to be made again by the next [`crate::ThumbnailJob`]. What is strange is left alone.
    ///
    /// Fails while somebody runs this library's jobs.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// use tintype_core::{Repair, ThumbnailJob, jobs::Priority};
    ///
    /// let report = library.repair(|finding| println!("{finding:?}"))?;
    /// if report.repairs.contains_key(&Repair::ToBeMade) {
    ///     library.generate_thumbnails(ThumbnailJob::default(), Priority::Asked)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn repair(&self, mut tell: impl FnMut(&Finding)) -> Result<VerifyReport> {
        let _nobody_publishes = RunnerLock::try_take(self.root())?.ok_or_else(|| {
            let words =
                "another tintype is running this library's jobs; wait for it or pause it, then repair";
            Error::Invalid(words.to_owned())
        })?;
        crate::thumbnail_job::sweep_staging(self)?;
        Verification { library: self, mode: Mode::Repair, tell: &mut tell, report: VerifyReport::default() }
            .run()
    }
}

/// Whether to change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Look,
    Repair,
}

/// One look at everything.
struct Verification<'v> {
    library: &'v Library,
    mode: Mode,
    tell: &'v mut dyn FnMut(&Finding),
    report: VerifyReport,
}

impl Verification<'_> {
    /// Files first: one that is misplaced may be what is missing elsewhere.
    fn run(mut self) -> Result<VerifyReport> {
        self.look_at_files()?;
        self.look_at_rows()?;
        Ok(self.report)
    }

    fn found(&mut self, finding: &Finding) {
        *self.report.damages.entry(finding.damage).or_default() += 1;
        self.report.damaged += u64::from(finding.damage != Damage::Strange);
        if let Some(repair) = finding.repair {
            *self.report.repairs.entry(repair).or_default() += 1;
            self.report.repaired += u64::from(repair.is_good());
        }
        (self.tell)(finding);
    }
}

impl Repair {
    /// Whether all is well now, or will be after the next job.
    fn is_good(self) -> bool {
        match self {
            Self::Moved | Self::ToBeMade | Self::Removed => true,
            Self::SourceGone | Self::LeftAlone => false,
        }
    }
}
