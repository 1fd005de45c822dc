//! What the stories share: a folder of their own, the real program, pictures of the corpus.
#![allow(dead_code, reason = "each story uses what it needs")]

pub(crate) mod pictures;
#[cfg(target_os = "linux")]
pub(crate) mod processes;
pub(crate) mod rows;

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long anything may take before a story fails; the machine may be busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How often a story looks.
const LOOK_EVERY: Duration = Duration::from_millis(30);

/// A picture of five megapixels in 70 kB: slow to decode, cheap to copy.
pub(crate) const SLOW_PICTURE: &str = "png/misc/itxt_chunks.png";

/// A few small pictures.
pub(crate) const PICTURES: &[&str] =
    &["png/pngsuite/basn0g08.png", "jpeg/orientation/portrait_6.jpg", "png/misc/sampleWithExifData.png"];

/// A folder of one's own, with a library in it that is not made yet.
pub(crate) struct Story {
    dir: TempDir,
}

impl Story {
    pub(crate) fn new() -> Self {
        // The worker is found beside the program, or where TINTYPE_WORKER_DIR says.
        let beside = Path::new(env!("CARGO_BIN_EXE_tintype")).with_file_name("tintype-worker");
        assert!(
            std::env::var_os("TINTYPE_WORKER_DIR").is_some() || beside.is_file(),
            "there is no worker at {}: run `cargo build --workspace --bins` first",
            beside.display()
        );
        Self { dir: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.path("library")
    }

    /// A folder `pictures` with a few pictures of the corpus.
    pub(crate) fn pictures(&self) -> PathBuf {
        let folder = self.path("pictures");
        fs::create_dir_all(&folder).unwrap();
        for name in PICTURES {
            let picture = corpus(name);
            fs::copy(&picture, folder.join(picture.file_name().unwrap())).unwrap();
        }
        folder
    }

    /// A folder `many` with so many contents, each some time's work.
    pub(crate) fn many(&self, count: usize) -> PathBuf {
        let folder = self.path("many");
        fs::create_dir_all(&folder).unwrap();
        let picture = fs::read(corpus(SLOW_PICTURE)).unwrap();
        for number in 0..count {
            let mut distinct = picture.clone();
            distinct.extend(format!("{number:08}").as_bytes()); // behind the last chunk, where no decoder looks
            fs::write(folder.join(format!("{number:03}.png")), distinct).unwrap();
        }
        folder
    }

    /// The program with this story's library, not yet started.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.command_at(&self.library(), words)
    }

    pub(crate) fn command_at(&self, library: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tintype"));
        command.args(words).env("TINTYPE_LIBRARY", library).env("XDG_DATA_HOME", self.path("data"));
        command.env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("RUST_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::new(self.command(words).output().unwrap())
    }

    /// Starts the program, as a shell does: with a process group of its own.
    pub(crate) fn start(&self, words: &[&str]) -> Running {
        Running(Some(self.command(words).process_group(0).spawn().unwrap()))
    }

    /// The result of a command that must succeed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let ran = self.run(&[words, &["--json"]].concat());
        ran.exits(0);
        ran.json()
    }

    /// The results of a command that must succeed, one document per line.
    #[track_caller]
    pub(crate) fn json_lines(&self, words: &[&str]) -> Vec<Value> {
        let ran = self.run(&[words, &["--json"]].concat());
        ran.exits(0);
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Makes the library, with one worker, so that many cores are not too quick to be caught in the middle of the work,
    /// and with batches of `size` files, so that there are many checkpoints.
    pub(crate) fn slow_library(&self, size: u32) {
        let empty = self.path("empty");
        fs::create_dir_all(&empty).unwrap();
        self.run(&["add", empty.to_str().unwrap()]).exits(0);
        self.change_settings(&[
            ("batch_size = 32", &format!("batch_size = {size}")),
            ("workers = 0", "workers = 1"),
        ]);
    }

    /// Writes other words into `library.toml`.
    #[track_caller]
    pub(crate) fn change_settings(&self, changes: &[(&str, &str)]) {
        let file = self.library().join("library.toml");
        let mut settings = fs::read_to_string(&file).unwrap();
        for (usual, wanted) in changes {
            assert!(settings.contains(usual), "no {usual} in library.toml: {settings}");
            settings = settings.replace(usual, wanted);
        }
        fs::write(file, settings).unwrap();
    }

    /// The newest job of a kind, if there is one.
    pub(crate) fn newest_job(&self, name: &str) -> Option<Value> {
        let ran = self.run(&["jobs", "--json"]);
        (ran.code() == Some(0))
            .then(|| ran.json())?
            .as_array()?
            .iter()
            .find(|job| job["name"] == name)
            .cloned()
    }

    /// Waits until the newest thumbnail job runs and has done at least `done` files. Gives the job.
    pub(crate) fn wait_until_done(&self, done: u64) -> Value {
        wait_for("the job to get going", || {
            self.newest_job("thumbnail").filter(|job| {
                let over = job["status"] == "completed" && job["progress"]["total"].as_u64() > Some(0);
                assert!(!over, "the work was too quick to be caught in the middle");
                job["status"] == "running" && job["progress"]["done"].as_u64() >= Some(done)
            })
        })
    }
}

/// What a program left behind.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) output: Output,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::new(command.output().unwrap())
    }

    fn new(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { stdout: text(&output.stdout), stderr: text(&output.stderr), output }
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        let status = self.output.status;
        assert_eq!(self.code(), Some(code), "{status}\nstdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn complains(&self, words: &str) -> &Self {
        assert!(self.stderr.contains(words), "no {words:?} in: {}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.stdout.contains(words), "no {words:?} in: {}", self.stdout);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in: {}", self.stdout))
    }
}

/// A program that runs; killed when the story ends early.
pub(crate) struct Running(Option<Child>);

impl Running {
    pub(crate) fn child(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }

    /// As a terminal does: to all of its group.
    pub(crate) fn signal(&mut self, signal: rustix::process::Signal) {
        rustix::process::kill_process_group(rustix::process::Pid::from_child(self.child()), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ran {
        let mut child = self.0.take().unwrap();
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > PATIENCE {
                let _ = child.kill();
                let ran = Ran::new(child.wait_with_output().unwrap());
                panic!("it did not end; stdout: {}\nstderr: {}", ran.stdout, ran.stderr);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ran::new(child.wait_with_output().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Looks until there is something to see.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(LOOK_EVERY);
    }
}

/// A file of the corpus.
pub(crate) fn corpus(name: &str) -> PathBuf {
    let path = corpus_folder().join(name);
    assert!(path.is_file(), "no {}: set TINTYPE_CORPUS to the folder of the corpus", path.display());
    path
}

/// The folder of the corpus.
pub(crate) fn corpus_folder() -> PathBuf {
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    std::env::var_os("TINTYPE_CORPUS").map_or(usual, PathBuf::from)
}

/// Every file of the store but `metadata.json`, which tells times: names and bytes.
pub(crate) fn thumbnails(library: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let root = library.join("thumbnails");
    let (mut files, mut folders) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("metadata.json") {
                files.insert(path.strip_prefix(&root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The same names with the same bytes.
#[track_caller]
pub(crate) fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (thumbnails(one), thumbnails(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    let differ: Vec<_> =
        one.iter().filter(|(name, bytes)| other[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "these differ: {differ:?}");
}
