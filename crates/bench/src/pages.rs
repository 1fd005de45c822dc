//! `bench pages`: whose command the PDFs of a folder are raced against.
//! Knows a command line; knows nothing of PDFs.

use crate::contest::{Contest, EDGE};
use std::path::Path;
use std::process::Command;
use tintype_core::render::Facts;

pub(crate) const CONTEST: Contest = Contest { kind: "PDFs", folder: "pdf", peers: &[("pdftoppm", pdftoppm)] };

/// At its fastest: it writes bare pixels, where ours makes a WebP.
fn pdftoppm(page: &Path, _: &Facts, to: &Path) -> Command {
    let mut command = Command::new("pdftoppm");
    command.args(["-q", "-singlefile", "-scale-to"]).arg(EDGE.to_string()).arg(page).arg(to);
    command
}
