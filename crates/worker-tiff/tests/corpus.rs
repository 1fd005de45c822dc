//! Every TIFF of the corpus through libtiff, compared with other people's decoders.
//! Knows nothing of pipes or jails. Fails where libtiff is missing: install libtiff6.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(
    dead_code,
    reason = "the corpus' modules are shared with the media crate's test, which uses all of them"
)]

#[path = "../../media/tests/corpus/compare.rs"]
mod compare;
#[path = "../../media/tests/corpus/exceptions.rs"]
mod exceptions;
#[path = "../../media/tests/corpus/manifest.rs"]
mod manifest;

use compare::{DECODING, Reference, Rgba, Tolerance};
use manifest::{Expect, Row};
use tintype_media::{Engine, Fault, Fonts, Limits, Reason, Rendition, Source, Wanted, formats};

const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };

/// What libtiff cannot do, or does otherwise than the reference: (path, why).
const NOT_RIGHT: &[(&str, &str)] = &[
    ("tiff/10ct_32bit_128.tiff", "32-bit floats without a word on what they mean; the main worker opens it"),
    ("tiff/12bit.cropped.tif", "12 bits a sample; the main worker opens it"),
    ("tiff/16bit.s.tif", "signed levels, which libtiff shows half as bright; the main worker opens it"),
    ("tiff/16_bit_binary_pgm.tiff", "32 bits a sample; the main worker opens it"),
    ("tiff/hopper.Lab.tif", LAB),
    ("tiff/lab-green.tif", LAB),
    ("tiff/lab-red.tif", LAB),
    ("tiff/lab.tif", LAB),
    ("tiff/tiff_strip_cmyk_16l_jpeg.tif", "libtiff finds its JPEG damaged; the main worker opens it"),
];

const LAB: &str = "libtiff's conversion of L*a*b* is for old monitors; the main worker opens it, and better";

fn render(bytes: &[u8], table: &'static [&'static formats::Format]) -> Result<Rendition, Fault> {
    let engine = Engine { formats: table, limits: LIMITS, fonts: &Fonts::none() };
    engine.render(&Source::from_bytes(&bytes), &Wanted::new(&[256], 85), &mut |_| {})
}

static TABLE: &[&formats::Format] = &[&tintype_worker_tiff::FORMAT];

fn decoded(rendition: &Rendition) -> Rgba {
    let webp = &rendition.thumbnails[0].webp;
    let image = image::load_from_memory_with_format(webp, image::ImageFormat::WebP).unwrap().into_rgba8();
    Rgba { width: image.width(), height: image.height(), pixels: image.into_raw() }
}

fn judge(row: &Row, reference: &mut Reference) -> Result<(), String> {
    let rendition = render(&std::fs::read(row.file()).unwrap(), TABLE).map_err(|fault| fault.to_string())?;
    let got = (rendition.facts.width, rendition.facts.height);
    if row.display.is_some_and(|wanted| wanted != got) {
        return Err(format!("{got:?}, not {:?}", row.display));
    }
    let wanted = reference.picture(&row.file())?;
    let same_way =
        render(&wanted.as_pam(), formats::ALL).map_err(|fault| format!("the reference: {fault}"))?;
    let (got, wanted) = (decoded(&rendition), decoded(&same_way).small(None));
    let got = got.small(Some((wanted.width, wanted.height)));
    let Tolerance { mean, block, .. } = DECODING;
    let distance = compare::distance(&got, &wanted);
    if distance.0 <= mean && distance.1 <= block {
        return Ok(());
    }
    let failures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/corpus-failures");
    compare::keep(&failures, &format!("libtiff.{}", row.path), &got, &wanted);
    Err(format!("differs by {:.1} levels, in one block by {:.1}", distance.0, distance.1))
}

#[test]
fn sound_tiffs_give_the_right_picture() {
    tintype_worker_tiff::load().unwrap();
    let mut reference = Reference::start();
    let mut wrong = Vec::new();
    let rows = manifest::rows().into_iter().filter(|row| row.folder() == "tiff" && row.expect == Expect::Ok);
    for row in rows {
        let known = NOT_RIGHT.iter().find(|(path, _)| *path == row.path);
        match (judge(&row, &mut reference), known) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Err(words), None) => wrong.push(format!("{}: {words}", row.path)),
            (Ok(()), Some(_)) => wrong.push(format!("{}: works now; take it off the list", row.path)),
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn damaged_tiffs_give_a_picture_or_the_right_reason() {
    tintype_worker_tiff::load().unwrap();
    let rows =
        manifest::rows().into_iter().filter(|row| row.folder() == "damaged" && row.path.contains(".tif"));
    let mut count = 0;
    for row in rows {
        count += 1;
        if let Err(fault) = render(&std::fs::read(row.file()).unwrap(), TABLE) {
            let right = matches!(fault.reason, Reason::Corrupt | Reason::Unsupported | Reason::TooLarge);
            assert!(right, "{}: {fault}", row.path);
        }
    }
    assert!(count > 10, "only {count} damaged TIFFs: the corpus is not whole");
}

#[test]
fn a_tiff_cut_in_half_says_so() {
    tintype_worker_tiff::load().unwrap();
    let mut file = std::fs::read(manifest::corpus().join("tiff/hopper.tif")).unwrap();
    file.truncate(file.len() / 2);
    match render(&file, TABLE) {
        Ok(rendition) => assert!(!rendition.facts.warnings.is_empty()),
        Err(fault) => assert_eq!(fault.reason, Reason::Corrupt),
    }
}
