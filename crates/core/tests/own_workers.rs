//! Files that only a worker with a library of its own opens, through the real pool: in the jail, whatever those libraries
//! do once it is closed.
//! Knows which format a worker calls a file; nothing of how it opens it.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]
#![allow(dead_code, reason = "the maker of DNGs is shared with the worker's own tests")]
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the maker of DNGs counts for itself"
)]

#[path = "../../worker-raw/tests/develop/dng.rs"]
mod dng;

use dng::{DNG, Dng, PREVIEW};
use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};
use tintype_core::{
    Settings,
    jobs::Priority,
    mime_type_of,
    render::{Order, PoolRenderer, RenderRequest, Renderer, Rendition},
};

fn rendered(source: &File, size: u32) -> Rendition {
    let renderer = PoolRenderer::new(&Settings::new(""), Some(1)).unwrap();
    let request = RenderRequest {
        source,
        mime_type: &mime_type_of(source, Path::new("a.bin")),
        order: &Order::new(&[size], 80),
        priority: Priority::Asked,
        cancelled: &|| false,
        begun: &|| {},
    };
    renderer.render(request).unwrap()
}

/// Format, whole size and the size of the thumbnail.
#[track_caller]
fn check(source: &File, size: u32, wanted: (&str, (u32, u32), (u32, u32))) -> Rendition {
    let rendition = rendered(source, size);
    let (facts, thumbnail) = (&rendition.facts, &rendition.thumbnails[0]);
    let got = (facts.format.as_str(), (facts.width, facts.height), (thumbnail.width, thumbnail.height));
    assert_eq!(got, wanted, "{:?}", facts.warnings);
    rendition
}

/// Open for reading only, as the pool demands.
fn written(dng: &Dng) -> File {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&dng.file()).unwrap();
    File::open(file.path()).unwrap()
}

/// At 100 pixels the preview inside, of 24, will not do.
#[test]
fn sensor_data_is_developed_in_the_jail() {
    let with_preview = written(&Dng { preview: PREVIEW, ..DNG });
    let small = check(&with_preview, 16, ("Camera RAW", (240, 180), (16, 12)));
    let developed = check(&with_preview, 100, ("Camera RAW", (240, 180), (100, 75)));
    assert!(
        !developed.facts.stopgap && developed.facts.warnings.is_empty(),
        "{:?}",
        developed.facts.warnings
    );
    let without = check(&written(&DNG), 100, ("Camera RAW", (240, 180), (100, 75)));
    assert_eq!(without.thumbnails[0].webp, developed.thumbnails[0].webp);
    assert_ne!(
        small.facts.thumbhash, developed.facts.thumbhash,
        "the preview is a ramp, the picture four colours"
    );
}

fn corpus(name: &str) -> File {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let path = std::env::var_os("TINTYPE_CORPUS").map_or(beside, PathBuf::from).join(name);
    File::open(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; set TINTYPE_CORPUS to the folder of the media corpus", path.display())
    })
}

#[test]
fn heic_and_avif_are_decoded_in_the_jail() {
    check(&corpus("heif/arrow.heic"), 128, ("HEIC", (3024, 4032), (96, 128)));
    check(&corpus("avif/kodim03_yuv420_8bpc.avif"), 128, ("AVIF", (768, 512), (128, 85)));
}
