//! The hostile tree, made by the script that lies beside the corpus, and homes for those who index it.
//! Knows where things are; nothing of what is in them.

use crate::canaries::Canaries;
use crate::ours::{self, Bait};
use crate::support::corpus_folder;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;
use tintype_core::render::{KnownWorker, WORKERS};

/// Files of the corpus up to so many bytes are cut and bitten. All of them (`--max-mutate` of 64 MiB) make half a
/// gigabyte of tree and twice the time, and show nothing more: the same decoders on larger pictures.
const MUTATED_UP_TO: &str = "60000";

/// What the script cannot be asked to open again, because it must not be readable.
const SHUT: &[&str] = &["special/unreadable-dir", "special/noexec-dir"];

pub(crate) struct Tree {
    dir: TempDir,
    canaries: Canaries,
}

impl Tree {
    /// Makes the whole tree: the script's and ours. Everybody may read it, and run the program.
    pub(crate) fn make() -> Self {
        let tree = Self::prepare();
        tree.write_the_scripts();
        tree.write_ours();
        tree.canaries.watch();
        tree
    }

    /// Makes the tree of our own files only.
    pub(crate) fn make_ours() -> Self {
        let tree = Self::prepare();
        fs::create_dir(tree.root()).unwrap();
        fs::create_dir(tree.canaries.folder()).unwrap();
        for folder in [&tree.root(), tree.canaries.folder()] {
            fs::write(folder.join("canary.png"), ours::magenta(400, 300)).unwrap();
        }
        fs::write(tree.canaries.folder().join("secret.txt"), "rect { fill: #ff00ff }").unwrap();
        tree.write_ours();
        tree.canaries.watch();
        tree
    }

    fn prepare() -> Self {
        let dir = TempDir::new().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let canaries = Canaries::listen(dir.path().join("canary"));
        let tree = Self { dir, canaries };
        tree.install();
        tree
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("tree")
    }

    pub(crate) fn canaries(&self) -> &Canaries {
        &self.canaries
    }

    /// A folder of one's own, with a folder `here` to start from.
    pub(crate) fn home(&self, name: &str) -> PathBuf {
        let home = self.dir.path().join(name);
        fs::create_dir_all(home.join("here")).unwrap();
        home
    }

    /// The program, not yet started, for a library in `home`.
    pub(crate) fn program(&self, home: &Path) -> Command {
        let mut command = Command::new(self.programs().join("tintype"));
        command.env_clear().env("TINTYPE_LIBRARY", home.join("library"));
        command.current_dir(home.join("here")).stdin(Stdio::null());
        command
    }

    fn programs(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    /// Copies: the folder that they were built in may be closed to others.
    fn install(&self) {
        fs::create_dir(self.programs()).unwrap();
        let built = Path::new(env!("CARGO_BIN_EXE_tintype"));
        let workers = std::env::var_os("TINTYPE_WORKER_DIR").map(PathBuf::from);
        let workers = workers.unwrap_or_else(|| built.parent().unwrap().to_owned());
        fs::copy(built, self.programs().join("tintype")).unwrap();
        for KnownWorker { name: worker, .. } in WORKERS {
            let from = workers.join(worker);
            fs::copy(&from, self.programs().join(worker)).unwrap_or_else(|error| {
                panic!("{}: {error}; run `cargo build --workspace --bins` first", from.display())
            });
        }
    }

    fn write_ours(&self) {
        let folder = self.canaries.folder();
        let svg =
            "<svg xmlns='http://www.w3.org/2000/svg'><rect id='a' width='99' height='99' fill='#f0f'/></svg>";
        fs::write(folder.join("canary.svg"), svg).unwrap();
        ours::write(&self.root().join("ours"), &Bait { folder, port: self.canaries.port() });
    }

    fn write_the_scripts(&self) {
        let script = corpus_folder().join("../make_hostile.py");
        assert!(script.is_file(), "no {}: TINTYPE_CORPUS must lie beside it", script.display());
        let made = Command::new("python3")
            .arg(script)
            .arg("--src")
            .arg(corpus_folder())
            .arg("--out")
            .arg(self.root())
            .arg("--canary")
            .arg(self.canaries.folder())
            .args(["--port", &self.canaries.port().to_string(), "--max-mutate", MUTATED_UP_TO])
            .stdout(Stdio::null())
            .status()
            .expect("python3 makes the tree; `make test` installs it");
        assert!(made.success(), "make_hostile.py: {made}");
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for folder in SHUT {
            let _ = fs::set_permissions(self.root().join(folder), Permissions::from_mode(0o755));
        }
    }
}
