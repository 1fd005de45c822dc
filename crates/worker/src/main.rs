//! The jailed child: tintype-media behind a pipe.
#![forbid(unsafe_code)]
fn main() {}
