//! Films and sound from the command line: scrub sheets with their index, waveforms, and a worker that waits for a film.
//! Knows what the program says; nothing of how frames are found.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use support::{Ran, Story, corpus};

const FILM: &str = "video/mp4/bigbuckbunny.mp4";
const SOUND: &str = "audio/bear_vorbis.ogg";

/// A folder of copies of these files of the corpus.
fn folder(story: &Story, files: &[&str]) -> PathBuf {
    let folder = story.path("files");
    fs::create_dir_all(&folder).unwrap();
    for file in files {
        fs::copy(corpus(file), folder.join(Path::new(file).file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn a_film_has_a_scrub_sheet_where_the_library_wants_one() {
    let story = Story::new();
    let files = folder(&story, &[FILM, "jpeg/orientation/portrait_6.jpg"]);
    let (film, picture) = (files.join("bigbuckbunny.mp4"), files.join("portrait_6.jpg"));
    let (film, picture) = (film.to_str().unwrap(), picture.to_str().unwrap());
    story.run(&["add", files.to_str().unwrap()]).exits(0);
    story.run(&["get", film, "--scrub"]).exits(1).complains("scrub_frames");
    story.change_settings(&[("scrub_frames = 0", "scrub_frames = 9")]);
    story.run(&["get", picture, "--scrub"]).exits(1).complains("no film");
    let sheet = story.path("film of mine.webp");
    story.run(&["get", film, "--scrub", "-o", sheet.to_str().unwrap()]).exits(0);
    let index = fs::read_to_string(sheet.with_extension("vtt")).unwrap();
    assert!(index.starts_with("WEBVTT\n\n00:00:00.000 --> "), "{index}");
    assert_eq!(index.matches("\nfilm%20of%20mine.webp#xywh=").count(), 9, "{index}");
    let told = story.json(&["get", film, "--scrub"]);
    assert_eq!(told["sheet"]["starts_ms"].as_array().unwrap().len(), 9);
    assert_eq!(told["facts"]["codec"], "h264");
    assert_eq!(told["facts"]["rotation"], 0);
    assert!(told["path"].as_str().unwrap().ends_with("_scrub.webp"), "{told}");
    assert_eq!(fs::read(told["path"].as_str().unwrap()).unwrap(), fs::read(&sheet).unwrap());
    let status = story.json(&["status"]);
    assert_eq!(status["scrub_sheets"]["count"], 1);
    story.run(&["verify"]).exits(0);
    story.run(&["clean", "--dry-run"]).exits(0).says("0 thumbnails");
}

#[test]
fn one_film_without_a_library_has_one_too() {
    let story = Story::new();
    let sheet = story.path("a.webp");
    let film = corpus(FILM);
    story.run(&["thumbnail", film.to_str().unwrap(), sheet.to_str().unwrap(), "--scrub", "4"]).exits(0);
    assert_eq!(fs::read_to_string(sheet.with_extension("vtt")).unwrap().matches("a.webp#xywh=").count(), 4);
}

#[test]
fn sound_without_a_cover_has_a_waveform_where_the_library_wants_one() {
    let story = Story::new();
    let files = folder(&story, &[SOUND]);
    let add = ["add", files.to_str().unwrap()];
    story.run(&add).exits(0);
    story.run(&["failures"]).says("no-picture");
    story.change_settings(&[("waveform = false", "waveform = true")]);
    story.run(&add).exits(0);
    story.run(&["failures"]).complains("no failures");
    let told = story.json(&["get", files.join("bear_vorbis.ogg").to_str().unwrap()]);
    assert_eq!(told["facts"]["kind"], "audio");
}

/// A worker for films that leaves a mark when it is started.
fn marking_worker(story: &Story) -> PathBuf {
    let folder = story.path("workers");
    fs::create_dir(&folder).unwrap();
    let beside = Path::new(env!("CARGO_BIN_EXE_tintype")).parent().unwrap().to_owned();
    let real = std::env::var_os("TINTYPE_WORKER_DIR").map_or(beside, PathBuf::from);
    fs::copy(real.join("tintype-worker"), folder.join("tintype-worker")).unwrap();
    let script = folder.join("tintype-worker-video");
    let (mark, real) = (folder.join("started"), real.join("tintype-worker-video"));
    let words = format!("#!/bin/sh\n: > '{}'\nexec '{}' \"$@\"\n", mark.display(), real.display());
    fs::write(&script, words).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    mark
}

#[test]
fn the_worker_for_films_is_not_started_before_there_is_one() {
    let story = Story::new();
    let mark = marking_worker(&story);
    let run = |words: &[&str]| {
        Ran::of(story.command(words).env("TINTYPE_WORKER_DIR", mark.parent().unwrap())).exits(0);
    };
    let files = folder(&story, &["jpeg/orientation/portrait_6.jpg", SOUND]);
    run(&["add", files.to_str().unwrap()]);
    assert!(!mark.exists(), "there is no film yet");
    folder(&story, &[FILM]);
    run(&["add", files.to_str().unwrap()]);
    assert!(mark.exists());
    run(&["get", files.join("bigbuckbunny.mp4").to_str().unwrap()]);
}
