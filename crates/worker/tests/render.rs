//! The real worker, in its jail, on real files: what it says of itself, what it makes, what it refuses.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use tintype_sandbox::{Order, Pool, PoolSettings, Priority, Reason, RenderError, Rendition, Request, probe};

const WORKER: &str = env!("CARGO_BIN_EXE_tintype-worker");

fn pool() -> Pool {
    Pool::start(PoolSettings { workers: 1, ..PoolSettings::new(vec![PathBuf::from(WORKER).into()]) }).unwrap()
}

fn corpus(path: &str) -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("TINTYPE_CORPUS").map_or(beside, PathBuf::from);
    let file = root.join(path);
    assert!(file.is_file(), "{} is missing: set TINTYPE_CORPUS to the folder of the corpus", file.display());
    file
}

fn render(path: &Path, sizes: &[u32]) -> Result<Rendition, RenderError> {
    let file = File::open(path).unwrap();
    let order = Order::new(sizes, 85);
    pool().render(&Request {
        source: file.as_fd(),
        mime_type: None,
        order: &order,
        priority: Priority::Asked,
        cancelled: &|| false,
        begun: &|| {},
    })
}

#[track_caller]
fn check(path: &str, expected: &[(u32, u32, u32)], displayed: (u32, u32)) {
    let sizes: Vec<_> = expected.iter().map(|&(size, ..)| size).collect();
    let rendition = render(&corpus(path), &sizes).unwrap();
    let made: Vec<_> = rendition.thumbnails.iter().map(|made| (made.size, made.width, made.height)).collect();
    assert_eq!(made, expected);
    assert_eq!((rendition.facts.width, rendition.facts.height), displayed);
    for made in &rendition.thumbnails {
        assert_eq!((&made.webp[..4], &made.webp[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
    }
    let metrics = rendition.metrics;
    assert!(metrics.decode_us > 0 && metrics.resize_us > 0 && metrics.encode_us > 0, "{metrics:?}");
    assert!(metrics.peak_memory > 1 << 20, "{metrics:?}");
}

#[test]
fn a_photograph_becomes_thumbnails_in_the_jail() {
    // Stored lying on its side: EXIF's orientation 8.
    check("photos-large/Leica T (Typ 701).jpg", &[(512, 339, 512), (128, 85, 128)], (3264, 4928));
}

#[test]
fn what_nobody_knows_is_unsupported() {
    let program = std::env::current_exe().unwrap();
    let fault = render(&program, &[128]).unwrap_err();
    assert!(matches!(&fault, RenderError::Fault(fault) if fault.reason == Reason::Unsupported), "{fault:?}");
}

#[test]
fn the_worker_says_what_it_opens_and_how_it_is_jailed() {
    let workers = pool().capabilities();
    let known = workers[0].capabilities.as_ref().unwrap();
    assert!(known.formats.iter().any(|format| format.mime_types.contains(&"image/jpeg".to_owned())));
    assert!(known.jail_steps.iter().any(|step| step.name == "memory-limit" && step.stands));
}

/// A drawing with text, in the jail: written where the machine has fonts, and where it has none the facts say so.
#[test]
fn text_is_written_in_the_jail_if_the_machine_has_fonts() {
    let files = pool().capabilities()[0].capabilities.as_ref().unwrap().font_files;
    let folder = std::env::temp_dir().join(format!("tintype-text-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("text.svg");
    let text = "<text y='30' font-size='30' font-family='Arial, sans-serif'>Tintype</text>";
    std::fs::write(
        &file,
        format!("<svg xmlns='http://www.w3.org/2000/svg' width='90' height='40'>{text}</svg>"),
    )
    .unwrap();
    let made = render(&file, &[128]).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        made.facts.warnings.is_empty(),
        files > 0,
        "{files} files of fonts, {:?}",
        made.facts.warnings
    );
    // Nothing but transparency is some 50 bytes of WebP.
    assert_eq!(made.thumbnails[0].webp.len() > 300, files > 0, "{} bytes", made.thumbnails[0].webp.len());
}

#[test]
fn every_probe_of_the_real_worker_is_refused() {
    let report = probe(Path::new(WORKER)).unwrap();
    let open: Vec<_> = report.attempts.iter().filter(|attempt| !attempt.refused).collect();
    assert!(open.is_empty() && !report.attempts.is_empty(), "jail {}: {open:#?}", report.jail);
}
