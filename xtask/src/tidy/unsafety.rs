//! `unsafe` stands only in the listed places, and every other crate forbids it in its own words.
//! Whether a block is right is told by its SAFETY comment, which clippy demands.

use super::manifests;
use crate::source;
use crate::tree::Tree;

/// Files, and folders with `/` at their end, that may hold `unsafe`, and why each must.
const MAY_BE_UNSAFE: &[(&str, &str)] = &[
    ("crates/media/src/formats/jpeg/turbo.rs", "wraps libjpeg-turbo"),
    ("crates/media/src/libwebp.rs", "wraps libwebp"),
    ("crates/sandbox/src/", "calls the kernel: descriptors over sockets, limits, the jail"),
    ("crates/sandbox/test-worker/main.rs", "misbehaves on purpose, to see whether the jail holds"),
    ("crates/worker/src/system_library.rs", "loads libraries of the system"),
    ("crates/worker-comic/src/libarchive.rs", "wraps libarchive"),
    ("crates/worker-heif/src/libheif.rs", "wraps libheif"),
    ("crates/worker-heif/src/threads.rs", "lends a function to libde265"),
    ("crates/worker-tiff/src/libtiff.rs", "wraps libtiff"),
    ("crates/worker-video/src/ffmpeg", "wraps FFmpeg's libraries"),
];

const FORBIDS: &[&str] = &["#", "!", "[", "forbid", "(", "unsafe_code"];

pub(super) fn find(tree: &Tree) -> Vec<String> {
    let places: Vec<_> = MAY_BE_UNSAFE.iter().map(|(place, _)| *place).collect();
    against(tree, &places)
}

fn against(tree: &Tree, places: &[&str]) -> Vec<String> {
    let mut findings = outside(tree, places);
    findings.extend(roots_that_do_not_forbid(tree, places));
    let idle = places.iter().filter(|place| !tree.has(place));
    findings.extend(idle.map(|place| format!("MAY_BE_UNSAFE: there is no {place}")));
    findings
}

fn outside(tree: &Tree, places: &[&str]) -> Vec<String> {
    let files =
        tree.with_extension("rs").filter(|(path, _)| !places.iter().any(|place| path.starts_with(place)));
    files.filter_map(|(path, text)| first_unsafe(path, text)).collect()
}

fn first_unsafe(path: &str, text: &str) -> Option<String> {
    let words = source::words(text).unwrap_or_default();
    let mut found = words.iter().filter(|word| word.kind == source::WordKind::Name && word.text == "unsafe");
    let (line, more) = (found.next()?.line, found.count());
    Some(format!("{path}:{line}: unsafe outside the listed places, and {more} more in this file"))
}

/// The roots of crates without a listed place must say `#![forbid(unsafe_code)]`, so that no inner `allow` helps.
fn roots_that_do_not_forbid(tree: &Tree, places: &[&str]) -> Vec<String> {
    let (crates, _) = manifests::crates(tree);
    let strict = crates
        .iter()
        .filter(|one| !places.iter().any(|place| place.starts_with(&format!("{}/", one.folder))));
    let roots = strict.flat_map(|one| ["lib", "main"].map(|root| format!("{}/src/{root}.rs", one.folder)));
    roots
        .filter(|root| tree.text(root).is_some_and(|text| !forbids(text)))
        .map(|root| format!("{root}:1: lacks #![forbid(unsafe_code)]"))
        .collect()
}

fn forbids(text: &str) -> bool {
    source::contains(&source::words(text).unwrap_or_default(), FORBIDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check;

    const MANIFESTS: [(&str, &str); 2] = [
        ("crates/jail/Cargo.toml", "package.name = 'jail'"),
        ("crates/calm/Cargo.toml", "package.name = 'calm'"),
    ];
    const BLOCK: &str = "fn f() { unsafe { g() } }";

    fn small(tree: &Tree) -> Vec<String> {
        against(tree, &["crates/jail/src/kernel.rs"])
    }

    #[track_caller]
    fn check_with(calm: &str, jail: &str, expected: &[&str]) {
        let files = [("crates/calm/src/lib.rs", calm), ("crates/jail/src/kernel.rs", jail)];
        check(small, &[&MANIFESTS[..], &files[..]].concat(), expected);
    }

    #[test]
    fn unsafe_stays_where_it_is_listed() {
        check_with("#![forbid(unsafe_code)]", BLOCK, &[]);
        check_with(
            "#![forbid(unsafe_code)]\n fn f() { unsafe { g() } }",
            "",
            &["crates/calm/src/lib.rs:2: unsafe"],
        );
        check_with("", "", &["crates/calm/src/lib.rs:1: lacks"]);
        check_with("// #![forbid(unsafe_code)]", "", &["lacks"]);
        check_with("#![forbid(unsafe_code)]\n// unsafe \n const A: &str = \"unsafe\";", "", &[]);
    }

    #[test]
    fn a_listed_place_exists() {
        check(small, &[], &["there is no crates/jail/src/kernel.rs"]);
    }
}
