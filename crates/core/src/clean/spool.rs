//! A plan as long as the library, in memory while it is short, then in a file without a name: gone with the process,
//! however that ends.
//! Knows how to write things down and to read them again, page by page.

use super::{CleanAmount, CleanWhy};
use crate::cas::CasId;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use tempfile::SpooledTempFile;

/// One thing to be removed, as it was when it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Item {
    /// A content with its thumbnails: sizes and bytes, smallest first.
    Content { id: i64, cas_id: CasId, sizes: Vec<(u32, u64)> },
    /// A thumbnail of a size that is not wanted.
    Size { content: i64, cas_id: CasId, size: u32, bytes: u64 },
    /// A thumbnail that the catalogue does not know.
    File { cas_id: CasId, size: u32, bytes: u64 },
    /// What somebody left who died while writing.
    Temporary { name: PathBuf, bytes: u64 },
}

impl Item {
    pub(super) fn why(&self) -> CleanWhy {
        match self {
            Self::Content { .. } => CleanWhy::ContentGone,
            Self::Size { .. } => CleanWhy::SizeNotWanted,
            Self::File { .. } => CleanWhy::NoRow,
            Self::Temporary { .. } => CleanWhy::Temporary,
        }
    }

    pub(super) fn amount(&self) -> CleanAmount {
        match self {
            Self::Content { sizes, .. } => {
                CleanAmount { files: sizes.len() as u64, bytes: sizes.iter().map(|(_, bytes)| bytes).sum() }
            }
            Self::Size { bytes, .. } | Self::File { bytes, .. } | Self::Temporary { bytes, .. } => {
                CleanAmount::one(*bytes)
            }
        }
    }
}

/// A plan of so many bytes stays in memory: some 300,000 things, which need no room on a disk that is to be cleaned
/// because it is full.
const IN_MEMORY: usize = 32 << 20;

/// A plan that is being written.
pub(super) struct Spool {
    file: BufWriter<SpooledTempFile>,
    path: PathBuf,
}

impl Spool {
    /// An empty one, on the disk of the library: what is mounted for temporary files is often memory.
    pub(super) fn new(root: &Path) -> Self {
        Self::with_room(root, IN_MEMORY)
    }

    fn with_room(root: &Path, in_memory: usize) -> Self {
        let file = BufWriter::new(tempfile::spooled_tempfile_in(in_memory, root));
        Self { file, path: root.join("(the plan of the clean-up)") }
    }

    pub(super) fn add(&mut self, item: &Item) -> Result<()> {
        let line = serde_json::to_string(item).map_err(|error| Error::Invalid(format!("a plan: {error}")))?;
        writeln!(self.file, "{line}").map_err(Error::io("write", &self.path))
    }

    /// All of it, from the beginning.
    pub(super) fn read(self) -> Result<Planned> {
        let mut file =
            self.file.into_inner().map_err(|error| Error::io("write", &self.path)(error.into()))?;
        file.seek(SeekFrom::Start(0)).map_err(Error::io("read", &self.path))?;
        Ok(Planned { lines: BufReader::new(file), path: self.path })
    }
}

/// A plan that is being read.
pub(super) struct Planned {
    lines: BufReader<SpooledTempFile>,
    path: PathBuf,
}

impl Planned {
    /// The next things; none at the end.
    pub(super) fn page(&mut self, limit: usize) -> Result<Vec<Item>> {
        let mut items = Vec::with_capacity(limit);
        let mut line = String::new();
        while items.len() < limit {
            line.clear();
            if self.lines.read_line(&mut line).map_err(Error::io("read", &self.path))? == 0 {
                break;
            }
            let item =
                serde_json::from_str(&line).map_err(|error| Error::Invalid(format!("a plan: {error}")))?;
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_was_written_and_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let cas_id: CasId = "ab".repeat(8).parse().unwrap();
        let items = [
            Item::Content { id: 1, cas_id: cas_id.clone(), sizes: vec![(128, 5), (256, 6)] },
            Item::Size { content: 2, cas_id: cas_id.clone(), size: 64, bytes: 7 },
            Item::File { cas_id, size: 64, bytes: 8 },
            Item::Temporary { name: "tmp/x".into(), bytes: 9 },
        ];
        for in_memory in [0, IN_MEMORY] {
            let mut spool = Spool::with_room(root.path(), in_memory);
            for item in &items {
                spool.add(item).unwrap();
            }
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
            let mut planned = spool.read().unwrap();
            assert_eq!(planned.page(3).unwrap(), items[..3]);
            assert_eq!(planned.page(3).unwrap(), items[3..]);
            assert!(planned.page(3).unwrap().is_empty());
        }
    }
}
