//! What the formats' own tests ask for: a small thumbnail of a small file.

use super::Order;
use crate::{Effort, Fonts, Limits};
use std::path::{Path, PathBuf};

const LIMITS: Limits = Limits { max_pixels: 1 << 16, max_memory: 1 << 22 };
pub(crate) static NO_FONTS: Fonts = Fonts::none();
pub(super) static ORDER: Order<'_> = Order {
    edge: 128,
    smallest_edge: 128,
    limits: &LIMITS,
    fonts: &NO_FONTS,
    effort: Effort::Full,
    extras: crate::Extras::NONE,
};

/// A file of the corpus.
#[track_caller]
pub(crate) fn corpus(path: &str) -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let file = std::env::var_os("TINTYPE_CORPUS").map_or(beside, PathBuf::from).join(path);
    assert!(file.is_file(), "{} is missing: set TINTYPE_CORPUS to the folder of the corpus", file.display());
    file
}
