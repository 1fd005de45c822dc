//! `bench-obvious FILE...`: thumbnails in the way that comes to mind first, as a measure for `bench speed`.
//! Knows three crates; was written without looking for speed, on purpose.
//!
//! A program of its own, because its `webp` crate links another libwebp than everything else here.
#![forbid(unsafe_code)]

use anyhow::{Context, anyhow};
use image::imageops::FilterType;

const SIZES: [u32; 3] = [512, 256, 128];
const QUALITY: f32 = 85.0;

fn main() -> anyhow::Result<()> {
    for path in std::env::args_os().skip(1) {
        let bytes = thumbnails(path.as_ref()).with_context(|| path.display().to_string())?;
        std::hint::black_box(bytes);
    }
    Ok(())
}

/// Each size from the full picture. They are not written to disk, which is in this way's favour.
fn thumbnails(path: &std::path::Path) -> anyhow::Result<usize> {
    let picture = image::open(path)?;
    let mut bytes = 0;
    for size in SIZES {
        let small = picture.resize(size, size, FilterType::Lanczos3);
        let encoder = webp::Encoder::from_image(&small).map_err(|words| anyhow!("{words}"))?;
        bytes += encoder.encode(QUALITY).len();
    }
    Ok(bytes)
}
