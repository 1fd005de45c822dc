//! What nobody needs any more: looks, page by page, and changes nothing.
//! Knows why something is not needed; nothing of how it is removed.

use super::spool::Item;
use super::{CleanReport, PAGE};
use crate::cas::CasId;
use crate::error::{Error, Result};
use crate::jobs::RunnerLock;
use crate::library::Library;
use crate::spoken::is_spoken_of;
use crate::store::{Found, What};
use crate::thumbnail_job::noted_files;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

/// Which temporary files are stale: those that nobody is writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temporaries {
    /// All that no note speaks of, when nobody runs this library's jobs. Otherwise its runner removed them at its start.
    WhenAlone,
    /// None: this process runs jobs.
    Never,
}

/// Takes what is planned, one thing after another.
pub(super) type Take<'t> = &'t mut dyn FnMut(&Item) -> Result<()>;

impl Library {
    /// Gives everything that is to be removed to `take`, and counts it.
    pub(super) fn plan_into(
        &self,
        report: &mut CleanReport,
        temporaries: Temporaries,
        take: Take<'_>,
    ) -> Result<()> {
        let mut take = |report: &mut CleanReport, item: &Item| {
            report.plan(item);
            take(item)
        };
        // What has no row goes first: on a full disk no row can be changed before something went.
        let mut stale = Stale { library: self, temporaries, noted: Noted::NotLookedUp };
        let mut unsure = Vec::with_capacity(PAGE);
        self.store().walk(&mut |found| {
            match &found.what {
                What::Thumbnail(cas_id, size) => unsure.push((cas_id.clone(), *size, found.len)),
                What::Temporary if stale.is(&found.name)? => take(report, &temporary(found))?,
                What::Unreadable(why) => report.problem(format!("{}: {why}", found.name.display())),
                What::Strange => report.strange += 1,
                What::Temporary | What::Misplaced(..) => {}
            }
            if unsure.len() < PAGE {
                return Ok(());
            }
            self.plan_files(&mut unsure, |item| take(report, item))
        })?;
        self.plan_files(&mut unsure, |item| take(report, item))?;
        self.plan_contents(|item| take(report, item))?;
        self.plan_sizes(|item| take(report, item))
    }

    /// Contents that no entry refers to.
    fn plan_contents(&self, mut take: impl FnMut(&Item) -> Result<()>) -> Result<()> {
        let mut after = 0;
        loop {
            let page = self.catalogue().read(|rows| {
                let page = rows.orphans_page(after, PAGE)?;
                let with_sizes = page.into_iter().map(|(id, cas_id)| {
                    let sizes = rows.thumbnails_of(id)?;
                    Ok((id, cas_id, sizes.into_iter().map(|row| (row.size, row.file_size)).collect()))
                });
                with_sizes.collect::<Result<Vec<_>>>()
            })?;
            let Some((last, ..)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, cas_id, sizes) in page {
                take(&Item::Content { id, cas_id: parse(&cas_id)?, sizes })?;
            }
        }
    }

    /// Thumbnails of sizes that the settings do not want and nobody asked for.
    fn plan_sizes(&self, mut take: impl FnMut(&Item) -> Result<()>) -> Result<()> {
        let wanted = &self.settings().thumbnails.kept_sizes();
        let totals = self.catalogue().read(|rows| rows.size_totals())?;
        if totals.iter().all(|total| wanted.contains(&total.size)) {
            return Ok(()); // as in most libraries: no need to look at every thumbnail
        }
        let mut after = (0, 0);
        loop {
            let page = self.catalogue().read(|rows| rows.unwanted_page(after, wanted, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.content, last.row.size);
            for stored in &page {
                let (cas_id, size) = (parse(&stored.cas_id)?, stored.row.size);
                take(&Item::Size { content: stored.content, cas_id, size, bytes: stored.row.file_size })?;
            }
        }
    }

    /// Those of some files that the catalogue does not speak of.
    fn plan_files(
        &self,
        files: &mut Vec<(CasId, u32, u64)>,
        mut take: impl FnMut(&Item) -> Result<()>,
    ) -> Result<()> {
        let unknown = self.catalogue().read(|rows| {
            let mut unknown = Vec::new();
            for (cas_id, size, bytes) in files.drain(..) {
                if !is_spoken_of(rows, &cas_id, size)? {
                    unknown.push(Item::File { cas_id, size, bytes });
                }
            }
            Ok(unknown)
        })?;
        unknown.iter().try_for_each(&mut take)
    }
}

/// Tells temporary files that nobody will ever publish.
struct Stale<'l> {
    library: &'l Library,
    temporaries: Temporaries,
    noted: Noted,
}

/// What some job will take over.
enum Noted {
    NotLookedUp,
    /// Nobody can tell: somebody is writing just now.
    Unknown,
    These(HashSet<PathBuf>),
}

impl Stale<'_> {
    fn is(&mut self, name: &Path) -> Result<bool> {
        if matches!(self.noted, Noted::NotLookedUp) {
            self.noted = self.look_up()?;
        }
        Ok(match &self.noted {
            Noted::NotLookedUp | Noted::Unknown => false,
            Noted::These(noted) => !noted.contains(name),
        })
    }

    /// The lock is only looked at, not held: whoever wants to run jobs must not find the library taken. So somebody may
    /// begin to write meanwhile; before anything is removed, this is asked again.
    fn look_up(&self) -> Result<Noted> {
        if self.temporaries == Temporaries::Never || RunnerLock::try_take(self.library.root())?.is_none() {
            return Ok(Noted::Unknown);
        }
        noted_names(self.library).map(Noted::These)
    }
}

fn temporary(found: &Found) -> Item {
    Item::Temporary { name: found.name.clone(), bytes: found.len }
}

/// The names of staged files that a job will take over.
pub(super) fn noted_names(library: &Library) -> Result<HashSet<PathBuf>> {
    let name = |staged: crate::store::Staged| library.store().staged_name(&staged);
    Ok(noted_files(library)?.into_iter().map(name).collect())
}

fn parse(word: &str) -> Result<CasId> {
    word.parse().map_err(|error| Error::Invalid(format!("the catalogue is damaged: {error}")))
}
