//! A small library over a small folder, and what tests of the indexer do with them.
//! The rows are in the files beside this one, by what happens to the files.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod changes;
mod interrupted;
mod odd_files;
mod offline;
mod waiting;

use super::{IndexerJob, IndexerOutput};
use crate::{
    catalogue::{EntryRow, Reading, Stat},
    jobs::{JobContext, JobHandler, JobId, JobResult},
    library::{Library, Options},
    settings::Settings,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

/// Larger than what is hashed whole.
const LARGE: usize = 150_000;

/// When the files of a test were written, in seconds since 1970, unless it says otherwise: long ago.
const LONG_AGO: u64 = 1_600_000_000;

struct World {
    folder: TempDir,
    library: Library,
    location: i64,
}

impl World {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::new("test");
        change(&mut settings);
        let library =
            Library::create_with(folder.path().join("library"), settings, Options::default()).unwrap();
        let root = folder.path().join("files");
        fs::create_dir(&root).unwrap();
        let world = Self { folder, library, location: 0 };
        let location = world.add_location("files");
        Self { location, ..world }
    }

    /// The folder that is indexed.
    fn root(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join(path)
    }

    fn add_location(&self, name: &str) -> i64 {
        let path = fs::canonicalize(self.folder.path().join(name)).unwrap();
        let device = std::os::unix::fs::MetadataExt::dev(&fs::metadata(&path).unwrap());
        self.library.catalogue().write(|rows| rows.add_location(&path, device, 0)).unwrap()
    }

    /// Writes a file as of long ago.
    fn write(&self, path: impl AsRef<Path>, content: &[u8]) {
        self.write_at(path, content, LONG_AGO);
    }

    fn write_at(&self, path: impl AsRef<Path>, content: &[u8], seconds: u64) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        set_time(&path, seconds);
    }

    fn index(&self) -> IndexerOutput {
        self.try_index("").unwrap()
    }

    fn try_index(&self, scope: &str) -> JobResult<IndexerOutput> {
        self.run(&mut IndexerJob::new(self.location, scope))
    }

    /// Runs a job of its own row.
    fn run(&self, job: &mut IndexerJob) -> JobResult<IndexerOutput> {
        let id = self.library.jobs().dispatch(job.clone()).unwrap().id();
        self.run_as(id, job)
    }

    fn run_as(&self, id: JobId, job: &mut IndexerJob) -> JobResult<IndexerOutput> {
        self.in_context(id, |ctx| {
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(job.run(ctx))
        })
    }

    fn in_context<T>(&self, id: JobId, work: impl FnOnce(JobContext<'_>) -> T) -> T {
        let inner = crate::jobs::testing::context(id, self.library.clone(), Arc::default());
        work(inner.context())
    }

    fn entry(&self, path: impl AsRef<Path>) -> Option<EntryRow> {
        let path = crate::paths::to_bytes(path.as_ref());
        self.library.catalogue().read(|rows| rows.entry_at(self.location, &path)).unwrap()
    }

    fn paths(&self) -> Vec<String> {
        let rows =
            self.library.catalogue().read(|rows| rows.entries_after(self.location, b"", 9999)).unwrap();
        rows.iter().map(|row| row.path.escape_ascii().to_string()).collect()
    }

    fn snapshot(&self) -> String {
        self.library.catalogue().snapshot().unwrap()
    }

    /// How many contents there are.
    fn contents(&self) -> u64 {
        self.library.catalogue().read(|rows| Ok(rows.content_totals()?.0)).unwrap()
    }

    /// The messages of the newest job about single files.
    fn messages(&self) -> Vec<String> {
        let read = |rows: &Reading<'_>| {
            let newest = rows.jobs_page(JobId(i64::MAX), 1)?.remove(0).id;
            rows.job_errors(newest, 9)
        };
        self.library.catalogue().read(read).unwrap().into_iter().map(|(_, message)| message).collect()
    }
}

/// A folder and all that lies in it, links not followed.
pub(crate) fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = all.get(next) {
        if path.is_dir() && !path.is_symlink() {
            all.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>());
        }
        next += 1;
    }
    all
}

fn set_time(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// Found, new, changed, moved, unchanged, gone.
#[track_caller]
fn check(output: &IndexerOutput, counts: [u64; 6]) {
    let found = [output.found, output.new, output.changed, output.moved, output.unchanged, output.gone];
    assert_eq!(found, counts, "found, new, changed, moved, unchanged, gone: {output:#?}");
}

#[test]
fn a_job_survives_as_json_and_an_older_row_still_loads() {
    let mut job = IndexerJob::new(3, b"caf\xe9/x".to_vec());
    job.output.skip("fifo");
    let json = serde_json::to_string(&job).unwrap();
    assert_eq!(serde_json::from_str::<IndexerJob>(&json).unwrap(), job);
    let old: IndexerJob = serde_json::from_str(r#"{"location": 3, "future": true}"#).unwrap();
    assert_eq!(old, IndexerJob::new(3, ""));
    for broken in ["a", "zz", "é"] {
        assert!(serde_json::from_value::<IndexerJob>(serde_json::json!({ "scope": broken })).is_err());
    }
}

#[test]
fn stats_compare_versions_and_identities() {
    let stat = Stat { size: 1, mtime: 2, device: 3, inode: 4 };
    assert!(stat.same_version(&Stat { device: 9, inode: 9, ..stat }));
    assert!(!stat.same_version(&Stat { mtime: 9, ..stat }) && !stat.same_version(&Stat { size: 9, ..stat }));
    assert!(!stat.same_file(&Stat { inode: 9, ..stat }) && !stat.same_file(&Stat { device: 9, ..stat }));
}
