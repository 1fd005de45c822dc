//! Clean-up: contents that no entry refers to, and with them their thumbnails.
//! Entries of a drive that is away are still entries, so what they hold is no orphan.

use crate::cas::CasId;
use crate::error::{Error, Result};
use crate::library::Library;
use serde::Serialize;

/// How many orphans go in one transaction, their files with them: a tenth of a second on a slow disk.
const PAGE: usize = 200;

/// What was removed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CleanReport {
    /// Contents that no entry refers to.
    pub contents: u64,
    /// Their thumbnails.
    pub thumbnails: u64,
    /// The bytes of those.
    pub bytes: u64,
}

/// One orphan and its files.
struct Orphan {
    id: i64,
    cas_id: CasId,
    sizes: Vec<(u32, u64)>,
}

impl Library {
    /// What [`Library::clean`] would remove now.
    pub fn plan_clean(&self) -> Result<CleanReport> {
        let mut report = CleanReport::default();
        let mut after = 0;
        loop {
            let orphans = self.orphans(after)?;
            let Some(last) = orphans.last() else { return Ok(report) };
            after = last.id;
            for orphan in &orphans {
                report.add(orphan);
            }
        }
    }

    /// Removes contents that no entry refers to, and their thumbnails. Safe while jobs run, in this process or another.
    ///
    /// Files go inside the transaction that removes the rows: whoever adds an entry of such a content waits for its
    /// end, and a thumbnail that is made again after that is not touched.
    pub fn clean(&self) -> Result<CleanReport> {
        self.clean_until(&|| false)
    }

    /// The same, until `stop` says so between any two pages.
    pub(crate) fn clean_until(&self, stop: &dyn Fn() -> bool) -> Result<CleanReport> {
        let mut report = CleanReport::default();
        let mut after = 0;
        loop {
            if stop() {
                break;
            }
            let orphans = self.orphans(after)?;
            let Some(last) = orphans.last() else { break };
            after = last.id;
            // First marked as to be made again: whoever dies between a file's end and its row's leaves no lie.
            self.catalogue().write(|rows| orphans.iter().try_for_each(|orphan| rows.set_stale(orphan.id)))?;
            self.catalogue().write(|rows| {
                for orphan in &orphans {
                    if rows.delete_orphan(orphan.id)? {
                        for (size, _) in &orphan.sizes {
                            self.store().delete(&orphan.cas_id, *size)?;
                        }
                        report.add(orphan);
                    }
                }
                Ok(())
            })?;
        }
        self.write_store_metadata()?;
        Ok(report)
    }

    fn orphans(&self, after: i64) -> Result<Vec<Orphan>> {
        self.catalogue().read(|rows| {
            let mut orphans = Vec::new();
            for (id, cas_id) in rows.orphans_page(after, PAGE)? {
                let cas_id = cas_id
                    .parse()
                    .map_err(|error| Error::Invalid(format!("the catalogue is damaged: {error}")))?;
                let sizes =
                    rows.thumbnails_of(id)?.into_iter().map(|row| (row.size, row.file_size)).collect();
                orphans.push(Orphan { id, cas_id, sizes });
            }
            Ok(orphans)
        })
    }
}

impl CleanReport {
    fn add(&mut self, orphan: &Orphan) {
        self.contents += 1;
        self.thumbnails += orphan.sizes.len() as u64;
        self.bytes += orphan.sizes.iter().map(|(_, bytes)| bytes).sum::<u64>();
    }
}
