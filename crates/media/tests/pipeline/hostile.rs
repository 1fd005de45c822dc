//! Files that were cut or bitten: a picture or a fault, never a panic, and always in little time.

use super::{corpus, render, sample};
use proptest::prelude::*;
use std::sync::LazyLock;

/// One file of each way through the decoders.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let samples = ["baseline", "progressive", "arithmetic", "twelve-bit", "lossless", "ycck"];
    let webps = ["Nikon D1X", "anim_frame1", "hopper_orientation_5", "transparent"];
    let mut files: Vec<_> = samples.iter().map(|name| sample(&format!("{name}.jpg"))).collect();
    files.extend(webps.iter().map(|name| corpus(&format!("webp/{name}.webp"))));
    files.push(corpus("jpeg/icc/paris_exif_xmp_icc.jpg"));
    files.push(corpus("jpeg/misc/Nikon_COOLPIX_P1.jpg"));
    files
});

fn holds(file: &[u8]) {
    if let Ok(rendition) = render(file, &[48]) {
        assert_eq!(rendition.thumbnails.len(), 1);
        assert!(rendition.thumbnails[0].width.max(rendition.thumbnails[0].height) <= 48);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_anywhere(file in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let file = file.get(&FILES);
        holds(&file[..cut.index(file.len())]);
    }

    #[test]
    fn bitten_anywhere(
        file in any::<prop::sample::Index>(),
        bites in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = file.get(&FILES).clone();
        for (place, value) in bites {
            let place = place.index(file.len());
            file[place] = value;
        }
        holds(&file);
    }
}
