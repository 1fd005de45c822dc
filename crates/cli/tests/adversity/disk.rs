//! A small disk that a test may fill and write-protect: a tmpfs in a mount namespace of its own, which is gone with it.
//! Knows mounting; nothing of what lies on the disk.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// Set in the test that runs in the namespace.
const INSIDE: &str = "TINTYPE_TEST_MAY_MOUNT";

/// Whether this test may mount. If not, it is run again where it may, as root or as one who is root for himself, and
/// there is nothing left to do here.
pub(crate) fn may_mount(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.arg(env::current_exe().unwrap()).args([test, "--exact", "--nocapture"]).env(INSIDE, "1");
    let output = command.output().expect("util-linux's `unshare` has to be there to make a small disk");
    assert!(
        output.status.success(),
        "{test} failed, or this system lets nobody mount a tmpfs (it needs root, or user namespaces):\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // Or a test of another name would pass by not running.
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{test} is not called so");
    false
}

pub(crate) struct Disk(pub(crate) PathBuf);

impl Disk {
    pub(crate) fn of_mib(at: &Path, size: u64) -> Self {
        fs::create_dir_all(at).unwrap();
        mount(&["-t", "tmpfs", "-o", &format!("size={size}m"), "none"], at);
        Self(at.to_owned())
    }

    pub(crate) fn grow_to_mib(&self, size: u64) {
        mount(&["-o", &format!("remount,rw,size={size}m")], &self.0);
    }

    pub(crate) fn make_read_only(&self) {
        mount(&["-o", "remount,ro"], &self.0);
    }

    /// Somebody else takes all the room there is.
    pub(crate) fn fill(&self) {
        let mut hog = fs::File::options().create(true).append(true).open(self.0.join("hog")).unwrap();
        for size in [1 << 20, 4096, 1] {
            while hog.write(&vec![1; size]).is_ok() {}
        }
    }

    pub(crate) fn relieve(&self) {
        fs::remove_file(self.0.join("hog")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a test that failed may have left a program on it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn mount(words: &[&str], at: &Path) {
    let output = Command::new("mount").args(words).arg(at).output().unwrap();
    assert!(output.status.success(), "mount {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}
