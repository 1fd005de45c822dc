//! Films with one absurd number: a picture where there is one, else whose fault it is. Never that memory ran out, which
//! would have the film tried again.
//! Knows where numbers stand in the boxes of a film; nothing of who reads them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "names of boxes read best as they are written")]

use std::path::Path;
use std::process::Command;
use tintype_media::{Engine, Facts, Fault, Fonts, Limits, Reason, Source, Wanted};

const LIMITS: Limits = Limits { max_pixels: 1 << 22, max_memory: 256 << 20 };

const WHOLE: &str = "video/derived/one-frame.mp4";
const LONG: &str = "video/mp4/sample_video_only.mp4";
const REORDERED: &str = "video/mp4/bikes.mp4";
const FRAGMENTED: &str = "video/mp4/sample_partially_fragmented.mp4";

fn render(file: &[u8]) -> Result<Facts, Fault> {
    let engine = Engine { formats: tintype_worker_video::load(), limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted::new(&[64], 80);
    engine.render(&Source::from_bytes(&file), &wanted, &mut |_| ()).map(|rendition| rendition.facts)
}

fn film(path: &str) -> Vec<u8> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("TINTYPE_CORPUS").map_or(beside, Into::into);
    assert!(root.is_dir(), "{} is missing: set TINTYPE_CORPUS to the folder of the corpus", root.display());
    std::fs::read(root.join(path)).unwrap()
}

/// The place of a box's content.
fn content(film: &[u8], kind: &[u8; 4]) -> usize {
    film.windows(4).position(|window| window == kind).unwrap() + 4
}

/// A film with other bytes so many into the content of its first box of that kind.
#[track_caller]
fn check(path: &str, kind: &[u8; 4], (at, bytes): (usize, &[u8]), wanted: Result<(), Reason>) {
    let mut film = film(path);
    let start = content(&film, kind) + at;
    film[start..start + bytes.len()].copy_from_slice(bytes);
    match (render(&film), wanted) {
        (Ok(facts), Ok(())) => {
            assert!(facts.film.unwrap().frames_per_1000_s.is_none_or(|rate| rate < 100_000));
        }
        (Err(fault), Err(reason)) => assert_eq!(fault.reason, reason, "{fault}"),
        (got, wanted) => panic!("{got:?}, not {wanted:?}"),
    }
}

#[test]
fn tables_without_end_ask_for_too_much() {
    const ALL: [u8; 4] = [0x0f, 0xff, 0xff, 0x00];
    check(WHOLE, b"stts", (4, &ALL), Err(Reason::Corrupt));
    check(WHOLE, b"stts", (4, &[0xff; 8]), Err(Reason::TooLarge));
    check(WHOLE, b"stco", (4, &ALL), Err(Reason::TooLarge));
    check(REORDERED, b"ctts", (4, &ALL), Err(Reason::TooLarge));
    check(FRAGMENTED, b"trun", (4, &ALL), Err(Reason::TooLarge));
    check(WHOLE, b"stsz", (4, &[0, 0, 0, 1, 0x0f, 0xff, 0xff, 0]), Err(Reason::Corrupt));
    check(WHOLE, b"stsc", (4, &ALL), Err(Reason::Corrupt));
}

#[test]
fn times_without_sense_take_no_picture_away() {
    check(WHOLE, b"stts", (8, &[0x7f, 0xff, 0xff, 0xff]), Ok(()));
    check(WHOLE, b"mvhd", (12, &[0; 4]), Ok(()));
    check(WHOLE, b"mvhd", (12, &[0x7f, 0xff, 0xff, 0xff]), Ok(()));
    check(LONG, b"mvhd", (12, &[0x7f, 0xff, 0xff, 0xff]), Ok(()));
    check(WHOLE, b"mvhd", (16, &[0x7f, 0xff, 0xff, 0xff]), Ok(()));
    check(WHOLE, b"mdhd", (12, &[0x7f, 0xff, 0xff, 0xff]), Ok(()));
    check(WHOLE, b"mdhd", (12, &[0; 4]), Ok(()));
    check(WHOLE, b"elst", (8, &[0, 0, 0, 0, 0, 0, 0, 1]), Ok(()));
    check(FRAGMENTED, b"tfdt", (4, &[0x7f, 0xff, 0xff, 0xff]), Ok(()));
}

/// A film of fragments only, whose places are told from where each begins, so that boxes may come between them.
fn fragments() -> Vec<u8> {
    let mut program = Command::new("ffmpeg");
    program.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=160x120:d=1", "-c:v", "mpeg4"]);
    program.args(["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "-"]);
    let output = program.output();
    let output =
        output.unwrap_or_else(|error| panic!("ffmpeg is missing (`deps.sh test` installs it): {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Puts a box in front of the first of that kind, in boxes that grow by it.
fn insert(film: &mut Vec<u8>, new: &[u8], before: &[u8; 4], inside: &[&[u8; 4]]) {
    for kind in inside {
        let size = content(film, kind) - 8;
        let grown = u32::from_be_bytes(film[size..size + 4].try_into().unwrap()) + new.len() as u32;
        film[size..size + 4].copy_from_slice(&grown.to_be_bytes());
    }
    let at = content(film, before) - 8;
    film.splice(at..at, new.iter().copied());
}

#[track_caller]
fn check_shown(film: &[u8]) {
    let facts = render(film).unwrap();
    assert!(facts.duration_ms.is_none_or(|long| long < 60_000), "{facts:?}");
}

#[test]
fn fragments_that_last_for_ever_are_shown() {
    let (mut film, ever) =
        (fragments(), [&[0, 0, 0, 20], b"mehd".as_slice(), &[1, 0, 0, 0], &[0x7f; 8]].concat());
    check_shown(&film);
    insert(&mut film, &ever, b"trex", &[b"moov", b"mvex"]);
    check_shown(&film);
    // An index of fragments that each last for years.
    let fragment = [0, 0, 0x7f, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x90, 0, 0, 0];
    let head = [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0; 4], [0; 4], [0, 0, 0xff, 0xff]].concat();
    let index = [b"sidx".as_slice(), &head, &fragment.repeat(0xffff)].concat();
    insert(&mut film, &[&(index.len() as u32 + 4).to_be_bytes(), index.as_slice()].concat(), b"moof", &[]);
    check_shown(&film);
}
