//! A worker that is not there, or whose library is not there: what is missing is said with every file that is missed for
//! it, and when it comes, those files are tried again by themselves.
//! Knows the table of workers; nothing of what any of them does.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

mod support;

use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use support::{Ran, Story, corpus};
use tintype_core::render::{KnownWorker, Starts, WORKERS};

/// A file that only this worker opens. One that is not here has no such file in the corpus: `doctor` names it all the same.
const SAMPLES: &[(&str, &str)] = &[
    ("tintype-worker-tiff", "tiff/hopper_lzma.tif"),
    ("tintype-worker-heif", "avif/colors_sdr_srgb.avif"),
    ("tintype-worker-video", "video/mkv/sample_with_chapters.mkv"),
    ("tintype-worker-comic", COMIC),
];

/// Not of the corpus, and no comic by any other name.
const COMIC: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../worker-comic/tests/regressions/render_comic/solid.cb7");

fn install(name: &str, folder: &Path) {
    let beside = Path::new(env!("CARGO_BIN_EXE_tintype")).with_file_name(name);
    let named = std::env::var_os("TINTYPE_WORKER_DIR").map(|folder| Path::new(&folder).join(name));
    fs::copy(named.unwrap_or(beside), folder.join(name)).unwrap();
}

/// One that ends as a worker does whose library is missing.
fn install_without_library(name: &str, folder: &Path) {
    let script = folder.join(name);
    fs::write(&script, "#!/bin/sh\necho 'unavailable: no libfake: install libfake1' >&2\nexit 2\n").unwrap();
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
}

/// One that the dynamic linker ends because a library it was linked with is missing.
fn install_linked_in_vain(name: &str, folder: &Path) {
    let words = "error while loading shared libraries: libfake.so.1: cannot open shared object file";
    let script = folder.join(name);
    fs::write(&script, format!("#!/bin/sh\necho \"$0: {words}\" >&2\nexit 127\n")).unwrap();
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The program, which finds its workers in a folder of the story.
fn run(story: &Story, words: &[&str]) -> Ran {
    Ran::of(story.command(words).env("TINTYPE_WORKER_DIR", story.path("workers")))
}

fn check(worker: &KnownWorker, sample: &str) {
    let story = Story::new();
    let (workers, files) = (story.path("workers"), story.path("files"));
    for folder in [&workers, &files] {
        fs::create_dir(folder).unwrap();
    }
    let name = if worker.starts == Starts::OnDemand { "a.cbr" } else { "a.jpg" }; // whatever it is called
    let file = files.join(name);
    fs::copy(corpus(sample), &file).unwrap();
    install("tintype-worker", &workers);
    let add = ["add", files.to_str().unwrap()];
    let thumbnail = ["thumbnail", file.to_str().unwrap(), "-"];

    run(&story, &add).exits(0);
    run(&story, &["failures"]).says("unavailable").says(worker.install);
    run(&story, &["status"]).says(worker.install);
    run(&story, &thumbnail).exits(1).complains(worker.install);
    run(&story, &["doctor"]).exits(0).says(worker.install);

    install_without_library(worker.name, &workers);
    run(&story, &thumbnail).exits(1).complains("install libfake1");
    run(&story, &["doctor"]).exits(0).says("install libfake1").says(worker.install);

    install_linked_in_vain(worker.name, &workers);
    run(&story, &thumbnail).exits(1).complains("libfake.so.1").complains(worker.install);
    run(&story, &["doctor"]).exits(0).says(worker.install);
    run(&story, &add).exits(0);
    run(&story, &["failures"]).says("unavailable").says(worker.install);

    install(worker.name, &workers);
    run(&story, &add).exits(0);
    run(&story, &["failures"]).exits(0).complains("no failures");
}

#[test]
fn what_is_missing_is_said_and_what_was_missed_for_it_is_made_when_it_comes() {
    for worker in WORKERS.iter().filter(|worker| !worker.needed) {
        match SAMPLES.iter().find(|(name, _)| *name == worker.name) {
            Some((_, sample)) => check(worker, sample),
            None => eprintln!("{}: the corpus has nothing that only it opens", worker.name),
        }
    }
}

/// Sound in a container of films: its cover is nobody else's business.
#[test]
fn sound_that_the_worker_for_films_opens_says_so_too() {
    let story = Story::new();
    let workers = story.path("workers");
    fs::create_dir(&workers).unwrap();
    install("tintype-worker", &workers);
    let thumbnail = ["thumbnail", &corpus("audio/silence-1.wma").display().to_string(), "-"];
    run(&story, &thumbnail).exits(1).complains("install FFmpeg's libraries");
    install("tintype-worker-video", &workers);
    run(&story, &thumbnail).exits(1).complains("no picture");
}
