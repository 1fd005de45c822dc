//! Hostile files of the formats that the script knows nothing of: each row is a name and what makes its bytes.
//! Knows what decoders of these formats have stumbled over; nothing of what becomes of the files.

mod bits;
mod boxes;
mod camera;
mod codestreams;
mod comics;
mod documents;
mod films;
mod layers;
mod old;
mod svg;
mod svg_outside;

pub(crate) use old::magenta;

use std::{fs, path::Path};

/// What files may try to reach.
pub(crate) struct Bait<'a> {
    /// A folder that nobody may look into; it holds `canary.png`, `canary.svg` and `secret.txt`.
    pub(crate) folder: &'a Path,
    /// A port that nobody may call.
    pub(crate) port: u16,
}

/// One file.
pub(crate) struct Case {
    name: &'static str,
    make: fn(&Bait<'_>) -> Vec<u8>,
}

const ALL: &[&[Case]] = &[
    svg::CASES,
    svg_outside::CASES,
    boxes::CASES,
    codestreams::CASES,
    documents::CASES,
    comics::CASES,
    layers::CASES,
    camera::CASES,
    old::CASES,
    films::CASES,
];

/// Writes all of them into a folder, which it makes. Tells how many.
pub(crate) fn write(folder: &Path, bait: &Bait<'_>) -> usize {
    fs::create_dir_all(folder).unwrap();
    let cases = ALL.iter().copied().flatten();
    cases.map(|case| fs::write(folder.join(case.name), (case.make)(bait)).unwrap()).count()
}
