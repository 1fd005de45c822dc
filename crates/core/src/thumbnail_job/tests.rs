//! The promises of the thumbnail job, with a renderer that does as the file's content says.
//! Entries are put into the catalogue by hand: what the indexer finds is tested there.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;
use crate::cas::CasId;
use crate::catalogue::{NewContent, NewEntry, Stat};
use crate::jobs::{JobHandle, JobStatus, JobUpdate, Priority, Runner, Running};
use crate::library::Options;
use crate::render::{
    Effort, EngineInfo, Facts, Fault, Metrics, Reason, RenderError, RenderRequest, Renderer, Rendition, Thumbnail,
};
use crate::settings::Settings;
use crate::store::{MemoryStore, Page, Staged, StoreDescription, Stored, ThumbnailStore};
use std::{
    collections::HashMap,
    fs, io,
    io::Read,
    os::unix::fs::MetadataExt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};
use tempfile::TempDir;

/// Renders a file as its first word says: `crash`, `corrupt`, `dear` (times out unless asked for less than 512),
/// `flaky` (crashes once), `slow`; anything else goes well. Remembers what it was asked for.
#[derive(Default)]
struct Obedient {
    engine: Mutex<String>,
    asked: Mutex<Vec<(String, Vec<u32>, Effort)>>,
    tries: Mutex<HashMap<String, u32>>,
}

impl Renderer for Obedient {
    fn engine(&self) -> Result<EngineInfo> {
        let engine = self.engine.lock().unwrap().clone();
        Ok(EngineInfo { version: "1".to_owned() + &engine, fingerprint: "limits ".to_owned() + &engine })
    }

    fn capacity(&self) -> usize {
        2
    }

    fn render(&self, mut request: RenderRequest<'_>) -> Result<Rendition, RenderError> {
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
            "corrupt" => return Err(Reason::Corrupt.says("nonsense").into()),
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
        let facts = Facts { format: "TEXT".into(), width: 7, height: 8, thumbhash: vec![1], ..Facts::default() };
        let metrics = Metrics { decode_us: 1000, peak_memory: 5, ..Metrics::default() };
        Ok(Rendition { thumbnails: order.sizes.iter().map(thumbnail).collect(), facts, metrics })
    }
}

/// A store that can run out of room.
#[derive(Default)]
struct Shelf {
    inner: MemoryStore,
    full: AtomicBool,
    published: AtomicU64,
}

impl Shelf {
    fn room(&self) -> Result<()> {
        match self.full.load(Ordering::Relaxed) {
            true => Err(Error::io("write", "shelf")(io::ErrorKind::StorageFull.into())),
            false => Ok(()),
        }
    }
}

impl ThumbnailStore for Shelf {
    fn get(&self, cas_id: &CasId, size: u32) -> Result<Option<Vec<u8>>> {
        self.inner.get(cas_id, size)
    }
    fn delete(&self, cas_id: &CasId, size: u32) -> Result<bool> {
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
        self.inner.publish(batch)
    }
    fn adopt(&self, staged: &Staged) -> Result<bool> {
        self.inner.adopt(staged)
    }
    fn clear_staging(&self, kept: &[Staged]) -> Result<()> {
        self.inner.clear_staging(kept)
    }
    fn describe(&self, description: &StoreDescription) -> Result<()> {
        self.inner.describe(description)
    }
}

/// A library with a location of files that say what becomes of them.
struct Fixture {
    dir: TempDir,
    library: Library,
    renderer: Arc<Obedient>,
    store: Arc<Shelf>,
    location: i64,
}

impl Fixture {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = TempDir::new().unwrap();
        let (renderer, store) = (Arc::new(Obedient::default()), Arc::new(Shelf::default()));
        let mut settings = Settings::new("test");
        change(&mut settings);
        let options = Options {
            renderer: Some(renderer.clone()),
            store: Some(store.clone()),
            ..Options::default()
        };
        let library = Library::create_with(dir.path().join("library"), settings, options).unwrap();
        let folder = dir.path().join("files");
        fs::create_dir(&folder).unwrap();
        let location = library.catalogue().write(|rows| rows.add_location(&folder, 1, 0)).unwrap();
        Self { dir, library, renderer, store, location }
    }

    /// The same library as another process would open it.
    fn reopened(&self, change: impl FnOnce(&mut Settings)) -> Library {
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
    fn file(&self, text: &str) -> (i64, CasId) {
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
            let content =
                rows.upsert_content(&NewContent { cas_id: &cas_id, size, mtime, mime_type: "image/jpeg" })?;
            rows.insert_entry(&NewEntry {
                location: self.location,
                path: name.as_bytes(),
                stat,
                mime_type: Some("image/jpeg"),
                content: Some(content),
            })
        });
        (entry.unwrap(), cas_id)
    }

    fn files(&self, texts: &[&str]) -> Vec<(i64, CasId)> {
        texts.iter().map(|text| self.file(text)).collect()
    }

    fn dispatch(&self, job: ThumbnailJob) -> JobHandle {
        self.library.generate_thumbnails(job, Priority::Bulk).unwrap()
    }

    fn start(&self) -> Runner {
        start(&self.library)
    }

    /// Runs a job to its end.
    #[track_caller]
    fn run(&self, job: ThumbnailJob) -> ThumbnailOutput {
        let handle = self.dispatch(job);
        let _runner = self.start();
        until(&handle, |update| update.status == JobStatus::Completed);
        handle.output::<ThumbnailJob>().unwrap().unwrap()
    }

    fn asked(&self) -> Vec<(String, Vec<u32>, Effort)> {
        std::mem::take(&mut *self.renderer.asked.lock().unwrap())
    }

    fn failure(&self, cas_id: &CasId) -> Option<(String, u32)> {
        let failed = self.library.failure_of(cas_id).unwrap()?;
        Some((failed.reason, failed.attempts))
    }
}

fn start(library: &Library) -> Runner {
    match library.jobs().start().unwrap() {
        Running::Here(runner) => runner,
        Running::Elsewhere => panic!("somebody else has the lock"),
    }
}

#[track_caller]
fn until(handle: &JobHandle, wanted: impl Fn(&JobUpdate) -> bool) -> JobUpdate {
    let began = Instant::now();
    loop {
        let update = handle.look().unwrap();
        if wanted(&update) {
            return update;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "still {update:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn job() -> ThumbnailJob {
    ThumbnailJob::default()
}

#[test]
fn everything_gets_its_thumbnails_once() {
    let fixture = Fixture::new();
    let files = fixture.files(&["one", "two", "three"]);
    let output = fixture.run(job());
    assert_eq!((output.contents, output.generated, output.errors), (3, 9, 0));
    assert_eq!(output.metrics.per_kind.get("image"), Some(&3));
    assert_eq!((output.metrics.decode_ms, output.metrics.peak_memory), (3, 5));
    assert_eq!(fixture.library.sizes_of(&files[0].1).unwrap(), [128, 256, 512]);
    let bytes = fixture.library.get_thumbnail(&files[0].1, 256).unwrap().unwrap();
    assert_eq!(bytes, b"one at 256 q85");
    assert_eq!(fixture.asked().len(), 3);
    assert_eq!(fixture.run(job()).generated, 0);
    assert!(fixture.asked().is_empty(), "nothing is made twice");
}

#[test]
fn a_changed_recipe_makes_only_what_differs() {
    let fixture = Fixture::new();
    fixture.file("one");
    fixture.run(job());
    fixture.asked();
    let check = |change: &dyn Fn(&mut Settings), sizes: &[u32]| {
        let library = fixture.reopened(|settings| change(settings));
        let handle = library.generate_thumbnails(job(), Priority::Bulk).unwrap();
        let _runner = start(&library);
        until(&handle, |update| update.status == JobStatus::Completed);
        let asked = fixture.asked();
        assert_eq!(asked.iter().flat_map(|(_, sizes, _)| sizes.clone()).collect::<Vec<_>>(), sizes);
    };
    check(&|settings| settings.thumbnails.sizes = vec![128, 256, 512, 1024], &[1024]);
    check(&|settings| settings.thumbnails.quality = 70, &[512, 256, 128]);
    check(&|settings| settings.thumbnails.quality = 70, &[]);
    *fixture.renderer.engine.lock().unwrap() = "b".into();
    check(&|settings| settings.thumbnails.quality = 70, &[512, 256, 128]);
}

#[test]
fn parameters_choose_what_is_made() {
    let fixture = Fixture::new();
    let files = fixture.files(&["one", "two"]);
    let only_one = ThumbnailJob { entry_ids: Some(vec![files[0].0, 999]), ..job() };
    assert_eq!(fixture.run(only_one).contents, 1);
    let small = ThumbnailJob { sizes: vec![64], quality: Some(50), ..job() };
    assert_eq!(fixture.run(small).generated, 2);
    assert_eq!(fixture.library.get_thumbnail(&files[1].1, 64).unwrap().unwrap(), b"two at 64 q50");
    let folder = Some(Folder { location: fixture.location, path: Vec::new() });
    assert_eq!(fixture.run(ThumbnailJob { folder, ..job() }).contents, 1, "the other one has its own");
    assert_eq!(fixture.run(ThumbnailJob { regenerate: true, ..job() }).contents, 2);
    let refused = |job| fixture.library.generate_thumbnails(job, Priority::Bulk).is_err();
    assert!(refused(ThumbnailJob { sizes: vec![4], ..job() }));
    assert!(refused(ThumbnailJob { quality: Some(101), ..job() }));
    assert!(refused(ThumbnailJob { batch_size: Some(0), ..job() }));
}

#[test]
fn permanent_reasons_are_not_tried_again_until_something_changes() {
    let fixture = Fixture::new();
    let (_, bad) = fixture.file("corrupt");
    let (_, good) = fixture.file("good");
    let output = fixture.run(job());
    assert_eq!((output.errors, output.contents), (1, 1));
    assert_eq!(fixture.failure(&bad), Some(("corrupt".into(), 1)));
    assert!(fixture.library.has_thumbnail(&good, 512).unwrap());
    fixture.asked();
    fixture.run(job());
    assert!(fixture.asked().is_empty());
    *fixture.renderer.engine.lock().unwrap() = "b".into();
    fixture.run(job());
    assert_eq!(fixture.asked().len(), 2, "another engine: both again");
    fixture.library.retry_failures(&crate::library::RetryWhich::Reason(Reason::Corrupt)).unwrap();
    fixture.run(job());
    assert_eq!(fixture.asked().len(), 1, "a person asked");
}

#[test]
fn transient_reasons_are_tried_three_times_with_waits() {
    let fixture = Fixture::new();
    let files = fixture.files(&["crash", "flaky"]);
    let began = Instant::now();
    let output = fixture.run(job());
    assert!(began.elapsed() >= Duration::from_secs(2), "there is a wait");
    assert_eq!((output.errors, output.contents, output.metrics.retries), (1, 1, 3));
    assert_eq!(fixture.asked().len(), 5);
    assert_eq!(fixture.failure(&files[0].1), Some(("crashed".into(), 3)));
    assert_eq!(fixture.failure(&files[1].1), None, "overcome");
    fixture.run(job());
    assert!(fixture.asked().is_empty(), "given up until something changes");
}

#[test]
fn when_the_largest_is_too_dear_smaller_ones_are_kept() {
    let fixture = Fixture::new();
    let (_, dear) = fixture.file("dear");
    let output = fixture.run(job());
    assert_eq!(output.generated, 2);
    assert_eq!(fixture.library.sizes_of(&dear).unwrap(), [128, 256]);
    assert_eq!(fixture.failure(&dear), Some(("timed-out".into(), 3)));
    assert_eq!(fixture.asked().last().unwrap(), &("dear".into(), vec![256, 128], Effort::Reduced));
    fixture.run(job());
    assert!(fixture.asked().is_empty());
}

#[test]
fn bulk_order_is_a_setting() {
    let check = |order, first: &str| {
        let fixture = Fixture::with(|settings| settings.jobs.order = order);
        let texts: Vec<String> = (0..12).map(|length| "x".repeat(30 - length)).collect();
        texts.iter().for_each(|text| {
            fixture.file(text);
        });
        fixture.run(job());
        // Two render threads and more take from one queue: the first few are what the order says, in some order.
        let asked = fixture.asked();
        assert!(asked[..4].iter().any(|(text, ..)| text == first), "{:?}", &asked[..4]);
    };
    check(BulkOrder::LargestFirst, &"x".repeat(30));
    check(BulkOrder::NewestFirst, &"x".repeat(19));
}

#[test]
fn pause_and_cancel_act_within_a_second_and_lose_nothing() {
    let fixture = Fixture::new();
    let texts: Vec<String> = (0..300).map(|number| format!("number {number}")).collect();
    texts.iter().for_each(|text| {
        fixture.file(text);
    });
    fixture.files(&["slow and the largest of them all, so that it is in hand when the pause comes"]);
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |update| update.progress.done >= 40);
    let began = Instant::now();
    handle.pause().unwrap();
    until(&handle, |update| update.status == JobStatus::Paused);
    assert!(began.elapsed() < Duration::from_secs(1), "paused after {:?}", began.elapsed());
    let kept = fixture.library.catalogue().read(|rows| rows.size_totals()).unwrap()[0].count;
    let rendered = fixture.asked().len() as u64;
    assert!(kept >= 40 && rendered - kept <= 2, "{rendered} rendered, {kept} kept: only what was in hand is lost");
    handle.resume().unwrap();
    until(&handle, |update| update.status == JobStatus::Completed);
    let output = handle.output::<ThumbnailJob>().unwrap().unwrap();
    assert_eq!((output.contents, output.generated), (301, 903), "counters go on");
    runner.stop();
}

#[test]
fn a_full_disk_pauses_the_job_and_it_goes_on_when_there_is_room() {
    let fixture = Fixture::new();
    let texts: Vec<String> = (0..100).map(|number| format!("number {number}")).collect();
    texts.iter().for_each(|text| {
        fixture.file(text);
    });
    let handle = fixture.dispatch(ThumbnailJob { batch_size: Some(8), ..job() });
    let _runner = fixture.start();
    until(&handle, |update| update.progress.done >= 8);
    fixture.store.full.store(true, Ordering::Relaxed);
    let error = until(&handle, |update| update.status == JobStatus::Paused).error.unwrap();
    assert!(error.contains("the disk is full") && error.contains("resume"), "{error}");
    fixture.store.full.store(false, Ordering::Relaxed);
    handle.resume().unwrap();
    until(&handle, |update| update.status == JobStatus::Completed);
    let output = handle.output::<ThumbnailJob>().unwrap().unwrap();
    assert_eq!((output.contents, output.generated, output.errors), (100, 300, 0));
    let rendered = fixture.asked().len();
    assert!(rendered <= 104, "{rendered} rendered for 100 files: finished ones were taken over");
}

#[test]
fn what_a_dead_run_had_finished_is_taken_over_and_nothing_else() {
    let fixture = Fixture::new();
    let files = fixture.files(&["kept", "torn", "fresh"]);
    let handle = fixture.dispatch(job());
    let stage = |index: usize, text: &str, torn: bool| {
        let cas_id = &files[index].1;
        let thumbnails = [128_u32, 256, 512].map(|size| {
            let bytes = format!("{text} at {size} q85").into_bytes();
            let staged = fixture.store.stage(cas_id, size, &bytes).unwrap();
            if torn {
                fixture.store.stage(cas_id, size, &bytes[..3]).unwrap();
            }
            crate::catalogue::ThumbnailRow {
                size,
                width: size,
                height: 1,
                file_size: staged.len,
                recipe: "q85-e1".into(),
                checksum: staged.checksum,
            }
        });
        let staged = render_file::StagedRendition {
            job: handle.id().0,
            cas_id: cas_id.as_str().into(),
            thumbnails: thumbnails.to_vec(),
            facts: Facts::default(),
            beside: None,
        };
        let note = serde_json::to_string(&staged).unwrap();
        let catalogue = fixture.library.catalogue();
        let content = catalogue.read(|rows| rows.content_by_cas_id(cas_id.as_str())).unwrap().unwrap().id;
        catalogue.write(|rows| rows.stage_rendition(content, &note)).unwrap();
    };
    stage(0, "kept", false);
    stage(1, "torn", true);
    let _runner = fixture.start();
    until(&handle, |update| update.status == JobStatus::Completed);
    let mut rendered: Vec<_> = fixture.asked().into_iter().map(|(text, ..)| text).collect();
    rendered.sort();
    assert_eq!(rendered, ["fresh", "torn"]);
    for ((_, cas_id), text) in files.iter().zip(["kept", "torn", "fresh"]) {
        let bytes = fixture.library.get_thumbnail(cas_id, 512).unwrap().unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("{text} at 512 q85"));
    }
    assert!(fixture.library.catalogue().read(|rows| rows.staged_renditions()).unwrap().is_empty());
}

#[test]
fn what_cannot_be_reached_now_stays_pending() {
    let fixture = Fixture::new();
    let files = fixture.files(&["here", "gone", "changed"]);
    let folder = fixture.dir.path().join("files");
    fs::remove_file(folder.join("gone.txt")).unwrap();
    fs::write(folder.join("changed.txt"), "something longer").unwrap();
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |update| update.status == JobStatus::Completed);
    runner.stop();
    let output = handle.output::<ThumbnailJob>().unwrap().unwrap();
    assert_eq!((output.contents, output.skipped, output.errors), (1, 2, 0));
    assert_eq!(fixture.library.jobs().errors(handle.id(), 10).unwrap().len(), 2);
    assert_eq!(fixture.failure(&files[1].1), None);
    let (left, _) = fixture.library.catalogue().read(|rows| rows.pending_totals()).unwrap();
    assert_eq!(left, 2);
}

#[test]
fn batches_are_synced_together() {
    let fixture = Fixture::new();
    let texts: Vec<String> = (0..64).map(|number| format!("number {number}")).collect();
    texts.iter().for_each(|text| {
        fixture.file(text);
    });
    fixture.run(ThumbnailJob { batch_size: Some(32), ..job() });
    let published = fixture.store.published.load(Ordering::Relaxed);
    assert!((2..=3).contains(&published), "{published} syncs for two batches");
}

#[test]
fn orphans_go_and_what_an_entry_refers_to_stays() {
    let fixture = Fixture::new();
    let files = fixture.files(&["kept", "orphan"]);
    fixture.run(job());
    fixture.library.catalogue().write(|rows| rows.delete_entry(files[1].0)).unwrap();
    let plan = fixture.library.plan_clean().unwrap();
    assert_eq!((plan.contents, plan.thumbnails), (1, 3));
    assert!(fixture.library.get_thumbnail(&files[1].1, 128).unwrap().is_some(), "a plan removes nothing");
    assert_eq!(fixture.run(ThumbnailJob { clean: true, ..job() }).orphans_removed, 1);
    assert!(fixture.library.get_thumbnail(&files[1].1, 128).unwrap().is_none());
    assert!(fixture.library.get_thumbnail(&files[0].1, 128).unwrap().is_some());
    assert_eq!(fixture.library.plan_clean().unwrap(), crate::CleanReport::default());
}

#[test]
fn verification_finds_every_kind_of_damage_and_repairs_it() {
    use crate::verify::Damage;
    let fixture = Fixture::new();
    let files = fixture.files(&["sound", "hurt"]);
    fixture.run(job());
    assert_eq!(fixture.library.verify(false).unwrap().damaged, []);
    let hurt = &files[1].1;
    fixture.store.delete(hurt, 128).unwrap();
    fixture.store.put(hurt, 256, b"short").unwrap();
    fixture.store.put(hurt, 512, b"hurt at 512 q86").unwrap();
    fixture.store.put(&"00ff00ff00ff00ff".parse().unwrap(), 64, b"foreign").unwrap();
    let report = fixture.library.verify(true).unwrap();
    let mut damages: Vec<_> = report.damaged.iter().map(|damaged| (damaged.size, damaged.damage)).collect();
    damages.sort_by_key(|(size, _)| *size);
    assert_eq!(
        damages,
        [
            (64, Damage::Foreign),
            (128, Damage::Missing),
            (256, Damage::WrongLength),
            (512, Damage::WrongChecksum)
        ]
    );
    assert_eq!(fixture.run(job()).contents, 1);
    let report = fixture.library.verify(false).unwrap();
    assert_eq!((report.sound, report.damaged.len()), (6, 0));
}

#[test]
fn somebody_who_looks_now_is_served_during_bulk_work() {
    let fixture = Fixture::new();
    let texts: Vec<String> = (0..20).map(|number| format!("slow {number}")).collect();
    texts.iter().for_each(|text| {
        fixture.file(text);
    });
    let (entry, cas_id) = fixture.file("x");
    let bulk = fixture.dispatch(job());
    let _runner = fixture.start();
    until(&bulk, |update| update.status == JobStatus::Running);
    let now = ThumbnailJob { entry_ids: Some(vec![entry]), ..job() };
    let handle = fixture.library.generate_thumbnails(now, Priority::Now).unwrap();
    until(&handle, |update| update.status == JobStatus::Completed);
    assert!(fixture.library.has_thumbnail(&cas_id, 512).unwrap());
    assert_eq!(bulk.status().unwrap(), JobStatus::Running);
}

#[test]
fn a_fault_says_what_it_is() {
    let fault: Fault = Reason::Corrupt.says("nonsense");
    assert_eq!(fault.to_string(), "corrupt: nonsense");
}
