//! The rows of the corpus' manifest. Knows nothing of what is tested with them.

use crate::exceptions::CORRECTED;
use std::path::{Path, PathBuf};

/// What the manifest demands of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// A thumbnail of the right shape and picture.
    Ok,
    /// A thumbnail or a clean answer.
    Either,
    /// A clean answer.
    Error,
    /// A refusal, or a thumbnail within the limits.
    Bomb,
    /// A thumbnail or "unsupported".
    OkOrUnsupported,
    /// Sound without a cover.
    NoVisual,
    /// A refusal that says it is encrypted, or a picture where there is a way without the password.
    Password,
    /// Something that no still format answers for.
    Other,
}

/// One file.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Below the corpus' folder.
    pub(crate) path: String,
    /// What is demanded.
    pub(crate) expect: Expect,
    /// Columns and rows that a viewer shows, where somebody could tell.
    pub(crate) display: Option<(u32, u32)>,
}

impl Row {
    /// The folder at the front of the path.
    pub(crate) fn folder(&self) -> &str {
        self.path.split('/').next().unwrap()
    }

    /// Where the file is.
    pub(crate) fn file(&self) -> PathBuf {
        corpus().join(&self.path)
    }
}

/// Where the corpus is: beside the repository, or where `TINTYPE_CORPUS` says.
pub(crate) fn corpus() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("TINTYPE_CORPUS").map_or_else(beside, PathBuf::from);
    assert!(
        corpus.join("MANIFEST.tsv").is_file(),
        "no corpus at {}: set TINTYPE_CORPUS to the folder that holds MANIFEST.tsv",
        corpus.display()
    );
    corpus
}

/// Every row.
pub(crate) fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(corpus().join("MANIFEST.tsv")).unwrap();
    text.lines().skip(1).map(row).collect()
}

fn row(line: &str) -> Row {
    let fields: Vec<_> = line.split('\t').collect();
    let number = |at: usize| fields[at].parse::<u32>().ok();
    let expect = match fields[14] {
        "ok" => Expect::Ok,
        "either" => Expect::Either,
        "error" => Expect::Error,
        "bomb" => Expect::Bomb,
        "no-visual" => Expect::NoVisual,
        "password" => Expect::Password,
        "ok-or-unsupported" => Expect::OkOrUnsupported,
        _ => Expect::Other,
    };
    let corrected = CORRECTED.iter().find(|(path, ..)| *path == fields[0]);
    let display =
        corrected.map_or(number(10).zip(number(11)), |(_, width, height, _)| Some((*width, *height)));
    Row { path: fields[0].to_owned(), expect, display }
}
