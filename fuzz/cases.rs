//! Every case of a fuzz target as an ordinary test: as it is, and cut and bitten in places that are the same every time.
//! Knows files. Knows nothing of what is promised. Included by the tests of each crate that has targets.

use std::{fs, path::Path};

/// How often each case is bitten. What a fuzzer finds within seconds is found here too, in the time a test may take.
const BITES: u64 = 100;

/// Holds `promise` to the cases of `target`, of which there is one at least.
#[track_caller]
pub(crate) fn check(target: &str, promise: impl Fn(&[u8])) {
    let row = format!("name = \"{target}\"\n");
    assert!(include_str!("Cargo.toml").contains(&row), "fuzz/Cargo.toml has no row for {target}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions").join(target);
    let found = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut cases: Vec<_> = found.map(|item| item.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{} is empty", folder.display());
    for case in cases {
        println!("{}", case.display()); // shown when it fails
        let bytes = fs::read(&case).unwrap();
        promise(&bytes);
        for bite in 0..BITES {
            println!("bite {bite}");
            promise(&bitten(&bytes, bite));
        }
    }
}

/// The bytes with one to four of them changed, and cut somewhere in one case of eight.
fn bitten(bytes: &[u8], bite: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut state = bite;
    let mut next = |below: usize| {
        // Knuth's MMIX generator: any would do, and this one is two numbers.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    if next(8) == 0 {
        bytes.truncate(next(bytes.len()));
    }
    for _ in 0..=next(4) {
        let (place, value) = (next(bytes.len()), next(256));
        if let Some(byte) = bytes.get_mut(place) {
            *byte = value as u8;
        }
    }
    bytes
}
