//! Lets libheif's decoders find the one function that the executable has for them (see `src/main.rs`).
//! Knows linkers; links no library.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Elsewhere programs cannot lend functions to the libraries that they load, and have no jail that needs it.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--export-dynamic-symbol=de265_start_worker_threads");
    }
}
