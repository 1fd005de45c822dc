//! libwebp, made safe: pixels in, WebP out, and back.
//! Knows C; knows nothing of sizes, qualities worth choosing, profiles or EXIF.
#![allow(unsafe_code, reason = "the one place where libwebp is called")]

use crate::canvas::Channels;
use crate::memory::filled;
use crate::{Fault, Reason};
use libwebp_sys as c;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// sRGB numbers of 8 bits, alpha straight.
pub(crate) struct Image<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) numbers: &'a [u8],
}

impl Image<'_> {
    /// Whether it is opaque, and has no colours.
    fn is_grey(&self) -> bool {
        let is_grey = |[red, green, blue]: &[u8; 3]| red == green && green == blue;
        let (lots, rest) = self.numbers.as_chunks::<LOT>();
        self.channels == Channels::Rgb
            && lots.iter().all(|lot| colour_of(lot) == 0)
            && rest.as_chunks::<3>().0.iter().all(is_grey)
    }
}

/// So many bytes are compared at once: sixteen pixels in whole registers.
const LOT: usize = 48;

/// All that differs between the numbers of any pixel, as bits.
fn colour_of(lot: &[u8; LOT]) -> u8 {
    // A pixel's last number is followed by one of another pixel.
    let within: [u8; LOT] = std::array::from_fn(|place| if place % 3 == 2 { 0 } else { 0xFF });
    let next = lot.iter().skip(1);
    lot.iter().zip(next).zip(within).fold(0, |all, ((number, next), within)| all | (number ^ next) & within)
}

/// How to encode; everything else is as libwebp has it by default.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// 0 to 100.
    pub(crate) quality: u8,
    /// 0, quick, to 6, small.
    pub(crate) method: u8,
    /// What becomes of colours.
    pub(crate) fidelity: Fidelity,
}

/// What becomes of colours, which lossy WebP stores at half the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fidelity {
    /// As libwebp does by itself.
    Usual,
    /// Edges between them stay sharp, for some time and bytes.
    SharpChroma,
    /// Nothing is lost; the quality then only says how long to look for fewer bytes.
    Lossless,
}

/// A whole WebP file.
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
    config.use_sharp_yuv = c_int::from(settings.fidelity == Fidelity::SharpChroma);
    config.lossless = c_int::from(settings.fidelity == Fidelity::Lossless);
    Ok(config)
}

fn refusal(code: c::WebPEncodingError) -> Fault {
    use c::WebPEncodingError::{VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY, VP8_ENC_ERROR_OUT_OF_MEMORY};
    match code {
        VP8_ENC_ERROR_OUT_OF_MEMORY | VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY => no_room(),
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
        input.0.use_argb = c_int::from(settings.fidelity != Fidelity::Usual);
        if settings.fidelity == Fidelity::Usual && image.is_grey() {
            input.take_grey(image)?;
            return Ok(input);
        }
        let (from, stride) = (image.numbers.as_ptr(), stride as c_int);
        let picture = &raw mut input.0;
        // SAFETY: `from` holds `height` rows of `stride` bytes, checked above; the library copies them.
        let copied = unsafe {
            match image.channels {
                Channels::Rgb => c::WebPPictureImportRGB(picture, from, stride),
                Channels::Rgba => c::WebPPictureImportRGBA(picture, from, stride),
            }
        };
        if copied == 0 { Err(no_room()) } else { Ok(input) }
    }

    /// What the library would make of it, without a look at colours that are not there: a tenth of the time that a page
    /// takes to be encoded.
    fn take_grey(&mut self, image: &Image<'_>) -> Result<(), Fault> {
        let picture = &mut self.0;
        // SAFETY: the structure is initialised and its size set; the library reserves its three planes.
        if unsafe { c::WebPPictureAlloc(&raw mut *picture) } == 0 {
            return Err(no_room());
        }
        let (columns, rows) = (image.width as usize, image.height as usize);
        let plane = |start, stride: c_int, rows: usize| {
            // SAFETY: the call reserved so many rows of `stride` bytes for this plane, which nobody else looks at now.
            unsafe { std::slice::from_raw_parts_mut::<u8>(start, (stride as usize).saturating_mul(rows)) }
        };
        plane(picture.u, picture.uv_stride, rows.div_ceil(2)).fill(NO_COLOUR);
        plane(picture.v, picture.uv_stride, rows.div_ceil(2)).fill(NO_COLOUR);
        let lumas: [u8; 256] = std::array::from_fn(luma_of);
        let luma = plane(picture.y, picture.y_stride, rows);
        let rows = luma.chunks_mut((picture.y_stride as usize).max(1));
        for (to, from) in rows.zip(image.numbers.as_chunks::<3>().0.chunks(columns.max(1))) {
            for (luma, [grey, ..]) in to.iter_mut().zip(from) {
                *luma = lumas.get(usize::from(*grey)).copied().unwrap_or_default();
            }
        }
        Ok(())
    }
}

/// Of a chroma plane.
const NO_COLOUR: u8 = 128;

/// From 0 to 255 to the 16 to 235 of BT.601, rounded as the library does: the sum of its factors for red, green and
/// blue (`VP8RGBToY` in its `src/dsp/yuv.h`).
fn luma_of(grey: usize) -> u8 {
    const FACTORS: usize = 16_839 + 33_059 + 6_420;
    (grey.saturating_mul(FACTORS).saturating_add((16 << 16) + (1 << 15)) >> 16) as u8
}

fn no_room() -> Fault {
    Reason::OutOfMemory.says("no memory to encode WebP")
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

/// What the headers of a WebP file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Features {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) coding: Coding,
    pub(crate) animated: bool,
}

/// How a still picture is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Lossy,
    /// So is called, too, what the headers do not tell: it costs more.
    Lossless,
}

impl Coding {
    /// What the library keeps of a picture while it decodes, rows aside: of lossy ones the alpha, of lossless ones all.
    pub(crate) fn bytes_per_pixel(self) -> u64 {
        match self {
            Self::Lossy => 1,
            Self::Lossless => 4,
        }
    }
}

/// The library's number for it, in `format`.
const LOSSY: c_int = 1;

/// Reads the headers of a whole or truncated file.
pub(crate) fn features(webp: &[u8]) -> Result<Features, Fault> {
    let mut found = MaybeUninit::<c::WebPBitstreamFeatures>::zeroed();
    // SAFETY: reads no more than the length given; all fields are numbers, for which zero is a value.
    let (status, found) = unsafe {
        let status = c::WebPGetFeatures(webp.as_ptr(), webp.len(), found.as_mut_ptr());
        (status, found.assume_init())
    };
    match (status, u32::try_from(found.width), u32::try_from(found.height)) {
        (c::VP8StatusCode::VP8_STATUS_OK, Ok(width @ 1..), Ok(height @ 1..)) => Ok(Features {
            width,
            height,
            channels: if found.has_alpha == 0 { Channels::Rgb } else { Channels::Rgba },
            coding: if found.format == LOSSY { Coding::Lossy } else { Coding::Lossless },
            animated: found.has_animation != 0,
        }),
        (status, ..) => Err(misread(status)),
    }
}

/// The still picture in `webp`, whose `features` were read from the same bytes, brought to `size` while decoding.
/// The flag tells whether all of it was there; what was not is left grey, or transparent.
pub(crate) fn decode(webp: &[u8], features: &Features, size: (u32, u32)) -> Result<(Vec<u8>, bool), Fault> {
    let untouched = if features.channels == Channels::Rgb { 0x80_u8 } else { 0 };
    let mut numbers = filled(untouched, size.0, size.1, features.channels.count())?;
    let stride = (size.0 as usize).saturating_mul(features.channels.count());
    let mut config = c::WebPDecoderConfig::new()
        .map_err(|()| Reason::Unsupported.says("libwebp is of another version"))?;
    config.options.use_scaling = c_int::from(size != (features.width, features.height));
    config.options.scaled_width = size.0 as c_int;
    config.options.scaled_height = size.1 as c_int;
    config.output.is_external_memory = 1;
    config.output.colorspace = match features.channels {
        Channels::Rgb => c::WEBP_CSP_MODE::MODE_RGB,
        Channels::Rgba => c::WEBP_CSP_MODE::MODE_RGBA,
    };
    config.output.u.RGBA =
        c::WebPRGBABuffer { rgba: numbers.as_mut_ptr(), stride: stride as c_int, size: numbers.len() };
    // SAFETY: the library checks `stride` and `size` against the picture before it writes, and reads no more of
    // `webp` than its length.
    let mut status = unsafe { c::WebPDecode(webp.as_ptr(), webp.len(), &raw mut config) };
    if status == c::VP8StatusCode::VP8_STATUS_NOT_ENOUGH_DATA {
        status = decode_what_is_there(webp, &mut config);
    }
    if status == c::VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY
        && let Some(colors) = chunk(webp, *b"VP8 ")
    {
        // What it calls a lack of memory, though there was enough, is alpha that it cannot read: the colours remain.
        drop(numbers);
        return decode(colors, features, size).map(|(numbers, _)| (numbers, false));
    }
    match status {
        c::VP8StatusCode::VP8_STATUS_OK => Ok((numbers, true)),
        status if numbers.iter().all(|number| *number == untouched) => Err(misread(status)),
        _ => Ok((numbers, false)),
    }
}

/// The body of the first chunk of this name, in a file or a frame. Chunks follow one another, after a header of 12 bytes
/// in a file: a name, a length, a body, and a byte to make it even.
pub(crate) fn chunk(webp: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let mut rest = if webp.starts_with(b"RIFF") { webp.get(12..)? } else { webp };
    loop {
        let (found, after_name) = rest.split_first_chunk::<4>()?;
        let (len, body) = after_name.split_first_chunk::<4>()?;
        let len = u32::from_le_bytes(*len) as usize;
        if *found == name {
            return body.get(..len);
        }
        rest = body.get(len.checked_next_multiple_of(2)?..)?;
    }
}

/// The rows that came, of a file that does not reach to its end: only the decoder for streams gives them.
fn decode_what_is_there(webp: &[u8], config: &mut c::WebPDecoderConfig) -> c::VP8StatusCode {
    // SAFETY: the decoder points into `config` and its output buffer, which outlive it, and into `webp` for the
    // length of one call; it is deleted here.
    unsafe {
        let decoder = c::WebPIDecode(std::ptr::null(), 0, &raw mut *config);
        if decoder.is_null() {
            return c::VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY;
        }
        let status = c::WebPIUpdate(decoder, webp.as_ptr(), webp.len());
        c::WebPIDelete(decoder);
        status
    }
}

/// The first frame of an animation as it is shown: on its canvas, with what is around it transparent. Always with
/// alpha. The flag tells whether the whole file was there; of a frame that was not, there is what came.
pub(crate) fn first_frame(webp: &[u8], features: &Features) -> Result<(Vec<u8>, bool), Fault> {
    let frames = Frames::of(webp)?;
    let frame = frames.frame(1, features)?;
    let mut canvas = filled(0_u8, features.width, features.height, 4)?;
    let row_len = |columns: u32| (columns as usize).saturating_mul(4).max(1);
    let from_rows = frame.rgba.chunks_exact(row_len(frame.width));
    let to_rows = canvas.chunks_exact_mut(row_len(features.width)).skip(frame.top as usize);
    for (from, to) in from_rows.zip(to_rows) {
        let places = to.iter_mut().skip((frame.left as usize).saturating_mul(4));
        places.zip(from).for_each(|(to, from)| *to = *from);
    }
    Ok((canvas, frame.whole && frames.whole))
}

/// The frames of a file that may be cut short.
pub(crate) struct Frames<'a> {
    demuxer: NonNull<c::WebPDemuxer>,
    whole: bool,
    file: std::marker::PhantomData<&'a [u8]>,
}

/// One frame, and where it belongs on its canvas.
pub(crate) struct Frame {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Whether what is transparent shows what was there before.
    pub(crate) blends: bool,
    /// Whether nothing is left of it when the next one comes.
    pub(crate) is_cleared: bool,
    pub(crate) rgba: Vec<u8>,
    /// Whether all of it was there.
    pub(crate) whole: bool,
}

impl<'a> Frames<'a> {
    pub(crate) fn of(webp: &'a [u8]) -> Result<Self, Fault> {
        /// Asks for what there is, though the file does not reach to its end.
        const PARTIAL: c_int = 1;
        let data = c::WebPData { bytes: webp.as_ptr(), size: webp.len() };
        let mut state = c::WebPDemuxState::WEBP_DEMUX_PARSE_ERROR;
        // SAFETY: both pointers are to our own variables; the demuxer keeps pointing into `webp`, which the
        // lifetime keeps alive.
        let demuxer = unsafe {
            let version = c::WEBP_DEMUX_ABI_VERSION as c_int;
            c::WebPDemuxInternal(&raw const data, PARTIAL, &raw mut state, version)
        };
        let demuxer =
            NonNull::new(demuxer).ok_or_else(|| Reason::Corrupt.says("not a whole WebP animation"))?;
        let whole = state == c::WebPDemuxState::WEBP_DEMUX_DONE;
        Ok(Self { demuxer, whole, file: std::marker::PhantomData })
    }

    /// The frame of this number, counted from one, of an animation with these features.
    pub(crate) fn frame(&self, number: c_int, features: &Features) -> Result<Frame, Fault> {
        let mut frame = MaybeUninit::<c::WebPIterator>::zeroed();
        // SAFETY: the demuxer is alive; for all fields of the iterator zero is a value, and the library fills them.
        // What it allocates there is nothing: releasing is a formality.
        let (found, frame) = unsafe {
            let found = c::WebPDemuxGetFrame(self.demuxer.as_ptr(), number, frame.as_mut_ptr());
            c::WebPDemuxReleaseIterator(frame.as_mut_ptr());
            (found, frame.assume_init())
        };
        if found == 0 || frame.fragment.bytes.is_null() {
            return Err(Reason::Corrupt.says(format!("an animation without frame {number}")));
        }
        // SAFETY: the fragment lies within the file, which outlives us.
        let bitstream: &'a [u8] =
            unsafe { std::slice::from_raw_parts(frame.fragment.bytes, frame.fragment.size) };
        let found = self::features(bitstream)?;
        if found.width > features.width || found.height > features.height {
            return Err(Reason::Corrupt.says("an animation with a frame larger than itself"));
        }
        let (rgba, whole) =
            decode(bitstream, &Features { channels: Channels::Rgba, ..found }, (found.width, found.height))?;
        Ok(Frame {
            left: u32::try_from(frame.x_offset).unwrap_or_default(),
            top: u32::try_from(frame.y_offset).unwrap_or_default(),
            width: found.width,
            height: found.height,
            blends: frame.blend_method == c::WebPMuxAnimBlend::WEBP_MUX_BLEND,
            is_cleared: frame.dispose_method == c::WebPMuxAnimDispose::WEBP_MUX_DISPOSE_BACKGROUND,
            rgba,
            whole,
        })
    }
}

impl Drop for Frames<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, deleted once.
        unsafe { c::WebPDemuxDelete(self.demuxer.as_ptr()) };
    }
}

fn misread(status: c::VP8StatusCode) -> Fault {
    use c::VP8StatusCode::{
        VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_OUT_OF_MEMORY, VP8_STATUS_SUSPENDED,
        VP8_STATUS_UNSUPPORTED_FEATURE,
    };
    match status {
        VP8_STATUS_OUT_OF_MEMORY => Reason::OutOfMemory.says("no memory to decode WebP"),
        VP8_STATUS_UNSUPPORTED_FEATURE => {
            Reason::Unsupported.says("a WebP feature that libwebp does not know")
        }
        VP8_STATUS_NOT_ENOUGH_DATA | VP8_STATUS_SUSPENDED => {
            Reason::Corrupt.says("WebP cut short before its picture")
        }
        status => Reason::Corrupt.says(format!("WebP is damaged: {status:?}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that panics has done its work
    use super::*;

    /// The library's own way is taken by what might be transparent.
    #[track_caller]
    fn check(width: u32, height: u32, grey: impl Fn(u32) -> u8) {
        let greys: Vec<u8> = (0..width * height).map(grey).collect();
        let opaque: Vec<u8> = greys.iter().flat_map(|grey| [*grey; 3]).collect();
        let alpha: Vec<u8> = greys.iter().flat_map(|grey| [*grey, *grey, *grey, 255]).collect();
        let webp = |channels, numbers: &[u8]| {
            let settings = Settings { quality: 85, method: 0, fidelity: Fidelity::Usual };
            encode(&Image { width, height, channels, numbers }, settings).unwrap()
        };
        assert_eq!(webp(Channels::Rgb, &opaque), webp(Channels::Rgba, &alpha), "{width} × {height}");
    }

    #[test]
    fn grey_is_what_the_library_makes_of_it() {
        check(256, 1, |at| at as u8);
        check(1, 256, |at| at as u8);
        check(33, 17, |at| (at.wrapping_mul(2_654_435_761) >> 24) as u8);
        check(32, 18, |_| 255);
    }

    #[test]
    fn one_number_is_enough_for_a_colour() {
        let grey: Vec<u8> = (0..37_u8).flat_map(|grey| [grey; 3]).collect();
        let is_grey =
            |numbers: &[u8]| Image { width: 37, height: 1, channels: Channels::Rgb, numbers }.is_grey();
        assert!(is_grey(&grey));
        for place in 0..grey.len() {
            let mut numbers = grey.clone();
            numbers[place] ^= 1;
            assert!(!is_grey(&numbers), "number {place}");
        }
    }
}
