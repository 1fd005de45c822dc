//! The four kinds of content, told by MIME type.
//! Knows nothing of files or of which formats anybody can open.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a content is to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A picture.
    Image,
    /// Moving pictures.
    Video,
    /// Pages: text, office documents, books, comics, fonts.
    Document,
    /// Sound, which may have a cover.
    Audio,
    /// Anything else.
    Other,
}

/// MIME types whose first half does not tell.
const BY_TYPE: &[(&str, Kind)] = &[
    ("application/dicom", Kind::Image),
    ("application/fits", Kind::Image),
    ("application/vnd.adobe.illustrator", Kind::Image),
    ("application/vnd.corel-draw", Kind::Image),
    ("application/x-affinity", Kind::Image),
    ("application/x-clip-studio", Kind::Image),
    ("application/x-krita", Kind::Image),
    ("application/x-procreate", Kind::Image),
    ("application/mbox", Kind::Document),
    ("application/vnd.quark.quarkxpress", Kind::Document),
    ("application/x-indesign", Kind::Document),
    ("application/mp4", Kind::Video),
    ("application/vnd.rn-realmedia", Kind::Video),
    ("application/vnd.ms-asf", Kind::Video),
    ("application/mxf", Kind::Video),
    ("application/ogg", Kind::Audio),
    ("application/pdf", Kind::Document),
    ("application/postscript", Kind::Document),
    ("application/rtf", Kind::Document),
    ("application/msword", Kind::Document),
    ("application/epub+zip", Kind::Document),
    ("application/oxps", Kind::Document),
    ("application/x-fictionbook+xml", Kind::Document),
    ("application/x-mobipocket-ebook", Kind::Document),
    ("application/json", Kind::Document),
    ("application/xml", Kind::Document),
    ("application/vnd.comicbook+zip", Kind::Document),
    ("application/vnd.comicbook-rar", Kind::Document),
    ("application/x-cb7", Kind::Document),
];

/// Families of document types.
const DOCUMENT_PREFIXES: &[&str] = &[
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.sun.xml.",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-word",
    "application/vnd.ms-visio",
    "application/vnd.ms-xpsdocument",
    "application/vnd.visio",
    "application/vnd.apple.keynote",
    "application/vnd.apple.numbers",
    "application/vnd.apple.pages",
    "application/font-",
    "application/vnd.ms-fontobject",
];

impl Kind {
    /// Every kind, in the order people see them.
    pub const ALL: [Self; 5] = [Self::Image, Self::Video, Self::Document, Self::Audio, Self::Other];

    /// The word for it in SQL, JSON and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
            Self::Audio => "audio",
            Self::Other => "other",
        }
    }

    /// The kind of a MIME type.
    pub fn of_mime(mime_type: &str) -> Self {
        if let Some((_, kind)) = BY_TYPE.iter().find(|(known, _)| *known == mime_type) {
            return *kind;
        }
        if DOCUMENT_PREFIXES.iter().any(|prefix| mime_type.starts_with(prefix)) {
            return Self::Document;
        }
        match mime_type.split_once('/').map(|(first, _)| first) {
            Some("image") => Self::Image,
            Some("video") => Self::Video,
            Some("audio") => Self::Audio,
            Some("text" | "font" | "message") => Self::Document,
            _ => Self::Other,
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::word).join(", ");
            format!("unknown kind {word:?}; write one of {words}")
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    #[track_caller]
    fn check(mime_type: &str, kind: Kind) {
        assert_eq!(Kind::of_mime(mime_type), kind, "{mime_type}");
    }

    #[test]
    fn a_mime_type_tells_the_kind() {
        check("image/jpeg", Kind::Image);
        check("image/svg+xml", Kind::Image);
        check("video/mp2t", Kind::Video);
        check("audio/flac", Kind::Audio);
        check("text/plain", Kind::Document);
        check("font/ttf", Kind::Document);
        check("application/pdf", Kind::Document);
        check("application/vnd.oasis.opendocument.text", Kind::Document);
        check("application/vnd.ms-asf", Kind::Video);
        check("application/zip", Kind::Other);
        check("application/octet-stream", Kind::Other);
        check("nonsense", Kind::Other);
        check("", Kind::Other);
    }

    #[test]
    fn words_go_both_ways() {
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse::<Kind>().unwrap(), kind);
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.word()));
        }
        assert!("picture".parse::<Kind>().unwrap_err().contains("image, video"));
    }
}
