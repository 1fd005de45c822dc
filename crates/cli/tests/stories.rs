//! What people do, one story each, through the real program.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

mod support;

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};
use support::{PICTURES, Story, corpus, thumbnails, wait_for};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn add_makes_a_library_and_a_second_add_does_nothing_anew() {
    let story = Story::new();
    let pictures = story.pictures();
    let first = story.json(&["add", text(&pictures)]);
    assert_eq!(first["index"]["new"], PICTURES.len(), "{first}");
    assert_eq!(first["thumbnails"]["contents"], PICTURES.len(), "{first}");
    assert_eq!(first["thumbnails"]["generated"], 3 * PICTURES.len(), "{first}");
    let before = thumbnails(&story.library());
    let second = story.json(&["add", text(&pictures)]);
    assert_eq!((&second["index"]["new"], &second["index"]["changed"]), (&0.into(), &0.into()), "{second}");
    assert_eq!(second["index"]["unchanged"], PICTURES.len(), "{second}");
    assert_eq!(second["thumbnails"]["generated"], 0, "{second}");
    assert_eq!(second["location"], first["location"]);
    assert!(before == thumbnails(&story.library()));

    let status = story.json(&["status"]);
    assert_eq!(status["thumbnail_count"], 3 * PICTURES.len(), "{status}");
    assert_eq!(status["jobs"], Value::Array(Vec::new()));
    story.run(&["status"]).exits(0).says("100 %").says("512 px");
    story.run(&["add", text(&pictures)]).exits(0).says("nothing changed");
    story.run(&["-q", "add", text(&pictures)]).exits(0);
    let quiet = story.run(&["-q", "add", text(&pictures)]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn add_detached_goes_on_in_the_background() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", "--detach", text(&pictures)]).exits(0).says("background");
    wait_for("the background to finish", || {
        (story.newest_job("thumbnail")?["status"] == "completed").then_some(())
    });
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * PICTURES.len());
}

#[test]
fn a_library_by_whole_contents_keeps_its_choice() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", "--cas", "full", text(&pictures)]).exits(0);
    story.run(&["add", "--cas", "sampled", text(&pictures)]).exits(1).complains("for new libraries");
    let got = story.json(&["get", text(&pictures.join("basn0g08.png"))]);
    assert_eq!(got["cas_id"].as_str().unwrap().len(), 64);
}

#[test]
fn get_finds_a_thumbnail_and_makes_a_missing_one() {
    let story = Story::new();
    let pictures = story.pictures();
    let picture = pictures.join("portrait_6.jpg");
    story.run(&["add", text(&story.path("pictures"))]).exits(0);
    let got = story.json(&["get", "--size", "128", text(&picture)]);
    let path = PathBuf::from(got["path"].as_str().unwrap());
    let bytes = fs::read(&path).unwrap();
    assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
    let cas_id = got["cas_id"].as_str().unwrap();
    assert_eq!(story.json(&["get", "--size", "128", cas_id]), got);

    let copy = story.path("copy.webp");
    story.run(&["get", "--size", "128", cas_id, "-o", text(&copy)]).exits(0);
    assert_eq!(fs::read(copy).unwrap(), bytes);
    assert_eq!(story.run(&["get", "--size", "128", cas_id, "-o", "-"]).exits(0).output.stdout, bytes);

    story.run(&["get", "--size", "333", cas_id]).exits(1).complains("128, 256, 512");
    story.run(&["get", "/etc/hostname"]).exits(1).complains("tintype add /etc");
    story.run(&["get", "0123456789abcdef"]).exits(1).complains("0123456789abcdef");

    fs::copy(corpus("png/misc/exif.png"), pictures.join("late.png")).unwrap();
    fs::write(pictures.join("bad.jpg"), b"\xff\xd8\xff\xe0 and then nothing of the kind").unwrap();
    story.run(&["index"]).exits(0).says("2 new");
    let late = story.json(&["get", text(&pictures.join("late.png"))]);
    assert!(Path::new(late["path"].as_str().unwrap()).is_file());
    story.run(&["get", text(&pictures.join("bad.jpg"))]).exits(1).complains("no thumbnail: ");
}

#[test]
fn get_serves_the_old_one_until_the_new_one_is_there() {
    let story = Story::new();
    let pictures = story.pictures();
    let picture = pictures.join("portrait_6.jpg");
    story.run(&["add", text(&pictures)]).exits(0);
    let old = story.json(&["get", text(&picture)]);
    assert_eq!(old["stale"], false, "{old}");
    let bytes = fs::read(old["path"].as_str().unwrap()).unwrap();
    story.change_settings(&[("quality = 85", "quality = 40")]);
    let got = story.run(&["get", text(&picture), "-o", "-"]);
    assert!(got.exits(0).complains("an older thumbnail; the new one is not made yet").output.stdout == bytes);
    story.run(&["generate"]).exits(0);
    let new = story.run(&["get", text(&picture), "-o", "-"]);
    assert!(new.exits(0).stderr.is_empty() && new.output.stdout != bytes, "{}", new.stderr);
}

#[test]
fn generate_makes_other_sizes_of_what_is_named() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", text(&pictures)]).exits(0);
    let picture = pictures.join("portrait_6.jpg");
    let made = story.json(&["generate", text(&picture), "--sizes", "64,320", "--quality", "70"]);
    assert_eq!(made["thumbnails"][0]["generated"], 2, "{made}");
    story.run(&["get", "--size", "320", text(&picture)]).exits(0);
    let made =
        story.json(&["generate", text(&pictures), "--sizes", "64", "--batch-size", "2", "--workers", "1"]);
    let contents = &made["thumbnails"][0];
    assert_eq!(contents["contents"].as_u64().unwrap() + contents["skipped"].as_u64().unwrap(), 3, "{made}");
    let made = story.json(&["generate", "--regenerate"]);
    assert_eq!(made["thumbnails"][0]["generated"], 3 * PICTURES.len(), "{made}");
    story.run(&["generate", "/etc"]).exits(1).complains("tintype add /etc");
}

#[test]
fn thumbnail_needs_no_library() {
    let story = Story::new();
    let (input, output) = (corpus("jpeg/orientation/portrait_6.jpg"), story.path("out.webp"));
    let made = story.json(&["thumbnail", text(&input), text(&output), "--size", "100"]);
    assert_eq!((&made["width"], &made["height"]), (&75.into(), &100.into()), "upright: {made}");
    let bytes = fs::read(&output).unwrap();
    let piped = story.run(&["thumbnail", text(&input), "-", "--size", "100"]);
    assert_eq!(piped.exits(0).output.stdout, bytes);
    assert!(!story.library().exists());
    let left: Vec<_> = fs::read_dir(story.path("")).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left, ["out.webp"]);
    let noise = story.path("noise.dat");
    fs::write(&noise, "\0no picture").unwrap();
    story.run(&["thumbnail", text(&noise), "-"]).exits(1).complains("unsupported");
}

#[test]
fn failures_are_rows_with_reasons_and_can_be_tried_again() {
    let story = Story::new();
    let pictures = story.pictures();
    fs::write(pictures.join("bad.jpg"), b"\xff\xd8\xff\xe0 and then nothing of the kind").unwrap();
    fs::write(pictures.join("noise.dat"), "\0no picture at all").unwrap();
    story.run(&["--strict", "add", text(&pictures)]).exits(3).complains("2 files failed");
    story.run(&["add", text(&pictures)]).exits(0).says("`tintype failures`");
    let listed = story.run(&["failures", "--json"]);
    let rows: Vec<Value> =
        listed.exits(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|row| row["advice"].as_str().is_some_and(|advice| !advice.is_empty())));
    let reason = rows.iter().find(|row| row["path"].as_str().unwrap().ends_with("noise.dat")).unwrap();
    assert_eq!(reason["reason"], "unsupported");
    let count = |words: &[&str]| story.run(words).exits(0).stdout.lines().count();
    assert_eq!(count(&["failures", "--json", "--reason", "unsupported", "--limit", "1"]), 1);
    assert_eq!(count(&["failures", "--json", "--reason", "timed-out"]), 0);
    assert_eq!(count(&["failures", "--json", "--path", text(&pictures.join("bad.jpg"))]), 1);
    assert_eq!(count(&["failures", "--json", "--path", text(&story.path("elsewhere"))]), 0);

    fs::copy(corpus(PICTURES[0]), pictures.join("noise.dat")).unwrap();
    story.run(&["index"]).exits(0).says("1 changed");
    story.run(&["generate"]).exits(0);
    assert_eq!(count(&["failures", "--json", "--path", text(&pictures.join("noise.dat"))]), 0);
    story.run(&["failures", "retry", "--all"]).exits(0).complains("1 file failed");
    let retried = story.run(&["failures", "retry", "--reason", "corrupt", "--path", text(&pictures)]);
    retried.exits(0).complains("trying 1 content again");
    story
        .run(&["failures"])
        .exits(0)
        .says("after 1 attempt; tried again when")
        .says("restore it from a backup");
    story
        .run(&["failures", "retry", "--path", text(&pictures.join("basn0g08.png"))])
        .exits(0)
        .complains("no failures");
    story.run(&["failures", "retry", "--all", "--reason", "io"]).exits(2);
    story.run(&["failures", "retry", "--reason", "timed-out"]).exits(0).complains("no failures");
}

#[test]
fn clean_removes_what_no_file_needs() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", text(&pictures)]).exits(0);
    let whole = thumbnails(&story.library()).len();
    story.run(&["clean"]).exits(0).says("removed 0 thumbnails");
    story.change_settings(&[("sizes = [128, 256, 512]", "sizes = [128, 256]")]);
    story.run(&["status"]).exits(0).says("not wanted any more; `tintype clean` removes");
    story
        .run(&["clean", "--dry-run"])
        .exits(0)
        .says("would remove 3 thumbnails")
        .says("size not wanted  3 files");
    let cleaned = story.json(&["clean"]);
    assert_eq!(cleaned["why"]["size-not-wanted"]["files"], PICTURES.len(), "{cleaned}");
    assert_eq!(thumbnails(&story.library()).len(), whole - PICTURES.len());
    story.run(&["locations", "remove", text(&pictures)]).exits(0).says("no locations");
    let planned = story.json(&["clean", "--dry-run"]);
    assert_eq!(planned["thumbnails"], 2 * PICTURES.len(), "{planned}");
    assert_eq!(planned["why"]["content-gone"]["bytes"], planned["bytes"], "{planned}");
    let cleaned = story.json(&["clean"]);
    assert_eq!((&cleaned["thumbnails"], &cleaned["bytes"]), (&planned["thumbnails"], &planned["bytes"]));
    let left: Vec<_> = thumbnails(&story.library()).into_keys().collect();
    assert_eq!(left, [PathBuf::from("version.txt")]);
    assert!(pictures.join("basn0g08.png").is_file());
}

#[test]
fn verify_finds_damage_and_repairs_it() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", text(&pictures)]).exits(0);
    story.run(&["verify", "--strict"]).exits(0).says("9 thumbnails sound");
    let sound = thumbnails(&story.library());
    let names: Vec<_> =
        sound.keys().filter(|name| name.extension().is_some_and(|kind| kind == "webp")).collect();
    let file = |name: &Path| story.library().join("thumbnails").join(name);
    fs::write(file(names[0]), &sound[names[0]][..20]).unwrap();
    fs::remove_file(file(names[1])).unwrap();
    let mut flipped = sound[names[2]].clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(file(names[2]), flipped).unwrap();

    fs::write(file(Path::new("notes.txt")), "mine").unwrap();
    let looked = story.run(&["verify"]);
    looked.exits(0).says("truncated").says("missing").says("corrupted").says("notes.txt: strange");
    story.run(&["verify", "--strict"]).exits(3);
    let repaired = story.json_lines(&["verify", "--repair"]);
    let (summary, findings) = repaired.split_last().unwrap();
    assert_eq!((&summary["repaired"], &summary["made"]["errors"]), (&3.into(), &0.into()), "{summary}");
    let repairs: Vec<_> = findings.iter().map(|finding| finding["repair"].as_str().unwrap()).collect();
    assert_eq!(repairs.iter().filter(|repair| **repair == "to-be-made").count(), 3, "{findings:?}");
    assert_eq!(fs::read(file(Path::new("notes.txt"))).unwrap(), b"mine");
    fs::remove_file(file(Path::new("notes.txt"))).unwrap();
    assert!(sound == thumbnails(&story.library()), "made again, byte for byte");
}

#[test]
fn verify_makes_an_odd_size_again_or_says_why_not() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", text(&pictures)]).exits(0);
    let picture = pictures.join("portrait_6.jpg");
    story.run(&["generate", text(&picture), "--sizes", "320"]).exits(0);
    story.run(&["clean"]).exits(0).says("removed 0 thumbnails");
    let odd = PathBuf::from(story.json(&["get", "--size", "320", text(&picture)])["path"].as_str().unwrap());
    let bytes = fs::read(&odd).unwrap();
    fs::write(&odd, &bytes[..20]).unwrap();
    story.run(&["verify", "--repair"]).exits(0).says("truncated").says("1 put right");
    assert!(fs::read(&odd).unwrap() == bytes, "at its own size");
    fs::remove_file(&odd).unwrap();
    fs::remove_file(&picture).unwrap();
    let repaired = story.run(&["--strict", "verify", "--repair"]);
    repaired.exits(3).says("320 px not made again: its file cannot be reached").says("1 not made again");
}

#[test]
fn locations_move_and_their_thumbnails_stay() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", text(&pictures)]).exits(0);
    let moved = story.path("moved");
    fs::rename(&pictures, &moved).unwrap();
    story.run(&["locations"]).exits(0).says("away");
    let listed = story.json(&["locations", "relink", text(&pictures), text(&moved)]);
    assert_eq!(listed[0]["path"], text(&fs::canonicalize(&moved).unwrap()));
    assert_eq!(listed[0]["online"], true);
    let looked = story.json(&["index", "1"]);
    assert_eq!(looked["index"][0]["unchanged"], PICTURES.len(), "{looked}");
    story.run(&["locations", "remove", "99"]).exits(1).complains("no location");
}

#[test]
fn estimate_tries_and_keeps_nothing() {
    let story = Story::new();
    let pictures = story.pictures();
    let estimate = story.json(&["estimate", text(&pictures)]);
    assert_eq!((&estimate["files"], &estimate["tried"]), (&3.into(), &3.into()), "{estimate}");
    assert!(estimate["bytes"]["likely"].as_f64().unwrap() > 1000.0, "{estimate}");
    assert!(estimate["worker_memory"]["likely"].as_f64().unwrap() > 1_000_000.0, "{estimate}");
    let formats: Vec<_> =
        estimate["formats"].as_array().unwrap().iter().map(|format| &format["name"]).collect();
    assert!(formats.contains(&&"image/png".into()) && formats.contains(&&"image/jpeg".into()), "{estimate}");
    assert!(!story.library().exists());
    story.run(&["add", text(&story.path("pictures"))]).exits(0);
    story.run(&["estimate"]).exits(0).says("nothing to make");
}

#[test]
fn status_shows_forecast_and_truth_side_by_side() {
    let story = Story::new();
    let pictures = story.pictures();
    story.run(&["add", text(&pictures)]).exits(0);
    let first = story.json(&["status"])["last_job"].take();
    assert_eq!(
        (&first["forecast"], &first["truth"]["with_thumbnails"]),
        (&Value::Null, &3.into()),
        "{first}"
    );
    story.run(&["status"]).exits(0).says("no forecast");

    // What the first job learnt is what the second one expects.
    story.run(&["generate", "--regenerate"]).exits(0);
    let again = story.json(&["status"])["last_job"].take();
    assert_ne!(again["job"], first["job"]);
    assert_eq!(
        (&again["forecast"]["files"], &again["forecast"]["unknown"]),
        (&3.into(), &0.into()),
        "{again}"
    );
    assert_eq!(again["truth"]["thumbnails"], first["truth"]["thumbnails"], "the same bytes: {again}");
    let sizes = |of: &Value| {
        of["thumbnails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["size"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (sizes(&again["forecast"]), sizes(&again["truth"])),
        (vec![128, 256, 512], vec![128, 256, 512])
    );
    story.run(&["status"]).exits(0).says("forecast and truth").says("to");

    // A look at a single picture is not what anybody wants a forecast of.
    story.run(&["generate", "--regenerate", text(&pictures.join("basn0g08.png"))]).exits(0);
    assert_eq!(story.json(&["status"])["last_job"]["job"], again["job"]);
}

#[test]
fn doctor_tries_the_jail() {
    let story = Story::new();
    let report = story.json(&["doctor"]);
    let worker = &report["workers"][0];
    assert_eq!(worker["name"], "tintype-worker");
    assert!(worker["formats"].as_array().unwrap().iter().any(|format| format["name"] == "JPEG"), "{report}");
    assert!(worker["probe"]["attempts"].as_array().unwrap().len() > 5, "{report}");
    assert!(report["libraries"][0]["free_bytes"].as_u64().unwrap() > 0);
    story.run(&["doctor"]).exits(0).says("jail:").says("`tintype add FOLDER`");
}
