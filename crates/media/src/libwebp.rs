//! libwebp, made safe: pixels in, WebP out, and back.
//! Knows C; knows nothing of sizes, qualities worth choosing, profiles or EXIF.
#![allow(unsafe_code, reason = "the one place where libwebp is called")]

use crate::canvas::Channels;
use crate::{Fault, Reason};
use libwebp_sys as c;
use std::ffi::c_int;
use std::mem::MaybeUninit;

/// sRGB numbers of 8 bits, alpha straight.
pub(crate) struct Image<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) numbers: &'a [u8],
}

/// How to encode; everything else is as libwebp has it by default.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// 0 to 100.
    pub(crate) quality: u8,
    /// 0, quick, to 6, small.
    pub(crate) method: u8,
    /// Whether edges between colours stay sharp though colours are stored at half the size.
    pub(crate) sharp_chroma: bool,
}

/// A whole lossy WebP file.
pub(crate) fn encode(image: &Image<'_>, settings: Settings) -> Result<Vec<u8>, Fault> {
    let config = configuration(settings)?;
    let mut output = Output::new();
    let mut picture = Input::of(image, settings)?;
    picture.0.writer = Some(c::WebPMemoryWrite);
    picture.0.custom_ptr = (&raw mut output.0).cast();
    // SAFETY: both structures were initialised by the library; the writer it calls gets the memory writer in
    // `custom_ptr`, which outlives the call.
    let done = unsafe { c::WebPEncode(&raw const config, &raw mut picture.0) } != 0;
    if done { output.copied() } else { Err(refusal(picture.0.error_code)) }
}

fn configuration(settings: Settings) -> Result<c::WebPConfig, Fault> {
    let mut config =
        c::WebPConfig::new().map_err(|()| Reason::Unsupported.says("libwebp is of another version"))?;
    config.quality = f32::from(settings.quality.min(100));
    config.method = c_int::from(settings.method.min(6));
    config.alpha_quality = 100;
    config.use_sharp_yuv = c_int::from(settings.sharp_chroma);
    Ok(config)
}

fn refusal(code: c::WebPEncodingError) -> Fault {
    use c::WebPEncodingError::{VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY, VP8_ENC_ERROR_OUT_OF_MEMORY};
    match code {
        VP8_ENC_ERROR_OUT_OF_MEMORY | VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY => {
            Reason::OutOfMemory.says("no memory to encode WebP")
        }
        code => Reason::Unsupported.says(format!("libwebp does not encode it: {code:?}")),
    }
}

/// The library's own copy of a picture, freed when done.
struct Input(c::WebPPicture);

impl Input {
    fn of(image: &Image<'_>, settings: Settings) -> Result<Self, Fault> {
        let stride = (image.width as usize).saturating_mul(image.channels.count());
        if image.numbers.len() < stride.saturating_mul(image.height as usize) || stride > c_int::MAX as usize
        {
            return Err(Reason::Corrupt.says("a picture with fewer pixels than it says"));
        }
        let picture =
            c::WebPPicture::new().map_err(|()| Reason::Unsupported.says("libwebp is of another version"))?;
        let mut input = Self(picture);
        input.0.width = image.width as c_int;
        input.0.height = image.height as c_int;
        input.0.use_argb = c_int::from(settings.sharp_chroma);
        let (from, stride) = (image.numbers.as_ptr(), stride as c_int);
        let picture = &raw mut input.0;
        // SAFETY: `from` holds `height` rows of `stride` bytes, checked above; the library copies them.
        let copied = unsafe {
            match image.channels {
                Channels::Rgb => c::WebPPictureImportRGB(picture, from, stride),
                Channels::Rgba => c::WebPPictureImportRGBA(picture, from, stride),
            }
        };
        if copied == 0 { Err(Reason::OutOfMemory.says("no memory to encode WebP")) } else { Ok(input) }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: frees only what the library allocated in the structure; it is initialised and ours.
        unsafe { c::WebPPictureFree(&raw mut self.0) };
    }
}

/// Bytes that grow in the library's memory.
struct Output(c::WebPMemoryWriter);

impl Output {
    fn new() -> Self {
        let mut writer = MaybeUninit::uninit();
        // SAFETY: the call initialises every field.
        Self(unsafe {
            c::WebPMemoryWriterInit(writer.as_mut_ptr());
            writer.assume_init()
        })
    }

    fn copied(&self) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(self.0.size).map_err(|_| crate::memory::no_memory(self.0.size))?;
        // SAFETY: after a successful encoding `size` bytes at `mem` are written and stay until cleared.
        bytes.extend_from_slice(unsafe { std::slice::from_raw_parts(self.0.mem, self.0.size) });
        Ok(bytes)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: initialised, ours, not used again.
        unsafe { c::WebPMemoryWriterClear(&raw mut self.0) };
    }
}
