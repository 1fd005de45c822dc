//! The table of containers: what each is called, how it is known, and which demuxer of FFmpeg's reads it.
//! Knows first bytes; nothing of what is inside.

use crate::decode;
use std::ffi::CStr;
use tintype_media::formats::isobmff::{Brands, FourCc};
use tintype_media::formats::{self, Format, Kind, Signature};
use tintype_media::{Reason, Source};

/// Every container that is opened. Playlists, lists of files and anything else that names other files are not here.
pub(crate) static ALL: &[&Format] = &[
    &MP4,
    &QUICKTIME,
    &WEBM,
    &MATROSKA,
    &AVI,
    &FLV,
    &ASF,
    &OGG,
    &REALMEDIA,
    &MXF,
    &IVF,
    &Y4M,
    &NUT,
    &WTV,
    &DV,
    &MPEG_PS,
    &MPEG_VIDEO,
    &MPEG4_VIDEO,
    &MPEG_TS,
    &FLIC,
    &H264,
    &HEVC,
    &SOUND,
];

/// What a container is called that holds sound and a cover, by its demuxer.
const SOUND_INSIDE: &[(&CStr, &str)] = &[
    (c"mov", "audio/mp4"),
    (c"matroska", "audio/matroska"),
    (c"asf", "audio/x-ms-wma"),
    (c"ogg", "audio/ogg"),
    (c"rm", "audio/x-pn-realaudio"),
];

pub(crate) fn sound_in(demuxer: &CStr) -> Option<&'static str> {
    SOUND_INSIDE.iter().find(|(known, _)| *known == demuxer).map(|(_, mime_type)| *mime_type)
}

/// Which demuxer reads a file that is nothing but sound, by its type.
const SOUND_DEMUXERS: &[(&str, &CStr)] = &[
    ("audio/mpeg", c"mp3"),
    ("audio/flac", c"flac"),
    ("audio/mp4", c"mov"),
    ("audio/ogg", c"ogg"),
    ("audio/opus", c"ogg"),
    ("audio/speex", c"ogg"),
    ("audio/vnd.wave", c"wav"),
    ("audio/aiff", c"aiff"),
    ("audio/aac", c"aac"),
    ("audio/wavpack", c"wv"),
    ("audio/x-ape", c"ape"),
    ("audio/x-musepack", c"mpc8"),
];

/// Sound whose covers others find: nothing is made of it but a waveform, and only where one is wanted.
const SOUND: Format = Format {
    name: "Sound",
    mime_types: &["audio/mpeg", "audio/flac", "audio/vnd.wave", "audio/aac"],
    kind: Kind::Audio,
    signature: Signature::Plausible(|source| formats::sound_type(source).is_some()),
    decode: |source, order| {
        let mime_type = formats::sound_type(source).unwrap_or_default();
        let demuxer = SOUND_DEMUXERS.iter().find(|(known, _)| *known == mime_type);
        let (known, demuxer) =
            demuxer.ok_or_else(|| Reason::Unsupported.says(format!("a waveform of {mime_type}")))?;
        let mut picture = decode(demuxer, source, order)?;
        picture.mime_type = Some(known);
        Ok(picture)
    },
    ..ANY
};

/// A container without extensions, MIME types or signature: each row below adds its own.
const ANY: Format = Format {
    name: "",
    mime_types: &[],
    extensions: &[],
    kind: Kind::Video,
    signature: Signature::Magic(&[]),
    decode: |source, order| decode(c"", source, order),
};

const MP4: Format = Format {
    name: "MP4",
    mime_types: &["video/mp4", "application/mp4", "video/x-m4v", "video/3gpp", "video/3gpp2", "video/mj2"],
    extensions: &["mp4", "m4v", "3gp", "3g2", "f4v", "mj2"],
    signature: Signature::Inside(|source| is_film_of_boxes(source.head()) && !is_quicktime(source.head())),
    decode: |source, order| decode(c"mov", source, order),
    ..ANY
};

const QUICKTIME: Format = Format {
    name: "QuickTime",
    mime_types: &["video/quicktime"],
    extensions: &["mov", "qt"],
    signature: Signature::Inside(|source| is_film_of_boxes(source.head()) && is_quicktime(source.head())),
    decode: |source, order| decode(c"mov", source, order),
    ..ANY
};

const WEBM: Format = Format {
    name: "WebM",
    mime_types: &["video/webm"],
    extensions: &["webm"],
    signature: Signature::Inside(|source| is_ebml(source.head(), Some(b"webm"))),
    decode: |source, order| decode(c"matroska", source, order),
    ..ANY
};

const MATROSKA: Format = Format {
    name: "Matroska",
    mime_types: &["video/matroska", "video/x-matroska", "application/x-matroska"],
    extensions: &["mkv", "mk3d"],
    signature: Signature::Inside(|source| is_ebml(source.head(), None)),
    decode: |source, order| decode(c"matroska", source, order),
    ..ANY
};

const AVI: Format = Format {
    name: "AVI",
    mime_types: &["video/x-msvideo", "video/avi", "video/x-amv"],
    extensions: &["avi", "divx", "amv"],
    signature: Signature::Magic(&[&[(0, b"RIFF"), (8, b"AVI")], &[(0, b"RIFF"), (8, b"AMV ")]]),
    decode: |source, order| decode(c"avi", source, order),
    ..ANY
};

const FLV: Format = Format {
    name: "Flash video",
    mime_types: &["video/x-flv"],
    extensions: &["flv"],
    signature: Signature::Magic(&[&[(0, b"FLV\x01")]]),
    decode: |source, order| decode(c"flv", source, order),
    ..ANY
};

const ASF: Format = Format {
    name: "Windows Media",
    mime_types: &["video/x-ms-wmv", "application/vnd.ms-asf", "video/x-ms-asf"],
    extensions: &["wmv", "asf", "dvr-ms"],
    signature: Signature::Magic(&[&[(
        0,
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
    )]]),
    decode: |source, order| decode(c"asf", source, order),
    ..ANY
};

const OGG: Format = Format {
    name: "Ogg video",
    mime_types: &["video/ogg", "application/ogg"],
    extensions: &["ogv", "ogx"],
    signature: Signature::Inside(|source| is_ogg_film(source.head())),
    decode: |source, order| decode(c"ogg", source, order),
    ..ANY
};

const REALMEDIA: Format = Format {
    name: "RealMedia",
    mime_types: &["application/vnd.rn-realmedia", "video/x-pn-realvideo"],
    extensions: &["rm", "rmvb"],
    signature: Signature::Magic(&[&[(0, b".RMF")]]),
    decode: |source, order| decode(c"rm", source, order),
    ..ANY
};

const MXF: Format = Format {
    name: "MXF",
    mime_types: &["application/mxf"],
    extensions: &["mxf"],
    signature: Signature::Magic(&[&[(0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02")]]),
    decode: |source, order| decode(c"mxf", source, order),
    ..ANY
};

const IVF: Format = Format {
    name: "IVF",
    mime_types: &["video/x-ivf"],
    extensions: &["ivf"],
    signature: Signature::Magic(&[&[(0, b"DKIF\0\0")]]),
    decode: |source, order| decode(c"ivf", source, order),
    ..ANY
};

const Y4M: Format = Format {
    name: "YUV4MPEG2",
    mime_types: &["video/x-yuv4mpeg"],
    extensions: &["y4m"],
    signature: Signature::Magic(&[&[(0, b"YUV4MPEG2 ")]]),
    decode: |source, order| decode(c"yuv4mpegpipe", source, order),
    ..ANY
};

const NUT: Format = Format {
    name: "NUT",
    mime_types: &["video/x-nut"],
    extensions: &["nut"],
    signature: Signature::Magic(&[&[(0, b"nut/multimedia container\0")]]),
    decode: |source, order| decode(c"nut", source, order),
    ..ANY
};

const WTV: Format = Format {
    name: "Windows TV recording",
    mime_types: &["video/x-wtv"],
    extensions: &["wtv"],
    signature: Signature::Magic(&[&[(
        0,
        b"\xb7\xd8\x00\x20\x37\x49\xda\x11\xa6\x4e\x00\x07\xe9\x5e\xad\x8d",
    )]]),
    decode: |source, order| decode(c"wtv", source, order),
    ..ANY
};

const DV: Format = Format {
    name: "DV",
    mime_types: &["video/dv"],
    extensions: &["dv", "dif"],
    // The header of a sequence of blocks, and eighty bytes on the block of subcodes.
    signature: Signature::Magic(&[&[(0, b"\x1f\x07\x00"), (80, b"\x3f\x07\x00")]]),
    decode: |source, order| decode(c"dv", source, order),
    ..ANY
};

const MPEG_PS: Format = Format {
    name: "MPEG-PS",
    mime_types: &["video/mpeg"],
    extensions: &["mpg", "mpeg", "vob", "ps"],
    signature: Signature::Magic(&[&[(0, b"\0\0\x01\xba")]]),
    decode: |source, order| decode(c"mpeg", source, order),
    ..ANY
};

const MPEG_VIDEO: Format = Format {
    name: "MPEG video",
    mime_types: &["video/mpeg"],
    extensions: &["mpv", "m1v", "m2v"],
    signature: Signature::Magic(&[&[(0, b"\0\0\x01\xb3")]]),
    decode: |source, order| decode(c"mpegvideo", source, order),
    ..ANY
};

const MPEG4_VIDEO: Format = Format {
    name: "MPEG-4 video",
    mime_types: &["video/mpeg"],
    extensions: &["m4v"],
    signature: Signature::Magic(&[&[(0, b"\0\0\x01\xb0")]]),
    decode: |source, order| decode(c"m4v", source, order),
    ..ANY
};

const MPEG_TS: Format = Format {
    name: "MPEG-TS",
    mime_types: &["video/mp2t"],
    extensions: &["ts", "m2ts", "mts", "m2t"],
    signature: Signature::Plausible(|source| is_transport_stream(source.head())),
    decode: |source, order| decode(c"mpegts", source, order),
    ..ANY
};

const FLIC: Format = Format {
    name: "FLIC",
    mime_types: &["video/x-flc", "video/x-fli"],
    extensions: &["flc", "fli"],
    signature: Signature::Plausible(is_flic),
    decode: |source, order| decode(c"flic", source, order),
    ..ANY
};

const H264: Format = Format {
    name: "H.264",
    mime_types: &["video/h264"],
    extensions: &["h264", "264", "avc"],
    signature: Signature::Plausible(|source| is_h264(source.head())),
    decode: |source, order| decode(c"h264", source, order),
    ..ANY
};

const HEVC: Format = Format {
    name: "HEVC",
    mime_types: &["video/hevc"],
    extensions: &["hevc", "h265", "265"],
    signature: Signature::Plausible(|source| is_hevc(source.head())),
    decode: |source, order| decode(c"hevc", source, order),
    ..ANY
};

/// Brands of still pictures, of cameras' raw files and of music, which are kept in boxes too.
const NO_FILMS: &[&FourCc] = &[
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1",
    b"miaf", b"avif", b"avis", b"avio", b"crx ", b"jp2 ", b"jpx ", b"jpm ", b"jxl ", b"M4A ", b"M4B ",
    b"M4P ",
];

/// What a film in boxes may begin with. Of old films there is no brand.
const FIRST_BOXES: &[&FourCc] =
    &[b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"wide", b"free", b"skip", b"pnot"];

fn is_film_of_boxes(head: &[u8]) -> bool {
    let Some((size, kind)) = head.split_first_chunk::<4>() else { return false };
    let begins = kind.first_chunk::<4>().is_some_and(|kind| FIRST_BOXES.contains(&kind));
    // A size of one means that the true one follows; none means up to the end.
    let sized = !(2..8).contains(&u32::from_be_bytes(*size));
    let other = Brands::of(head)
        .and_then(|brands| brands.iter().next())
        .is_some_and(|major| NO_FILMS.contains(&&major));
    begins && sized && !other
}

fn is_quicktime(head: &[u8]) -> bool {
    Brands::of(head).is_none_or(|brands| brands.iter().next() == Some(*b"qt  "))
}

/// Where the type of document stands, in the first element.
const DOC_TYPE_WITHIN: usize = 64;

fn is_ebml(head: &[u8], doc_type: Option<&[u8]>) -> bool {
    let front = head.get(..DOC_TYPE_WITHIN.min(head.len())).unwrap_or_default();
    head.starts_with(b"\x1a\x45\xdf\xa3")
        && doc_type.is_none_or(|wanted| front.windows(wanted.len()).any(|window| window == wanted))
}

/// Ogg with moving pictures in it, or with a skeleton that only films have. Music is somebody else's.
fn is_ogg_film(head: &[u8]) -> bool {
    let says = |words: &[u8]| head.windows(words.len()).any(|window| window == words);
    head.starts_with(b"OggS")
        && (says(b"\x80theora") || says(b"BBCD\0") || says(b"fishead\0") || says(b"\x01video\0"))
}

/// Lengths of a packet: as broadcast, with a time before each as on discs and in cameras, with parity behind.
const PACKETS: [(usize, usize); 3] = [(0, 188), (4, 192), (0, 204)];

/// As many packets in a row begin like one as there is room for, and three at least.
fn is_transport_stream(head: &[u8]) -> bool {
    PACKETS.iter().any(|(first, length)| {
        let mut firsts = head.iter().skip(*first).step_by(*length).peekable();
        head.len() > first + 2 * length && firsts.all(|byte| *byte == 0x47)
    })
}

/// Magic of two bytes, and a header whose other numbers make sense: size of the file, frames, size, depth.
fn is_flic(source: &Source<'_>) -> bool {
    let word =
        |at: usize| source.head().get(at..at + 2).map_or(0, |word| u16::from_le_bytes([word[0], word[1]]));
    let magic = matches!(word(4), 0xAF11 | 0xAF12 | 0xAF44);
    magic && word(6) > 0 && (1..=4096).contains(&word(8)) && (1..=4096).contains(&word(10)) && word(12) <= 32
}

/// The unit after the first start code: parameters of a sequence, or a mark before them.
fn is_h264(head: &[u8]) -> bool {
    matches!(first_unit(head), Some([0x67 | 0x27 | 0x47, profile, ..]) if [66, 77, 88, 100, 110, 122, 244, 44].contains(profile))
        || matches!(first_unit(head), Some([0x09, mark, 0, 0, ..]) if mark & 0x1f == 0x10)
}

/// A unit of parameters for all, or a mark, with a layer of zero.
fn is_hevc(head: &[u8]) -> bool {
    matches!(first_unit(head), Some([0x40, 0x01, 0x0c, ..] | [0x46, 0x01, _, 0, 0, ..]))
}

fn first_unit(head: &[u8]) -> Option<&[u8]> {
    head.strip_prefix(b"\0\0\0\x01").or_else(|| head.strip_prefix(b"\0\0\x01"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tintype_media::formats::sniff;

    #[track_caller]
    fn check(head: &[u8], wanted: Option<&str>) {
        assert_eq!(sniff(ALL, &Source::from_bytes(&head)).map(|format| format.name), wanted);
    }

    #[test]
    fn films_are_known_by_their_first_bytes() {
        check(b"\0\0\0\x18ftypisom\0\0\0\0isommp42", Some("MP4"));
        check(b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Some("QuickTime"));
        check(b"\0\0\0\x08wide\0\0\0\0mdat", Some("QuickTime"));
        check(b"\0\0\0\x01mdat\0\0\0\x01", Some("QuickTime"));
        check(b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", Some("Matroska"));
        check(b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm", Some("WebM"));
        check(b"RIFF\0\0\0\0AVI LIST", Some("AVI"));
        check(b"OggS\0\x02\0\0\x2a\x80theora", Some("Ogg video"));
        check(b"\0\0\0\x01\x67\x64\x00\x1f", Some("H.264"));
        check(b"\0\0\0\x01\x40\x01\x0c\x01", Some("HEVC"));
        let stream: Vec<u8> = (0..600).map(|at| if at % 188 == 0 { 0x47 } else { 0 }).collect();
        check(&stream, Some("MPEG-TS"));
    }

    /// What names other files, and what others open. Of sound there is a waveform at most.
    #[test]
    fn nothing_else_is_taken_for_a_film() {
        check(b"", None);
        check(b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n", None);
        check(b"ffconcat version 1.0\nfile '/etc/passwd'\n", None);
        check(b"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">", None);
        check(b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", None);
        check(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", None);
        check(b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", None);
        check(b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", Some("Sound"));
        check(b"OggS\0\x02\0\0\x01vorbis", None);
        check(b"RIFF\0\0\0\0WAVEfmt ", Some("Sound"));
        check(b"GGGGGGGGGGGGGGGG", None);
        check(b"\0\0\0\x05mdat", None);
    }
}
