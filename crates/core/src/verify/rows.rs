//! The rows of thumbnails: whether the file of each is there, as it was written.
//! Knows rows and bytes; what else lies in the store is asked of the files.

use super::{Damage, Finding, Mode, PAGE, Repair, Verification};
use crate::cas::CasId;
use crate::catalogue::{StoredThumbnail, ThumbnailRow, Writing};
use crate::error::{Error, Result};
use crate::spoken::versions;
use crate::store::checksum;

/// What is wrong with a thumbnail, and what the system said.
type Wrong = (Damage, Option<String>);

impl Verification<'_> {
    pub(super) fn look_at_rows(&mut self) -> Result<()> {
        let mut after = (0, 0);
        loop {
            let page = self.library.catalogue().read(|rows| rows.thumbnails_page(after, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.content, last.row.size);
            for stored in &page {
                self.look_at_row(stored)?;
            }
        }
    }

    fn look_at_row(&mut self, stored: &StoredThumbnail) -> Result<()> {
        let cas_id: CasId = stored
            .cas_id
            .parse()
            .map_err(|error| Error::Invalid(format!("the catalogue is damaged: {error}")))?;
        let size = stored.row.size;
        if self.wrong(&cas_id, std::slice::from_ref(&stored.row)).is_none() {
            self.report.sound += 1;
            return Ok(());
        }
        // A job may have put another version in its place, or somebody have cleaned it away. Asked again while neither
        // can go on: then the file is what its row says, or what is noted as being published over it.
        let library = self.library;
        let confirmed = library.catalogue().write(|rows| {
            let versions = versions(rows, stored.content, size)?;
            if versions.is_empty() {
                return Ok(None);
            }
            let wrong = self.wrong(&cas_id, &versions);
            let repair = wrong.as_ref().map(|wrong| self.take_away(rows, stored, wrong)).transpose()?;
            Ok(Some(wrong.zip(repair)))
        })?;
        match confirmed {
            None => return Ok(()),
            Some(None) => self.report.sound += 1,
            Some(Some(((damage, mut detail), repair))) => {
                // After its row: whoever dies here leaves no lie. What cannot be removed is written over.
                if repair.is_some_and(|repair| repair != Repair::LeftAlone)
                    && let Err(error) = library.store().delete(&cas_id, size)
                {
                    detail = Some(error.to_string());
                }
                let name = cas_id.thumbnail_path(size);
                let (cas_id, size) = (Some(cas_id), Some(size));
                self.found(&Finding { damage, name, cas_id, size, detail, repair });
            }
        }
        Ok(())
    }

    /// What is wrong with a file that is to be one of these versions; the last is what the catalogue is sure of.
    fn wrong(&self, cas_id: &CasId, versions: &[ThumbnailRow]) -> Option<Wrong> {
        let expected = versions.last()?;
        let bytes = match self.library.store().get(cas_id, expected.size) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Some((Damage::Missing, None)),
            Err(error) => return Some((Damage::Unreadable, Some(error.to_string()))),
        };
        let (len, sum) = (bytes.len() as u64, checksum(&bytes));
        if versions.iter().any(|row| row.file_size == len && row.checksum == sum) {
            return None;
        }
        Some((if len < expected.file_size { Damage::Truncated } else { Damage::Corrupted }, None))
    }

    /// Takes the row of a damaged thumbnail away, and remembers to make it again where anybody wants it.
    fn take_away(
        &self,
        rows: &Writing<'_>,
        stored: &StoredThumbnail,
        (damage, _): &Wrong,
    ) -> Result<Option<Repair>> {
        if self.mode == Mode::Look {
            return Ok(None);
        }
        if *damage == Damage::Unreadable {
            return Ok(Some(Repair::LeftAlone)); // it may be whole, behind a permission or a bad cable
        }
        let (content, size) = (stored.content, stored.row.size);
        rows.delete_thumbnail(content, size)?;
        if rows.entry_holding(content)?.is_none() {
            return Ok(Some(Repair::SourceGone));
        }
        let is_wanted = self.library.settings().thumbnails.kept_sizes().contains(&size) || stored.row.asked;
        if !is_wanted {
            return Ok(Some(Repair::Removed));
        }
        rows.lose(content, size)?;
        // Whoever has it repaired asks for it: also what failed before is tried again.
        rows.delete_failure(content)?;
        rows.set_pending(content, true)?;
        Ok(Some(Repair::ToBeMade))
    }
}
