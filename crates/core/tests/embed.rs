//! The example program, run as an embedder would run it, with real workers on the sample pictures.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::{env, path::Path, process::Command};

#[test]
fn the_example_makes_thumbnails_and_runs_its_own_job() {
    // Cargo builds examples beside the folder of the tests.
    let program = env::current_exe().unwrap().parent().unwrap().with_file_name("examples").join("embed");
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/pictures");
    let count = std::fs::read_dir(&pictures).unwrap().count();
    let output = Command::new(&program).arg(&pictures).output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}{}", String::from_utf8_lossy(&output.stderr));
    for wanted in [
        format!("{} thumbnails of {count} contents", 3 * count),
        format!("{count} of them can be printed"),
        "proof sheet: completed looking".to_owned(),
    ] {
        assert!(words.contains(&wanted), "{wanted:?} is not in:\n{words}");
    }
}
