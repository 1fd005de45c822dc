//! The functions of FFmpeg's libraries that a thumbnail needs, with their promises kept.
//! Knows C; knows nothing of thumbnails.
#![allow(unsafe_code, reason = "C libraries are called; every block says why it may be")]

mod convert;
mod decoder;
mod ear;
mod frame;
mod input;
mod packet;
mod reader;

pub(crate) use decoder::{Decoder, Spared};
pub(crate) use ear::Ear;
pub(crate) use frame::{Frame, Tags};
pub(crate) use input::{Cover, Input, Seek, Track};
pub(crate) use packet::Packet;

use ffmpeg_sys_the_third as ff;
use std::ffi::{CStr, c_int};
use std::hint::black_box;
use tintype_media::{Fault, Limits, Reason};

/// Decoders that may be used, by name: what films are coded with. Not FFmpeg's hundreds, of which most were never
/// looked at by anybody who is paid to break them.
pub(crate) const DECODERS: &CStr = c"h264,hevc,libdav1d,av1,libaom-av1,vp8,vp9,vvc,vp6,vp6a,vp6f,vp5,vp7,mpeg1video,\
mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h261,h263,h263i,flv,wmv1,wmv2,wmv3,vc1,theora,mjpeg,mjpegb,prores,dnxhd,\
dvvideo,cinepak,svq1,svq3,indeo2,indeo3,indeo4,indeo5,rv10,rv20,rv30,rv40,rawvideo,huffyuv,ffvhuff,ffv1,utvideo,qtrle,\
rpza,smc,8bps,png,jpeg2000,hap,cfhd,magicyuv,msvideo1,msrle,tscc,tscc2,camstudio,dirac,zmbv,flashsv,flashsv2,flic,amv";

/// Keeps FFmpeg quiet, and lets it look at the processor while it may.
pub(crate) fn prepare() {
    // SAFETY: both may be called at any time; the first takes a number, the second nothing.
    unsafe {
        ff::av_log_set_level(ff::AV_LOG_QUIET);
        ff::av_get_cpu_flags();
    }
}

/// What a negative answer means, with FFmpeg's own words.
fn fault(doing: &str, code: c_int) -> Fault {
    let reason = match code {
        ff::AVERROR_DECODER_NOT_FOUND | ff::AVERROR_DEMUXER_NOT_FOUND | ff::AVERROR_PATCHWELCOME => {
            Reason::Unsupported
        }
        code if code == ff::AVERROR(libc_enomem()) => Reason::OutOfMemory,
        _ => Reason::Corrupt,
    };
    let mut words = [0; 128];
    // SAFETY: the buffer has the length that is given, and the function ends what it writes with a zero.
    unsafe { ff::av_strerror(code, words.as_mut_ptr(), words.len()) };
    // SAFETY: it ends with a zero in the buffer: the function says so, and the buffer was all zeros before.
    let words = unsafe { CStr::from_ptr(words.as_ptr()) };
    reason.says(format!("{doing}: {}", words.to_string_lossy().to_lowercase()))
}

/// `ENOMEM` of every system this runs on.
const fn libc_enomem() -> c_int {
    12
}

/// Memory that ran out while half of what a film may take can be had now was not short: the film asked for more than
/// it may have, and will again.
fn blamed(fault: Fault, limits: &Limits) -> Fault {
    let half = usize::try_from(limits.max_memory / 2).unwrap_or(usize::MAX);
    // What nobody looks at need not be reserved, by what compilers think.
    let can_be_had = || black_box(Vec::<u8>::new()).try_reserve_exact(black_box(half)).is_ok();
    match fault.reason {
        Reason::OutOfMemory if can_be_had() => {
            Reason::TooLarge.says("what it says of itself takes more memory than it may have")
        }
        _ => fault,
    }
}

fn no_memory() -> Fault {
    Reason::OutOfMemory.says("no memory for FFmpeg")
}

/// Seconds of so many ticks.
fn seconds(ticks: i64, base: ff::AVRational) -> Option<f64> {
    (ticks != ff::AV_NOPTS_VALUE && base.num > 0 && base.den > 0)
        .then(|| ticks as f64 * f64::from(base.num) / f64::from(base.den))
}

/// A ratio of two positive numbers.
fn ratio(rational: ff::AVRational) -> Option<f64> {
    (rational.num > 0 && rational.den > 0).then(|| f64::from(rational.num) / f64::from(rational.den))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_too_much_is_not_told_from_a_machine_without_memory_but_by_trying() {
        let check = |reason: Reason, max_memory, wanted| {
            let limits = Limits { max_pixels: 1, max_memory };
            assert_eq!(blamed(reason.says("words"), &limits).reason, wanted);
        };
        check(Reason::OutOfMemory, 1 << 20, Reason::TooLarge);
        check(Reason::OutOfMemory, u64::MAX / 4, Reason::OutOfMemory);
        check(Reason::Corrupt, 1 << 20, Reason::Corrupt);
    }
}
