//! libjpeg-turbo through its `TurboJPEG` 3 interface, made safe.
//! Knows C; knows nothing of EXIF, of scales worth choosing or of what becomes of the picture.
//!
//! The ready-made wrapper turns warnings into errors and so loses every truncated photograph; this one keeps the
//! pixels and passes the warning on.
#![allow(unsafe_code, reason = "the one place where libjpeg-turbo is called")]

use crate::memory::{filled, over_the_limit};
use crate::{Fault, Limits, Reason};
use std::ffi::{CStr, c_int, c_uchar, c_void};
use std::ptr::NonNull;
use turbojpeg_sys as c;

/// Progressive files in the wild have about ten scans, and no sane encoder writes more than a few dozen. Each scan
/// walks the whole picture even when it is empty, so a small file with thousands of them would work for hours.
const MAX_SCANS: c_int = 100;

/// How the decoder lays out what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Rgb,
    Cmyk,
}

impl Layout {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    fn pixel_format(self) -> c_int {
        match self {
            Self::Rgb => c::TJPF_TJPF_RGB as c_int,
            Self::Cmyk => c::TJPF_TJPF_CMYK as c_int,
        }
    }
}

/// What the headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits per sample.
    pub(super) precision: u32,
    pub(super) lossless: bool,
    pub(super) layout: Layout,
    /// Whether it has no colours.
    pub(super) grey: bool,
}

impl Header {
    /// Columns and rows at 1/`denominator` of the size.
    pub(super) fn scaled(&self, denominator: u32) -> (u32, u32) {
        (self.width.div_ceil(denominator), self.height.div_ceil(denominator))
    }
}

/// Samples of one picture, and what was wrong with it though there are samples.
pub(super) struct Decoded<S> {
    pub(super) samples: S,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) warning: Option<String>,
}

impl<S> Decoded<S> {
    /// The same picture with its samples made into something else.
    pub(super) fn map<T>(self, make: impl FnOnce(S) -> T) -> Decoded<T> {
        let Self { samples, width, height, warning } = self;
        Decoded { samples: make(samples), width, height, warning }
    }
}

/// One instance of the library, for one picture.
pub(super) struct Decoder {
    handle: NonNull<c_void>,
}

impl Decoder {
    pub(super) fn new(limits: &Limits) -> Result<Self, Fault> {
        // SAFETY: takes no pointers; the answer is a handle of our own or null.
        let handle = unsafe { c::tj3Init(c::TJINIT_TJINIT_DECOMPRESS as c_int) };
        let handle =
            NonNull::new(handle).ok_or_else(|| Reason::OutOfMemory.says("no memory for a JPEG decoder"))?;
        let decoder = Self { handle };
        let megabytes = (limits.max_memory >> 20).clamp(1, MAX_INT);
        decoder.set(c::TJPARAM_TJPARAM_SCANLIMIT, MAX_SCANS);
        decoder.set(c::TJPARAM_TJPARAM_MAXMEMORY, megabytes as c_int);
        Ok(decoder)
    }

    /// Reads the headers. Warnings do not matter here: what they are about shows again when decoding.
    pub(super) fn header(&mut self, jpeg: &[u8]) -> Result<Header, Fault> {
        // SAFETY: the handle is alive, and the library reads no more than `len` bytes.
        let status =
            unsafe { c::tj3DecompressHeader(self.handle.as_ptr(), jpeg.as_ptr(), jpeg.len() as c::size_t) };
        let words = self.complaint(status);
        let (width, height) =
            (self.get(c::TJPARAM_TJPARAM_JPEGWIDTH), self.get(c::TJPARAM_TJPARAM_JPEGHEIGHT));
        let colors = u32::try_from(self.get(c::TJPARAM_TJPARAM_COLORSPACE));
        let layout = match colors {
            Ok(c::TJCS_TJCS_CMYK | c::TJCS_TJCS_YCCK) => Layout::Cmyk,
            Ok(c::TJCS_TJCS_GRAY | c::TJCS_TJCS_RGB | c::TJCS_TJCS_YCbCr) => Layout::Rgb,
            _ => return Err(fault(words.unwrap_or_else(|| "no picture in the file".to_owned()))),
        };
        match (u32::try_from(width), u32::try_from(height)) {
            (Ok(width @ 1..), Ok(height @ 1..)) => Ok(Header {
                width,
                height,
                precision: self.get(c::TJPARAM_TJPARAM_PRECISION).clamp(2, 16) as u32,
                lossless: self.get(c::TJPARAM_TJPARAM_LOSSLESS) == 1,
                layout,
                grey: colors == Ok(c::TJCS_TJCS_GRAY),
            }),
            _ => Err(fault(words.unwrap_or_else(|| "a picture without pixels".to_owned()))),
        }
    }

    /// The ICC profile in the headers just read, whole or not at all.
    pub(super) fn icc_profile(&mut self) -> Option<Vec<u8>> {
        let mut start = std::ptr::null_mut();
        let mut len = 0;
        // SAFETY: both pointers are to our own variables.
        let status = unsafe { c::tj3GetICCProfile(self.handle.as_ptr(), &raw mut start, &raw mut len) };
        if status != 0 || start.is_null() {
            return None;
        }
        // SAFETY: on success the library hands over `len` initialised bytes at `start`, ours until freed.
        let profile = unsafe { std::slice::from_raw_parts(start, len as usize) }.to_vec();
        // SAFETY: allocated by the library, freed once, not used again.
        unsafe { c::tj3Free(start.cast()) };
        Some(profile)
    }

    /// Decodes `jpeg`, whose `header` was read from the same bytes, at 1/`denominator` of its size.
    pub(super) fn decode<S: Sample>(
        &mut self,
        jpeg: &[u8],
        header: &Header,
        denominator: u32,
    ) -> Result<Decoded<Vec<S>>, Fault> {
        let factor = c::tjscalingfactor { num: 1, denom: denominator as c_int };
        // SAFETY: takes no pointers; a factor it does not know is refused.
        let refused = unsafe { c::tj3SetScalingFactor(self.handle.as_ptr(), factor) } != 0;
        let denominator = if refused || header.lossless { 1 } else { denominator };
        let (width, height) = header.scaled(denominator);
        let pitch = (width as usize).saturating_mul(header.layout.channels());
        let pitch =
            c_int::try_from(pitch).map_err(|_| Reason::TooLarge.says(format!("{width} pixels in a row")))?;
        let mut samples = filled(S::UNTOUCHED, width, height, header.layout.channels())?;
        // SAFETY: `samples` has `height` rows of `pitch` samples. That is what the library writes, because the
        // headers are of the same bytes, the scale is the one just set, and pixel format and precision agree.
        let status = unsafe {
            S::decompress(
                self.handle.as_ptr(),
                jpeg,
                samples.as_mut_ptr(),
                pitch,
                header.layout.pixel_format(),
            )
        };
        let warning = self.complaint(status);
        match warning {
            // A fatal error after a warning reads as a warning, so what counts is whether any row was written.
            Some(words) if samples.iter().all(|sample| *sample == S::UNTOUCHED) => Err(fault(words)),
            warning => {
                Ok(Decoded { samples, width, height, warning: warning.as_deref().map(in_plain_words) })
            }
        }
    }

    fn set(&self, parameter: c::TJPARAM, value: c_int) {
        // SAFETY: takes no pointers. It can refuse only values out of range, and ours are clamped.
        unsafe { c::tj3Set(self.handle.as_ptr(), parameter as c_int, value) };
    }

    fn get(&self, parameter: c::TJPARAM) -> c_int {
        // SAFETY: takes no pointers.
        unsafe { c::tj3Get(self.handle.as_ptr(), parameter as c_int) }
    }

    /// What the last call complained of. To be asked at once: the next call overwrites it.
    fn complaint(&self, status: c_int) -> Option<String> {
        if status == 0 {
            return None;
        }
        // SAFETY: gives a string with an end, owned by the library, valid until the next call.
        let words = unsafe { CStr::from_ptr(c::tj3GetErrorStr(self.handle.as_ptr())) };
        Some(words.to_string_lossy().into_owned())
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and is not used again.
        unsafe { c::tj3Destroy(self.handle.as_ptr()) };
    }
}

/// The library's parameters are C integers.
const MAX_INT: u64 = c_int::MAX as u64;

/// A sample as the library gives it: three widths for three ranges of precision.
pub(super) trait Sample: Copy + PartialEq {
    /// Middle grey, so that rows which never came look like what decoders show for lost data.
    const UNTOUCHED: Self;

    /// # Safety
    /// `to` must have room for every row of the picture, `pitch` samples each.
    unsafe fn decompress(
        handle: *mut c_void,
        jpeg: &[u8],
        to: *mut Self,
        pitch: c_int,
        format: c_int,
    ) -> c_int;
}

impl Sample for u8 {
    const UNTOUCHED: Self = 0x80;

    unsafe fn decompress(
        handle: *mut c_void,
        jpeg: &[u8],
        to: *mut Self,
        pitch: c_int,
        format: c_int,
    ) -> c_int {
        let to: *mut c_uchar = to;
        // SAFETY: the caller vouches for `to`; of `jpeg` no more than its length is read.
        unsafe { c::tj3Decompress8(handle, jpeg.as_ptr(), jpeg.len() as c::size_t, to, pitch, format) }
    }
}

/// Nine to twelve bits.
impl Sample for i16 {
    const UNTOUCHED: Self = 0x800;

    unsafe fn decompress(
        handle: *mut c_void,
        jpeg: &[u8],
        to: *mut Self,
        pitch: c_int,
        format: c_int,
    ) -> c_int {
        // SAFETY: as above.
        unsafe { c::tj3Decompress12(handle, jpeg.as_ptr(), jpeg.len() as c::size_t, to, pitch, format) }
    }
}

/// Thirteen to sixteen bits, lossless only.
impl Sample for u16 {
    const UNTOUCHED: Self = 0x8000;

    unsafe fn decompress(
        handle: *mut c_void,
        jpeg: &[u8],
        to: *mut Self,
        pitch: c_int,
        format: c_int,
    ) -> c_int {
        // SAFETY: as above.
        unsafe { c::tj3Decompress16(handle, jpeg.as_ptr(), jpeg.len() as c::size_t, to, pitch, format) }
    }
}

/// The library's errors have no numbers of their own, only words.
fn fault(words: String) -> Fault {
    if ["Memory limit", "Backing store"].iter().any(|part| words.contains(part)) {
        return over_the_limit(words);
    }
    let reason = if words.contains("Image is too large") || words.contains("scans") {
        Reason::TooLarge
    } else if words.contains("nsufficient memory") || words.contains("allocation failure") {
        Reason::OutOfMemory
    } else if words.contains("nsupported") || words.contains("not supported") {
        Reason::Unsupported
    } else {
        Reason::Corrupt
    };
    reason.says(words)
}

fn in_plain_words(words: &str) -> String {
    if words.contains("remature end") {
        format!("cut short: {words}")
    } else {
        format!("the JPEG decoder remarks: {words}")
    }
}
