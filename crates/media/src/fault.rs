//! Why a source gives no picture: a reason to branch on, and words for people.
//! Knows nothing of retries, processes or where the answer goes.

use std::fmt;

/// Why a source gives no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No format in the table recognises the content.
    UnknownFormat,
    /// It uses a feature no decoder here has.
    Unsupported,
    /// The content breaks the rules of its own format and nothing of it can be shown.
    Corrupt,
    /// Decoding would go over a limit: pixels, memory, frames.
    TooLarge,
    /// The content is encrypted and nobody gave a key.
    Encrypted,
    /// The file is sound but holds nothing to show (audio without a cover, an archive without pictures).
    NoPicture,
    /// Memory ran out while decoding.
    OutOfMemory,
    /// The bytes could not be read.
    Io,
}

impl Reason {
    /// A fault of this reason with words for people: lower case, no full stop, naming the thing.
    pub fn says(self, detail: impl Into<String>) -> Fault {
        Fault { reason: self, detail: detail.into() }
    }
}

/// A reason and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What to branch on.
    pub reason: Reason,
    /// What to show.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.reason, self.detail)
    }
}

impl std::error::Error for Fault {}
