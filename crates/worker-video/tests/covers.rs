//! Sound in the containers of films: its cover, the front before others.
//! Knows how two containers hold pictures; nothing of how they are read.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use tintype_media::{Engine, Fault, Fonts, Limits, Reason, Rendition, Source, Wanted};

const LIMITS: Limits = Limits { max_pixels: 1 << 20, max_memory: 64 << 20 };

const WMA: &str = "audio/x-ms-wma";
const MKA: &str = "audio/matroska";
const FRONT: [u8; 3] = [200, 30, 40];
const BACK: [u8; 3] = [20, 60, 220];

fn render(file: &[u8]) -> Result<Rendition, Fault> {
    let engine = Engine { formats: tintype_worker_video::load(), limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted::new(&[64], 90);
    engine.render(&Source::from_bytes(&file), &wanted, &mut |_| ())
}

#[track_caller]
fn check(file: &[u8], mime_type: &str, wanted: Result<[u8; 3], Reason>) {
    let got = render(file).map(|rendition| {
        assert_eq!(rendition.facts.mime_type, mime_type);
        assert!(rendition.facts.duration_ms.is_some_and(|long| long > 0), "{:?}", rendition.facts);
        let picture = image::load_from_memory(&rendition.thumbnails[0].webp).unwrap().into_rgb8();
        picture.get_pixel(picture.width() / 2, picture.height() / 2).0
    });
    match (got, wanted) {
        (Ok(got), Ok(wanted)) => assert!(
            got.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) < 12),
            "{got:?}, not {wanted:?}"
        ),
        (Err(fault), Err(reason)) => assert_eq!(fault.reason, reason, "{fault}"),
        (got, wanted) => panic!("{got:?}, not {wanted:?}"),
    }
}

fn png(color: [u8; 3]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(120, 120, image::Rgb(color))
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

/// Where Windows Media has its pictures: among short attributes, or where there is room for large ones.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Attributes,
    Library,
}

/// The sound of the corpus with these pictures, each of a kind (3: front, 4: back).
fn wma(place: Place, pictures: &[(u8, Vec<u8>)]) -> Vec<u8> {
    const HEADER: usize = 30;
    const EXTENSION: [u8; 16] = *b"\xb5\x03\xbf\x5f\x2e\xa9\xcf\x11\x8e\xe3\x00\xc0\x0c\x20\x53\x65";
    let mut file = std::fs::read(corpus("audio/silence-1.wma")).unwrap();
    let object = object(place, pictures);
    let added = object.len() as u64;
    grow::<8>(&mut file, 16, added);
    if place == Place::Attributes {
        grow::<4>(&mut file, 24, 1);
        file.splice(HEADER..HEADER, object);
    } else {
        let extension = file.windows(16).position(|window| window == EXTENSION).unwrap();
        grow::<8>(&mut file, extension + 16, added);
        grow::<4>(&mut file, extension + 42, added);
        file.splice(extension + 46..extension + 46, object);
    }
    file
}

/// Adds to a number of so many bytes.
fn grow<const BYTES: usize>(file: &mut [u8], at: usize, by: u64) {
    let mut number = [0; 8];
    number[..BYTES].copy_from_slice(&file[at..at + BYTES]);
    let number = u64::from_le_bytes(number) + by;
    file[at..at + BYTES].copy_from_slice(&number.to_le_bytes()[..BYTES]);
}

fn object(place: Place, pictures: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let wide = |word: &str| word.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let short = |number: usize| (number as u16).to_le_bytes();
    let long = |number: usize| (number as u32).to_le_bytes();
    let attribute = |(kind, picture): &(u8, Vec<u8>)| {
        let value =
            [&[*kind], long(picture.len()).as_slice(), &wide("image/png"), &wide(""), picture].concat();
        let name = wide("WM/Picture");
        match place {
            Place::Attributes => {
                [&short(name.len()), name.as_slice(), &[1, 0], &short(value.len()), &value].concat()
            }
            Place::Library => {
                [&[0; 4], short(name.len()).as_slice(), &[1, 0], &long(value.len()), &name, &value].concat()
            }
        }
    };
    let kind: [u8; 16] = match place {
        Place::Attributes => *b"\x40\xa4\xd0\xd2\x07\xe3\xd2\x11\x97\xf0\x00\xa0\xc9\x5e\xa8\x50",
        Place::Library => *b"\x94\x1c\x23\x44\x98\x94\xd1\x49\xa1\x41\x1d\x13\x4e\x45\x70\x54",
    };
    let body = [short(pictures.len()).to_vec(), pictures.iter().flat_map(attribute).collect()].concat();
    [kind.as_slice(), &(body.len() as u64 + 24).to_le_bytes(), &body].concat()
}

/// A second of sound in Matroska with these files beside it.
fn mka(pictures: &[(&str, [u8; 3])]) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("covers");
    std::fs::create_dir_all(&folder).unwrap();
    let mut program = Command::new("ffmpeg");
    program.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine=duration=1"]);
    for (place, (name, color)) in pictures.iter().enumerate() {
        let file = folder.join(name);
        std::fs::write(&file, png(*color)).unwrap();
        program.arg("-attach").arg(file).arg(format!("-metadata:s:t:{place}")).arg("mimetype=image/png");
    }
    // Of what cannot be sought in, the length is not written down.
    let to = folder.join("sound.mka");
    let output = program.arg("-y").arg(&to).output();
    let output =
        output.unwrap_or_else(|error| panic!("ffmpeg is missing (`deps.sh test` installs it): {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(to).unwrap()
}

fn corpus(path: &str) -> std::path::PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("TINTYPE_CORPUS").map_or(beside, Into::into);
    assert!(root.is_dir(), "{} is missing: set TINTYPE_CORPUS to the folder of the corpus", root.display());
    root.join(path)
}

#[test]
fn windows_media_shows_its_front() {
    for place in [Place::Attributes, Place::Library] {
        check(&wma(place, &[(3, png(FRONT))]), WMA, Ok(FRONT));
        check(&wma(place, &[(4, png(BACK)), (3, png(FRONT))]), WMA, Ok(FRONT));
        check(&wma(place, &[(4, png(BACK))]), WMA, Ok(BACK));
        check(&wma(place, &[(3, b"no picture".to_vec()), (4, png(BACK))]), WMA, Ok(BACK));
        check(&wma(place, &[]), WMA, Err(Reason::NoPicture));
    }
}

#[test]
fn matroska_shows_its_front() {
    check(&mka(&[("cover.png", FRONT)]), MKA, Ok(FRONT));
    check(&mka(&[("small_cover.png", BACK), ("cover.png", FRONT)]), MKA, Ok(FRONT));
    check(&mka(&[]), MKA, Err(Reason::NoPicture));
}
