//! The one program behind every target: which it is, its name says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tintype_fuzz::{Check, expect_panics, find, run};

static CHECK: LazyLock<Check> = LazyLock::new(|| find(env!("CARGO_BIN_NAME")));

fuzz_target!(
    init: {
        expect_panics();
        LazyLock::force(&CHECK);
    },
    |input: &[u8]| run(&CHECK, input)
);
