//! The cases of the fuzz target `render_video`, as they are and damaged.
//! Knows which facts a picture must have; what else is promised stands beside the cases.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on should say where")]

#[path = "../../../fuzz/cases.rs"]
mod cases;
#[path = "../../../fuzz/renders.rs"]
mod renders;

#[test]
fn cases_and_what_is_near_them_hold() {
    renders::check("render_video", tintype_worker_video::load(), |facts| facts.width > 0 && facts.height > 0);
}
