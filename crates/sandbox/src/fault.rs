//! Why a file has no thumbnail, as the rest of the system says it: what the worker reports, and what only
//! its parent can see. Knows nothing of who asks.

use crate::Order;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a file has no thumbnail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No worker knows the format or this variant of it.
    Unsupported,
    /// The content breaks the rules of its format.
    Corrupt,
    /// Over a limit of pixels or memory before it was tried.
    TooLarge,
    /// Encrypted.
    Encrypted,
    /// Sound, but nothing to show.
    NoPicture,
    /// The worker for this format is not there or cannot start.
    Unavailable,
    /// Took longer than the limit of CPU or wall time.
    TimedOut,
    /// The worker died.
    Crashed,
    /// The worker ran out of its memory.
    OutOfMemory,
    /// The file could not be read.
    Io,
}

impl Reason {
    /// Every reason, in the order people see them.
    pub const ALL: [Self; 10] = [
        Self::Unsupported,
        Self::Corrupt,
        Self::TooLarge,
        Self::Encrypted,
        Self::NoPicture,
        Self::Unavailable,
        Self::TimedOut,
        Self::Crashed,
        Self::OutOfMemory,
        Self::Io,
    ];

    /// The word for it in SQL, JSON and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Corrupt => "corrupt",
            Self::TooLarge => "too-large",
            Self::Encrypted => "encrypted",
            Self::NoPicture => "no-picture",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed-out",
            Self::Crashed => "crashed",
            Self::OutOfMemory => "out-of-memory",
            Self::Io => "io",
        }
    }

    /// A time-out or a crash may be the machine's fault. A corrupt file stays corrupt.
    pub fn worth_retrying(self) -> bool {
        match self {
            Self::TimedOut | Self::Crashed | Self::OutOfMemory | Self::Io => true,
            Self::Unsupported
            | Self::Corrupt
            | Self::TooLarge
            | Self::Encrypted
            | Self::NoPicture
            | Self::Unavailable => false,
        }
    }

    /// Whether it was the end of a worker: it died, or had to be killed, or had nothing left to go on with.
    pub fn costs_a_worker(self) -> bool {
        match self {
            Self::TimedOut | Self::Crashed | Self::OutOfMemory => true,
            Self::Io
            | Self::Unsupported
            | Self::Corrupt
            | Self::TooLarge
            | Self::Encrypted
            | Self::NoPicture
            | Self::Unavailable => false,
        }
    }

    /// What the person can do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Unsupported => "nothing: this version cannot open it",
            Self::Corrupt => "look at the file in another program; restore it from a backup",
            Self::TooLarge => "raise the limit that the detail names in library.toml, then retry",
            Self::Encrypted => "save a copy without a password",
            Self::NoPicture => "nothing: the file holds no picture",
            Self::Unavailable => "run `tintype doctor`: it names the missing package",
            Self::TimedOut => "raise limits.cpu_seconds or limits.wall_seconds in library.toml, then retry",
            Self::Crashed => "keep the file and report it",
            Self::OutOfMemory => "raise limits.worker_memory_mib in library.toml, then retry",
            Self::Io => "check the disk, the cable and the permissions, then retry",
        }
    }

    /// Whether it is a refusal. What any other says of the file holds whoever else is asked.
    fn is_refusal(self) -> bool {
        match self {
            Self::Unsupported | Self::Unavailable => true,
            Self::Corrupt
            | Self::TooLarge
            | Self::Encrypted
            | Self::NoPicture
            | Self::TimedOut
            | Self::Crashed
            | Self::OutOfMemory
            | Self::Io => false,
        }
    }

    /// A fault of this reason with its words.
    pub fn says(self, detail: impl Into<String>) -> Fault {
        Fault { reason: self, detail: detail.into() }
    }
}

impl std::str::FromStr for Reason {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|reason| reason.word() == word).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|reason| reason.word()).collect();
            format!("unknown reason {word:?}; known are {}", known.join(", "))
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A reason and its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What to branch on.
    pub reason: Reason,
    /// What to show; a dying worker's last words among it.
    pub detail: String,
}

/// What is said of content that no format of a worker's table knows, and that nobody else has a name for.
const UNKNOWN_FORMAT: &str = "unknown format";

impl Fault {
    /// Content that no format of a worker's table knows. Whoever has a name for it says that instead.
    pub fn unknown_format() -> Self {
        Reason::Unsupported.says(UNKNOWN_FORMAT)
    }

    /// Whether it is [`Fault::unknown_format`].
    pub fn is_unknown_format(&self) -> bool {
        self.reason == Reason::Unsupported && self.detail == UNKNOWN_FORMAT
    }

    /// Whether another worker may be asked for the same file: where sound is to be drawn, also when there is no cover.
    pub(crate) fn is_refusal(&self, order: &Order) -> bool {
        self.reason.is_refusal() || (order.extras.waveform && self.reason == Reason::NoPicture)
    }

    /// Of two refusals the one that says more: what is missing before what is known to have no picture, that before what
    /// cannot be, and that before nothing. Of equals the first, for those who are most likely to know a file are asked
    /// first.
    pub(crate) fn or_better(self, other: Self) -> Self {
        let weight = |fault: &Self| match fault.reason {
            _ if fault.is_unknown_format() => 0,
            Reason::Unavailable => 3,
            Reason::NoPicture => 2,
            _ => 1,
        };
        if weight(&other) > weight(&self) { other } else { self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(refusals: &[Fault], expected: &Fault) {
        let told = refusals.iter().cloned().reduce(Fault::or_better);
        assert_eq!(told.as_ref(), Some(expected));
    }

    #[test]
    fn of_several_refusals_the_one_that_says_most_is_told() {
        let unknown = Fault::unknown_format;
        let [one, other] =
            ["TIFF: an odd one", "HEIF: an odder one"].map(|words| Reason::Unsupported.says(words));
        let missing = Reason::Unavailable.says("install libtiff");
        check(&[unknown(), unknown()], &unknown());
        check(&[unknown(), one.clone(), other.clone()], &one);
        check(&[one.clone(), unknown()], &one);
        check(&[one.clone(), missing.clone(), other], &missing);
        let no_cover = Reason::NoPicture.says("no cover");
        check(&[no_cover.clone(), unknown(), one.clone()], &no_cover);
        check(&[no_cover, missing.clone()], &missing);
        check(&[missing.clone(), one, Reason::Unavailable.says("install libheif")], &missing);
    }
}
