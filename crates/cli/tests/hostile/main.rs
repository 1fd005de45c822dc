//! Nothing kills it: the real program on a tree of files that were made to hurt, as root and as an ordinary user.
//! Knows the program by its commands and by the library that others embed; what hurts is the script's knowledge.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]
#![cfg(target_os = "linux")] // /proc tells how much memory a process has taken, and inotify who opened a file

mod accounts;
mod canaries;
mod ours;
#[path = "../support/mod.rs"]
mod support;
mod tree;
mod watch;

use serde_json::Value;
use std::{fs, os::unix::fs::chown, os::unix::process::CommandExt, path::Path, process::Command};
use tree::Tree;
use watch::Watched;

/// What the main process may take: the design's promise for a million files, so for these in any case.
const MAIN_MIB: u64 = 200;

/// What a worker may take: `limits.worker_memory_mib` of a new library.
const WORKER_MIB: u64 = 1024;

/// Nobody on every Linux: owns nothing that is in the tree.
const NOBODY: u32 = 65534;

/// Who runs the program.
struct Person {
    name: &'static str,
    /// To become when it is not the one who runs the tests.
    id: Option<u32>,
}

/// Root can become anybody; an ordinary user is only himself.
fn people() -> Vec<Person> {
    if rustix::process::geteuid().is_root() {
        return vec![Person { name: "root", id: None }, Person { name: "nobody", id: Some(NOBODY) }];
    }
    eprintln!("not root: the tree is indexed only as the user who runs this test");
    vec![Person { name: "this user", id: None }]
}

#[test]
fn the_whole_hostile_tree_ends_by_itself_and_every_file_has_its_answer() {
    check(&Tree::make(), people(), |_, _, _| {});
}

/// A part of the above that takes a tenth of its time, so that scrub sheets and waveforms may be made too.
#[test]
fn our_own_hostile_files_end_by_themselves_and_have_their_answers() {
    check(&Tree::make_ours(), vec![Person { name: "this user", id: None }], want_everything);
}

fn check(tree: &Tree, people: Vec<Person>, prepare: impl Fn(&Tree, &Path, &Person)) {
    for person in people {
        let home = tree.home(person.name);
        for folder in [&home, &home.join("here")] {
            chown(folder, person.id, person.id).unwrap();
        }
        prepare(tree, &home, &person);
        let watched = add(tree, &home, &person);
        let result: Value = serde_json::from_str(&watched.stdout).unwrap();
        let report = accounts::settle(&home.join("library"), &tree.root());
        eprintln!("{}\n{}: {watched}, {report}", report.words.join("\n"), person.name);
        assert!(watched.main_mib < MAIN_MIB, "the main process took {} MiB", watched.main_mib);
        assert!(watched.worker_mib <= WORKER_MIB, "a worker took {} MiB", watched.worker_mib);
        assert_eq!(result["index"]["found"], report.entries, "{result}");
        tree.canaries().assert_quiet(&home.join("library"), &report.canary);
        let strewn: Vec<_> = fs::read_dir(home.join("here")).unwrap().flatten().collect();
        assert!(strewn.is_empty(), "written where nobody asked for anything: {strewn:?}");
    }
}

/// Makes a library that also wants scrub sheets and waveforms.
fn want_everything(tree: &Tree, home: &Path, person: &Person) {
    let mut command = tree.program(home);
    command.args(["add", "-q"]).arg(home.join("here"));
    become_person(&mut command, person);
    assert!(command.status().unwrap().success());
    let file = home.join("library/library.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let wanting = settings.replace("scrub_frames = 0", "scrub_frames = 9");
    let wanting = wanting.replace("waveform = false", "waveform = true");
    assert_eq!(wanting.lines().zip(settings.lines()).filter(|(one, other)| one != other).count(), 2);
    fs::write(&file, wanting).unwrap();
}

/// `tintype add` of the whole tree, from a folder that must stay empty.
fn add(tree: &Tree, home: &Path, person: &Person) -> Watched {
    let mut command = tree.program(home);
    command.args(["add", "--json"]).arg(tree.root());
    become_person(&mut command, person);
    let watched = Watched::run(command);
    assert_eq!(watched.status.code(), Some(0), "{}: {} {}", person.name, watched.status, watched.stderr);
    watched
}

fn become_person(command: &mut Command, person: &Person) {
    if let Some(id) = person.id {
        command.uid(id).gid(id);
    }
}
