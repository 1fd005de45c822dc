//! Tells the wrapper which of FFmpeg's two ways to keep a stream's side data these headers have.
//! Knows a version number; links nothing itself.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(since_6_1)");
    // FFmpeg 6.1 has version 60.31 of libavcodec.
    if std::env::var_os("DEP_FFMPEG_AVCODEC_VERSION_GREATER_THAN_60_30").is_some() {
        println!("cargo::rustc-cfg=since_6_1");
    }
}
