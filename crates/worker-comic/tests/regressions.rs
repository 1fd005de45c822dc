//! The cases of the fuzz target `render_comic`, as they are and damaged: right thumbnails or a fault with words, and the
//! same again for the same bytes.
//! Knows nothing of fuzzers.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on should say where")]

#[path = "../../../fuzz/cases.rs"]
mod cases;

use tintype_media::{Engine, Fonts, Limits, Source, Wanted};

/// As small as those that fuzzing works under.
const LIMITS: Limits = Limits { max_pixels: 1 << 16, max_memory: 4 << 20 };
const SIZE: u32 = 48;

fn render(file: &[u8]) {
    let engine = Engine { formats: tintype_worker_comic::FORMATS, limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted::new(&[SIZE], 80);
    let made = || engine.render(&Source::from_bytes(&file), &wanted, &mut |_| ());
    match made() {
        Ok(rendition) => {
            let thumbnail = &rendition.thumbnails[0];
            assert!((1..=SIZE).contains(&thumbnail.width) && (1..=SIZE).contains(&thumbnail.height));
            assert!(rendition.facts.pages.is_some_and(|pages| pages > 0), "{:?}", rendition.facts);
            assert_eq!(made().unwrap(), rendition, "the same bytes, another result");
        }
        Err(fault) => assert!(!fault.detail.is_empty(), "a fault without words: {fault:?}"),
    }
}

#[test]
fn cases_and_what_is_near_them_hold() {
    tintype_worker_comic::load().unwrap();
    cases::check("render_comic", render);
}
