//! Verification: every thumbnail that the catalogue speaks of is there, whole, and as it was written.
//! Knows rows and the store; repairing is marking, the thumbnail job does the rest.

use crate::cas::CasId;
use crate::catalogue::StoredThumbnail;
use crate::error::{Error, Result};
use crate::jobs::RunnerLock;
use crate::library::Library;
use crate::store::{Page, Stored};
use serde::Serialize;
use std::collections::HashSet;

/// How many thumbnails are looked at between two transactions.
const PAGE: usize = 500;

/// What is wrong with a thumbnail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// The catalogue speaks of it, and there is no file.
    Missing,
    /// The file is shorter or longer than it was written.
    WrongLength,
    /// The file has other bytes than were written.
    WrongChecksum,
    /// There is a file, and the catalogue does not speak of it.
    Foreign,
}

/// One thumbnail that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damaged {
    /// The content it is of.
    pub cas_id: String,
    /// Its size, pixels.
    pub size: u32,
    /// What is wrong.
    pub damage: Damage,
}

/// What verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Thumbnails that are as they should be.
    pub sound: u64,
    /// Those that are not.
    pub damaged: Vec<Damaged>,
    /// How many of those were put right, or marked to be made again.
    pub repaired: u64,
}

impl Library {
    /// Checks every thumbnail. With `repair`, damaged ones are marked to be made again by the next
    /// [`crate::ThumbnailJob`], and files that the catalogue does not speak of are removed.
    ///
    /// Repairing fails while another process runs this library's jobs: it may have published a thumbnail that it
    /// has not recorded yet.
    pub fn verify(&self, repair: bool) -> Result<VerifyReport> {
        let _nobody_publishes =
            if repair { Some(RunnerLock::try_take(self.root())?.ok_or_else(somebody_runs)?) } else { None };
        let mut report = VerifyReport::default();
        self.verify_rows(repair, &mut report)?;
        self.verify_files(repair, &mut report)?;
        Ok(report)
    }

    fn verify_rows(&self, repair: bool, report: &mut VerifyReport) -> Result<()> {
        let mut after = (0, 0);
        loop {
            let page = self.catalogue().read(|rows| rows.thumbnails_page(after, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.content, last.row.size);
            for stored in &page {
                let Some(damage) = self.damage_of(stored)? else {
                    report.sound += 1;
                    continue;
                };
                report.damaged.push(Damaged { cas_id: stored.cas_id.clone(), size: stored.row.size, damage });
                if repair {
                    // Rows first: dying between leaves a file that is made again over, or found to be foreign.
                    self.catalogue().write(|rows| {
                        rows.delete_thumbnail(stored.content, stored.row.size)?;
                        rows.delete_failure(stored.content)?;
                        rows.set_pending(stored.content, true)
                    })?;
                    self.store().delete(&cas_id(&stored.cas_id)?, stored.row.size)?;
                    report.repaired += 1;
                }
            }
        }
    }

    fn damage_of(&self, stored: &StoredThumbnail) -> Result<Option<Damage>> {
        let Some(bytes) = self.store().get(&cas_id(&stored.cas_id)?, stored.row.size)? else {
            return Ok(Some(Damage::Missing));
        };
        if bytes.len() as u64 != stored.row.file_size {
            return Ok(Some(Damage::WrongLength));
        }
        let same = blake3::hash(&bytes).to_hex().as_str() == stored.row.checksum;
        Ok((!same).then_some(Damage::WrongChecksum))
    }

    /// Files that no row speaks of. What a job has published but not yet recorded is noted as staged.
    fn verify_files(&self, repair: bool, report: &mut VerifyReport) -> Result<()> {
        let staged: HashSet<i64> =
            self.catalogue().read(|rows| rows.staged_renditions())?.into_iter().map(|(id, _)| id).collect();
        let mut last: Option<(CasId, u32)> = None;
        loop {
            let after = last.as_ref().map(|(cas_id, size)| (cas_id, *size));
            let page = self.store().list(&Page { prefix: "", after, limit: PAGE })?;
            let Some(end) = page.last() else { return Ok(()) };
            last = Some((end.cas_id.clone(), end.size));
            for found in &page {
                if self.speaks_of(found, &staged)? {
                    continue;
                }
                let cas_id = found.cas_id.as_str().to_owned();
                report.damaged.push(Damaged { cas_id, size: found.size, damage: Damage::Foreign });
                if repair {
                    self.store().delete(&found.cas_id, found.size)?;
                    report.repaired += 1;
                }
            }
        }
    }

    fn speaks_of(&self, found: &Stored, staged: &HashSet<i64>) -> Result<bool> {
        self.catalogue().read(|rows| match rows.content_by_cas_id(found.cas_id.as_str())? {
            None => Ok(false),
            Some(content) if staged.contains(&content.id) => Ok(true),
            Some(content) => Ok(rows.thumbnail(content.id, found.size)?.is_some()),
        })
    }
}

fn somebody_runs() -> Error {
    Error::Invalid(
        "another tintype is running this library's jobs; wait for it or pause it, then repair".to_owned(),
    )
}

fn cas_id(word: &str) -> Result<CasId> {
    word.parse().map_err(|error| Error::Invalid(format!("the catalogue is damaged: {error}")))
}
