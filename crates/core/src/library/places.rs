//! Locations of a library: adding, looking again, removing, relinking.
//! Knows which job is already at it; nothing of how jobs work.

use super::Library;
use crate::catalogue::{JobRow, Location, Placement, Reading, place};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::indexer::IndexerJob;
use crate::jobs::{Job, JobHandle, JobId, JobStatus, Priority, insert};
use crate::paths;
use crate::thumbnail_job::{Folder, ThumbnailJob};
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What became of a path that somebody added.
#[derive(Clone)]
pub struct Added {
    /// The location that holds it.
    pub location: i64,
    /// The job that looks at what is there.
    pub index: JobHandle,
    /// The job that then makes the thumbnails.
    pub thumbnails: JobHandle,
    /// Whether both were there already, unfinished.
    pub resumed: bool,
}

impl Library {
    /// Makes the folder at `path` a location, queues the job that indexes it, and behind that the one that makes its
    /// thumbnails. The same path again looks for changes and goes on with what was unfinished.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let pictures = dir.path().join("pictures");
    /// # std::fs::create_dir(&pictures)?;
    /// # std::fs::write(pictures.join("red.ppm"), b"P6 1 1 255 \xff\x00\x00")?;
    /// use tintype_core::{Library, jobs::JobStatus};
    ///
    /// let library = Library::create(dir.path().join("library"), "Docs")?;
    /// let added = library.add_location(&pictures)?;
    /// let _running = library.jobs().start()?; // here or elsewhere: the handles work the same
    /// assert_eq!(added.thumbnails.wait().await?.status, JobStatus::Completed);
    ///
    /// let entry = library.find(pictures.join("red.ppm"))?.ok_or("not indexed")?;
    /// let cas_id = entry.cas_id.ok_or("not read")?.parse()?;
    /// assert!(library.thumbnail_path(&cas_id, 128).is_file());
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_location(&self, path: impl AsRef<Path>) -> Result<Added> {
        let path = self.checked_folder(path.as_ref())?;
        let device = fs::metadata(&path).map_err(Error::io("open", &path))?.dev();
        let (location, scope) = self.catalogue().write(|rows| match place(&path, &rows.locations()?)? {
            Placement::New => Ok((rows.add_location(&path, device, now_ms())?, Vec::new())),
            Placement::Within { location, scope } => Ok((location, scope)),
        })?;
        self.index_then_generate(&IndexerJob::new(location, scope))
    }

    /// Queues a look at a location, and the making of thumbnails behind it.
    pub fn index_location(&self, location: i64) -> Result<Added> {
        self.catalogue().read(|rows| rows.location(location))?;
        self.index_then_generate(&IndexerJob::new(location, Vec::new()))
    }

    /// Queues a look at a folder of a location without the making of thumbnails. An unfinished look at the same place
    /// goes on instead.
    pub fn index_only(&self, folder: &Folder) -> Result<JobHandle> {
        self.catalogue().read(|rows| rows.location(folder.location))?;
        let look = IndexerJob::new(folder.location, folder.path.clone());
        match self.jobs().unfinished(|other: &IndexerJob| other.is_same_place(&look))? {
            Some(handle) => handle.resume().map(|()| handle),
            None => self.jobs().dispatch(look),
        }
    }

    /// The locations of this library.
    pub fn locations(&self) -> Result<Vec<Location>> {
        self.catalogue().read(|rows| rows.locations())
    }

    /// Forgets a location and its entries. Its files are untouched; thumbnails that nothing else refers to become orphans.
    pub fn remove_location(&self, location: i64) -> Result<()> {
        self.catalogue().read(|rows| rows.location(location))?;
        self.catalogue().remove_location(location)
    }

    /// Tells the library that a location's folder is now at `path`: moved, or mounted elsewhere.
    pub fn relink_location(&self, location: i64, path: impl AsRef<Path>) -> Result<()> {
        let path = self.checked_folder(path.as_ref())?;
        let device = fs::metadata(&path).map_err(Error::io("open", &path))?.dev();
        self.catalogue().write(|rows| rows.relink_location(location, &path, device))
    }

    /// The entry at a path, if it is indexed.
    pub fn find(&self, path: impl AsRef<Path>) -> Result<Option<super::lookup::FoundEntry>> {
        let path = absolute(path.as_ref())?;
        self.catalogue().read(|rows| {
            for location in rows.locations()? {
                if let Ok(rest) = path.strip_prefix(&location.path)
                    && let Some(entry) = rows.entry_at(location.id, &paths::to_bytes(rest))?
                {
                    return super::lookup::found(rows, entry).map(Some);
                }
            }
            Ok(None)
        })
    }

    /// The folder of a location that `path` is, if it is one.
    pub fn find_folder(&self, path: impl AsRef<Path>) -> Result<Option<Folder>> {
        let path = absolute(path.as_ref())?;
        let locations = self.locations()?;
        Ok(locations.into_iter().find_map(|location| {
            let rest = path.strip_prefix(&location.path).ok()?;
            Some(Folder { location: location.id, path: paths::to_bytes(rest) })
        }))
    }

    fn checked_folder(&self, path: &Path) -> Result<PathBuf> {
        let path = absolute(path)?;
        if !path.is_dir() {
            return Err(Error::Invalid(format!(
                "{} is not a folder; add the folder it is in",
                path.display()
            )));
        }
        if path.starts_with(self.root()) {
            return Err(Error::Invalid(format!("{} lies in the library itself", path.display())));
        }
        Ok(path)
    }

    fn index_then_generate(&self, look: &IndexerJob) -> Result<Added> {
        self.jobs().settle_if_nobody_runs()?;
        // In one transaction, or two that add the same place at once would both start.
        let (index, thumbnails, resumed) = self.catalogue().write(|rows| {
            let open = open_chain(rows, look)?;
            if let Some((index, thumbnails)) = open.index {
                return Ok((index, thumbnails, true));
            }
            let index = insert(rows, look, None, Priority::Bulk)?;
            let Some(thumbnails) = open.thumbnails else {
                let thumbnails = insert(rows, &ThumbnailJob::default(), Some(index), Priority::Bulk)?;
                return Ok((index, thumbnails, false));
            };
            rows.set_job_parent(thumbnails, index, now_ms())?;
            Ok((index, thumbnails, true))
        })?;
        let [index, thumbnails] = [index, thumbnails].map(|id| JobHandle::new(self.clone(), id));
        for handle in [&index, &thumbnails] {
            if handle.status()? == JobStatus::Paused {
                handle.resume()?;
            }
        }
        Ok(Added { location: look.location, index, thumbnails, resumed })
    }
}

/// What is unfinished of an earlier look at the same place.
fn open_chain(rows: &Reading<'_>, wanted: &IndexerJob) -> Result<OpenChain> {
    let mut chain = OpenChain::default();
    for row in rows.open_jobs()? {
        if is_same_look(&row, wanted) {
            let children = rows.job_children(row.id)?;
            if let Some(child) = children.iter().find(|child| child.name == ThumbnailJob::NAME) {
                chain.index = Some((row.id, child.id));
            }
        } else if row.name == ThumbnailJob::NAME
            && let Some(parent) = row.parent
            && rows.job(parent)?.is_some_and(|parent| is_same_look(&parent, wanted))
        {
            if row.status == JobStatus::Running {
                chain.index = Some((parent, row.id)); // somebody is at it: follow
            } else {
                chain.thumbnails = Some(row.id);
            }
        }
    }
    Ok(chain)
}

/// Jobs for one place that are not over.
#[derive(Default)]
struct OpenChain {
    /// A look with its thumbnails behind it, or thumbnails being made right now.
    index: Option<(JobId, JobId)>,
    /// Thumbnails that nobody is making, whose look is complete.
    thumbnails: Option<JobId>,
}

fn is_same_look(row: &JobRow, wanted: &IndexerJob) -> bool {
    row.name == IndexerJob::NAME
        && serde_json::from_str::<IndexerJob>(&row.state).is_ok_and(|job| job.is_same_place(wanted))
}

/// The path without links and dots; one that does not exist any more is made absolute as it stands.
fn absolute(path: &Path) -> Result<PathBuf> {
    match fs::canonicalize(path) {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::path::absolute(path).map_err(Error::io("find", path))
        }
        Err(error) => Err(Error::io("open", path)(error)),
    }
}
