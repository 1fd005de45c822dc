//! Every file of the corpus, through the engine as users meet it: the right picture, or the right reason for none.
//! Knows nothing of how any format is decoded.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod compare;
mod exceptions;
mod golden;
mod manifest;
mod properties;
mod score;

use compare::{COVERS, COVERS_AS_STORED, DECODING, LARGE, PAGES, Reference, Rgba, SHRUNK, Tolerance, WHOLE};
use exceptions::{BROKEN, DIFFERING, LEFT_TO_LIBTIFF, LOSING, SOUND_APART};
use manifest::{Expect, Row};
use score::{Line, ssimulacra2};
use std::path::{Path, PathBuf};
use std::process::Command;
use tintype_media::{Engine, Fonts, Limits, Reason, Rendition, Source, Wanted, formats};

/// DESIGN.md's defaults.
const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };
/// Address space of a child that renders a suspicious file: the memory limit, and what a process takes anyway.
const ADDRESS_SPACE: u64 = (1 << 30) + (256 << 20);
/// The sizes that are compared.
const SIZES: [u32; 2] = [256, 128];
/// Folders whose every row is in a format of the table.
const FOLDERS: &[&str] = &[
    "jpeg",
    "png",
    "gif",
    "webp",
    "bmp",
    "tiff",
    "ico",
    "tga",
    "pnm",
    "qoi",
    "hdr",
    "exr",
    "svg",
    "psd",
    "jxl",
    "photos-large",
    "raw",
    "damaged",
    "pdf",
    "epub",
    "cbz",
    "office",
    "fonts",
    "audio",
];

/// Endings of files among the rare ones that must be right where the reference opens them.
const RARE: &[&str] = &["jp2", "j2k", "pcx", "sgi", "rgb", "bw", "xbm", "xpm"];

/// Formats whose picture is a file within the file.
const COVERED: &[&str] = &["EPUB", "CBZ", "Audio", "OpenDocument", "Office Open XML"];

/// As tintype stores thumbnails.
const STORED: u8 = 85;
/// Where decoders are compared: two lossy files of nearly the same picture differ by more than the picture does.
const FAITHFUL: u8 = 100;

fn render(bytes: &[u8]) -> Result<Rendition, tintype_media::Fault> {
    render_at(STORED, bytes)
}

fn render_at(quality: u8, bytes: &[u8]) -> Result<Rendition, tintype_media::Fault> {
    let engine = Engine { formats: formats::ALL, limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted::new(&SIZES, quality);
    let source = Source::from_bytes(&bytes);
    engine.render(&source, &wanted, &mut |_| {})
}

/// What is wrong with one row, if anything.
fn judge(row: &Row, reference: &mut Reference, scores: &mut Vec<Line>) -> Result<(), String> {
    let file = std::fs::read(row.file()).unwrap();
    let rendition = render(&file).map_err(|fault| fault.to_string())?;
    check_shapes(row, &rendition)?;
    let wanted = reference.picture(&row.file())?;
    // What somebody else decoded goes through the same resize and encoder, so that what is left is decoding.
    let same_way =
        render_at(FAITHFUL, &wanted.as_pam()).map_err(|fault| format!("the reference: {fault}"))?;
    let ours = render_at(FAITHFUL, &file).map_err(|fault| fault.to_string())?;
    let usual = match rendition.facts.format {
        "PDF" => PAGES,
        format if COVERED.contains(&format) => COVERS,
        "JPEG" | "WebP" | "Camera RAW" | "JPEG 2000" => SHRUNK,
        _ => DECODING,
    };
    let differing = DIFFERING.iter().find(|(path, ..)| *path == row.path);
    let decoding = differing.map_or(usual, |(_, own, _)| *own);
    let mut line = Line::of(row, &rendition);
    for (at, (got, same_way)) in ours.thumbnails.iter().zip(&same_way.thumbnails).enumerate() {
        let name = format!("{}.{}", row.path, got.size);
        let score = compare(&name, &decoded(&got.webp), &decoded(&same_way.webp), decoding)?;
        if at == 0 {
            line.decoding = score;
        }
    }
    let usual = match rendition.facts.format {
        "PDF" => decoding.as_stored(),
        format if COVERED.contains(&format) => COVERS_AS_STORED,
        _ => WHOLE,
    };
    line.whole = judge_whole(row, &rendition, (&wanted, usual))?;
    scores.push(line);
    Ok(())
}

fn check_shapes(row: &Row, rendition: &Rendition) -> Result<(), String> {
    let (width, height) = row.display.unwrap_or((rendition.facts.width, rendition.facts.height));
    for thumbnail in &rendition.thumbnails {
        let shape = scaled((width, height), thumbnail.size);
        if thumbnail.width.abs_diff(shape.0) > 1 || thumbnail.height.abs_diff(shape.1) > 1 {
            return Err(format!("{}×{}, not {}×{}", thumbnail.width, thumbnail.height, shape.0, shape.1));
        }
    }
    Ok(())
}

/// The thumbnails as they are stored, beside the whole picture; the score of the largest.
fn judge_whole(
    row: &Row,
    rendition: &Rendition,
    (wanted, usual): (&Rgba, Tolerance),
) -> Result<Option<f64>, String> {
    let got: Vec<Rgba> = rendition.thumbnails.iter().map(|thumbnail| decoded(&thumbnail.webp)).collect();
    if wanted.width.min(wanted.height) < LARGE {
        return Ok(got.first().and_then(|got| ssimulacra2(got, wanted)));
    }
    let losing = LOSING.iter().find(|(path, ..)| *path == row.path);
    let tolerance = losing.map_or(usual, |(_, own, _)| *own);
    let (mut largest, mut loses) = (None, false);
    for got in &got {
        let name = format!("{}.{}.whole", row.path, got.width.max(got.height));
        let score = compare(&name, got, wanted, tolerance)?;
        largest = largest.or(score);
        loses |= losing.is_some() && compare(&name, got, wanted, WHOLE).is_err();
    }
    if losing.is_some() && !loses {
        return Err("loses no more than others now; take it off the list".to_owned());
    }
    Ok(largest)
}

/// By what all pictures have, and by what only large ones have: the score, if there is one.
fn compare(name: &str, got: &Rgba, wanted: &Rgba, tolerance: Tolerance) -> Result<Option<f64>, String> {
    let score = ssimulacra2(got, wanted);
    let wanted = wanted.small(None);
    let got = got.small(Some((wanted.width, wanted.height)));
    let (mean, block) = compare::distance(&got, &wanted);
    let alike = score.is_none_or(|score| score >= tolerance.score);
    if mean <= tolerance.mean && block <= tolerance.block && alike {
        return Ok(score);
    }
    compare::keep(&failures(), name, &got, &wanted);
    let score = score.map(|score| format!(", SSIMULACRA2 {score:.1}")).unwrap_or_default();
    Err(format!("{}: differs by {mean:.1} levels, in one block by {block:.1}{score}", tolerance.what))
}

fn scaled((width, height): (u32, u32), size: u32) -> (u32, u32) {
    let scale = (f64::from(size) / f64::from(width.max(height))).min(1.0);
    let shrunk = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    (shrunk(width), shrunk(height))
}

fn decoded(webp: &[u8]) -> Rgba {
    let image = image::load_from_memory_with_format(webp, image::ImageFormat::WebP).unwrap().into_rgba8();
    Rgba { width: image.width(), height: image.height(), pixels: image.into_raw() }
}

fn failures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/corpus-failures")
}

fn in_the_table(row: &Row) -> bool {
    FOLDERS.contains(&row.folder())
}

fn is_rare(row: &Row) -> bool {
    row.folder() == "other" && RARE.iter().any(|end| row.path.ends_with(end))
}

#[test]
fn sound_files_give_the_right_picture() {
    let mut reference = Reference::start();
    let (mut wrong, mut scores) = (Vec::new(), Vec::new());
    let rows: Vec<_> = manifest::rows().into_iter().filter(in_the_table).collect();
    for row in rows.iter().filter(|row| row.expect == Expect::Ok) {
        let known = LEFT_TO_LIBTIFF.iter().find(|(path, _)| *path == row.path);
        match (judge(row, &mut reference, &mut scores), known) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Err(words), None) => wrong.push(format!("{}: {words}", row.path)),
            (Ok(()), Some(_)) => wrong.push(format!("{}: works now; take it off the list", row.path)),
        }
    }
    score::write_down("media", &scores);
    let apart = LOSING.iter().chain(DIFFERING).map(|(path, ..)| path);
    for path in LEFT_TO_LIBTIFF.iter().map(|(path, _)| path).chain(apart) {
        assert!(rows.iter().any(|row| row.path == *path), "{path} is on a list but not in the corpus");
    }
    assert!(
        wrong.is_empty(),
        "{} of {} (pictures in {}):\n{}",
        wrong.len(),
        rows.len(),
        failures().display(),
        wrong.join("\n")
    );
}

#[test]
fn rare_files_that_somebody_else_opens_give_the_right_picture() {
    let mut reference = Reference::start();
    let rows: Vec<_> = manifest::rows().into_iter().filter(is_rare).collect();
    let opened: Vec<_> = rows.iter().filter(|row| reference.picture(&row.file()).is_ok()).collect();
    assert!(opened.len() > 12, "the reference opens only {} of {}", opened.len(), rows.len());
    let (mut wrong, mut scores) = (Vec::new(), Vec::new());
    for row in &opened {
        let known = BROKEN.iter().any(|(path, _)| *path == row.path);
        match (judge(row, &mut reference, &mut scores), known) {
            (Ok(()), false) | (Err(_), true) => {}
            (Err(words), false) => wrong.push(format!("{}: {words}", row.path)),
            (Ok(()), true) => wrong.push(format!("{}: works now; take it off the list", row.path)),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), opened.len(), wrong.join("\n"));
}

#[test]
fn unsound_files_give_a_picture_or_the_right_reason_within_the_limits() {
    let rows = manifest::rows().into_iter().filter(in_the_table);
    check_in_children(rows.filter(|row| row.expect != Expect::Ok), |row, outcome| {
        match (row.expect, outcome) {
            (Expect::Error, "corrupt" | "unsupported") => true,
            (Expect::Error, _) => false,
            (Expect::Password, outcome) => matches!(outcome, "encrypted" | "picture"),
            (Expect::NoVisual, outcome) => {
                outcome == "no-picture"
                    || SOUND_APART
                        .iter()
                        .any(|(path, other, _)| (*path, *other) == (row.path.as_str(), outcome))
            }
            (_, outcome) => {
                matches!(outcome, "picture" | "corrupt" | "unsupported" | "too-large" | "no-picture")
            }
        }
    });
}

#[test]
fn formats_outside_the_table_are_unsupported() {
    let rows = manifest::rows().into_iter().filter(|row| !in_the_table(row) && row.folder() != "raw");
    check_in_children(rows, |row, outcome| match row.folder() {
        // Some of those that nobody opens are broken.
        "other" if is_rare(row) => matches!(outcome, "picture" | "unsupported" | "corrupt"),
        "other" => matches!(outcome, "picture" | "unsupported"),
        _ => outcome == "unsupported",
    });
}

#[test]
fn what_is_left_to_libtiff_is_called_unsupported() {
    for (path, _) in LEFT_TO_LIBTIFF {
        let fault = render(&std::fs::read(manifest::corpus().join(path)).unwrap()).unwrap_err();
        assert_eq!(fault.reason, Reason::Unsupported, "{path}: {fault}");
    }
}

/// Renders each file in a child whose memory is limited, and shows the rows whose outcome is not right.
fn check_in_children(rows: impl Iterator<Item = Row>, is_right: impl Fn(&Row, &str) -> bool) {
    let mut count = 0;
    let wrong: Vec<_> = rows
        .filter_map(|row| {
            count += 1;
            let outcome = outcome_in_a_child(&row.file());
            (!is_right(&row, &outcome)).then(|| format!("{} ({:?}): {outcome}", row.path, row.expect))
        })
        .collect();
    assert!(count > 50, "only {count} rows: the corpus is not whole");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The variable that tells this program it is such a child, and of which file.
const CHILD: &str = "TINTYPE_CORPUS_CHILD";

fn outcome_in_a_child(file: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "as_a_child", "--nocapture", "--test-threads=1"])
        .env(CHILD, file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let outcome = said.lines().find_map(|line| Some(line.split_once("outcome: ")?.1.to_owned()));
    outcome.unwrap_or_else(|| {
        let words = String::from_utf8_lossy(&output.stderr);
        format!("died ({}): {}", output.status, words.lines().take(3).collect::<Vec<_>>().join("; "))
    })
}

/// Does nothing unless [`CHILD`] names a file.
#[test]
fn as_a_child() {
    let Some(file) = std::env::var_os(CHILD) else { return };
    let limit = rustix::process::Rlimit { current: Some(ADDRESS_SPACE), maximum: Some(ADDRESS_SPACE) };
    rustix::process::setrlimit(rustix::process::Resource::As, limit).unwrap();
    let outcome = match render(&std::fs::read(file).unwrap()) {
        Ok(_) => "picture",
        Err(fault) => match fault.reason {
            Reason::Unsupported | Reason::UnknownFormat => "unsupported",
            Reason::Corrupt => "corrupt",
            Reason::TooLarge => "too-large",
            Reason::Encrypted => "encrypted",
            Reason::NoPicture => "no-picture",
            Reason::OutOfMemory => "out-of-memory",
            Reason::Io => "io",
        },
    };
    println!("\noutcome: {outcome}");
}
