//! Which kind of sound a file is, by how it begins.
//! Knows first bytes; nothing of tags but how long the one in front is.

use super::tracks;
use crate::Source;
use crate::formats::has_all;
use lofty::file::FileType;

/// A kind of sound.
pub(super) struct SoundKind {
    pub(super) mime_type: &'static str,
    pub(super) file_type: FileType,
    magic: &'static [&'static [(usize, &'static [u8])]],
}

pub(super) const MIME_TYPES: &[&str] = &[
    "audio/mpeg",
    "audio/flac",
    "audio/x-flac",
    "audio/mp4",
    "audio/x-m4a",
    "audio/x-m4b",
    "audio/x-m4p",
    "audio/ogg",
    "audio/vorbis",
    "audio/opus",
    "audio/speex",
    "audio/wav",
    "audio/vnd.wave",
    "audio/x-wav",
    "audio/aiff",
    "audio/x-aiff",
    "audio/aac",
    "audio/wavpack",
    "audio/x-wavpack",
    "audio/x-ape",
    "audio/x-musepack",
];

pub(super) const EXTENSIONS: &[&str] = &[
    "mp3", "flac", "m4a", "m4b", "ogg", "oga", "opus", "spx", "wav", "aiff", "aif", "aac", "wv", "ape", "mpc",
];

/// All but what has a tag in front, or only a pattern of bits. Ogg with other things in it is left to who opens films.
#[rustfmt::skip]
static KINDS: &[SoundKind] = &[
    SoundKind { mime_type: "audio/flac", file_type: FileType::Flac, magic: &[&[(0, b"fLaC")]] },
    SoundKind { mime_type: "audio/ogg", file_type: FileType::Vorbis, magic: &[&[(0, b"OggS"), (28, b"\x01vorbis")]] },
    SoundKind { mime_type: "audio/opus", file_type: FileType::Opus, magic: &[&[(0, b"OggS"), (28, b"OpusHead")]] },
    SoundKind { mime_type: "audio/speex", file_type: FileType::Speex, magic: &[&[(0, b"OggS"), (28, b"Speex   ")]] },
    SoundKind { mime_type: "audio/vnd.wave", file_type: FileType::Wav, magic: &[&[(0, b"RIFF"), (8, b"WAVE")]] },
    SoundKind { mime_type: "audio/aiff", file_type: FileType::Aiff, magic: &[&[(0, b"FORM"), (8, b"AIFF")], &[(0, b"FORM"), (8, b"AIFC")]] },
    SoundKind { mime_type: "audio/wavpack", file_type: FileType::WavPack, magic: &[&[(0, b"wvpk")]] },
    SoundKind { mime_type: "audio/x-ape", file_type: FileType::Ape, magic: &[&[(0, b"MAC ")]] },
    SoundKind { mime_type: "audio/x-musepack", file_type: FileType::Mpc, magic: &[&[(0, b"MPCK")], &[(0, b"MP+")]] },
];
static MPEG: SoundKind =
    SoundKind { mime_type: "audio/mpeg", file_type: FileType::Mpeg, magic: &[&[(0, b"ID3")]] };
static MPEG4: SoundKind = SoundKind {
    mime_type: "audio/mp4",
    file_type: FileType::Mp4,
    magic: &[&[(4, b"ftypM4A")], &[(4, b"ftypM4B")], &[(4, b"ftypM4P")]],
};
static AAC: SoundKind = SoundKind { mime_type: "audio/aac", file_type: FileType::Aac, magic: &[] };

const TAG_HEADER: u64 = 10;

pub(super) fn of(source: &Source<'_>) -> Option<&'static SoundKind> {
    let head = source.head();
    if !has_all(head, &[(0, b"ID3")]) {
        return by_magic(head).or_else(|| by_tracks(source)).or_else(|| by_frames(head));
    }
    // Nearly always MP3: the rest is for who put the wrong tag in front of something else.
    let mut behind = [0; 16];
    let got = source.read(&mut behind, tag_end(head)?).ok()?;
    let behind = behind.get(..got)?;
    by_magic(behind).or_else(|| is_adts(behind).then_some(&AAC)).or(Some(&MPEG))
}

fn by_magic(head: &[u8]) -> Option<&'static SoundKind> {
    KINDS.iter().find(|kind| kind.magic.iter().any(|runs| has_all(head, runs)))
}

/// An MPEG-4 file that calls itself sound, or that holds nothing else.
fn by_tracks(source: &Source<'_>) -> Option<&'static SoundKind> {
    let is_mpeg4 = has_all(source.head(), &[(4, b"ftyp")]);
    let says_so = || MPEG4.magic.iter().any(|runs| has_all(source.head(), runs));
    (is_mpeg4 && (says_so() || tracks::are_all_sound(source))).then_some(&MPEG4)
}

/// Where what follows the tag begins. Its length has seven bits in each byte.
fn tag_end(head: &[u8]) -> Option<u64> {
    let bytes: &[u8; 4] = head.get(6..)?.first_chunk()?;
    let len = bytes.iter().fold(0_u64, |len, byte| len << 7 | u64::from(byte & 0x7F));
    Some(TAG_HEADER.saturating_add(len))
}

/// Two frames, one right after the other: a pattern of eleven bits is nothing to go by.
fn by_frames(head: &[u8]) -> Option<&'static SoundKind> {
    let (frame_len, kind) = if is_adts(head) { (adts_len(head)?, &AAC) } else { (mpeg_len(head)?, &MPEG) };
    let next = head.get(frame_len..)?;
    let follows = if is_adts(head) { is_adts(next) } else { mpeg_len(next).is_some() };
    follows.then_some(kind)
}

fn is_adts(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, second, ..] if second & 0xF6 == 0xF0)
}

fn adts_len(bytes: &[u8]) -> Option<usize> {
    let [_, _, _, high, middle, low, ..] = *bytes else { return None };
    Some(usize::from(high & 3) << 11 | usize::from(middle) << 3 | usize::from(low >> 5))
        .filter(|len| *len > 7)
}

/// How long a frame of MPEG's third layer is, by its four bytes of header.
fn mpeg_len(bytes: &[u8]) -> Option<usize> {
    const KBITS: [[usize; 16]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
    ];
    const HERTZ: [usize; 3] = [44_100, 48_000, 32_000];
    let [0xFF, second, third, ..] = *bytes else { return None };
    // Bits of the second byte: the rest of the pattern, the version, the layer.
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if second & 0xE0 != 0xE0 || version == 1 || layer != 1 {
        return None;
    }
    let (slower, samples_by_8) = match version {
        3 => (1, 144),
        2 => (2, 72),
        _ => (4, 72),
    };
    let row = KBITS.get(usize::from(version != 3))?;
    let kbits = *row.get(usize::from(third >> 4)).filter(|kbits| **kbits > 0)?;
    let hertz = HERTZ.get(usize::from(third >> 2 & 3))?.checked_div(slower)?;
    let padding = usize::from(third >> 1 & 1);
    samples_by_8_times(kbits, samples_by_8)?.checked_div(hertz)?.checked_add(padding)
}

fn samples_by_8_times(kbits: usize, samples_by_8: usize) -> Option<usize> {
    kbits.checked_mul(1000)?.checked_mul(samples_by_8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &[u8], wanted: Option<FileType>) {
        assert_eq!(of(&Source::from_bytes(&file)).map(|kind| kind.file_type), wanted);
    }

    #[test]
    fn sound_is_told_by_how_it_begins() {
        let mut frames = vec![0; 900];
        frames[..4].copy_from_slice(&[0xFF, 0xFB, 0x90, 0x00]); // 128 kbit/s at 44.1 kHz: 417 bytes
        check(&frames, None);
        frames[417..421].copy_from_slice(&[0xFF, 0xFB, 0x92, 0x00]);
        check(&frames, Some(FileType::Mpeg));
        check(b"ID3\x04\0\0\0\0\0\x02..fLaC", Some(FileType::Flac));
        check(b"ID3\x04\0\0\0\0\0\x02..", Some(FileType::Mpeg));
        check(b"RIFF....WAVEfmt ", Some(FileType::Wav));
        check(b"RIFF....AVI LIST", None);
        check(b"....ftypM4A ", Some(FileType::Mp4));
        check(b"....ftypisom", None);
        check(b"\xFF\xD8\xFF\xE0", None);
    }
}
