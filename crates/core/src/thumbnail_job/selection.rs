//! Which contents a job is about, page by page, and how to go on after any of them.
//! Knows keys, nothing of what becomes of a content.

use crate::catalogue::{PendingOrder, Reading};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// Where a job is in its selection: everything up to here is done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cursor {
    /// Nothing yet.
    #[default]
    Start,
    /// The key (size or time) and id of a pending content.
    Pending(i64, i64),
    /// The path of an entry.
    Path(Vec<u8>),
    /// How many of the entries that were named.
    Named(usize),
    /// The id of a content.
    Content(i64),
}

/// Which contents a job is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Every content that is pending.
    Pending(PendingOrder),
    /// The entries of a location from one path up to another.
    Below { location: i64, from: Vec<u8>, end: Vec<u8> },
    /// These entries.
    Named(Vec<i64>),
    /// Every content.
    Everything,
}

/// One content of a selection and where the selection goes on after it; `None` for an entry without content.
pub(crate) type Selected = (Cursor, Option<i64>);

impl Selection {
    /// The next contents after `cursor`; empty at the end.
    pub(crate) fn page(&self, rows: &Reading<'_>, cursor: &Cursor, limit: usize) -> Result<Vec<Selected>> {
        match self {
            Self::Pending(order) => {
                let after = match cursor {
                    Cursor::Pending(key, id) => (*key, *id),
                    _ => (i64::MAX, i64::MAX),
                };
                let page = rows.pending_page(*order, after, limit)?;
                Ok(page.into_iter().map(|(key, id)| (Cursor::Pending(key, id), Some(id))).collect())
            }
            Self::Below { location, from, end } => {
                let after = match cursor {
                    Cursor::Path(path) => path,
                    _ => from,
                };
                let page = rows.entries_between(*location, (after, end), limit)?;
                Ok(page.into_iter().map(|(path, content)| (Cursor::Path(path), content)).collect())
            }
            Self::Everything => {
                let after = match cursor {
                    Cursor::Content(id) => *id,
                    _ => 0,
                };
                let page = rows.content_ids_page(after, limit)?;
                Ok(page.into_iter().map(|id| (Cursor::Content(id), Some(id))).collect())
            }
            Self::Named(entries) => {
                let done = match cursor {
                    Cursor::Named(done) => *done,
                    _ => 0,
                };
                let page = entries.iter().enumerate().skip(done).take(limit);
                page.map(|(index, entry)| Ok((Cursor::Named(index + 1), rows.content_of_entry(*entry)?)))
                    .collect()
            }
        }
    }
}

/// The paths strictly between which everything below `folder` lies: `a/b` gives (`a/b/`, `a/b0`), as `0` follows `/`.
/// A file of that very name is not below it. The empty folder is the whole location.
pub(crate) fn below(folder: &[u8]) -> (Vec<u8>, Vec<u8>) {
    if folder.is_empty() {
        // No path starts with 0xFF 0xFF 0xFF 0xFF and is longer than the system's 4096 bytes of path.
        return (Vec::new(), vec![0xFF; 4097]);
    }
    ([folder, b"/"].concat(), [folder, b"0"].concat())
}
