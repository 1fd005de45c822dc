//! Workers that do not start, that start under an older kernel, and the choice between several executables.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::{Links, order_file, pool, render, render_as, settings, source};
use tintype_sandbox::{Executable, Extras, Order, Pool, PoolSettings, Reason, RenderError, Scrub};

fn pool_of(executables: Vec<Executable>) -> Pool {
    pool(PoolSettings { executables, start_timeout: Duration::from_secs(1), ..settings() })
}

#[track_caller]
fn check_unavailable(executable: Executable, words: &str) {
    let pool = pool_of(vec![executable]);
    let RenderError::Fault(fault) = render(&pool, "hello").unwrap_err() else { panic!("nobody cancelled") };
    assert!(fault.reason == Reason::Unavailable && fault.detail.contains(words), "{fault}");
    let again = Instant::now();
    assert_eq!(render(&pool, "hello").unwrap_err(), RenderError::Fault(fault), "told the same");
    assert!(again.elapsed() < Duration::from_millis(40), "and at once, without another attempt");
}

#[test]
fn a_worker_that_cannot_start_is_unavailable_and_says_why() {
    let links = Links::new();
    check_unavailable(
        PathBuf::from("/nowhere/worker").into(),
        "start /nowhere/worker: No such file or directory",
    );
    check_unavailable(PathBuf::from("/etc/passwd").into(), "start /etc/passwd: Permission denied");
    let unlinked = links.executable("missing-library");
    check_unavailable(unlinked.clone(), "exit code 127: error while loading shared libraries");
    check_unavailable(
        Executable { install: "get it".to_owned(), ..unlinked },
        "cannot open shared object file: get it",
    );
    check_unavailable(links.executable("garbage-greeting"), "a frame that makes no sense");
    check_unavailable(links.executable("other-protocol"), "speaks protocol 999, this program 2");
    check_unavailable(links.executable("silent"), "said nothing for 1s");
    check_unavailable(PathBuf::from("/bin/false").into(), "exit code 1");
}

#[test]
fn without_executables_nothing_is_available() {
    let fault = render(&pool_of(Vec::new()), "hello").unwrap_err();
    assert!(matches!(&fault, RenderError::Fault(fault) if fault.reason == Reason::Unavailable), "{fault:?}");
}

#[track_caller]
fn check_level(kernel: &str, level: &str, missing: &[&str], file: &str, words: &str) {
    let links = Links::new();
    let pool = pool_of(vec![links.executable(kernel)]);
    let known = pool.capabilities().remove(0).capabilities.unwrap();
    assert_eq!(known.jail, level);
    let fallen: Vec<_> =
        known.jail_steps.iter().filter(|step| !step.stands).map(|step| step.name.as_str()).collect();
    assert_eq!(fallen, missing);
    assert!(render(&pool, "hello").is_ok());
    let fault = render(&pool, file).unwrap_err().to_string();
    assert!(fault.contains(words), "{fault}");
}

#[test]
fn an_older_kernel_lowers_the_level_and_the_rest_still_holds() {
    check_level("worker", "full", &[], "open", "refused: Operation not permitted");
    check_level(
        "kernel-without-landlock",
        "no-landlock",
        &["landlock"],
        "open",
        "refused: Operation not permitted",
    );
    check_level("kernel-without-seccomp", "no-seccomp", &["seccomp"], "open", "refused: Permission denied");
    let refused = "refused: Operation not permitted";
    check_level("kernel-without-close-range", "full", &[], "open", refused);
    check_level("kernel-without-dumpable", "weakened", &["not-dumpable"], "open", refused);
    check_level("kernel-without-parent-death", "weakened", &["dies-with-parent"], "open", refused);
    check_level("kernel-without-both", "limits-only", &["landlock", "seccomp"], "allocate", "out-of-memory");
}

/// Two executables; which of them makes the thumbnail, or why neither does.
#[track_caller]
fn check_route(second: Executable, file: &str, mime_type: Option<&str>, expected: Result<&str, Reason>) {
    let links = Links::new();
    let pool = pool_of(vec![links.executable("first"), second]);
    let made = match render_as(&pool, file, mime_type) {
        Ok(rendition) => Ok(rendition.facts.format),
        Err(RenderError::Fault(fault)) => Err(fault.reason),
        Err(RenderError::Cancelled) => panic!("nobody cancelled"),
    };
    assert_eq!(made, expected.map(str::to_owned));
}

#[test]
fn the_second_executable_is_asked_for_what_it_claims() {
    let links = Links::new();
    let second = links.executable("second");
    check_route(second.clone(), "hello", Some("test/first"), Ok("first"));
    check_route(second.clone(), "hello", Some("test/second"), Ok("second"));
    check_route(second.clone(), "hello", Some("test/unknown"), Ok("first"));
    check_route(second.clone(), "hello", None, Ok("first"));
    check_route(second.clone(), "second only", None, Ok("second"));
    check_route(second.clone(), "second only", Some("TEST/Second"), Ok("second"));
    check_route(second, "neither", Some("test/first"), Err(Reason::Unsupported));
}

/// A second executable that has run is asked for what nobody else opens, whatever the hint says; one that has not is
/// not started for it.
#[test]
fn a_wrong_hint_costs_a_try_and_no_picture() {
    let links = Links::new();
    let second = Executable { mime_types: vec!["test/second".to_owned()], ..links.executable("second") };
    let pool = pool_of(vec![links.executable("first"), second]);
    let wrongly_hinted = || render_as(&pool, "second only", Some("test/first"));
    let fault = wrongly_hinted().unwrap_err().to_string();
    assert!(fault.contains("not by the first"), "{fault}");
    pool.capabilities();
    assert_eq!(wrongly_hinted().unwrap().facts.format, "second");
}

/// What somebody opens only by its name is not opened by another, though the executable runs and could.
#[test]
fn who_is_asked_only_for_what_it_claims_is_asked_for_nothing_else() {
    let links = Links::new();
    let mime_types = vec!["test/second".to_owned()];
    let second = Executable { mime_types, only_claimed: true, ..links.executable("second") };
    let pool = pool_of(vec![links.executable("first"), second]);
    assert_eq!(render_as(&pool, "second only", Some("test/second")).unwrap().facts.format, "second");
    for hint in [Some("test/first"), None] {
        let fault = render_as(&pool, "second only", hint).unwrap_err().to_string();
        assert!(fault.contains("not by the first"), "{fault}");
    }
}

/// The usual case costs one try: each worker says how many files it has seen.
#[test]
fn what_the_first_asked_opens_nobody_else_is_asked_for() {
    let links = Links::new();
    let pool = pool_of(vec![links.executable("first"), links.executable("second")]);
    pool.capabilities();
    for (mime_type, format) in [("test/first", "first"), ("test/second", "second"), ("test/unknown", "first")]
    {
        let made = render_as(&pool, "hello", Some(mime_type)).unwrap();
        assert_eq!(made.facts.format, format);
    }
    let seen = |mime_type| render_as(&pool, "count", Some(mime_type)).unwrap().facts.duration_ms;
    assert_eq!((seen("test/first"), seen("test/second")), (Some(3), Some(2)));
}

#[test]
fn a_second_executable_that_is_not_there_is_missed_only_for_what_it_claims() {
    let mime_types = vec!["test/second".to_owned()];
    let missing = Executable { mime_types, ..PathBuf::from("/nowhere/second").into() };
    check_route(missing.clone(), "hello", Some("test/first"), Ok("first"));
    check_route(missing.clone(), "second only", Some("test/first"), Err(Reason::Unsupported));
    check_route(missing.clone(), "second only", Some("test/second"), Err(Reason::Unavailable));
    let unknown = Executable { mime_types: Vec::new(), ..missing.clone() };
    check_route(unknown, "second only", Some("test/second"), Err(Reason::Unsupported));
    check_unavailable(
        Executable { install: "get it".to_owned(), ..missing },
        "/nowhere/second is missing: get it",
    );
}

/// A picture that is smaller than it could be is what is left when nobody makes a better one.
#[test]
fn the_second_executable_is_asked_for_a_better_picture() {
    let links = Links::new();
    let second = links.executable("second");
    let hint = Some("test/first");
    check_route(second.clone(), "small by the first", hint, Ok("second"));
    check_route(second.clone(), "small by both", hint, Ok("first"));
    check_route(second.clone(), "small by the first, none by the second", hint, Ok("first"));
    check_route(second, "small by the first, killed by the second", hint, Ok("first"));
    let missing =
        Executable { mime_types: vec!["test/second".into()], ..PathBuf::from("/nowhere/second").into() };
    check_route(missing, "small by the first", hint, Ok("first"));
}

/// What the first has no picture of, and what the second makes of it: only where that is wanted, and known of its kind.
#[track_caller]
fn check_further(
    second: &Executable,
    (text, hint): (&str, &str),
    waveform: bool,
    expected: Result<&str, Reason>,
) {
    let first = Links::new();
    let pool = pool_of(vec![first.executable("first"), second.clone()]);
    let order = Order { extras: Extras { scrub: None, waveform }, ..Order::new(&[8], 85) };
    let made = order_file(&pool, (&source(text), Some(hint)), &order, &|| false);
    let got = made.as_ref().map(|made| made.facts.format.as_str()).map_err(|error| match error {
        RenderError::Fault(fault) => fault.reason,
        RenderError::Cancelled => panic!("nobody cancelled"),
    });
    assert_eq!(got, expected);
}

#[test]
fn what_has_no_cover_is_handed_on_to_who_draws_sound() {
    let links = Links::new();
    let further = vec!["test/sound".to_owned()];
    let second = Executable {
        mime_types: vec!["test/second".to_owned()],
        further_mime_types: further,
        ..links.executable("second")
    };
    let sound = ("no cover", "test/sound");
    check_further(&second, sound, true, Ok("second"));
    check_further(&second, sound, false, Err(Reason::NoPicture));
    check_further(&second, ("no cover", "test/other"), true, Err(Reason::NoPicture));
    check_further(&second, ("hello", "test/sound"), true, Ok("first"));
    check_further(&second, ("second only", "test/sound"), false, Ok("second"));
    let missing = Executable { path: "/nowhere/second".into(), ..second };
    check_further(&missing, sound, true, Err(Reason::Unavailable));
    check_further(&missing, sound, false, Err(Reason::NoPicture));
}

/// Two pictures, one above the other, are what the worker sends; a worker cannot leave them out.
#[test]
fn a_scrub_sheet_comes_with_the_thumbnails() {
    let links = Links::new();
    let pool = pool_of(vec![links.executable("first")]);
    let scrub = Some(Scrub { frames: 3, edge: 40 });
    let order = Order { extras: Extras { scrub, waveform: false }, ..Order::new(&[8], 85) };
    let made = order_file(&pool, (&source("hello"), None), &order, &|| false).unwrap();
    let sheet = made.sheet.unwrap();
    assert_eq!((sheet.width, sheet.height), (40, 80));
    assert_eq!((sheet.tiles.columns, sheet.tiles.starts_ms), (1, vec![0, 700]));
    assert_eq!((&sheet.webp[12..], made.thumbnails.len()), (&b"hello"[..], 1));
}

#[test]
fn the_capabilities_name_each_executable_with_what_it_can_or_why_it_cannot() {
    let links = Links::new();
    let pool = pool_of(vec![links.executable("first"), PathBuf::from("/nowhere/second").into()]);
    let workers = pool.capabilities();
    assert_eq!(workers[0].capabilities.as_ref().unwrap().formats[0].name, "TEST");
    assert_eq!(workers[1].capabilities.as_ref().unwrap_err().reason, Reason::Unavailable);
    assert!(workers[1].path.ends_with("second"));
}
