//! Camera RAW: each maker's hiding place for previews, which of them is shown, and how it stands for the picture.
//! The files are built here, but for the few of the corpus that hold a picture.

mod build;

use crate::{corpus, render, unpacked};
use build::{File, Tags, Value};
use image::RgbaImage;
use tintype_media::Reason;

/// 64 × 48, upside down, so that it is known from the large one.
const SMALL: &[u8] = include_bytes!("samples/raw/64x48.jpg");
/// 640 × 480: red and green above blue and white.
const LARGE: &[u8] = include_bytes!("samples/raw/640x480.jpg");
/// The same in 160 × 106, in the middle of 160 × 120 black pixels.
const BARS: &[u8] = include_bytes!("samples/raw/bars.jpg");

const CFA: Value = Value::Short(32803);

/// Tags of sensor data that is not in the file.
fn sensor(width: u32, height: u32) -> Tags {
    vec![
        (0x00FE, Value::Long(0)),
        (0x0100, Value::Long(width)),
        (0x0101, Value::Long(height)),
        (0x0102, Value::Short(16)),
        (0x0103, Value::Short(1)),
        (0x0106, CFA),
        (0x0111, Value::Long(1 << 30)),
        (0x0117, Value::Long(width * height * 2)),
    ]
}

fn jpeg_tags(file: &mut File, jpeg: &[u8]) -> Tags {
    let at = file.put(jpeg);
    vec![(0x0201, Value::Long(at)), (0x0202, Value::Long(jpeg.len() as u32))]
}

/// A TIFF of a maker: the small preview in the second directory, these tags besides in the first, and `below`.
fn made_by(make: &'static str, orientation: u16, more: impl FnOnce(&mut File) -> Tags) -> Vec<u8> {
    let mut file = File::tiff(*b"II\x2a\0");
    let small = jpeg_tags(&mut file, SMALL);
    let second = file.directory(&small, 0);
    let raw = file.directory(&sensor(6400, 4800), 0);
    let mut first = vec![
        (0x010F, Value::Text(make)),
        (0x0112, Value::Short(orientation)),
        (0x014A, Value::Longs(vec![raw])),
    ];
    for (tag, value) in more(&mut file) {
        first.retain(|(known, _)| *known != tag);
        first.push((tag, value));
    }
    let first = file.directory(&first, second);
    file.begins_with(first)
}

/// A maker note that is reached by way of EXIF.
fn with_note(file: &mut File, note: &[u8]) -> Tags {
    let exif = file.directory(&vec![(0x927C, Value::Bytes(note.to_vec()))], 0);
    vec![(0x8769, Value::Long(exif))]
}

/// Where a note will lie that is put next: behind nothing, for values are put before their directory.
fn next_place(file: &File) -> u32 {
    file.bytes.len().next_multiple_of(2) as u32
}

/// A directory whose offsets count from `origin`, as bytes that begin with `opening`.
fn note(opening: &[u8], origin: u32, build: impl Fn(&mut File) -> Tags) -> Vec<u8> {
    let mut inner = File { bytes: vec![0; origin as usize], origin: 0 };
    let start = inner.bytes.len();
    inner.bytes.extend_from_slice(opening);
    // The directory must follow the opening at once; what it points at comes behind, so it is built twice.
    let mut trial = File { bytes: inner.bytes.clone(), origin: 0 };
    let tags = build(&mut trial);
    let room = 2 + tags.len() * 12 + 4;
    let mut behind = File { bytes: [inner.bytes.clone(), vec![0; room]].concat(), origin: 0 };
    let tags = build(&mut behind);
    let mut flat = File::default();
    flat.directory(&tags, 0);
    let at = inner.bytes.len();
    behind.bytes.splice(at..at + room, flat.bytes);
    behind.bytes.split_off(start)
}

/// The picture of the only size asked for.
fn shown(file: &[u8], size: u32) -> (RgbaImage, tintype_media::Facts) {
    let rendition = render(file, &[size]).unwrap();
    (unpacked(&rendition.thumbnails[0]), rendition.facts)
}

/// The colours of the four quarters, as letters.
fn quarters(picture: &RgbaImage) -> String {
    let (width, height) = picture.dimensions();
    let places = [(1, 1), (3, 1), (1, 3), (3, 3)];
    let letter = |(x, y): (u32, u32)| match picture.get_pixel(width * x / 4, height * y / 4).0 {
        [150..=255, 0..90, 0..90, _] => 'r',
        [0..90, 150..=255, 0..90, _] => 'g',
        [0..90, 0..90, 150..=255, _] => 'b',
        [200..=255, 200..=255, 200..=255, _] => 'w',
        _ => '?',
    };
    places.into_iter().map(letter).collect()
}

/// A file whose large preview is found, for what it is.
#[track_caller]
fn check(file: &[u8], mime_type: &str) {
    let (picture, facts) = shown(file, 256);
    assert_eq!((facts.mime_type, facts.width, facts.height, facts.stopgap), (mime_type, 6400, 4800, false));
    assert_eq!((picture.dimensions(), quarters(&picture).as_str()), ((256, 192), "rgbw"));
}

#[test]
fn previews_are_found_in_directories() {
    check(&made_by("NIKON", 1, |file| jpeg_tags(file, LARGE)), "image/x-nikon-nef");
    check(&made_by("SONY", 1, |file| jpeg_tags(file, LARGE)), "image/x-sony-arw");
    check(&made_by("Hasselblad", 1, |file| jpeg_tags(file, LARGE)), "image/x-hasselblad-3fr");
    check(&made_by("Nobody", 1, |file| jpeg_tags(file, LARGE)), "image/x-dcraw");
    let below = |file: &mut File| {
        let jpeg = jpeg_tags(file, LARGE);
        let (raw, below) = (file.directory(&sensor(6400, 4800), 0), file.directory(&jpeg, 0));
        vec![(0x014A, Value::Longs(vec![raw, below]))]
    };
    check(&made_by("SAMSUNG", 1, below), "image/x-samsung-srw");
    let strip = |file: &mut File| {
        let at = file.put(LARGE);
        vec![
            (0x0103, Value::Short(6)),
            (0x0111, Value::Long(at)),
            (0x0117, Value::Long(LARGE.len() as u32)),
            (0xC612, Value::Bytes(vec![1, 4, 0, 0])),
        ]
    };
    check(&made_by("Any", 1, strip), "image/x-adobe-dng");
}

#[test]
fn previews_are_found_in_maker_notes() {
    let pair = |at: u16, len: u16| {
        move |file: &mut File| {
            let place = file.put(LARGE);
            vec![(at, Value::Long(place)), (len, Value::Long(LARGE.len() as u32))]
        }
    };
    let nikon = |file: &mut File| {
        let mut inner = File::tiff(*b"II\x2a\0");
        let tags = jpeg_tags(&mut inner, LARGE);
        let below = inner.directory(&tags, 0);
        let first = inner.directory(&vec![(0x0011, Value::Long(below))], 0);
        with_note(file, &[b"Nikon\0\x02\x10\0\0".as_slice(), &inner.begins_with(first)].concat())
    };
    check(&made_by("NIKON", 1, nikon), "image/x-nikon-nef");
    let olympus = |file: &mut File| {
        let build = |inner: &mut File| {
            let tags = pair(0x0101, 0x0102)(inner);
            let below = inner.directory(&tags, 0);
            vec![(0x2020, Value::Long(below))]
        };
        with_note(file, &note(b"OLYMPUS\0II\x03\0", 0, build))
    };
    check(&made_by("OLYMPUS", 1, olympus), "image/x-olympus-orf");
    let pentax = |file: &mut File| with_note(file, &note(b"PENTAX \0II", 0, pair(0x0004, 0x0003)));
    check(&made_by("PENTAX", 1, pentax), "image/x-pentax-pef");
    let aoc = |file: &mut File| with_note(file, &note(b"AOC\0II", next_place(file), pair(0x0004, 0x0003)));
    check(&made_by("RICOH", 1, aoc), "image/x-pentax-pef");
    let minolta = |file: &mut File| with_note(file, &note(b"", next_place(file), pair(0x0088, 0x0089)));
    check(&made_by("KONICA MINOLTA", 1, minolta), "image/x-dcraw");
    let data = |inner: &mut File| {
        let place = inner.put(LARGE);
        vec![(0x2001, Value::Elsewhere(place, LARGE.len() as u32))]
    };
    let sony = |file: &mut File| with_note(file, &note(b"SONY DSC \0\0\0", next_place(file), data));
    check(&made_by("SONY", 1, sony), "image/x-sony-arw");
}

/// A RAF, whose numbers have the high byte first.
fn raf(jpeg: &[u8]) -> Vec<u8> {
    let mut file = b"FUJIFILMCCD-RAW 0201FF".to_vec();
    file.resize(108, 0);
    let directory = [0, 0, 0, 1, 0x01, 0x11, 0, 4, 0x12, 0xC0, 0x19, 0x00];
    let places = [200, jpeg.len(), 120, directory.len(), 1 << 20, 1 << 20];
    let places: Vec<u8> = places.into_iter().flat_map(|number| (number as u32).to_be_bytes()).collect();
    file.splice(84..108, places);
    file.resize(120, 0);
    file.extend(directory);
    file.resize(200, 0);
    [file, jpeg.to_vec()].concat()
}

fn atom(name: &[u8], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat()
}

const CANONS_OWN: [u8; 16] = *b"\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48";
const CANONS_PREVIEW: [u8; 16] = *b"\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16";

/// A CR3 with EXIF's size, and with what else stands in `moov` and beside it.
fn cr3(more: &[u8], beside: &[u8]) -> Vec<u8> {
    let mut exif = File::tiff(*b"II\x2a\0");
    let tags = vec![(0xA002, Value::Long(6400)), (0xA003, Value::Long(4800))];
    let first = exif.directory(&tags, 0);
    let thumbnail = atom(b"THMB", &[&[0; 16][..], SMALL].concat());
    let metadata = [&CANONS_OWN[..], &atom(b"CMT2", &exif.begins_with(first)), &thumbnail].concat();
    let moov = atom(b"moov", &[atom(b"uuid", &metadata), more.to_vec()].concat());
    [atom(b"ftyp", b"crx \0\0\0\x01crx isom"), moov, beside.to_vec()].concat()
}

fn cr3_with_track(jpeg: &[u8]) -> Vec<u8> {
    let track = |at: u64| {
        let sizes = [[0_u32, jpeg.len() as u32, 1].map(u32::to_be_bytes).concat()].concat();
        let places = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &at.to_be_bytes()].concat();
        let table = atom(b"stbl", &[atom(b"stsz", &sizes), atom(b"co64", &places)].concat());
        atom(b"trak", &atom(b"mdia", &atom(b"minf", &table)))
    };
    let at = cr3(&track(0), &[]).len() + 8;
    cr3(&track(at as u64), &atom(b"mdat", jpeg))
}

fn x3f(jpeg: &[u8]) -> Vec<u8> {
    let mut file = b"FOVb\x03\0\x02\0".to_vec();
    file.resize(28, 0);
    file.extend([6400_u32, 4800, 0].into_iter().flat_map(u32::to_le_bytes));
    let at = file.len() as u32;
    file.extend([&b"SECi\0\0\x02\0"[..], &2_u32.to_le_bytes(), &18_u32.to_le_bytes()].concat());
    file.extend([640_u32, 480, 0].into_iter().flat_map(u32::to_le_bytes));
    file.extend(jpeg);
    let directory = file.len() as u32;
    file.extend([&b"SECd\0\0\x02\0"[..], &1_u32.to_le_bytes()].concat());
    file.extend([at, 28 + jpeg.len() as u32].into_iter().flat_map(u32::to_le_bytes));
    file.extend([&b"IMA2"[..], &directory.to_le_bytes()].concat());
    file
}

fn mrw(jpeg: &[u8]) -> Vec<u8> {
    let mut inner = File::tiff(*b"II\x2a\0");
    // Minolta spoils the first byte.
    let spoilt = [&[0][..], &jpeg[1..]].concat();
    let tags = jpeg_tags(&mut inner, &spoilt);
    let first = inner.directory(&tags, 0);
    let size =
        [&b"27820001"[..], &[0x12, 0xC0, 0x19, 0, 0x12, 0xC0, 0x19, 0, 16, 16, 82, 1, 0, 0, 0, 0]].concat();
    let blocks =
        [atom_of_minolta(b"\0PRD", &size), atom_of_minolta(b"\0TTW", &inner.begins_with(first))].concat();
    atom_of_minolta(b"\0MRM", &blocks)
}

fn atom_of_minolta(name: &[u8], body: &[u8]) -> Vec<u8> {
    [name, &(body.len() as u32).to_be_bytes(), body].concat()
}

fn crw(jpeg: &[u8]) -> Vec<u8> {
    let heap = |values: &[(u16, &[u8])]| {
        let (mut bytes, mut entries) = (Vec::new(), (values.len() as u16).to_le_bytes().to_vec());
        for (tag, value) in values {
            let place = [value.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
            entries.extend([&tag.to_le_bytes()[..], &place].concat());
            bytes.extend_from_slice(value);
        }
        let at = (bytes.len() as u32).to_le_bytes();
        [bytes, entries, at.to_vec()].concat()
    };
    let size = [6400_u32, 4800, 0, 0].map(u32::to_le_bytes).concat();
    let below = heap(&[(0x1810, &size)]);
    [&b"II\x1a\0\0\0HEAPCCDR"[..], &[0; 12], &heap(&[(0x300A, &below), (0x2007, jpeg)])].concat()
}

#[test]
fn previews_are_found_in_containers_of_their_own() {
    check(&raf(LARGE), "image/x-fuji-raf");
    check(&cr3_with_track(LARGE), "image/x-canon-cr3");
    let preview = atom(b"PRVW", &[&[0; 16][..], LARGE].concat());
    let beside = atom(b"uuid", &[&CANONS_PREVIEW[..], &[0; 8], &preview].concat());
    check(&cr3(&[], &beside), "image/x-canon-cr3");
    check(&x3f(LARGE), "image/x-sigma-x3f");
    check(&mrw(LARGE), "image/x-minolta-mrw");
    check(&crw(LARGE), "image/x-canon-crw");
    let panasonic = |magic: &[u8; 4], tag: u16| {
        let mut file = File::tiff(*magic);
        let edges = [(4, 8), (5, 16), (6, 4808), (7, 6416)].map(|(tag, edge)| (tag, Value::Short(edge)));
        let tags = [edges.to_vec(), vec![(tag, Value::Bytes(LARGE.to_vec()))]].concat();
        let first = file.directory(&tags, 0);
        file.begins_with(first)
    };
    check(&panasonic(b"IIU\0", 0x2E), "image/x-panasonic-rw2");
    check(&panasonic(b"IIU\0", 0x0127), "image/x-panasonic-rw2");
}

#[test]
fn a_preview_that_no_tag_speaks_of_is_found_by_its_looks() {
    let mut file = made_by("SONY", 1, |_| Vec::new());
    // The small one loses its place.
    let at = file.windows(3).position(|bytes| bytes == [0xFF, 0xD8, 0xFF]).unwrap();
    file[at] = 0;
    let at = file.windows(4).position(|bytes| bytes[..2] == [0x01, 0x02] && bytes[2..] == [4, 0]).unwrap();
    file[at] = 0xFF;
    // It begins in one piece of those that are looked at and goes on in the next.
    file.resize((1 << 20) - 1, 7);
    file.extend(LARGE);
    check(&file, "image/x-sony-arw");
}

#[test]
fn the_least_preview_that_serves_is_shown() {
    let file = made_by("NIKON", 1, |file| jpeg_tags(file, LARGE));
    // At three pixels for two.
    assert_eq!(quarters(&shown(&file, 42).0), "wbgr");
    assert_eq!(quarters(&shown(&file, 43).0), "rgbw");
    let cut = made_by("NIKON", 1, |file| {
        let tags = jpeg_tags(file, LARGE);
        // Nothing is behind it but what is put there now.
        vec![tags[0].clone(), (0x0202, Value::Long(1 << 24))]
    });
    let (picture, facts) = shown(&cut, 256);
    assert_eq!((picture.dimensions(), facts.width), ((64, 48), 6400), "a whole one is better than a cut one");
}

#[test]
fn a_preview_is_turned_once() {
    let up = |orientation| {
        let (picture, facts) = shown(&made_by("NIKON", orientation, |file| jpeg_tags(file, LARGE)), 256);
        (quarters(&picture), (facts.width, facts.height))
    };
    assert_eq!(up(6), ("brwg".to_owned(), (4800, 6400)));
    assert_eq!(up(8), ("gwrb".to_owned(), (4800, 6400)));
    assert_eq!(up(3), ("wbgr".to_owned(), (6400, 4800)));
}

#[test]
fn bars_are_cut_where_the_sensor_has_another_shape() {
    let bars = |width: u32, height: u32, jpeg: &[u8]| {
        let file = made_by("NIKON", 1, |file| {
            let mut tags = jpeg_tags(file, jpeg);
            let raw = file.directory(&sensor(width, height), 0);
            tags.push((0x014A, Value::Longs(vec![raw])));
            tags
        });
        let (picture, facts) = shown(&file, 160);
        (picture.dimensions(), quarters(&picture), (facts.width, facts.height))
    };
    let whole = || "rgbw".to_owned();
    assert_eq!(bars(6000, 4000, BARS), ((160, 107), whole(), (6000, 4000)));
    // There is a picture where bars would be: the camera was set to another shape than its sensor's.
    assert_eq!(bars(6000, 4000, LARGE), ((160, 120), whole(), (5333, 4000)));
    assert_eq!(bars(6400, 4800, BARS).0, (160, 120));
}

/// What is known of sensor data decides whether another worker is asked.
#[test]
fn a_small_preview_is_a_stopgap_where_there_is_sensor_data() {
    let with_data = |size: u32| {
        let file = made_by("NIKON", 1, |file| {
            let at = file.put(&vec![9; 64 * 48 * 200]);
            let mut raw = sensor(640, 480);
            raw.retain(|(tag, _)| *tag != 0x0111);
            raw.push((0x0111, Value::Long(at)));
            vec![(0x014A, Value::Longs(vec![file.directory(&raw, 0)]))]
        });
        let (picture, facts) = shown(&file, size);
        (picture.width(), facts.stopgap, facts.warnings.len())
    };
    assert_eq!(with_data(64), (64, false, 0));
    assert_eq!(with_data(65), (64, true, 1));
    let (_, facts) = shown(&made_by("NIKON", 1, |_| Vec::new()), 256);
    assert!(!facts.stopgap && facts.warnings[0].contains("not in the file"), "{facts:?}");
}

#[test]
fn a_tiff_that_came_from_a_camera_is_none_of_ours() {
    let mut file = File::tiff(*b"II\x2a\0");
    let at = file.put(&[200; 16 * 16]);
    let tags = vec![
        (0x0100, Value::Short(16)),
        (0x0101, Value::Short(16)),
        (0x0102, Value::Short(8)),
        (0x0103, Value::Short(1)),
        (0x0106, Value::Short(1)),
        (0x010F, Value::Text("NIKON")),
        (0x0111, Value::Long(at)),
        (0x0117, Value::Long(256)),
    ];
    let first = file.directory(&tags, 0);
    assert_eq!(shown(&file.begins_with(first), 16).1.format, "TIFF");
}

/// (file, columns and rows of the picture).
const CORPUS: &[(&str, (u32, u32))] = &[
    ("raw/Canon-R6-pruned.CR3", (3408, 2272)),
    ("raw/Issue 247-1.nef", (2000, 3008)),
    ("raw/Issue 247-2.nef", (2000, 3008)),
    ("raw/canon_eos_6d.dng", (1224, 816)),
    ("raw/canon.raw.cr2", (5184, 3456)),
];

#[test]
fn those_of_the_corpus_that_hold_a_picture_show_it() {
    for (path, size) in CORPUS {
        let facts = render(&corpus(path), &[160]).unwrap_or_else(|fault| panic!("{path}: {fault}")).facts;
        assert_eq!((facts.width, facts.height), *size, "{path}");
    }
}

/// What was taken out must not come back as noise or grey.
#[test]
fn those_whose_picture_was_taken_out_show_none() {
    for name in ["CanonRaw.cr2", "DNG.dng", "IMG_1361.dng", "Nikon.nef", "Sigma.x3f", "SigmaDP2.x3f"] {
        let fault = render(&corpus(&format!("raw/{name}")), &[160]).expect_err(name);
        assert!(matches!(fault.reason, Reason::Corrupt | Reason::Unsupported), "{name}: {fault}");
    }
}
