//! The cases of the fuzz target `render_comic`, as they are and damaged.
//! Knows which facts a picture must have; what else is promised stands beside the cases.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on should say where")]

#[path = "../../../fuzz/cases.rs"]
mod cases;
#[path = "../../../fuzz/renders.rs"]
mod renders;

#[test]
fn cases_and_what_is_near_them_hold() {
    tintype_worker_comic::load().unwrap();
    renders::check("render_comic", tintype_worker_comic::FORMATS, |facts| {
        facts.pages.is_some_and(|pages| pages > 0)
    });
}
