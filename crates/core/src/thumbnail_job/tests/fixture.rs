//! A library whose files say what becomes of them, a renderer that obeys, a store that can run out of room.
//! Entries are put into the catalogue by hand: what the indexer finds is tested there.

use super::super::render_file::StagedRendition;
use super::super::*;
use crate::cas::CasId;
use crate::catalogue::{NewContent, NewEntry, Stat, ThumbnailRow};
use crate::jobs::{JobHandle, JobStatus, JobUpdate, Priority, Runner, Running};
use crate::library::Options;
use crate::render::{
    Effort, EngineInfo, Facts, Metrics, Reason, RenderError, RenderRequest, Renderer, Rendition, ScrubSheet,
    Starts, Thumbnail, Tiles,
};
use crate::settings::Settings;
use crate::store::{Found, LocalStore, MemoryStore, Page, Staged, StoreDescription, Stored, ThumbnailStore};
use std::{
    collections::HashMap,
    fs, io,
    io::Read,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};
use tempfile::TempDir;

/// Renders a file as its first word says: `crash`, `corrupt`, `io`, `dear` (times out unless with less effort), `busy`
/// (like that, but only once), `hopeless` (times out), `huge` (too large), `flaky` (crashes once), `slow`; anything else goes well.
/// Remembers what it was asked for.
#[derive(Default)]
pub(super) struct Obedient {
    pub(super) engine: Mutex<String>,
    pub(super) asked: Mutex<Vec<(String, Vec<u32>, Effort)>>,
    pub(super) tries: Mutex<HashMap<String, u32>>,
    /// Files that say `turning` cannot be rendered any more.
    pub(super) turned_bad: AtomicBool,
}

impl Renderer for Obedient {
    fn engine(&self, _: &dyn Fn(Starts) -> bool) -> Result<EngineInfo> {
        let engine = self.engine.lock().unwrap().clone();
        Ok(EngineInfo { version: "1".to_owned() + &engine, fingerprint: "limits ".to_owned() + &engine })
    }

    fn capacity(&self) -> usize {
        2
    }

    fn render(&self, mut request: RenderRequest<'_>) -> Result<Rendition, RenderError> {
        (request.begun)();
        let mut text = String::new();
        request.source.read_to_string(&mut text).unwrap();
        let order = request.order;
        self.asked.lock().unwrap().push((text.clone(), order.sizes.clone(), order.effort));
        let tries = {
            let mut tries = self.tries.lock().unwrap();
            let tries = tries.entry(text.clone()).or_default();
            *tries += 1;
            *tries
        };
        match text.split(' ').next().unwrap() {
            "crash" => return Err(Reason::Crashed.says("last words").into()),
            "flaky" if tries == 1 => return Err(Reason::Crashed.says("this once").into()),
            "io" => return Err(Reason::Io.says("the disk hums").into()),
            "turning" if self.turned_bad.load(Ordering::Relaxed) => {
                return Err(Reason::Corrupt.says("it has turned bad").into());
            }
            "hopeless" => return Err(Reason::TimedOut.says("too long").into()),
            "busy" if tries == 1 => return Err(Reason::TimedOut.says("this once").into()),
            "corrupt" => return Err(Reason::Corrupt.says("nonsense").into()),
            "huge" if order.effort == Effort::Full => return Err(Reason::TooLarge.says("too large").into()),
            "dear" if order.effort == Effort::Full => return Err(Reason::TimedOut.says("too long").into()),
            "slow" => {
                for _ in 0..200 {
                    if (request.cancelled)() {
                        return Err(RenderError::Cancelled);
                    }
                    thread::sleep(Duration::from_millis(10));
                }
            }
            _ => thread::sleep(Duration::from_millis(2)),
        }
        let thumbnail = |size: &u32| Thumbnail {
            size: *size,
            width: *size,
            height: 1,
            webp: format!("{text} at {size} q{}", order.quality).into_bytes(),
        };
        let facts =
            Facts { format: "TEXT".into(), width: 7, height: 8, thumbhash: vec![1], ..Facts::default() };
        let metrics = Metrics { decode_us: 1000, peak_memory: 5, ..Metrics::default() };
        let sheet = order.extras.scrub.map(|scrub| ScrubSheet {
            width: 2 * scrub.edge,
            height: scrub.edge,
            webp: format!("sheet of {text} q{}", order.quality).into_bytes(),
            tiles: Tiles { columns: 2, starts_ms: vec![0, 700] },
        });
        Ok(Rendition { thumbnails: order.sizes.iter().map(thumbnail).collect(), sheet, facts, metrics })
    }
}

/// What a test does at a certain moment, once.
pub(super) type Meanwhile = Mutex<Option<Box<dyn FnOnce() + Send>>>;

/// A store that can run out of room, in which something can happen meanwhile, and whose process can die.
pub(super) struct Shelf {
    pub(super) inner: Box<dyn ThumbnailStore>,
    pub(super) full: AtomicBool,
    pub(super) published: AtomicU64,
    /// After files were put in place, before anybody wrote that down.
    pub(super) after_publishing: Meanwhile,
    /// So many removals go well; the next is the end of the process.
    pub(super) removals: AtomicU64,
}

impl Shelf {
    pub(super) fn over(inner: Box<dyn ThumbnailStore>) -> Self {
        Self {
            inner,
            full: AtomicBool::default(),
            published: AtomicU64::default(),
            after_publishing: Meanwhile::default(),
            removals: AtomicU64::new(u64::MAX),
        }
    }

    pub(super) fn room(&self) -> Result<()> {
        if self.full.load(Ordering::Relaxed) {
            return Err(Error::io("write", "shelf")(io::ErrorKind::StorageFull.into()));
        }
        Ok(())
    }

    fn live(&self) {
        let left =
            self.removals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        assert!(left.is_ok(), "the process died");
    }
}

fn now(meanwhile: &Meanwhile) {
    let happening = meanwhile.lock().unwrap().take();
    if let Some(happening) = happening {
        happening();
    }
}

impl ThumbnailStore for Shelf {
    fn get(&self, cas_id: &CasId, size: u32) -> Result<Option<Vec<u8>>> {
        self.inner.get(cas_id, size)
    }
    fn delete(&self, cas_id: &CasId, size: u32) -> Result<bool> {
        self.live();
        self.inner.delete(cas_id, size)
    }
    fn list(&self, page: &Page<'_>) -> Result<Vec<Stored>> {
        self.inner.list(page)
    }
    fn stage(&self, cas_id: &CasId, size: u32, bytes: &[u8]) -> Result<Staged> {
        self.room()?;
        self.inner.stage(cas_id, size, bytes)
    }
    fn publish(&self, batch: &[Staged]) -> Result<()> {
        self.room()?;
        self.published.fetch_add(1, Ordering::Relaxed);
        self.inner.publish(batch)?;
        if !batch.is_empty() {
            now(&self.after_publishing);
        }
        Ok(())
    }
    fn adopt(&self, staged: &Staged) -> Result<bool> {
        self.inner.adopt(staged)
    }
    fn clear_staging(&self, kept: &[Staged]) -> Result<()> {
        self.inner.clear_staging(kept)
    }
    fn walk(&self, visit: &mut dyn FnMut(&Found) -> Result<()>) -> Result<()> {
        self.inner.walk(visit)
    }
    fn staged_name(&self, staged: &Staged) -> std::path::PathBuf {
        self.inner.staged_name(staged)
    }
    fn put_in_place(&self, name: &Path, whole: &Staged) -> Result<bool> {
        self.inner.put_in_place(name, whole)
    }
    fn remove(&self, name: &Path) -> Result<bool> {
        self.inner.remove(name)
    }
    fn describe(&self, description: &StoreDescription) -> Result<()> {
        self.inner.describe(description)
    }
}

/// A library with a location of files that say what becomes of them.
pub(super) struct Fixture {
    pub(super) dir: TempDir,
    pub(super) library: Library,
    pub(super) renderer: Arc<Obedient>,
    pub(super) store: Arc<Shelf>,
    pub(super) location: i64,
}

impl Fixture {
    /// A rendition of `text` as a run notes it before it dies; `then` says what became of each of its staged files.
    pub(super) fn note_rendition(
        &self,
        job: &JobHandle,
        (cas_id, text): (&CasId, &str),
        quality: u8,
        then: impl Fn(&Staged, &[u8]),
    ) {
        let thumbnails = [128, 256, 512].map(|size| {
            let bytes = format!("{text} at {size} q{quality}").into_bytes();
            let staged = self.store.stage(cas_id, size, &bytes).unwrap();
            then(&staged, &bytes);
            let (file_size, checksum, recipe) = (staged.len, staged.checksum, format!("q{quality}-e1"));
            ThumbnailRow { size, width: size, height: 1, file_size, recipe, checksum, ..Default::default() }
        });
        let staged = StagedRendition {
            job: job.id().0,
            cas_id: cas_id.clone(),
            thumbnails: thumbnails.to_vec(),
            facts: Facts::default(),
            stale: false,
            failure: None,
            failed: None,
        };
        let note = serde_json::to_string(&staged).unwrap();
        let catalogue = self.library.catalogue();
        let content = catalogue.read(|rows| rows.content_by_cas_id(cas_id.as_str())).unwrap().unwrap().id;
        assert!(catalogue.write(|rows| rows.stage_rendition(content, &note)).unwrap());
    }

    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With thumbnails where they usually are.
    pub(super) fn on_disk() -> Self {
        Self::at(true, |_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::at(false, change)
    }

    fn at(on_disk: bool, change: impl FnOnce(&mut Settings)) -> Self {
        let dir = TempDir::new().unwrap();
        let store = if on_disk {
            Shelf::over(Box::new(LocalStore::open(dir.path().join("library/thumbnails")).unwrap()))
        } else {
            Shelf::over(Box::new(MemoryStore::new()))
        };
        let (renderer, store) = (Arc::new(Obedient::default()), Arc::new(store));
        let mut settings = Settings::new("test");
        change(&mut settings);
        let options = Options {
            renderer: Some(renderer.clone()),
            store: Some(store.clone()),
            sensors: Some(crate::gentle::Sensors::below(dir.path())),
            ..Options::default()
        };
        let library = Library::create_with(dir.path().join("library"), settings, options).unwrap();
        let folder = dir.path().join("files");
        fs::create_dir(&folder).unwrap();
        let location = library.catalogue().write(|rows| rows.add_location(&folder, 1, 0)).unwrap();
        Self { dir, library, renderer, store, location }
    }

    /// Takes the machine off the mains, or back.
    pub(super) fn run_on_battery(&self, discharging: bool) {
        let battery = self.dir.path().join("sys/class/power_supply/BAT0");
        fs::create_dir_all(&battery).unwrap();
        fs::write(battery.join("type"), "Battery\n").unwrap();
        fs::write(battery.join("status"), if discharging { "Discharging\n" } else { "Full\n" }).unwrap();
    }

    /// The same library as another process would open it.
    pub(super) fn reopened(&self, change: impl FnOnce(&mut Settings)) -> Library {
        let root = self.library.root();
        let mut settings = self.library.settings().clone();
        change(&mut settings);
        settings.save(&root.join("library.toml")).unwrap();
        let options = Options {
            renderer: Some(self.renderer.clone()),
            store: Some(self.store.clone()),
            ..Options::default()
        };
        Library::open_with(root, options).unwrap()
    }

    /// A file that says this; its entry's key and its content's name.
    pub(super) fn file(&self, text: &str) -> (i64, CasId) {
        self.file_of("image/jpeg", text)
    }

    /// The same, taken for a film.
    pub(super) fn film(&self, text: &str) -> (i64, CasId) {
        self.file_of("video/mp4", text)
    }

    fn file_of(&self, mime_type: &str, text: &str) -> (i64, CasId) {
        let name = format!("{}.txt", text.replace('/', "-"));
        let path = self.dir.path().join("files").join(&name);
        fs::write(&path, text).unwrap();
        let metadata = fs::metadata(&path).unwrap();
        let cas_id: CasId = blake3::hash(text.as_bytes()).to_hex()[..16].parse().unwrap();
        let stat = Stat {
            size: metadata.len(),
            mtime: crate::source_file::mtime_ns(&metadata),
            device: metadata.dev(),
            inode: metadata.ino(),
        };
        let entry = self.library.catalogue().write(|rows| {
            let (size, mtime) = (stat.size, stat.mtime);
            let content = rows.upsert_content(&NewContent { cas_id: &cas_id, size, mtime, mime_type })?;
            rows.insert_entry(&NewEntry {
                location: self.location,
                path: name.as_bytes(),
                stat,
                mime_type: Some(mime_type),
                content: Some(content),
            })
        });
        (entry.unwrap(), cas_id)
    }

    /// Another file of the same content as the one that says this.
    pub(super) fn copy_of(&self, text: &str, path: &str) {
        let catalogue = self.library.catalogue();
        let original = format!("{text}.txt").into_bytes();
        let row = catalogue.read(|rows| rows.entry_at(self.location, &original)).unwrap().unwrap();
        let copy = NewEntry {
            location: self.location,
            path: path.as_bytes(),
            stat: row.stat,
            mime_type: None,
            content: row.content,
        };
        catalogue.write(|rows| rows.insert_entry(&copy)).unwrap();
    }

    pub(super) fn files(&self, texts: &[&str]) -> Vec<(i64, CasId)> {
        texts.iter().map(|text| self.file(text)).collect()
    }

    /// So many files that say `word` and their number.
    pub(super) fn many(&self, count: usize, word: &str) {
        for number in 0..count {
            self.file(&format!("{word} {number}"));
        }
    }

    /// As if a file was deleted and the indexer had seen it.
    pub(super) fn forget(&self, entry: i64) {
        self.library.catalogue().write(|rows| rows.delete_entry(entry)).unwrap();
    }

    /// Whether every thumbnail that the catalogue speaks of is there, as it was written. Gives how many.
    #[track_caller]
    pub(super) fn check_consistent(&self) -> u64 {
        let page = self.library.catalogue().read(|rows| rows.thumbnails_page((0, 0), 99_999)).unwrap();
        for stored in &page {
            let bytes = self.store.get(&stored.cas_id.parse().unwrap(), stored.row.size).unwrap();
            let bytes = bytes.unwrap_or_else(|| panic!("no file for {stored:?}"));
            assert_eq!(crate::store::checksum(&bytes), stored.row.checksum, "{stored:?}");
        }
        page.len() as u64
    }

    pub(super) fn dispatch(&self, job: ThumbnailJob) -> JobHandle {
        self.library.generate_thumbnails(job, Priority::Bulk).unwrap()
    }

    pub(super) fn start(&self) -> Runner {
        start(&self.library)
    }

    /// Runs a job to its end.
    #[track_caller]
    pub(super) fn run(&self, job: ThumbnailJob) -> ThumbnailOutput {
        let handle = self.dispatch(job);
        let _runner = self.start();
        until(&handle, |update| update.status == JobStatus::Completed);
        handle.output::<ThumbnailJob>().unwrap().unwrap()
    }

    pub(super) fn asked(&self) -> Vec<(String, Vec<u32>, Effort)> {
        std::mem::take(&mut *self.renderer.asked.lock().unwrap())
    }

    pub(super) fn failure(&self, cas_id: &CasId) -> Option<(String, u32)> {
        let failed = self.library.failure_of(cas_id).unwrap()?;
        Some((failed.reason, failed.attempts))
    }
}

pub(super) fn start(library: &Library) -> Runner {
    match library.jobs().start().unwrap() {
        Running::Here(runner) => runner,
        Running::Elsewhere => panic!("somebody else has the lock"),
    }
}

#[track_caller]
pub(super) fn until(handle: &JobHandle, wanted: impl Fn(&JobUpdate) -> bool) -> JobUpdate {
    let began = Instant::now();
    loop {
        let update = handle.look().unwrap();
        if wanted(&update) {
            return update;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "still {update:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(super) fn job() -> ThumbnailJob {
    ThumbnailJob::default()
}
