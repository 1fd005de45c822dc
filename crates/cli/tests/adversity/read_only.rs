//! A library that cannot be written: it is read, and what would write says what is wrong.

use crate::{
    disk::{Disk, may_mount},
    support::{PICTURES, Ran, Story, rows},
};
use rustix::process::geteuid;
use serde_json::Value;
use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

/// Nobody on every Linux: owns nothing, and has no rights beyond those of everybody.
const NOBODY: u32 = 65534;

/// A library that cannot be written, and who looks at it.
struct Sealed {
    story: Story,
    program: PathBuf,
    library: PathBuf,
    person: Option<u32>,
}

impl Sealed {
    fn run(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        command.args(words).env("TINTYPE_LIBRARY", &self.library).env("TINTYPE_SENSORS", &self.library);
        if let Some(person) = self.person {
            command.uid(person).gid(person);
        }
        Ran::of(&mut command)
    }

    #[track_caller]
    fn check(&self) {
        let picture = self.story.path("pictures/basn0g08.png");
        let (picture, pictures) = (picture.to_str().unwrap(), self.story.path("pictures"));
        let got = self.run(&["get", picture]);
        assert!(Path::new(got.exits(0).stdout.trim()).is_file(), "{}", got.stdout);
        let status: Value = self.run(&["status", "--json"]).exits(0).json();
        assert_eq!(status["thumbnail_count"], 3 * PICTURES.len());
        self.run(&["failures"]).exits(0).says("torn.jpg");
        self.run(&["jobs"]).exits(0).says("completed");
        self.run(&["verify", "--strict"]).exits(0);
        self.run(&["clean", "--dry-run"]).exits(0);
        for words in [&["add", pictures.to_str().unwrap()][..], &["generate", "--regenerate"], &["index"]] {
            self.run(words).exits(1).complains("read-only");
        }
        let large = self.run(&["get", picture, "--size", "200"]);
        assert!(large.exits(1).stderr.contains("there is no thumbnail of 200 px"), "{}", large.stderr);
    }
}

/// A library below `folder`, as somebody else left it.
fn make(story: &Story, library: &Path) {
    let pictures = story.pictures();
    fs::write(pictures.join("torn.jpg"), b"\xff\xd8\xff\xe0\0\x10JFIF\0 and no more").unwrap();
    let words = ["--library", library.to_str().unwrap(), "add", pictures.to_str().unwrap()];
    story.run(&words).exits(0);
}

#[test]
fn on_a_disk_that_is_read_only_a_library_is_read() {
    if !may_mount("read_only::on_a_disk_that_is_read_only_a_library_is_read") {
        return;
    }
    let story = Story::new();
    let disk = Disk::of_mib(&story.path("disk"), 64);
    let library = disk.0.join("library");
    make(&story, &library);
    disk.make_read_only();
    let program = env!("CARGO_BIN_EXE_tintype").into();
    Sealed { story, program, library, person: None }.check();
}

#[test]
fn without_the_right_to_write_a_library_is_read() {
    let story = Story::new();
    make(&story, &story.library());
    let (program, library) = (story.path("tintype"), story.library());
    fs::copy(env!("CARGO_BIN_EXE_tintype"), &program).unwrap(); // where everybody can get at it
    let root = library.parent().unwrap().to_owned();
    set_rights(&root, 0o555);
    let person = geteuid().is_root().then_some(NOBODY);
    let sealed = Sealed { story, program, library, person };
    sealed.check();
    set_rights(&root, 0o700); // so that it can be removed
}

/// Sets everybody's rights, all the way down.
fn set_rights(path: &Path, rights: u32) {
    fs::set_permissions(path, Permissions::from_mode(0o700)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().flatten().for_each(|item| set_rights(&item.path(), rights));
    }
    fs::set_permissions(path, Permissions::from_mode(rights)).unwrap();
}

#[test]
fn what_a_dead_process_left_in_the_log_is_not_passed_over() {
    if !may_mount("read_only::what_a_dead_process_left_in_the_log_is_not_passed_over") {
        return;
    }
    let story = Story::new();
    let disk = Disk::of_mib(&story.path("disk"), 64);
    let library = disk.0.join("library");
    make(&story, &library);
    // As a kill leaves it: the log has what the database has not.
    let (copy, log) = (story.path("copy"), library.join("database.db-wal"));
    let holder = rusqlite::Connection::open(library.join("database.db")).unwrap();
    holder.execute_batch("UPDATE locations SET path = path").unwrap();
    fs::copy(&log, &copy).unwrap();
    drop(holder);
    fs::copy(&copy, &log).unwrap();
    disk.make_read_only();
    let words = ["--library", library.to_str().unwrap(), "status"];
    story.run(&words).exits(1).complains("database.db").complains("writable once");
    disk.grow_to_mib(64);
    story.run(&words).exits(0);
    assert!(rows::jobs(&library).is_some());
}
