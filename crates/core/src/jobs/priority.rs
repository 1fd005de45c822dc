//! Who goes first.

use serde::{Deserialize, Serialize};

/// Who goes first: the eye, then the hand, then the heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Somebody is looking at it now.
    Now,
    /// Somebody asked for it.
    Asked,
    /// Everything else.
    #[default]
    Bulk,
}

impl Priority {
    /// Every priority, first comes first.
    pub const ALL: [Self; 3] = [Self::Now, Self::Asked, Self::Bulk];

    /// Its number in the catalogue; lower goes first.
    pub fn rank(self) -> i64 {
        self as i64
    }

    /// The priority of a rank in the catalogue.
    pub(crate) fn from_rank(rank: i64) -> Self {
        match rank {
            0 => Self::Now,
            1 => Self::Asked,
            _ => Self::Bulk,
        }
    }
}
