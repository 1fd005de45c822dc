//! Every fuzz target by its name, and what holds for all of them: no panic but those that are caught where they are
//! expected, and no more memory than the engine's limit.
//! Knows names; what each parser promises stands in its crate's `fuzzing` module.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::process;
use tintype_media::fuzzing::{LIMITS, Table, formats, render};

/// Counts what Rust allocates; what C libraries do is for libFuzzer's own limits.
#[global_allocator]
static HEAP: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// Beside the buffers of one file, which [`LIMITS`] speaks of: words, tables, the thumbnails, what is compared.
const SLACK: usize = 2 << 20;

/// Decoders that reserve memory before the limits can be asked, and how much at most: in the jail its walls hold them.
const UNASKED: &[(&str, usize)] = &[
    // The embedded profile is packed as the picture is, so that only the `jxl` crate sees what length it announces: it
    // stops at 256 MiB.
    ("JPEG XL", 1 << 28),
    // lofty unpacks compressed frames of ID3 whole, a thousand times as long as they are: inputs have 64 KiB at most.
    ("Audio", 1 << 26),
];

/// libtiff's TIFFs, which have a worker and so a table of their own.
static LIBTIFF: &[&tintype_media::formats::Format] = &[&tintype_worker_tiff::FORMAT];

/// libheif's pictures, likewise: known only once the library is found.
fn libheif() -> Table {
    tintype_worker_heif::load().expect("libheif is there")
}

/// What a target does with an input.
pub enum Check {
    /// A parser of ours.
    Parser(fn(&[u8])),
    /// A whole file, by a table of formats.
    Render(Table),
}

/// The check of this name; ends the process if there is none: somebody forgot a row.
pub fn find(target: &str) -> Check {
    let parsers =
        [tintype_media::fuzzing::TARGETS, tintype_sandbox::fuzzing::TARGETS, tintype_core::fuzzing::TARGETS];
    if let Some((_, check)) = parsers.into_iter().flatten().find(|(name, _)| *name == target) {
        return Check::Parser(*check);
    }
    if target == "render_libtiff" {
        tintype_worker_tiff::load().expect("libtiff is there");
        return Check::Render(LIBTIFF);
    }
    if target == "render_libheif" {
        return Check::Render(libheif());
    }
    if target == "render_comic" {
        tintype_worker_comic::load().expect("libarchive is there");
        return Check::Render(tintype_worker_comic::FORMATS);
    }
    if target == "render_video" {
        return Check::Render(tintype_worker_video::load());
    }
    let format = formats().find(|(name, _)| name == target);
    Check::Render(format.unwrap_or_else(|| panic!("there is no target {target}")).1)
}

thread_local! {
    /// What the last panic said. Most are caught where somebody else's decoder runs, and nobody wants to read of them.
    static LAST_WORDS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Has panics remembered and not printed. libFuzzer's own hook ends the process at any panic, even a caught one.
pub fn expect_panics() {
    panic::set_hook(Box::new(|info| {
        LAST_WORDS.with_borrow_mut(|last| *last = info.to_string());
    }));
}

/// Runs one input. A panic that gets this far is a finding.
pub fn run(check: &Check, input: &[u8]) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let ended = panic::catch_unwind(AssertUnwindSafe(|| match check {
        Check::Parser(check) => check(input),
        Check::Render(table) => render(table, input),
    }));
    if ended.is_err() {
        LAST_WORDS.with_borrow(|words| eprintln!("{words}"));
        process::abort();
    }
    let taken = HEAP.peak_usage().saturating_sub(before);
    if taken > LIMITS.max_memory as usize + SLACK + unasked(check) {
        eprintln!("took {taken} bytes of memory, of which the limit allows {}", LIMITS.max_memory);
        process::abort();
    }
}

fn unasked(check: &Check) -> usize {
    let Check::Render(table) = check else { return 0 };
    let reserved = UNASKED.iter().filter(|(name, _)| table.iter().any(|format| format.name == *name));
    reserved.map(|(_, bytes)| *bytes).max().unwrap_or(0)
}
