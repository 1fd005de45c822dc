//! The files of the store: which of them the catalogue does not speak of, and which lie in a wrong place.
//! Knows names; whether a file in its place is whole is asked of the rows.

use super::{Damage, Finding, Mode, PAGE, Repair, Verification};
use crate::cas::CasId;
use crate::catalogue::ThumbnailRow;
use crate::error::Result;
use crate::spoken::is_spoken_of;
use crate::store::{Found, Staged, What};
use std::path::PathBuf;

impl Verification<'_> {
    pub(super) fn look_at_files(&mut self) -> Result<()> {
        let library = self.library;
        let mut unsure = Vec::with_capacity(PAGE);
        library.store().walk(&mut |found| {
            match &found.what {
                What::Thumbnail(cas_id, size) => unsure.push((cas_id.clone(), *size)),
                What::Misplaced(cas_id, size) => self.misplaced(found, (cas_id, *size))?,
                What::Strange => self.only_told(Damage::Strange, found, None),
                What::Unreadable(why) => self.only_told(Damage::Unreadable, found, Some(why.clone())),
                What::Temporary => {} // somebody writes it, or clean-up removes it
            }
            if unsure.len() < PAGE { Ok(()) } else { self.foreign_among(&mut unsure) }
        })?;
        self.foreign_among(&mut unsure)
    }

    fn only_told(&mut self, damage: Damage, found: &Found, detail: Option<String>) {
        let repair = (self.mode == Mode::Repair).then_some(Repair::LeftAlone);
        let name = found.name.clone();
        self.found(&Finding { damage, name, cas_id: None, size: None, detail, repair });
    }

    /// Tells, and removes, those that the catalogue does not speak of.
    fn foreign_among(&mut self, thumbnails: &mut Vec<(CasId, u32)>) -> Result<()> {
        let suspects = self.library.catalogue().read(|rows| {
            let mut suspects = Vec::new();
            for (cas_id, size) in thumbnails.drain(..) {
                if !is_spoken_of(rows, &cas_id, size)? {
                    suspects.push((cas_id, size));
                }
            }
            Ok(suspects)
        })?;
        for (cas_id, size) in suspects {
            self.foreign(&cas_id, size)?;
        }
        Ok(())
    }

    /// Asked again while nobody can come to speak of it: a job may have written it down meanwhile.
    fn foreign(&mut self, cas_id: &CasId, size: u32) -> Result<()> {
        let (store, mode) = (self.library.store(), self.mode);
        let done = self.library.catalogue().write(|rows| {
            let is_gone = || matches!(store.get(cas_id, size), Ok(None));
            if is_spoken_of(rows, cas_id, size)? || is_gone() {
                return Ok(None);
            }
            let removed = (mode == Mode::Repair).then(|| store.delete(cas_id, size));
            Ok(Some(removed.map(|removed| removed.map(|_| Repair::Removed))))
        })?;
        if let Some(done) = done {
            self.found_thumbnail(Damage::Foreign, cas_id.thumbnail_path(size), (cas_id, size), done);
        }
        Ok(())
    }

    fn misplaced(&mut self, found: &Found, thumbnail: (&CasId, u32)) -> Result<()> {
        let row = self.row_of(thumbnail)?;
        let done = (self.mode == Mode::Repair).then(|| self.put_right(found, thumbnail, row));
        self.found_thumbnail(Damage::Misplaced, found.name.clone(), thumbnail, done);
        Ok(())
    }

    /// What could not be done is told, and the rest goes on.
    fn found_thumbnail(
        &mut self,
        damage: Damage,
        name: PathBuf,
        (cas_id, size): (&CasId, u32),
        done: Option<Result<Repair>>,
    ) {
        let (repair, detail) = match done {
            None => (None, None),
            Some(Ok(repair)) => (Some(repair), None),
            Some(Err(error)) => (Some(Repair::LeftAlone), Some(error.to_string())),
        };
        let (cas_id, size) = (Some(cas_id.clone()), Some(size));
        self.found(&Finding { damage, name, cas_id, size, detail, repair });
    }

    /// Into its place, if it is what the catalogue speaks of and nothing whole lies there; otherwise nobody needs it.
    fn put_right(
        &self,
        found: &Found,
        (cas_id, size): (&CasId, u32),
        row: Option<ThumbnailRow>,
    ) -> Result<Repair> {
        let store = self.library.store();
        if let Some(ThumbnailRow { file_size: len, checksum, .. }) = row {
            let whole = Staged { cas_id: cas_id.clone(), size, len, checksum };
            let in_place = store.get(cas_id, size)?.is_some_and(|bytes| whole.is(&bytes));
            if !in_place && store.put_in_place(&found.name, &whole)? {
                return Ok(Repair::Moved);
            }
        }
        store.remove(&found.name)?;
        Ok(Repair::Removed)
    }

    fn row_of(&self, (cas_id, size): (&CasId, u32)) -> Result<Option<ThumbnailRow>> {
        self.library.catalogue().read(|rows| match rows.content_by_cas_id(cas_id.as_str())? {
            Some(content) => rows.thumbnail(content.id, size),
            None => Ok(None),
        })
    }
}
