//! What a library can tell: totals, coverage, failures, one file's content.
//! Reads the catalogue; changes nothing but which failures are to be tried again.

use super::Library;
use crate::cas::{CasId, SCRUB_SHEET};
use crate::catalogue::{EntryRow, FailedFile, Location, Reading, Scope, SizeTotals};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::paths;
use crate::render::Reason;
use crate::thumbnail_job::{below, is_stale};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How many failures are looked at together.
const PAGE: usize = 500;

/// How many failures are asked what is missing: milliseconds, and they all say one of a few things.
const LOOKED_AT: usize = 5000;

/// A file that is indexed.
#[derive(Debug, Clone, Serialize)]
pub struct FoundEntry {
    /// The entry's key.
    pub entry_id: i64,
    /// Its content, when that is known.
    pub cas_id: Option<String>,
    /// Why its content is not known: `empty`, `placeholder`, `being-written`, `unreadable`.
    pub deferred: Option<String>,
}

/// How much of one kind has thumbnails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindCoverage {
    /// `image`, `video`, `document`, `audio`, `other`.
    pub kind: String,
    /// Contents of this kind.
    pub contents: u64,
    /// Those that have their thumbnails.
    pub done: u64,
    /// Those that are still to be made.
    pub pending: u64,
    /// Those that failed for good.
    pub failed: u64,
}

/// How many scrub sheets there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SheetTotals {
    /// How many.
    pub count: u64,
    /// How many bytes they take.
    pub bytes: u64,
}

/// What is known of a content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContentInfo {
    /// `image`, `video`, `document`, `audio`, `other`.
    pub kind: String,
    /// What it is.
    pub mime_type: String,
    /// Columns, upright.
    pub width: Option<u32>,
    /// Rows, upright.
    pub height: Option<u32>,
    /// How long it plays.
    pub duration_ms: Option<u64>,
    /// How many pages it has.
    pub pages: Option<u32>,
    /// Whether it moves.
    pub animated: bool,
    /// What a film's pictures are coded with, as `FFmpeg` names it: `h264`.
    pub codec: Option<String>,
    /// A film's pictures in a thousand seconds: 29970 is 29.97 a second.
    pub frames_per_1000_s: Option<u32>,
    /// How far a film is turned clockwise for being shown: 0, 90, 180 or 270 degrees.
    pub rotation: Option<u16>,
}

/// A library in numbers.
#[derive(Debug, Clone, Serialize)]
pub struct LibraryStatus {
    /// Its name.
    pub name: String,
    /// Its directory.
    pub root: PathBuf,
    /// How many locations it indexes.
    pub locations: u64,
    /// Files in them.
    pub entries: u64,
    /// Bytes of those files.
    pub entry_bytes: u64,
    /// Per kind.
    pub kinds: Vec<KindCoverage>,
    /// Thumbnails and their bytes, per size.
    pub sizes: Vec<SizeTotals>,
    /// Scrub sheets of films.
    pub scrub_sheets: SheetTotals,
    /// Thumbnails of sizes that the settings do not want, and that nobody asked for: [`Library::clean`] removes them, as
    /// it does scrub sheets (size 0).
    pub unwanted: Vec<(u32, u64)>,
    /// Failures, per reason.
    pub failures: Vec<(String, u64)>,
    /// What is missing on this machine, in the words of failures: which worker or library, and how to install it.
    pub missing: Vec<String>,
    /// How many of them are in quarantine: see [`FailedContent::quarantined`].
    pub quarantined: u64,
    /// Files without content, per reason.
    pub deferred: Vec<(String, u64)>,
}

/// A content that failed.
#[derive(Debug, Clone, Serialize)]
pub struct FailedContent {
    /// Its key, to go on from.
    #[serde(skip)]
    pub key: i64,
    /// Its CAS ID.
    pub cas_id: String,
    /// One of the files that hold it.
    pub path: Option<PathBuf>,
    /// Why, to branch on.
    pub reason: String,
    /// Why, in words.
    pub detail: String,
    /// How often it was tried since it changed, or somebody asked.
    pub attempts: u32,
    /// How many workers it was the end of: they crashed, or had to be killed.
    pub kills: u32,
    /// Whether that was twice: it is not tried a third time until its file, the engine or the limits change, or
    /// somebody asks.
    pub quarantined: bool,
    /// When it is tried again by itself; milliseconds since 1970. `None`: see [`FailedContent::quarantined`].
    pub next_attempt_at: Option<i64>,
    /// What a person can do.
    pub advice: &'static str,
}

/// A thumbnail that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThumbnailInfo {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes of its file.
    pub bytes: u64,
    /// Whether it is an older one, served until the new one is there: its file, the settings or the engine have changed.
    /// When making the new one has failed, [`Library::failure_of`] says why.
    pub stale: bool,
}

/// Which failures; all that fit every condition that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailureFilter {
    /// Those of this reason.
    pub reason: Option<Reason>,
    /// Those of files at or below this path, which is absolute and without links.
    pub path: Option<PathBuf>,
}

impl Library {
    /// The library in numbers.
    pub fn status(&self) -> Result<LibraryStatus> {
        self.catalogue().read(|rows| {
            let (entries, entry_bytes) = rows.entry_totals()?;
            let kinds = rows.coverage()?.into_iter().map(|(kind, contents, pending, failed)| KindCoverage {
                kind,
                contents,
                done: contents.saturating_sub(pending).saturating_sub(failed),
                pending,
                failed,
            });
            let (sheets, sizes): (Vec<_>, Vec<_>) =
                rows.size_totals()?.into_iter().partition(|total| total.size == SCRUB_SHEET);
            let wanted = &self.settings().thumbnails.kept_sizes();
            let mut unwanted = Vec::new();
            for total in sheets.iter().chain(&sizes).filter(|total| !wanted.contains(&total.size)) {
                let count = total.count.saturating_sub(rows.asked_of_size(total.size)?);
                unwanted.extend((count > 0).then_some((total.size, count)));
            }
            Ok(LibraryStatus {
                unwanted,
                name: self.settings().name.clone(),
                root: self.root().to_owned(),
                locations: rows.locations()?.len() as u64,
                entries,
                entry_bytes,
                kinds: kinds.collect(),
                sizes,
                scrub_sheets: sheets.first().map_or_else(SheetTotals::default, |total| SheetTotals {
                    count: total.count,
                    bytes: total.bytes,
                }),
                failures: rows.failure_totals()?,
                missing: rows.details_of(Reason::Unavailable.word(), LOOKED_AT)?.into_iter().collect(),
                quarantined: rows.quarantined()?,
                deferred: rows.deferred_totals()?,
            })
        })
    }

    /// Failures that fit `which`, after the one with key `after` (0 for the first), `limit` at most. Each comes with one
    /// of the files that have it, where a path is given one at or below that.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// use tintype_core::{FailureFilter, render::Reason};
    ///
    /// let crashed = FailureFilter { reason: Some(Reason::Crashed), ..FailureFilter::default() };
    /// for failed in library.failures(&crashed, 0, 100)? {
    ///     println!("{:?}: {}; {}", failed.path, failed.detail, failed.advice);
    /// }
    /// assert_eq!(library.retry_failures(&crashed)?, 0, "how many are tried again");
    /// # Ok(())
    /// # }
    /// ```
    pub fn failures(&self, which: &FailureFilter, after: i64, limit: usize) -> Result<Vec<FailedContent>> {
        let (mut found, mut after) = (Vec::new(), after);
        while found.len() < limit {
            let page = self.catalogue().read(|rows| {
                let scopes = which.path.as_deref().map(|path| scopes(rows, path)).transpose()?;
                let mut page = rows.failures_page(after, PAGE)?;
                after = page.last().map_or(i64::MAX, |last| last.failure.content);
                page.retain(|failed| {
                    which.reason.is_none_or(|reason| failed.failure.reason == reason.word())
                });
                if let Some(scopes) = &scopes {
                    for failed in &mut page {
                        failed.path = source_in_any(rows, failed.failure.content, scopes)?;
                    }
                    page.retain(|failed| failed.path.is_some());
                }
                Ok(page)
            })?;
            found.extend(page.into_iter().map(FailedContent::from));
            if after == i64::MAX {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Has failures tried again, as if for the first time, by the [`crate::ThumbnailJob`] that runs, or the next.
    /// Says how many.
    pub fn retry_failures(&self, which: &FailureFilter) -> Result<u64> {
        let (mut after, mut count) = (0, 0);
        loop {
            let page = self.failures(which, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.key;
            count += self.catalogue().write(|rows| {
                let mut retried = 0;
                for failed in &page {
                    if rows.retry_failure(failed.key, now_ms())? {
                        rows.set_pending(failed.key, true)?;
                        retried += 1;
                    }
                }
                Ok(retried)
            })?;
        }
    }

    /// What the catalogue knows of a content's thumbnail at a size.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// let info = library.thumbnail_info(&"cc2104c68d62617f".parse()?, 256)?;
    /// assert!(info.is_none_or(|info| !info.stale));
    /// # Ok(())
    /// # }
    /// ```
    pub fn thumbnail_info(&self, cas_id: &CasId, size: u32) -> Result<Option<ThumbnailInfo>> {
        self.catalogue().read(|rows| {
            let Some(content) = rows.content_by_cas_id(cas_id.as_str())? else { return Ok(None) };
            let Some(row) = rows.thumbnail(content.id, size)? else { return Ok(None) };
            let stale = is_stale(rows, &row, &self.settings().thumbnails)?;
            Ok(Some(ThumbnailInfo { width: row.width, height: row.height, bytes: row.file_size, stale }))
        })
    }

    /// The sizes at which a content has thumbnails that the catalogue knows, smallest first.
    pub fn sizes_of(&self, cas_id: &CasId) -> Result<Vec<u32>> {
        self.catalogue().read(|rows| {
            let Some(content) = rows.content_by_cas_id(cas_id.as_str())? else { return Ok(Vec::new()) };
            let sizes = rows.thumbnails_of(content.id)?.into_iter().map(|row| row.size);
            Ok(sizes.filter(|size| *size != SCRUB_SHEET).collect())
        })
    }

    /// What is known of a content.
    pub fn content_info(&self, cas_id: &CasId) -> Result<Option<ContentInfo>> {
        self.catalogue().read(|rows| match rows.content_by_cas_id(cas_id.as_str())? {
            Some(content) => rows.facts(content.id),
            None => Ok(None),
        })
    }

    /// Why a content has no thumbnail, if it failed.
    pub fn failure_of(&self, cas_id: &CasId) -> Result<Option<FailedContent>> {
        self.catalogue().read(|rows| {
            let Some(content) = rows.content_by_cas_id(cas_id.as_str())? else { return Ok(None) };
            let page = rows.failures_page(content.id - 1, 1)?;
            Ok(page.into_iter().find(|failed| failed.failure.content == content.id).map(FailedContent::from))
        })
    }

    /// An entry that holds a content, to order its thumbnails by.
    pub fn entry_of(&self, cas_id: &CasId) -> Result<Option<i64>> {
        self.catalogue().read(|rows| {
            let Some(content) = rows.content_by_cas_id(cas_id.as_str())? else {
                return Err(Error::Invalid(format!("no file in this library has the CAS ID {cas_id}")));
            };
            rows.entry_holding(content.id)
        })
    }
}

/// The parts of locations that lie at or below a path, which may be a file, a folder, or a folder of locations.
fn scopes(rows: &Reading<'_>, path: &Path) -> Result<Vec<Scope>> {
    let part_of = |location: Location| {
        let at = if location.path.starts_with(path) {
            Vec::new()
        } else {
            paths::to_bytes(path.strip_prefix(&location.path).ok()?)
        };
        let (from, end) = below(&at);
        Some(Scope { location: location.id, from, end, at })
    };
    Ok(rows.locations()?.into_iter().filter_map(part_of).collect())
}

fn source_in_any(rows: &Reading<'_>, content: i64, scopes: &[Scope]) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    for scope in scopes {
        if let Some(source) = rows.source_in(content, scope)? {
            return Ok(Some(source));
        }
    }
    Ok(None)
}

impl From<FailedFile> for FailedContent {
    fn from(file: FailedFile) -> Self {
        let advice = file.failure.reason.parse().map_or("", Reason::advice);
        Self {
            quarantined: file.failure.is_quarantined(),
            kills: file.failure.kills,
            key: file.failure.content,
            cas_id: file.cas_id,
            path: file
                .path
                .map(|(location, path)| paths::from_bytes(&location).join(paths::from_bytes(&path))),
            reason: file.failure.reason,
            detail: file.failure.detail,
            attempts: file.failure.attempts,
            next_attempt_at: file.failure.next_attempt_at,
            advice,
        }
    }
}

/// An entry with its content's CAS ID.
pub(super) fn found(rows: &Reading<'_>, entry: EntryRow) -> Result<FoundEntry> {
    let content = entry.content.map(|content| rows.content(content)).transpose()?.flatten();
    Ok(FoundEntry {
        entry_id: entry.id,
        cas_id: content.map(|content| content.cas_id),
        deferred: entry.deferred,
    })
}
