//! Every film of the corpus, compared with what FFmpeg's own program makes of the same frame.
//! Knows nothing of pipes or jails.
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

use compare::{Rgba, SHRUNK};
use manifest::{Expect, Row};
use score::{Line, ssimulacra2};
use std::ffi::OsString;
use std::process::Command;
use tintype_media::formats::{self, Format, Kind, Order, Signature};
use tintype_media::{
    ColorSpace, Engine, Facts, Fault, Fonts, Limits, Picture, Reason, Rendition, Source, Wanted,
};

const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };
const SIZE: u32 = 256;
/// As tintype stores thumbnails, and as decoders are compared.
const STORED: u8 = 85;
const FAITHFUL: u8 = 100;

/// What is otherwise than the reference, or not to be had: (path, why).
const NOT_RIGHT: &[(&str, &str)] = &[(
    "video/other/sample-with-large-length.avi",
    "AVI keeps no times of showing: the frame is right, its moment is told a frame early",
)];

/// A duration may be told by the container, by a track or by its rate: these agree within a tenth, or so many seconds.
const NEAR: f64 = 0.25;

/// The formats, but colours given by numbers are taken for sRGB's: the reference converts matrices and ranges. What the
/// numbers of light mean is tested where colours are converted.
static PLAIN: &[&Format] = &[&Format {
    name: "video",
    mime_types: &["video/any"],
    extensions: &[],
    kind: Kind::Video,
    signature: Signature::Plausible(|_| true),
    decode: plain,
}];

fn plain(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let format = formats::sniff(tintype_worker_video::load(), source);
    let mut picture = (format.ok_or_else(|| Reason::UnknownFormat.says("no film"))?.decode)(source, order)?;
    if matches!(picture.color, ColorSpace::Coded(_)) {
        picture.color = ColorSpace::Srgb;
    }
    Ok(picture)
}

fn render(
    bytes: &[u8],
    table: &'static [&'static Format],
    (size, quality): (u32, u8),
) -> Result<Rendition, Fault> {
    let engine = Engine { formats: table, limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted::new(&[size], quality);
    engine.render(&Source::from_bytes(&bytes), &wanted, &mut |_| {})
}

fn decoded(file: &[u8]) -> Rgba {
    let image = image::load_from_memory(file).unwrap().into_rgba8();
    Rgba { width: image.width(), height: image.height(), pixels: image.into_raw() }
}

fn rows(expect: &[Expect]) -> Vec<Row> {
    let of_films = |row: &Row| row.folder() == "video" && expect.contains(&row.expect);
    manifest::rows().into_iter().filter(of_films).collect()
}

/// What the program says on standard output.
fn said(program: &str, arguments: &[OsString]) -> Result<Vec<u8>, String> {
    let output = Command::new(program).args(["-v", "error"]).args(arguments).output();
    let output =
        output.map_err(|error| format!("{program} is missing (`deps.sh test` installs it): {error}"))?;
    if output.stdout.is_empty() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(output.stdout)
}

/// The matrix of films that name none: as players have it, by size. The reference would take all for old television's.
fn untold_matrix(row: &Row) -> Result<&'static str, String> {
    let mut arguments: Vec<OsString> =
        ["-select_streams", "v:0", "-show_entries", "stream=width,height,color_space", "-of", "csv=p=0"]
            .map(Into::into)
            .to_vec();
    arguments.push(row.file().into());
    let text = String::from_utf8_lossy(&said("ffprobe", &arguments)?).into_owned();
    let mut fields = text.lines().next().unwrap_or_default().split(',');
    let mut side = || fields.next().and_then(|field| field.parse::<u32>().ok()).unwrap_or(0);
    let high = side() >= 1280 || side() >= 577;
    let told = fields.next().is_some_and(|space| !matches!(space, "unknown" | "reserved" | "gbr" | ""));
    Ok(if high && !told { ":in_color_matrix=bt709" } else { "" })
}

/// The frame that is shown at that moment, or the cover, by FFmpeg's program: upright, with square pixels.
fn reference(row: &Row, facts: &Facts) -> Result<Rgba, String> {
    let shown_at = facts.film.as_ref().and_then(|film| film.shown_at_ms);
    let matrix = untold_matrix(row)?;
    let square = format!("scale=trunc(iw*max(sar\\,0)+(1-min(1\\,sar*1000))*iw):ih{matrix},format=rgba");
    let filter = match shown_at {
        // A millisecond before: times are rounded.
        Some(at) => {
            let at = (at as f64 - 1.0).max(0.0) / 1000.0;
            format!("setpts=PTS-STARTPTS,select=gte(t\\,{at:.4}),{square}")
        }
        None => "format=rgba".to_owned(),
    };
    let track = if shown_at.is_some() { track(row) } else { "0:v:1" };
    // FFmpeg's own decoder leaves transparency out.
    let decoder: &[&str] = if row.path.ends_with("vp9-alpha.webm") { &["-c:v", "libvpx-vp9"] } else { &[] };
    let mut arguments: Vec<OsString> = decoder.iter().map(Into::into).collect();
    arguments.extend(["-nostdin".into(), "-i".into(), row.file().into()]);
    arguments.extend(["-map", track, "-vf", &filter, "-frames:v", "1"].map(Into::into));
    arguments.extend(["-f", "image2pipe", "-c:v", "png", "-"].map(Into::into));
    said("ffmpeg", &arguments).map(|png| decoded(&png))
}

/// Of films with several tracks of pictures, the one that holds any.
fn track(row: &Row) -> &'static str {
    if row.path.ends_with("matrix_ping_pong.wmv") { "0:v:2" } else { "0:v:0" }
}

fn judge(row: &Row, scores: &mut Vec<Line>) -> Result<(), String> {
    let file = std::fs::read(row.file()).unwrap();
    let rendition = render(&file, PLAIN, (SIZE, STORED)).map_err(|fault| fault.to_string())?;
    let got = (rendition.facts.width, rendition.facts.height);
    if row.display.is_some_and(|wanted| wanted != got) {
        return Err(format!("{got:?}, not {:?}", row.display));
    }
    check_duration(row, rendition.facts.duration_ms)?;
    let wanted = reference(row, &rendition.facts)?;
    let same_way = render(&wanted.as_pam(), formats::ALL, (SIZE, FAITHFUL))
        .map_err(|fault| format!("the reference: {fault}"))?;
    let faithful = render(&file, PLAIN, (SIZE, FAITHFUL)).map_err(|fault| fault.to_string())?;
    let (faithful, same_way) = (decoded(&faithful.thumbnails[0].webp), decoded(&same_way.thumbnails[0].webp));
    let mut line = Line::of(row, &rendition);
    line.decoding = ssimulacra2(&faithful, &same_way);
    line.whole = ssimulacra2(&decoded(&rendition.thumbnails[0].webp), &wanted);
    let score = line.decoding;
    scores.push(line);
    check_alike(row, (&faithful, &same_way), score)
}

fn check_duration(row: &Row, got: Option<u64>) -> Result<(), String> {
    let told = manifest_duration(row);
    let got = got.map(|milliseconds| milliseconds as f64 / 1000.0);
    match (told, got) {
        (Some(told), Some(got)) if (told - got).abs() <= NEAR.max(told / 10.0) => Ok(()),
        (None, _) => Ok(()),
        _ => Err(format!("lasts {got:?} s, not {told:?}")),
    }
}

fn manifest_duration(row: &Row) -> Option<f64> {
    const COLUMN: usize = 13;
    let text = std::fs::read_to_string(manifest::corpus().join("MANIFEST.tsv")).unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("{}\t", row.path)))?;
    line.split('\t').nth(COLUMN)?.parse().ok()
}

fn check_alike(row: &Row, (got, wanted): (&Rgba, &Rgba), score: Option<f64>) -> Result<(), String> {
    let wanted = wanted.small(None);
    let got = got.small(Some((wanted.width, wanted.height)));
    let (mean, block) = compare::distance(&got, &wanted);
    let alike = score.is_none_or(|score| score >= SHRUNK.score);
    if mean <= SHRUNK.mean && block <= SHRUNK.block && alike {
        return Ok(());
    }
    let failures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/corpus-failures");
    compare::keep(&failures, &format!("ffmpeg.{}", row.path), &got, &wanted);
    Err(format!("differs by {mean:.1} levels, in one block by {block:.1}, SSIMULACRA2 {score:?}"))
}

#[test]
fn sound_films_give_the_right_picture() {
    let (mut wrong, mut scores) = (Vec::new(), Vec::new());
    let rows = rows(&[Expect::Ok]);
    for row in &rows {
        let known = NOT_RIGHT.iter().find(|(path, _)| *path == row.path);
        match (judge(row, &mut scores), known) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Err(words), None) => wrong.push(format!("{}: {words}", row.path)),
            (Ok(()), Some(_)) => wrong.push(format!("{}: works now; take it off the list", row.path)),
        }
    }
    score::write_down("video", &scores);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert!(rows.len() > 60, "only {} sound films: the corpus is not whole", rows.len());
}

#[track_caller]
fn check(path: &str, wanted: Result<(), Reason>) {
    let file = std::fs::read(manifest::corpus().join(path)).unwrap();
    let got = render(&file, tintype_worker_video::load(), (SIZE, STORED));
    assert_eq!(got.map(|_| ()).map_err(|fault| fault.reason), wanted, "{path}");
}

#[test]
fn sound_without_pictures_says_so() {
    let mut count = 0;
    for line in std::fs::read_to_string(manifest::corpus().join("MANIFEST.tsv")).unwrap().lines() {
        let fields: Vec<_> = line.split('\t').collect();
        if fields[0].starts_with("video/") && fields[14] == "no-visual" {
            check(fields[0], Err(Reason::NoPicture));
            count += 1;
        }
    }
    assert!(count >= 4, "only {count} films without pictures: the corpus is not whole");
}

#[test]
fn locked_films_say_so() {
    check("video/other/sample_fragmented_clearkey.mp4", Err(Reason::Encrypted));
    check("video/mkv/subsample_encrypted_altref.webm", Err(Reason::Encrypted));
}

/// A codec from after this FFmpeg is a picture or a clean answer.
#[test]
fn a_codec_that_nobody_knows_yet_says_so() {
    for row in rows(&[Expect::OkOrUnsupported]) {
        let file = std::fs::read(row.file()).unwrap();
        if let Err(fault) = render(&file, tintype_worker_video::load(), (SIZE, STORED)) {
            assert_eq!(fault.reason, Reason::Unsupported, "{}: {fault}", row.path);
        }
    }
}

/// Of a film that was cut short there is a picture wherever one can be decoded, and else a clean answer.
#[test]
fn films_cut_short_give_a_picture_or_the_right_reason() {
    for row in rows(&[Expect::Ok]) {
        let file = std::fs::read(row.file()).unwrap();
        for share in [10, 2] {
            match render(&file[..file.len() - file.len() / share], tintype_worker_video::load(), (64, STORED))
            {
                Ok(_) => {}
                Err(fault) => assert!(
                    matches!(fault.reason, Reason::Corrupt | Reason::NoPicture),
                    "{}: {fault}",
                    row.path
                ),
            }
        }
    }
}

/// A fade from black: not the key frame, which is black, but a frame of the scene.
#[test]
fn a_film_that_begins_black_is_not_shown_black() {
    let file = std::fs::read(manifest::corpus().join("video/derived/fade-from-black.mp4")).unwrap();
    let rendition = render(&file, tintype_worker_video::load(), (SIZE, STORED)).unwrap();
    let picture = decoded(&rendition.thumbnails[0].webp);
    let mean =
        picture.pixels.iter().map(|level| u64::from(*level)).sum::<u64>() / picture.pixels.len() as u64;
    assert!(mean > 110, "levels are {mean} on average, alpha with them");
}
