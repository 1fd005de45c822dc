//! What the cases of a worker's fuzz target hold to: a right thumbnail or a fault with words, and the same again for the
//! same bytes.
//! Knows nothing of formats. Included, beside the cases, by the tests of each worker that has a target.

use crate::cases;
use tintype_media::formats::Format;
use tintype_media::{Engine, Facts, Fonts, Limits, Source, Wanted};

/// As small as those that fuzzing works under.
const LIMITS: Limits = Limits { max_pixels: 1 << 16, max_memory: 4 << 20 };
const SIZE: u32 = 48;

/// Renders all cases of `target` by these formats; of each picture the facts are as `told` wants them.
pub(crate) fn check(target: &str, formats: &'static [&'static Format], told: fn(&Facts) -> bool) {
    cases::check(target, |file| {
        let engine = Engine { formats, limits: LIMITS, fonts: &Fonts::none() };
        let wanted = Wanted::new(&[SIZE], 80);
        let made = || engine.render(&Source::from_bytes(&file), &wanted, &mut |_| ());
        match made() {
            Ok(rendition) => {
                let thumbnail = &rendition.thumbnails[0];
                assert!((1..=SIZE).contains(&thumbnail.width) && (1..=SIZE).contains(&thumbnail.height));
                assert!(told(&rendition.facts), "{:?}", rendition.facts);
                assert_eq!(made().unwrap(), rendition, "the same bytes, another result");
            }
            Err(fault) => assert!(!fault.detail.is_empty(), "a fault without words: {fault:?}"),
        }
    });
}
