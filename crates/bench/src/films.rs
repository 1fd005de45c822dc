//! `bench films`: whose commands the films of a folder are raced against.
//! Knows command lines; knows nothing of films but how long they say they are.

use crate::contest::{Contest, EDGE};
use std::path::Path;
use std::process::Command;
use tintype_core::render::Facts;

pub(crate) const CONTEST: Contest = Contest {
    kind: "films",
    folder: "video",
    peers: &[("ffmpegthumbnailer", ffmpegthumbnailer), ("ffmpeg -ss", ffmpeg)],
};

fn ffmpegthumbnailer(film: &Path, _: &Facts, to: &Path) -> Command {
    let mut command = Command::new("ffmpegthumbnailer");
    command.arg("-i").arg(film).arg("-o").arg(to).args(["-c", "jpeg", "-s"]).arg(EDGE.to_string());
    command
}

/// As who knows it well would: one thread, the key frame before, no sound. It does not pay for asking how long the film is.
fn ffmpeg(film: &Path, facts: &Facts, to: &Path) -> Command {
    let at = facts.duration_ms.unwrap_or(0) as f64 / 10_000.0;
    let mut command = Command::new("ffmpeg");
    command.args([
        "-v",
        "error",
        "-nostdin",
        "-y",
        "-threads",
        "1",
        "-skip_frame",
        "nokey",
        "-noaccurate_seek",
    ]);
    command.arg("-ss").arg(format!("{at:.3}")).arg("-i").arg(film).args([
        "-an",
        "-sn",
        "-frames:v",
        "1",
        "-vf",
    ]);
    command.arg(format!("scale={EDGE}:{EDGE}:force_original_aspect_ratio=decrease")).arg(to);
    command
}
