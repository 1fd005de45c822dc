//! A folder of files, to be packed by 7-Zip's program. Gone when it is dropped.
//! Knows files and the program; nothing of what they hold.

use std::path::PathBuf;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs};

/// The program, by its names: of the package that its author makes, and of older ones.
const PROGRAMS: &[&str] = &["7zz", "7z", "7za"];

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn of(files: &[(&str, Vec<u8>)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("tintype-comic-{}-{number}", process::id()));
        for (name, bytes) in files {
            let path = folder.join("files").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Self(folder)
    }

    /// An archive of all of them, made with these options.
    pub(crate) fn packed(&self, options: &[&str]) -> Vec<u8> {
        let archive = self.0.join("archive.7z");
        let _ = fs::remove_file(&archive);
        let run = |program: &&str| {
            let mut command = Command::new(program);
            command.args(["a", "-bd", "-t7z"]).args(options).arg(&archive).arg(".");
            command.current_dir(self.0.join("files")).output().ok()
        };
        let output = PROGRAMS.iter().find_map(run).expect("7-Zip's program is missing: install 7zip");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        fs::read(archive).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
