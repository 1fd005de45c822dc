//! Scrub sheets, compared picture by picture with FFmpeg's own program, and waveforms of sound whose loudness is known.
//! Knows nothing of pipes or jails.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use image::{RgbImage, imageops};
use std::path::PathBuf;
use std::process::Command;
use tintype_media::{Engine, Extras, Fault, Fonts, Limits, Reason, Rendition, Scrub, Source, Wanted};

const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };

fn corpus(path: &str) -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let root = std::env::var_os("TINTYPE_CORPUS").map_or_else(|| default.into(), PathBuf::from);
    let file = root.join(path);
    assert!(file.is_file(), "{} is missing; set TINTYPE_CORPUS to the folder of the corpus", file.display());
    file
}

fn render(file: &[u8], sizes: &[u32], extras: Extras) -> Result<Rendition, Fault> {
    let engine = Engine { formats: tintype_worker_video::load(), limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted { extras, ..Wanted::new(sizes, 95) };
    engine.render(&Source::from_bytes(&file), &wanted, &mut |_| {})
}

fn unpacked(webp: &[u8]) -> RgbImage {
    image::load_from_memory(webp).unwrap().into_rgb8()
}

/// The frame at this moment, as large as a tile, by FFmpeg's program.
fn reference(file: &PathBuf, at_ms: u64, (width, height): (u32, u32)) -> RgbImage {
    let at = (at_ms as f64 - 1.0).max(0.0) / 1000.0; // times are rounded
    let filter = format!("setpts=PTS-STARTPTS,select=gte(t\\,{at:.4}),scale={width}:{height}");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file)
        .args(["-map", "0:v:0", "-vf", &filter, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"])
        .output()
        .expect("ffmpeg runs (`deps.sh test` installs it)");
    image::load_from_memory(&output.stdout).unwrap().into_rgb8()
}

fn mean_difference(one: &RgbImage, other: &RgbImage) -> f64 {
    let differences = one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b)));
    differences.sum::<f64>() / one.as_raw().len() as f64
}

/// A sheet of nine pictures wanted: how many there are, in how many columns, each as the reference has it.
#[track_caller]
fn check_sheet(path: &str, count: usize, columns: u32) {
    let file = corpus(path);
    let extras = Extras { scrub: Some(Scrub { frames: 9, edge: 160 }), waveform: false };
    let made = render(&std::fs::read(&file).unwrap(), &[64], extras).unwrap();
    let sheet = made.sheet.unwrap();
    assert_eq!((sheet.starts_ms.len(), sheet.columns), (count, columns), "{path}: {:?}", sheet.starts_ms);
    assert!(sheet.starts_ms.is_sorted_by(|one, next| one < next), "{path}: {:?}", sheet.starts_ms);
    let picture = unpacked(&sheet.webp);
    let rows = (count as u32).div_ceil(columns);
    let size = (sheet.width / columns, sheet.height / rows);
    assert_eq!(picture.dimensions(), (size.0 * columns, size.1 * rows));
    let references: Vec<_> = sheet.starts_ms.iter().map(|start| reference(&file, *start, size)).collect();
    for place in 0..count {
        let (across, down) = (place as u32 % columns, place as u32 / columns);
        let tile = imageops::crop_imm(&picture, across * size.0, down * size.1, size.0, size.1).to_image();
        let differences: Vec<_> = references.iter().map(|one| mean_difference(&tile, one)).collect();
        // The reference shrinks by numbers, not by light.
        assert!(differences[place] < 6.0, "{path}: picture {place} differs: {differences:?}");
        let nearest = (0..count).min_by(|one, other| differences[*one].total_cmp(&differences[*other]));
        assert_eq!(nearest, Some(place), "{path}: another moment is nearer: {differences:?}");
    }
}

#[test]
fn a_sheet_shows_the_film_from_beginning_to_end() {
    check_sheet("video/mp4/bigbuckbunny.mp4", 9, 3);
    check_sheet("video/other/sample.avi", 7, 3);
    check_sheet("video/mp4/internal_emulator_transformer_output_270_rotated.mp4", 5, 3);
    check_sheet("video/derived/one-frame.mp4", 1, 1);
}

/// Mono PCM of 8000 samples a second, as loud as `loudness` says at each second.
fn wav(seconds: u32, loudness: impl Fn(u32) -> i16) -> Vec<u8> {
    let samples: Vec<u8> = (0..seconds * 8000)
        .flat_map(|at| {
            let peak = loudness(at / 8000);
            (if at % 16 < 8 { peak } else { -peak }).to_le_bytes()
        })
        .collect();
    let len = samples.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((len + 36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    file.extend(len.to_le_bytes());
    file.extend(samples);
    file
}

/// How much of the columns at these shares of the picture's width is ink, in tenths of its height.
#[track_caller]
fn check_waveform(file: &[u8], expected: &[(f64, u32)]) {
    let extras = Extras { scrub: None, waveform: true };
    let made = render(file, &[384], extras).unwrap();
    let picture = unpacked(&made.thumbnails[0].webp);
    assert_eq!(picture.dimensions(), (384, 192));
    for (share, tenths) in expected {
        // Of a bar and its gap.
        let (slot, from) = (384 / 16, (share * 384.0) as u32);
        let ink = |x: u32| (0..192).filter(|y| picture.get_pixel(x, *y)[2] > 128).count() as u32;
        let most = (from..(from + slot).min(384)).map(ink).max().unwrap();
        assert_eq!((most * 10 + 96) / 192, *tenths, "at {share}");
    }
}

#[test]
fn a_waveform_shows_how_loud_it_is() {
    check_waveform(
        &wav(4, |second| [0, 8000, 16000, 4000][second as usize]),
        &[(0.1, 0), (0.3, 4), (0.6, 9), (0.9, 2)],
    );
    // So long that only moments are listened to.
    check_waveform(
        &wav(100, |second| if second < 50 { 20000 } else { 10000 }),
        &[(0.02, 9), (0.45, 9), (0.55, 4), (0.98, 4)],
    );
}

#[test]
fn every_kind_of_sound_has_a_waveform_and_a_cover_comes_before_it() {
    let files = [
        "bear.flac",
        "bear_vorbis.ogg",
        "bear.opus",
        "bear-vbr-xing-header.mp3",
        "bbb_1ch_8kHz_aac_lc.m4a",
        "alac.m4a",
        "silence-1.wma",
    ];
    let extras = Extras { scrub: None, waveform: true };
    for name in files {
        let file = std::fs::read(corpus(&format!("audio/{name}"))).unwrap();
        let made = render(&file, &[256], extras).unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
        assert_eq!((made.thumbnails[0].width, made.thumbnails[0].height), (256, 128), "{name}");
        assert!(made.facts.mime_type.starts_with("audio/"), "{name}: {}", made.facts.mime_type);
        let silent = render(&file, &[256], Extras::NONE).unwrap_err();
        assert_eq!(silent.reason, Reason::NoPicture, "{name}: only who wants a waveform has one");
    }
    let covered = std::fs::read(corpus("audio/covr-with-name.m4a")).unwrap();
    let cover = render(&covered, &[256], Extras::NONE).unwrap();
    assert_eq!(render(&covered, &[256], extras).unwrap().thumbnails, cover.thumbnails);
}
