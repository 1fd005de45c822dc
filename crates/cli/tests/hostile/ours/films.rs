//! Films that name other files, that last for ever, and that are as large as a number can say.
//! Knows playlists, `QuickTime`'s references and the boxes of a film.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "names of boxes read best as they are written")]

use super::{Bait, Case};
use crate::support::corpus;
use std::fs;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "reach-playlist.m3u8", make: |bait| playlist(&target(bait)) },
    Case { name: "reach-playlist-http.m3u8", make: |bait| playlist(&format!("http://127.0.0.1:{}/a.ts", bait.port)) },
    Case { name: "reach-playlist.mp4", make: |bait| playlist(&target(bait)) },
    Case { name: "reach-playlist.ts", make: |bait| playlist(&format!("file://{}", target(bait))) },
    Case { name: "reach-playlist-key.m3u8", make: |bait| format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI=\"{}\"\n#EXTINF:9,\n{0}\n", target(bait)).into_bytes() },
    Case { name: "reach-concat.ffconcat", make: |bait| concat(&target(bait)) },
    Case { name: "reach-concat.avi", make: |bait| concat(&format!("file:{}", target(bait))) },
    Case { name: "reach-concat-relative.mkv", make: |_| concat("../canary.png") },
    Case { name: "reach-dash.mpd", make: |bait| format!("<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT9S\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"a\" bandwidth=\"9\"><BaseURL>file://{}</BaseURL></Representation></AdaptationSet></Period></MPD>", target(bait)).into_bytes() },
    Case { name: "reach-asx.wmv", make: |bait| format!("<asx version=\"3.0\"><entry><ref href=\"{}\"/></entry></asx>", target(bait)).into_bytes() },
    Case { name: "reach-reference.asf", make: |bait| format!("[Reference]\nRef1=http://127.0.0.1:{}/a\nRef2={}\n", bait.port, target(bait)).into_bytes() },
    Case { name: "reach-sdp.mp4", make: |bait| format!("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {} RTP/AVP 96\na=rtpmap:96 H264/90000\n", bait.port).into_bytes() },
    Case { name: "reach-numbers.mp4", make: |bait| format!("{}/canary%01d.png", bait.folder.display()).into_bytes() },
    Case { name: "reach-alias.mov", make: |bait| referring(&alias(&target(bait))) },
    Case { name: "reach-alias-relative.mov", make: |_| referring(&alias("../canary.png")) },
    Case { name: "reach-url.mov", make: |bait| referring(&boxed(b"url ", &[&[0; 4], format!("file://{}\0", target(bait)).as_bytes()].concat())) },
    Case { name: "reach-url-http.mov", make: |bait| referring(&boxed(b"url ", &[&[0; 4], format!("http://127.0.0.1:{}/a\0", bait.port).as_bytes()].concat())) },
    Case { name: "reach-download.mov", make: |bait| boxed(b"moov", &boxed(b"rmra", &boxed(b"rmda", &boxed(b"rdrf", &[&[0; 4], b"url ".as_slice(), &99_u32.to_be_bytes(), target(bait).as_bytes()].concat())))) },
    Case { name: "for-ever.mp4", make: |_| patched(MP4, b"mvhd", 16, &[0x7f, 0xff, 0xff, 0xff]) },
    Case { name: "for-ever-track.mp4", make: |_| patched(MP4, b"mdhd", 16, &[0x7f, 0xff, 0xff, 0xff]) },
    Case { name: "for-ever-fragments.mp4", make: |_| patched("video/other/sample_fragmented_clearkey.mp4", b"mehd", 4, &[0x7f, 0xff, 0xff, 0xff]) },
    Case { name: "for-ever-in-fragments.mp4", make: |_| patched(FRAGMENTED, b"mvhd", 12, &[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe]) },
    Case { name: "time-without-scale.mp4", make: |_| patched(MP4, b"mdhd", 12, &[0; 4]) },
    Case { name: "size-of-all.mp4", make: |_| patched(MP4, b"avc1", 24, &[0xff; 4]) },
    Case { name: "size-of-nothing.mp4", make: |_| patched(MP4, b"avc1", 24, &[0; 4]) },
    Case { name: "coding-of-anything.mp4", make: |_| patched(MP4, b"avcC", 5, &[0xff; 20]) },
    Case { name: "samples-without-end.mp4", make: |_| patched(MP4, b"stsz", 4, &[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]) },
    Case { name: "times-without-end.mp4", make: |_| patched(MP4, b"stts", 8, &[0xff; 8]) },
    Case { name: "chunks-beyond.mp4", make: |_| patched(MP4, b"stco", 8, &[0xff; 12]) },
    Case { name: "turned-by-noise.mp4", make: |_| patched(MP4, b"tkhd", 40, &[0x80; 36]) },
    Case { name: "moved-for-ever.mp4", make: |_| patched(MP4, b"elst", 8, &[0x7f; 12]) },
    Case { name: "tracks.mov", make: |_| boxed(b"moov", &boxed(b"trak", &boxed(b"tkhd", &[0; 84])).repeat(20_000)) },
    Case { name: "boxes-in-boxes.mov", make: |_| b"\0\0\0\0moov".repeat(30_000) },
    Case { name: "nothing-but-syncs.ts", make: |_| (0..188 * 5000).map(|at| if at % 188 == 0 { 0x47 } else { 0xff }).collect() },
    Case { name: "nothing-but-packs.mpg", make: |_| b"\0\0\x01\xba\x44\0\x04\0\x04\x01\0\0\x03\xf8".repeat(70_000) },
    Case { name: "element-of-all.mkv", make: |_| [b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska".as_slice(), b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", &b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff".repeat(50_000)].concat() },
    Case { name: "for-ever.mkv", make: |_| patched("video/derived/anamorphic-sar.mkv", b"\x44\x89\x88", 0, &f64::MAX.to_be_bytes()) },
    Case { name: "numbers-of-all.mkv", make: |_| patched("video/derived/anamorphic-sar.mkv", b"\x2a\xd7\xb1", 1, &[0xff; 3]) },
    Case { name: "picture-of-all.webm", make: |_| patched("video/derived/vp9-alpha.webm", b"\xb0\x82", 0, &[0xff; 2]) },
];

const MP4: &str = "video/derived/one-frame.mp4";
const FRAGMENTED: &str = "video/mp4/sample_partially_fragmented.mp4";

fn target(bait: &Bait<'_>) -> String {
    format!("{}/canary.png", bait.folder.display())
}

fn playlist(address: &str) -> Vec<u8> {
    format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n")
        .into_bytes()
}

fn concat(address: &str) -> Vec<u8> {
    format!("ffconcat version 1.0\nfile '{address}'\nduration 9\n").into_bytes()
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
}

/// A film of the corpus, which has these letters, with other bytes so many behind them.
fn patched(film: &str, letters: &[u8], behind: usize, bytes: &[u8]) -> Vec<u8> {
    let mut film = fs::read(corpus(film)).unwrap();
    let at = film.windows(letters.len()).position(|window| window == letters).unwrap();
    let at = at + letters.len() + behind;
    film[at..at + bytes.len()].copy_from_slice(bytes);
    film
}

/// An alias of the Macintosh's to this path.
fn alias(path: &str) -> Vec<u8> {
    let name = |name: &[u8], room: usize| [&[name.len() as u8], name, &vec![0; room - name.len()]].concat();
    let path = [path.as_bytes(), if path.len() % 2 == 1 { b"\0" } else { b"" }].concat();
    let parts: [&[u8]; 10] = [
        &[0; 4 + 10],
        &name(b"disk", 27),
        &[0; 12],
        &name(b"canary.png", 63),
        &[0; 16],
        &[0, 1, 0, 1],
        &[0; 16],
        &[&[0, 2], (path.len() as u16).to_be_bytes().as_slice()].concat(),
        &path,
        &[0xff, 0xff, 0, 0],
    ];
    boxed(b"alis", &parts.concat())
}

/// A film of one PNG that lies in the file that is referred to.
fn referring(reference: &[u8]) -> Vec<u8> {
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<_>>();
    let table = |kind, rows: &[u32]| boxed(kind, &numbers(rows));
    let entry = [
        &[0; 6],
        [0, 1].as_slice(),
        &[0; 16],
        &[0, 64, 0, 64, 0, 72, 0, 0, 0, 72, 0, 0, 0, 0, 0, 0, 0, 1],
        &[0; 32],
        &[0, 24, 0xff, 0xff],
    ];
    let samples = [
        boxed(b"stsd", &[numbers(&[0, 1]), boxed(b"png ", &entry.concat())].concat()),
        table(b"stts", &[0, 1, 1, 1]),
        table(b"stsc", &[0, 1, 1, 1, 1]),
        table(b"stsz", &[0, 0, 1, 500]),
        table(b"stco", &[0, 1, 0]),
    ];
    let data = boxed(b"dinf", &boxed(b"dref", &[&numbers(&[0, 1]), reference].concat()));
    let information = [boxed(b"vmhd", &[0; 12]), data, boxed(b"stbl", &samples.concat())];
    let handler = boxed(b"hdlr", &[&[0; 4], b"mhlrvide".as_slice(), &[0; 13]].concat());
    let media = [table(b"mdhd", &[0, 0, 0, 25, 25, 0]), handler, boxed(b"minf", &information.concat())];
    let header = table(
        b"tkhd",
        &[1, 0, 0, 1, 0, 25, 0, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30, 64 << 16, 64 << 16],
    );
    let track = boxed(b"trak", &[header, boxed(b"mdia", &media.concat())].concat());
    let film = [table(b"mvhd", &[&[0, 0, 0, 25, 25], [0; 20].as_slice()].concat()), track];
    [boxed(b"ftyp", b"qt  \0\0\0\0qt  "), boxed(b"moov", &film.concat())].concat()
}
