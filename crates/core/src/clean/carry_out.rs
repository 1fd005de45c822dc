//! Does what a plan says, as far as it is still so.
//! Knows the order that loses nothing: rows before files, each file only while nobody speaks of it.

use super::plan::noted_names;
use super::spool::{Item, Spool};
use super::{CleanAmount, CleanKept, CleanReport, CleanWhy, PAGE};
use crate::cas::CasId;
use crate::catalogue::Writing;
use crate::error::Result;
use crate::jobs::RunnerLock;
use crate::library::Library;
use crate::settings::Settings;
use crate::spoken::{is_spoken_of, versions};
use crate::thumbnail_job::unsettle;
use std::path::{Path, PathBuf};

/// A file whose row is gone.
struct Doomed {
    why: CleanWhy,
    cas_id: CasId,
    size: u32,
    bytes: u64,
}

impl Library {
    /// Carries a plan out; says what was removed and what was kept.
    pub(super) fn carry_out(
        &self,
        plan: Spool,
        planned: CleanReport,
        stop: &dyn Fn() -> bool,
    ) -> Result<CleanReport> {
        let (strange, problems) = (planned.strange, planned.problems);
        let mut report = CleanReport { strange, problems, ..CleanReport::default() };
        let mut plan = plan.read()?;
        while !stop() {
            let page = plan.page(PAGE)?;
            if page.is_empty() {
                break;
            }
            self.carry_out_page(page, &mut report)?;
        }
        if let Err(error) = self.write_store_metadata() {
            report.problem(format!("metadata.json is out of date: {error}")); // a note for people
        }
        Ok(report)
    }

    /// Rows first: whoever dies before the files' end leaves files that no row speaks of, for the next clean-up.
    /// Then the files, in a transaction in which nobody can come to speak of them.
    fn carry_out_page(&self, page: Vec<Item>, report: &mut CleanReport) -> Result<()> {
        let (temporaries, page): (Vec<_>, Vec<_>) =
            page.into_iter().partition(|item| matches!(item, Item::Temporary { .. }));
        let mut doomed = Vec::new();
        self.catalogue().write(|rows| {
            // As it is now: somebody may want the size again since this library was opened.
            let wanted = Settings::load(&self.settings_file())?.thumbnails.kept_sizes();
            for item in page {
                match remove_rows(rows, &item, &wanted)? {
                    None => doomed.extend(files_of(item, report)),
                    Some(kept) => report.keep(kept, item.amount()),
                }
            }
            Ok(())
        })?;
        self.catalogue()
            .write(|rows| doomed.iter().try_for_each(|file| self.remove_file(rows, file, report)))?;
        self.remove_temporaries(&temporaries, report)
    }

    fn remove_file(&self, rows: &Writing<'_>, file: &Doomed, report: &mut CleanReport) -> Result<()> {
        let amount = CleanAmount::one(file.bytes);
        if is_spoken_of(rows, &file.cas_id, file.size)? {
            report.keep(CleanKept::WantedAgain, amount);
            return Ok(());
        }
        match self.store().delete(&file.cas_id, file.size) {
            Ok(true) => report.add(file.why, amount),
            Ok(false) => report.keep(CleanKept::AlreadyGone, amount),
            Err(error) => {
                report.problem(error.to_string());
                report.keep(CleanKept::NotRemoved, amount);
            }
        }
        Ok(())
    }

    /// Only while nobody runs this library's jobs: they write temporary files, and one may be called like these.
    fn remove_temporaries(&self, items: &[Item], report: &mut CleanReport) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let alone = RunnerLock::try_take(self.root())?;
        let noted = noted_names(self)?;
        for item in items {
            let Item::Temporary { name, bytes } = item else { continue };
            if alone.is_none() || noted.contains(name) {
                report.keep(CleanKept::BeingWritten, item.amount());
            } else {
                self.remove_temporary((name, *bytes), report);
            }
        }
        Ok(())
    }

    fn remove_temporary(&self, (name, bytes): (&Path, u64), report: &mut CleanReport) {
        let amount = CleanAmount::one(bytes);
        match self.store().remove(name) {
            Ok(true) => report.add(CleanWhy::Temporary, amount),
            Ok(false) => report.keep(CleanKept::AlreadyGone, amount),
            Err(error) => {
                report.problem(error.to_string());
                report.keep(CleanKept::NotRemoved, amount);
            }
        }
    }

    fn settings_file(&self) -> PathBuf {
        self.root().join(crate::library::SETTINGS_FILE)
    }
}

/// Takes the rows of a thing away, or says why it is kept.
fn remove_rows(rows: &Writing<'_>, item: &Item, wanted: &[u32]) -> Result<Option<CleanKept>> {
    match item {
        Item::Content { id, sizes, .. } => remove_content(rows, *id, sizes),
        Item::Size { size, .. } if wanted.contains(size) => Ok(Some(CleanKept::WantedAgain)),
        Item::Size { content, size, bytes, .. } => remove_size(rows, *content, (*size, *bytes)),
        Item::File { .. } | Item::Temporary { .. } => Ok(None),
    }
}

fn remove_content(rows: &Writing<'_>, id: i64, sizes: &[(u32, u64)]) -> Result<Option<CleanKept>> {
    if rows.content(id)?.is_none() {
        return Ok(Some(CleanKept::AlreadyGone));
    }
    if rows.staged_rendition(id)?.is_some() {
        return Ok(Some(CleanKept::BeingWritten));
    }
    let now: Vec<_> = rows.thumbnails_of(id)?.into_iter().map(|row| (row.size, row.file_size)).collect();
    if now != sizes {
        return Ok(Some(CleanKept::Changed));
    }
    Ok((!rows.delete_orphan(id)?).then_some(CleanKept::WantedAgain))
}

fn remove_size(rows: &Writing<'_>, content: i64, (size, bytes): (u32, u64)) -> Result<Option<CleanKept>> {
    let versions = versions(rows, content, size)?;
    let [row] = versions.as_slice() else {
        let kept = if versions.is_empty() { CleanKept::AlreadyGone } else { CleanKept::BeingWritten };
        return Ok(Some(kept));
    };
    if row.asked {
        return Ok(Some(CleanKept::WantedAgain));
    }
    if row.file_size != bytes {
        return Ok(Some(CleanKept::Changed));
    }
    if rows.thumbnail(content, size)?.is_none() {
        return Ok(Some(CleanKept::BeingWritten));
    }
    rows.delete_thumbnail(content, size)?;
    unsettle(rows, size)?;
    Ok(None)
}

/// The files of a thing whose rows are gone. A content without any is done with.
fn files_of(item: Item, report: &mut CleanReport) -> Vec<Doomed> {
    let why = item.why();
    match item {
        Item::Content { cas_id, sizes, .. } => {
            report.contents += 1;
            let doomed = |(size, bytes)| Doomed { why, cas_id: cas_id.clone(), size, bytes };
            sizes.into_iter().map(doomed).collect()
        }
        Item::Size { cas_id, size, bytes, .. } | Item::File { cas_id, size, bytes } => {
            vec![Doomed { why, cas_id, size, bytes }]
        }
        Item::Temporary { .. } => Vec::new(),
    }
}
