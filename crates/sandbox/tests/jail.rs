//! The jail from outside: every try is refused, for root and for an ordinary user, and nothing outlives its parent.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Links, WORKER, is_alive};
use tempfile::TempDir;
use tintype_sandbox::{ProbeReport, probe};

#[track_caller]
fn check(report: &ProbeReport) {
    assert!(report.attempts.len() > 10, "{report:#?}");
    let open: Vec<_> = report.attempts.iter().filter(|attempt| !attempt.refused).collect();
    assert!(open.is_empty(), "jail {}: {open:#?}", report.jail);
}

#[test]
fn every_probe_is_refused() {
    check(&probe(Path::new(WORKER)).unwrap());
}

#[test]
fn every_probe_is_refused_to_an_ordinary_user() {
    if !rustix::process::geteuid().is_root() {
        // Then the test above has shown it.
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let worker = folder.path().join("worker");
    fs::copy(WORKER, &worker).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&worker)
        .arg("--probe")
        .output()
        .expect("setpriv is part of util-linux");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    check(&serde_json::from_slice(&output.stdout).unwrap());
}

/// A program with a pool is killed while its worker is idle, or busy with this last file.
#[track_caller]
fn check_orphan(last: &str) {
    let links = Links::new();
    let folder = TempDir::new().unwrap();
    let file = |name: &str| {
        let path = folder.path().join(name);
        fs::write(&path, name).unwrap();
        path
    };
    let mut holder = Command::new(links.path("holder"))
        .args([file("hello"), file(last)])
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(holder.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let worker = line.trim().parse().unwrap();
    // Time enough for the second file to arrive.
    std::thread::sleep(Duration::from_millis(200));
    assert!(is_alive(worker));
    holder.kill().unwrap();
    holder.wait().unwrap();
    let killed = Instant::now();
    while is_alive(worker) {
        assert!(killed.elapsed() < Duration::from_secs(5), "the worker outlives its parent");
        std::thread::yield_now();
    }
}

#[test]
fn a_worker_dies_with_its_parent() {
    check_orphan("hello");
    check_orphan("hang");
    check_orphan("burn");
}

#[test]
fn a_person_who_starts_a_worker_is_told_what_it_is() {
    let output = Command::new(WORKER).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("tintype doctor"), "{output:?}");
}
