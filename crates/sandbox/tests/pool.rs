//! One file after another through real worker processes, good ones and bad ones.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::PathBuf;
use tintype_sandbox::*;

#[test]
fn smoke() {
    let pool =
        Pool::start(PoolSettings::new(vec![PathBuf::from(env!("CARGO_BIN_EXE_sandbox-test-worker")).into()]))
            .unwrap();
    println!("{:#?}", pool.capabilities());
    let dir = tempfile::tempdir().unwrap();
    for text in [
        "hello",
        "corrupt",
        "abort",
        "panic",
        "exec",
        "open",
        "allocate",
        "garbage",
        "talk much",
        "huge frame",
        "segfault",
    ] {
        let path = dir.path().join("f");
        File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let file = File::open(&path).unwrap();
        let order = Order { sizes: vec![8], quality: 85, effort: Effort::Full };
        let got = pool.render(&Request {
            source: file.as_fd(),
            mime_type: None,
            order: &order,
            priority: Priority::Bulk,
            cancelled: &|| false,
        });
        println!("{text}: {got:?}");
    }
}
