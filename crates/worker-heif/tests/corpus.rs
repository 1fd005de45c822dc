//! Every HEIC and AVIF of the corpus, compared with other people's decoders.
//! Knows nothing of pipes or jails. Fails where libheif is missing: install libheif1.
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
#[path = "../../media/tests/corpus/score.rs"]
mod score;

use compare::{DECODING, Reference, Rgba, Tolerance};
use manifest::{Expect, Row};
use score::{Line, ssimulacra2};
use tintype_media::formats::{Format, Kind, Order, Signature};
use tintype_media::{
    ColorSpace, Engine, Fault, Fonts, Limits, Picture, Reason, Rendition, Source, Wanted, formats,
};

const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };
const FOLDERS: &[&str] = &["heif", "avif"];

/// What is otherwise than the reference: (path, why).
const NOT_RIGHT: &[(&str, &str)] = &[(
    "avif/star.avifs",
    "its alpha has the range of video, which libheif does not tell: what is opaque is so by 92 %",
)];

/// Sound files that differ from the reference by more than others, and how much that may be: (path, tolerance, why).
const DIFFERING: &[(&str, Tolerance, &str)] = &[(
    WITH_THUMBNAIL,
    // Measured: 1.5 on average, 3.4 in a block, a score of 65.5.
    Tolerance { score: 60.0, ..DECODING },
    "shown by the thumbnail inside, which the telephone sharpened and coded once more",
)];

/// The one photograph with a thumbnail of its own, of 512 pixels, that is large enough for the size compared.
const WITH_THUMBNAIL: &str = "heif/aux_YCbCr.heic";

/// As tintype stores thumbnails, and as decoders are compared: two lossy files of nearly the same picture differ by more
/// than the picture does.
const STORED: u8 = 85;
const FAITHFUL: u8 = 100;

fn render(bytes: &[u8], table: &'static [&'static Format], size: u32) -> Result<Rendition, Fault> {
    render_at(STORED, bytes, table, size)
}

fn render_at(
    quality: u8,
    bytes: &[u8],
    table: &'static [&'static Format],
    size: u32,
) -> Result<Rendition, Fault> {
    let engine = Engine { formats: table, limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted::new(&[size], quality);
    engine.render(&Source::from_bytes(&bytes), &wanted, &mut |_| {})
}

/// The formats, but colours given by numbers are taken for sRGB's: the references' tools know no more than profiles.
/// What numbers mean is tested where colours are converted.
static PLAIN: &[&Format] = &[&Format {
    name: "HEIF",
    mime_types: &["image/heif"],
    extensions: &[],
    kind: Kind::Image,
    signature: Signature::Plausible(|_| true),
    decode: plain,
}];

fn plain(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let format = formats::sniff(tintype_worker_heif::load().unwrap(), source);
    let mut picture = (format.ok_or_else(|| Reason::Unsupported.says("no brand"))?.decode)(source, order)?;
    if matches!(picture.color, ColorSpace::Coded(_)) {
        picture.color = ColorSpace::Srgb;
    }
    Ok(picture)
}

fn decoded(rendition: &Rendition) -> Rgba {
    let webp = &rendition.thumbnails[0].webp;
    let image = image::load_from_memory_with_format(webp, image::ImageFormat::WebP).unwrap().into_rgba8();
    Rgba { width: image.width(), height: image.height(), pixels: image.into_raw() }
}

fn rows(expect: Expect) -> impl Iterator<Item = Row> {
    manifest::rows().into_iter().filter(move |row| FOLDERS.contains(&row.folder()) && row.expect == expect)
}

/// The size at which files are compared.
const COMPARED: u32 = 256;

fn judge(row: &Row, size: u32, reference: &mut Reference) -> Result<Line, String> {
    let file = std::fs::read(row.file()).unwrap();
    let rendition = render(&file, PLAIN, size).map_err(|fault| fault.to_string())?;
    let got = (rendition.facts.width, rendition.facts.height);
    if row.display.is_some_and(|wanted| wanted != got) {
        return Err(format!("{got:?}, not {:?}", row.display));
    }
    let wanted = reference.picture(&row.file())?;
    let same_way = render_at(FAITHFUL, &wanted.as_pam(), formats::ALL, size)
        .map_err(|fault| format!("the reference: {fault}"))?;
    let faithful = render_at(FAITHFUL, &file, PLAIN, size).map_err(|fault| fault.to_string())?;
    let (faithful, same_way) = (decoded(&faithful), decoded(&same_way));
    let mut line = Line::of(row, &rendition);
    // By its own name: the table here has but one row for both.
    line.format = if row.folder() == "avif" { "AVIF" } else { "HEIC" };
    line.decoding = ssimulacra2(&faithful, &same_way);
    line.whole = ssimulacra2(&decoded(&rendition), &wanted);
    let differing = DIFFERING.iter().find(|(path, ..)| *path == row.path && size == COMPARED);
    let tolerance = differing.map_or(DECODING, |(_, tolerance, _)| *tolerance);
    check_alike(row, (&faithful, &same_way), line.decoding, tolerance)?;
    Ok(line)
}

fn check_alike(
    row: &Row,
    (got, wanted): (&Rgba, &Rgba),
    score: Option<f64>,
    tolerance: Tolerance,
) -> Result<(), String> {
    let wanted = wanted.small(None);
    let got = got.small(Some((wanted.width, wanted.height)));
    let distance = compare::distance(&got, &wanted);
    let alike = score.is_none_or(|score| score >= tolerance.score);
    if distance.0 <= tolerance.mean && distance.1 <= tolerance.block && alike {
        return Ok(());
    }
    let failures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/corpus-failures");
    compare::keep(&failures, &format!("libheif.{}", row.path), &got, &wanted);
    Err(format!(
        "differs by {:.1} levels, in one block by {:.1}, SSIMULACRA2 {score:?}",
        distance.0, distance.1
    ))
}

#[test]
fn sound_files_give_the_right_picture() {
    tintype_worker_heif::load().unwrap();
    let mut reference = Reference::start();
    let (mut wrong, mut scores, mut count) = (Vec::new(), Vec::new(), 0);
    for row in rows(Expect::Ok) {
        count += 1;
        let known = NOT_RIGHT.iter().find(|(path, _)| *path == row.path);
        match (judge(&row, COMPARED, &mut reference), known) {
            (Ok(line), None) => scores.push(line),
            (Err(_), Some(_)) => {}
            (Err(words), None) => wrong.push(format!("{}: {words}", row.path)),
            (Ok(_), Some(_)) => wrong.push(format!("{}: works now; take it off the list", row.path)),
        }
    }
    score::write_down("heif", &scores);
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 100, "only {count} sound files: the corpus is not whole");
}

/// What a thumbnail inside stands for at small sizes is itself what it should be.
#[test]
fn a_picture_with_a_thumbnail_inside_is_right_at_larger_sizes() {
    tintype_worker_heif::load().unwrap();
    let row = rows(Expect::Ok).find(|row| row.path == WITH_THUMBNAIL).unwrap();
    judge(&row, 2 * COMPARED, &mut Reference::start()).unwrap();
}

#[test]
fn doubtful_files_give_a_picture_or_the_right_reason() {
    let table = tintype_worker_heif::load().unwrap();
    for row in rows(Expect::Either).chain(rows(Expect::Error)) {
        if let Err(fault) = render(&std::fs::read(row.file()).unwrap(), table, 256) {
            let right = matches!(
                fault.reason,
                Reason::Corrupt | Reason::Unsupported | Reason::UnknownFormat | Reason::TooLarge
            );
            assert!(right, "{}: {fault}", row.path);
        }
    }
}

/// What a decoder leaves unwritten was another picture's memory before: nothing of that may be seen. Found by fuzzing: a
/// grid whose tiles do not cover it.
#[test]
fn a_hole_in_a_grid_shows_nothing_of_other_pictures() {
    let table = tintype_worker_heif::load().unwrap();
    let hole = include_bytes!("regressions/render_libheif/hole-in-grid");
    let first = render(hole, table, 72).unwrap();
    for other in ["RGB_8__128x128", "L_12__128x128", "RGBA_8__29x100", "RGB_8__29x100"] {
        let other = std::fs::read(manifest::corpus().join(format!("heif/{other}.heif"))).unwrap();
        render(&other, table, 72).unwrap();
        assert_eq!(render(hole, table, 72).unwrap().thumbnails, first.thumbnails);
    }
}

/// At small sizes the file's own thumbnail is at hand; one that differs in shape, in how it is turned, or in colour, or
/// that is broken, must not be what is shown.
#[test]
fn a_thumbnail_inside_is_shown_only_if_it_agrees() {
    let table = tintype_worker_heif::load().unwrap();
    for name in ["aspect_mismatch", "broken", "crop_mismatch", "profile_mismatch", "transform_mismatch"] {
        let file = std::fs::read(manifest::corpus().join(format!("heif/{name}_thumbnail.heic"))).unwrap();
        let small = |size| decoded(&render(&file, table, size).unwrap()).small(Some((8, 8)));
        let (mean, block) = compare::distance(&small(8), &small(256));
        assert!(mean < 8.0 && block < 8.0, "{name}: {mean:.1}, {block:.1}");
    }
}

/// 200 megapixels are over the limit, but there is a thumbnail inside.
#[test]
fn a_picture_over_the_limit_is_shown_by_its_thumbnail() {
    let table = tintype_worker_heif::load().unwrap();
    let file = std::fs::read(manifest::corpus().join("heif/200MP.heic")).unwrap();
    let rendition = render(&file, table, 256).unwrap();
    assert_eq!((rendition.facts.width, rendition.facts.height), (12240, 16320));
    assert_eq!((rendition.thumbnails[0].width, rendition.thumbnails[0].height), (192, 256));
    let fault = render(&file, table, 4096).unwrap_err();
    assert_eq!(fault.reason, Reason::TooLarge, "{fault}");
}

/// Two black frames and one with a blue box on white, which is coded by what changes; `avifenc` made it of three PNGs.
#[test]
fn a_sequence_that_begins_blank_shows_a_later_frame() {
    let table = tintype_worker_heif::load().unwrap();
    let rendition = render(include_bytes!("samples/fade.avif"), table, 64).unwrap();
    assert!(rendition.facts.animated && rendition.facts.warnings.is_empty(), "{rendition:?}");
    let picture = decoded(&rendition);
    for (place, wanted) in [((8, 6), [255, 255, 255, 255]), ((40, 30), [0, 0, 255, 255])] {
        let got = picture.pixels.as_chunks::<4>().0[place.1 * 64 + place.0];
        assert!(got.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) < 12), "{place:?}: {got:?}");
    }
}

#[test]
fn sequences_are_told() {
    let table = tintype_worker_heif::load().unwrap();
    for (name, animated) in [("avif/star.avifs", true), ("avif/exif.avif", false), ("heif/pug.heic", false)] {
        let file = std::fs::read(manifest::corpus().join(name)).unwrap();
        assert_eq!(render(&file, table, 64).unwrap().facts.animated, animated, "{name}");
    }
}

#[test]
fn a_file_cut_in_half_says_so() {
    let table = tintype_worker_heif::load().unwrap();
    for name in ["heif/arrow.heic", "avif/kodim03_yuv420_8bpc.avif"] {
        let mut file = std::fs::read(manifest::corpus().join(name)).unwrap();
        file.truncate(file.len() / 2);
        match render(&file, table, 256) {
            Ok(rendition) => assert!(!rendition.facts.warnings.is_empty(), "{name}"),
            Err(fault) => assert_eq!(fault.reason, Reason::Corrupt, "{name}: {fault}"),
        }
    }
}
