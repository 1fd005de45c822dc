//! What a library knows for forecasts: what is pending of each format, and what files of it have cost.
//! Reads and writes sums; what they mean, `forecast` knows.

use super::Library;
use crate::catalogue::ContentLength;
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::forecast::{Pace, Rates, Tally, Work};
use crate::jobs::{JobId, JobUpdate};
use crate::source_file;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Contents that are counted between two looks whether anybody still wants to know: some milliseconds.
const PAGE: usize = 5000;

/// Where the pace of jobs is kept.
const PACE: &str = "pace";

/// Where the last job is noted that made anything in bulk.
const LAST_BULK: &str = "last_bulk_job";

/// Contents of one MIME type that still need thumbnails.
#[derive(Debug, Clone)]
pub struct PendingType {
    /// The type.
    pub mime_type: String,
    /// How much there is.
    pub work: Work,
    /// Some of their files, spread over all lengths.
    pub samples: Vec<PathBuf>,
}

/// What earlier work has taught.
#[derive(Debug, Clone, Default)]
pub struct Experience {
    /// What files of each format cost.
    pub rates: BTreeMap<String, Rates>,
    /// How the time of jobs compares with that of their workers.
    pub pace: Pace,
}

impl Library {
    /// What still needs thumbnails, per MIME type, with up to `samples` files of each.
    pub fn pending_by_type(&self, samples: usize) -> Result<Vec<PendingType>> {
        let mut tally = Tally::new(samples);
        self.each_pending(|content| {
            tally.add(&content.mime_type, content.size, || content.id);
            Ok::<(), Error>(())
        })?;
        let mut types = Vec::new();
        for (mime_type, work, chosen) in tally.finish() {
            let sources = self
                .catalogue()
                .read(|rows| chosen.iter().map(|id| rows.sources_of(*id, 1)).collect::<Result<Vec<_>>>())?;
            let samples = sources.iter().flatten();
            let samples = samples.map(|source| source_file::join(&source.location, &source.path)).collect();
            types.push(PendingType { mime_type, work, samples });
        }
        Ok(types)
    }

    /// Every pending content, page by page.
    pub(crate) fn each_pending<E: From<Error>>(
        &self,
        mut tell: impl FnMut(&ContentLength) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut after = (0, 0);
        loop {
            let page = self.catalogue().read(|rows| rows.pending_lengths(after, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.size, last.id);
            page.iter().try_for_each(&mut tell)?;
        }
    }

    /// Every content, page by page.
    pub(crate) fn each_content<E: From<Error>>(
        &self,
        mut tell: impl FnMut(&ContentLength) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut after = 0;
        loop {
            let page = self.catalogue().read(|rows| rows.content_lengths(after, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            page.iter().try_for_each(&mut tell)?;
        }
    }

    /// What earlier work has taught. What cannot be read any more is as if it had never been.
    pub fn experience(&self) -> Result<Experience> {
        self.catalogue().read(|rows| {
            let records = rows.rates()?.into_iter();
            let rates =
                records.filter_map(|(format, record)| Some((format, serde_json::from_str(&record).ok()?)));
            let pace = rows.meta(PACE)?.and_then(|pace| serde_json::from_str(&pace).ok());
            Ok(Experience { rates: rates.collect(), pace: pace.unwrap_or_default() })
        })
    }

    /// Keeps what work has taught, for these formats.
    pub fn learn_from(&self, experience: &Experience) -> Result<()> {
        let json = |value: serde_json::Result<String>| value.unwrap_or_default(); // numbers always become JSON
        let pace = json(serde_json::to_string(&experience.pace));
        self.catalogue().write(|rows| {
            for (format, rates) in &experience.rates {
                rows.set_rates(format, &json(serde_json::to_string(rates)), now_ms())?;
            }
            rows.set_meta(PACE, &pace)
        })
    }

    /// The last job that made thumbnails in bulk, if there was one.
    pub fn last_bulk_job(&self) -> Result<Option<JobUpdate>> {
        self.catalogue().read(|rows| {
            let id = rows.meta(LAST_BULK)?.and_then(|id| id.parse().ok());
            let row = id.map(|id| rows.job(JobId(id))).transpose()?.flatten();
            Ok(row.map(JobUpdate::from))
        })
    }

    pub(crate) fn note_bulk_job(&self, job: JobId) -> Result<()> {
        self.catalogue().write(|rows| rows.set_meta(LAST_BULK, &job.to_string()))
    }
}
