//! The command line as people meet it: help, wrong usage, completions, man pages, errors that say what to do.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

mod support;

use std::fs;
use support::Story;

#[track_caller]
fn check(words: &[&str], code: i32, complaint: &str) {
    Story::new().run(words).exits(code).complains(complaint);
}

#[test]
fn wrong_usage_is_2() {
    check(&[], 2, "Usage: tintype");
    check(&["frobnicate"], 2, "unrecognized subcommand");
    check(&["add"], 2, "<PATH>");
    check(&["get", "x", "--size", "5000"], 2, "16..=4096");
    check(&["generate", "--quality", "0"], 2, "1..=100");
    check(&["jobs", "pause"], 2, "<ID>...");
    check(&["failures", "retry"], 2, "--reason");
    check(&["failures", "--reason", "bad-luck"], 2, "timed-out");
    check(&["-q", "-v", "status"], 2, "cannot be used with");
}

#[test]
fn errors_are_1_and_say_what_to_do() {
    check(&["status"], 1, "tintype add");
    check(&["add", "/no/such/folder"], 1, "there is no folder /no/such/folder");
    check(&["add", "/etc/hostname"], 1, "`tintype add /etc`");
    check(&["thumbnail", "/no/such/file", "-"], 1, "/no/such/file");
    assert!(!Story::new().library().exists());
}

#[test]
fn a_slip_of_the_pen_makes_no_library() {
    let story = Story::new();
    story.run(&["add", "/no/such/folder"]).exits(1);
    assert!(!story.library().exists());
}

/// The whole help, as it is reviewed: `TINTYPE_BLESS=1` writes it anew.
#[test]
fn help_is_as_reviewed() {
    let story = Story::new();
    let mut help = story.run(&["--help"]).exits(0).stdout.clone();
    let commands = ["add", "index", "generate", "get", "thumbnail", "jobs", "failures", "status", "estimate"];
    for command in commands.iter().chain(&["clean", "verify", "locations", "doctor", "completions", "man"]) {
        help.extend(["\n======== ", command, " ========\n"]);
        help.push_str(&story.run(&[command, "-h"]).exits(0).stdout);
    }
    let reviewed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/help.txt");
    if std::env::var_os("TINTYPE_BLESS").is_some() {
        fs::write(reviewed, &help).unwrap();
    }
    let expected = fs::read_to_string(reviewed).unwrap_or_default();
    assert!(
        help == expected,
        "help differs from tests/help.txt; look at it, then run with TINTYPE_BLESS=1:\n{help}"
    );
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let story = Story::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        story.run(&["completions", shell]).exits(0).says("estimate");
    }
    story.run(&["man"]).exits(0).says(".TH");
    let folder = story.path("man1");
    story.run(&["man", folder.to_str().unwrap()]).exits(0);
    for page in ["tintype.1", "tintype-add.1", "tintype-jobs-pause.1"] {
        assert!(folder.join(page).is_file(), "no {page}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let story = Story::new();
    let mut running = story.start(&["completions", "bash"]);
    drop(running.child().stdout.take());
    running.end().exits(0);
}
