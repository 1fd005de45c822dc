//! A library: a directory with a catalogue and thumbnails, and everything one can do with it.
//! Puts the parts together; each part's knowledge is in its own file.

mod lookup;
mod places;
mod prospects;
mod scrub;

pub use lookup::{
    ContentInfo, FailedContent, FailureFilter, FoundEntry, KindCoverage, LibraryStatus, SheetTotals,
    ThumbnailInfo,
};
pub use places::Added;
pub use prospects::{Experience, PendingType};
pub use scrub::SheetInfo;

use crate::cas::CasId;
use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::gentle::{Gate, Sensors};
use crate::jobs::{JobHandle, JobManager, Priority, Registry, RunnerLock};
use crate::kind::Kind;
use crate::render::{EngineInfo, PoolRenderer, Reason, Renderer, Starts};
use crate::settings::Settings;
use crate::store::{LocalStore, StoreDescription, ThumbnailStore};
use crate::thumbnail_job::{InHand, ThumbnailJob};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// The file that makes a directory a library.
pub(crate) const SETTINGS_FILE: &str = "library.toml";

/// The catalogue.
const DATABASE_FILE: &str = "database.db";

/// What an embedder may bring along.
#[derive(Default)]
pub struct Options {
    /// The jobs this process can run; `None`: the library's own.
    pub registry: Option<Registry>,
    /// Who makes thumbnails; `None`: this machine's pool of workers, started when first needed.
    pub renderer: Option<Arc<dyn Renderer>>,
    /// Where thumbnails are kept; `None`: below the library's directory.
    pub store: Option<Arc<dyn ThumbnailStore>>,
    /// How many workers the pool has; `None`: the library's setting.
    pub workers: Option<usize>,
    /// What tells whether bulk work is to wait; `None`: this machine's sensors.
    pub sensors: Option<Sensors>,
}

/// A library of thumbnails. Cheap to clone; every clone is the same library.
///
/// Opening one runs nothing: see [`JobManager::start`].
#[derive(Clone)]
pub struct Library(Arc<Parts>);

struct Parts {
    root: PathBuf,
    settings: Settings,
    catalogue: Catalogue,
    store: Arc<dyn ThumbnailStore>,
    registry: Registry,
    renderer: OnceLock<Arc<dyn Renderer>>,
    workers: Option<usize>,
    in_hand: InHand,
    gate: Gate,
}

impl Library {
    /// Opens the library in the directory `root`.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let root = dir.path().join("library");
    /// use tintype_core::Library;
    ///
    /// Library::create(&root, "Holidays")?;
    /// let library = Library::open(&root)?;
    /// assert_eq!(library.settings().name, "Holidays");
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(root, Options::default())
    }

    /// Opens a library with jobs or a renderer of the caller's own.
    pub fn open_with(root: impl AsRef<Path>, options: Options) -> Result<Self> {
        let root = root.as_ref();
        let file = root.join(SETTINGS_FILE);
        if !file.is_file() {
            return Err(Error::NoLibrary(root.to_owned()));
        }
        let database = root.join(DATABASE_FILE);
        if is_lost(&database) {
            return Err(Error::NoDatabase(database));
        }
        Self::assemble(root, Settings::load(&file)?, options)
    }

    /// Opens a library whose database is lost, with an empty one: see [`Error::NoDatabase`]. Its settings and thumbnails
    /// stay. Until all its folders are added again, nobody knows which thumbnails are still needed.
    pub fn begin_again(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref();
        let settings = Settings::load(&root.join(SETTINGS_FILE))?;
        let somebody = || Error::Invalid("another tintype is at this library; try again".to_owned());
        let _lock = RunnerLock::try_take(root)?.ok_or_else(somebody)?;
        Self::assemble(root, settings, Options::default())
    }

    fn assemble(root: &Path, settings: Settings, options: Options) -> Result<Self> {
        let root = fs::canonicalize(root).map_err(Error::io("open", root))?;
        let catalogue = Catalogue::open(&root.join(DATABASE_FILE))?;
        keep_cas(&catalogue, &settings, root.join(SETTINGS_FILE))?;
        let store = match options.store {
            Some(store) => store,
            None => Arc::new(LocalStore::open(root.join("thumbnails"))?),
        };
        let renderer = OnceLock::new();
        if let Some(given) = options.renderer {
            let _ = renderer.set(given); // just made, so it is empty
        }
        let gate = Gate::new(&settings.gentle, options.sensors.unwrap_or_else(Sensors::of_this_machine));
        Ok(Self(Arc::new(Parts {
            gate,
            root,
            settings,
            catalogue,
            store,
            registry: options.registry.unwrap_or_default(),
            renderer,
            workers: options.workers,
            in_hand: InHand::default(),
        })))
    }

    /// Makes a library with the usual settings in the directory `root`, which is made if need be.
    /// Fails when there is one already, and in a directory that holds anything else.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let root = dir.path().join("library");
    /// use tintype_core::{Error, Library};
    ///
    /// let library = Library::create(&root, "Holidays")?;
    /// assert_eq!(library.settings().thumbnails.sizes, [128, 256, 512]);
    /// assert!(matches!(Library::create(&root, "Again"), Err(Error::LibraryExists(_))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(root: impl AsRef<Path>, name: &str) -> Result<Self> {
        Self::create_with(root, Settings::new(name), Options::default())
    }

    /// Makes a library with settings of the caller's choice.
    #[expect(clippy::needless_pass_by_value, reason = "settings belong to the library they make")]
    pub fn create_with(root: impl AsRef<Path>, settings: Settings, options: Options) -> Result<Self> {
        let root = root.as_ref();
        fs::create_dir_all(root).map_err(Error::io("create", root))?;
        refuse_foreign(root)?;
        // Whoever makes a library holds its lock, so that of two at once one finds that there is one.
        let exists = || Error::LibraryExists(root.to_owned());
        let _lock = RunnerLock::try_take(root)?.ok_or_else(exists)?;
        let file = root.join(SETTINGS_FILE);
        if file.exists() {
            return Err(exists());
        }
        let library = Self::assemble(root, settings.clone(), options)?;
        settings.save(&file)?;
        Ok(library)
    }

    /// The directory it lives in.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Its settings, as they were when it was opened.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Its jobs: what is queued, running and over, and the right to run them.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// assert!(library.jobs().list(10)?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn jobs(&self) -> JobManager {
        JobManager::new(self.clone())
    }

    /// Whether the catalogue knows a thumbnail of this content at this size.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// let cas_id = "cc2104c68d62617f".parse()?;
    /// assert!(!library.has_thumbnail(&cas_id, 256)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn has_thumbnail(&self, cas_id: &CasId, size: u32) -> Result<bool> {
        Ok(self.sizes_of(cas_id)?.contains(&size))
    }

    /// Where the thumbnail of this content at this size lies, once it is made, in a store that is a directory.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// let path = library.thumbnail_path(&"cc2104c68d62617f".parse()?, 256);
    /// assert!(path.ends_with("thumbnails/cc/21/cc2104c68d62617f_256.webp"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn thumbnail_path(&self, cas_id: &CasId, size: u32) -> PathBuf {
        self.0.root.join("thumbnails").join(cas_id.thumbnail_path(size))
    }

    /// The thumbnail of this content at this size: a whole WebP file, or nothing.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// assert_eq!(library.get_thumbnail(&"cc2104c68d62617f".parse()?, 256)?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_thumbnail(&self, cas_id: &CasId, size: u32) -> Result<Option<Vec<u8>>> {
        self.0.store.get(cas_id, size)
    }

    /// Queues the making of thumbnails; see [`ThumbnailJob`] for which. An unfinished job for just that goes on instead.
    ///
    /// ```
    /// # use tintype_core::Library;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let library = Library::create(dir.path().join("library"), "Docs")?;
    /// use tintype_core::{ThumbnailJob, jobs::{JobStatus, Priority}};
    ///
    /// let large = ThumbnailJob { sizes: vec![1024], quality: Some(90), ..ThumbnailJob::default() };
    /// let handle = library.generate_thumbnails(large, Priority::Asked)?;
    /// assert_eq!(handle.status()?, JobStatus::Queued, "it runs when somebody runs this library's jobs");
    /// # Ok(())
    /// # }
    /// ```
    pub fn generate_thumbnails(&self, job: ThumbnailJob, priority: Priority) -> Result<JobHandle> {
        let job = job.checked()?;
        match self.jobs().unfinished(|other: &ThumbnailJob| other.asks_for_the_same(&job))? {
            Some(handle) => handle.resume().map(|()| handle),
            None => self.jobs().dispatch_with(job, priority),
        }
    }

    /// The version of its database's layout.
    pub fn database_version(&self) -> Result<i64> {
        self.0.catalogue.read(|rows| rows.version())
    }

    /// Who makes its thumbnails. Starts the pool when first called.
    pub fn renderer(&self) -> Result<&Arc<dyn Renderer>> {
        if let Some(renderer) = self.0.renderer.get() {
            return Ok(renderer);
        }
        let pool = PoolRenderer::new(&self.0.settings, self.0.workers)?;
        Ok(self.0.renderer.get_or_init(|| Arc::new(pool)))
    }

    /// What makes its thumbnails, as far as its contents need it. A worker that is not there is looked for again while
    /// anything waits for it.
    pub(crate) fn engine(&self) -> Result<EngineInfo> {
        let (kinds, waits) = self.0.catalogue.read(|rows| {
            let unavailable = Reason::Unavailable.word();
            let waits =
                rows.failure_totals()?.iter().any(|(reason, count)| reason == unavailable && *count > 0);
            Ok((rows.coverage()?, waits))
        })?;
        let holds =
            |kind: Kind| kinds.iter().any(|(word, contents, ..)| word == kind.word() && *contents > 0);
        self.renderer()?.engine(&|starts| match starts {
            Starts::AtOnce => true,
            Starts::With(kind) => waits || holds(kind),
            Starts::OnDemand => waits,
        })
    }

    /// Brings `thumbnails/metadata.json` up to date with the catalogue.
    pub(crate) fn write_store_metadata(&self) -> Result<()> {
        let totals = self.0.catalogue.read(|rows| rows.size_totals())?;
        let (count, bytes) =
            totals.iter().fold((0, 0), |(count, bytes), size| (count + size.count, bytes + size.bytes));
        let usual = &self.0.settings.thumbnails;
        self.0.store.describe(&StoreDescription {
            quality: usual.quality,
            sizes: usual.sizes.clone(),
            total_thumbnails: count,
            storage_used_bytes: bytes,
        })
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    pub(crate) fn store(&self) -> &dyn ThumbnailStore {
        &*self.0.store
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn in_hand(&self) -> &InHand {
        &self.0.in_hand
    }
}

/// Whether there is nothing of a database. One that was just made has its content in the log beside it.
fn is_lost(database: &Path) -> bool {
    let is_empty = |path: &Path| fs::metadata(path).map_or(true, |file| file.len() == 0);
    is_empty(database) && is_empty(&database.with_extension("db-wal"))
}

/// How contents are named is chosen when a library is made: with another way, every name would be another.
fn keep_cas(catalogue: &Catalogue, settings: &Settings, file: PathBuf) -> Result<()> {
    const KEY: &str = "cas";
    let now = format!("{:?}", settings.cas).to_lowercase();
    match catalogue.read(|rows| rows.meta(KEY))? {
        None => catalogue.write(|rows| rows.set_meta(KEY, &now)),
        Some(then) if then == now => Ok(()),
        Some(then) => {
            let message = format!(
                "cas was {then:?} when the library was made and cannot become {now:?}; write cas = {then:?}, \
                 or make a new library"
            );
            Err(Error::Settings { path: file, message })
        }
    }
}

/// A library is made in a folder of its own: what lies there already is not to be mixed with thumbnails.
fn refuse_foreign(root: &Path) -> Result<()> {
    let ours = ["library.toml", "runner.lock", "database.db", "thumbnails"];
    for entry in fs::read_dir(root).map_err(Error::io("open", root))? {
        let name = entry.map_err(Error::io("read", root))?.file_name();
        if !ours.iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
            return Err(Error::Invalid(format!(
                "{} holds {} and is no library; choose an empty or a new folder for the library",
                root.display(),
                name.to_string_lossy()
            )));
        }
    }
    Ok(())
}
