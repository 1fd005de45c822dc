//! Clean-up: a plan of what nobody needs any more, and then exactly that.
//! Knows the order of both; what is planned, kept and carried out is in the files beside this one.
//!
//! Entries of a drive that is away are still entries, so what they hold is no orphan.

mod carry_out;
mod plan;
mod spool;

use crate::error::Result;
use crate::library::Library;
use plan::Temporaries;
use serde::Serialize;
use spool::{Item, Spool};
use std::collections::BTreeMap;

/// How many things are planned, or removed, in one transaction: a tenth of a second on a slow disk.
const PAGE: usize = 200;

/// So many single problems are told in words; the rest are counted.
const MOST_PROBLEMS: usize = 20;

/// Why something is not needed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CleanWhy {
    /// No file holds its content any more.
    ContentGone,
    /// The settings want other sizes, and nobody asked for this one.
    SizeNotWanted,
    /// The catalogue does not know it: somebody died between writing it and writing that down, or a database is lost.
    NoRow,
    /// Somebody died while writing it.
    Temporary,
}

/// Why something that was planned was not removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CleanKept {
    /// A file holds the content again, the settings want the size again, or somebody made it again.
    WantedAgain,
    /// Somebody is writing it.
    BeingWritten,
    /// It is not what was planned: other thumbnails, or another length.
    Changed,
    /// Somebody else removed it.
    AlreadyGone,
    /// The system refused; see [`CleanReport::problems`].
    NotRemoved,
}

/// How much of something there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CleanAmount {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What was removed, or would be. What was planned is what was removed and what was kept, to the byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CleanReport {
    /// Contents that no file holds any more.
    pub contents: u64,
    /// Thumbnails of any kind.
    pub thumbnails: u64,
    /// All bytes, also those of temporary files.
    pub bytes: u64,
    /// All of it, by why it is not needed.
    pub why: BTreeMap<CleanWhy, CleanAmount>,
    /// What was planned and not removed.
    pub kept: BTreeMap<CleanKept, CleanAmount>,
    /// Things that are not the library's, and stay whatever they are.
    pub strange: u64,
    /// What could not be looked at or removed, in words; the first few.
    pub problems: Vec<String>,
}

impl Library {
    /// What [`Library::clean`] would remove now. Changes nothing.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// use tintype_core::CleanWhy;
    ///
    /// let plan = library.plan_clean()?;
    /// let unwanted = plan.why.get(&CleanWhy::SizeNotWanted).copied().unwrap_or_default();
    /// println!("{} bytes in all, {} of sizes that are not wanted", plan.bytes, unwanted.bytes);
    /// assert_eq!(library.clean()?.bytes, plan.bytes, "while nobody else is at it");
    /// # Ok(())
    /// # }
    /// ```
    pub fn plan_clean(&self) -> Result<CleanReport> {
        let mut report = CleanReport::default();
        self.plan_into(&mut report, Temporaries::WhenAlone, &mut |_| Ok(()))?;
        Ok(report)
    }

    /// Removes what no file needs any more: thumbnails whose content is gone, of sizes that the settings do not want,
    /// and what was left by somebody who died. First plans, then does that and no more: what appears meanwhile stays,
    /// and what is wanted again is kept and said.
    ///
    /// Safe while jobs run, in this process or another, and whenever this process dies.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// let cleaned = library.clean()?;
    /// println!("{} thumbnails of {} contents removed", cleaned.thumbnails, cleaned.contents);
    /// # Ok(())
    /// # }
    /// ```
    pub fn clean(&self) -> Result<CleanReport> {
        let (plan, planned) = self.planned(Temporaries::WhenAlone)?;
        self.carry_out(plan, planned, &|| false)
    }

    /// The same for a job of this process, until `stop` says so between any two pages.
    pub(crate) fn clean_until(&self, stop: &dyn Fn() -> bool) -> Result<CleanReport> {
        let (plan, planned) = self.planned(Temporaries::Never)?;
        self.carry_out(plan, planned, stop)
    }

    fn planned(&self, temporaries: Temporaries) -> Result<(Spool, CleanReport)> {
        let (mut spool, mut planned) = (Spool::new(self.root()), CleanReport::default());
        self.plan_into(&mut planned, temporaries, &mut |item| spool.add(item))?;
        Ok((spool, planned))
    }
}

impl CleanReport {
    fn add(&mut self, why: CleanWhy, amount: CleanAmount) {
        self.bytes += amount.bytes;
        if why != CleanWhy::Temporary {
            self.thumbnails += amount.files;
        }
        self.why.entry(why).or_default().add(amount);
    }

    fn plan(&mut self, item: &Item) {
        self.contents += u64::from(matches!(item, Item::Content { .. }));
        self.add(item.why(), item.amount());
    }

    fn keep(&mut self, why: CleanKept, amount: CleanAmount) {
        self.kept.entry(why).or_default().add(amount);
    }

    fn problem(&mut self, words: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(words);
        }
    }
}

impl CleanAmount {
    fn one(bytes: u64) -> Self {
        Self { files: 1, bytes }
    }

    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}
