//! One decoded frame: its planes as they lie in memory, and what is said of their numbers.
//! Knows FFmpeg's kinds of pixels; nothing of matrices or sizes that are wanted.

use super::{Input, ff, ratio};
use std::ffi::c_int;
use std::ptr::NonNull;
use std::slice;
use tintype_media::planes::{Colors, Plane};

/// A frame that a decoder made.
pub(crate) struct Frame(NonNull<ff::AVFrame>);

/// What is said of a frame's numbers, by the code points of H.273; 2 where nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tags {
    pub(crate) primaries: u8,
    pub(crate) transfer: u8,
    pub(crate) matrix: u8,
    pub(crate) full_range: Option<bool>,
    /// Red, green and blue, or grey: no chroma at all.
    pub(crate) is_rgb_or_grey: bool,
}

impl Frame {
    pub(super) fn empty() -> Option<Self> {
        // SAFETY: nothing goes in.
        NonNull::new(unsafe { ff::av_frame_alloc() }).map(Self)
    }

    pub(super) fn get(&self) -> *mut ff::AVFrame {
        self.0.as_ptr()
    }

    fn raw(&self) -> &ff::AVFrame {
        // SAFETY: the frame is alive, and only decoders change it, before anybody else has it.
        unsafe { self.0.as_ref() }
    }

    /// Whether there is a picture of a kind that FFmpeg describes.
    pub(super) fn is_sound(&self) -> bool {
        self.raw().width > 0
            && self.raw().height > 0
            && !self.raw().data[0].is_null()
            && self.kind().is_some()
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.raw().width.unsigned_abs(), self.raw().height.unsigned_abs())
    }

    /// When it is shown, in its track's ticks.
    pub(crate) fn ticks(&self) -> i64 {
        self.raw().best_effort_timestamp
    }

    /// Whether its rows were taken at two moments.
    pub(crate) fn is_interlaced(&self) -> bool {
        #[cfg(not(since_6_1))]
        return self.raw().interlaced_frame != 0;
        #[cfg(since_6_1)]
        return self.raw().flags & ff::AV_FRAME_FLAG_INTERLACED as c_int != 0;
    }

    /// How much wider a pixel is shown than it is high.
    pub(crate) fn pixel_aspect(&self, input: &Input<'_>, track: usize) -> Option<f64> {
        let stream = input.stream(track)?;
        // SAFETY: all three are alive.
        ratio(unsafe { ff::av_guess_sample_aspect_ratio(input.context(), stream.as_ptr(), self.0.as_ptr()) })
    }

    pub(crate) fn tags(&self) -> Tags {
        let frame = self.raw();
        let number = |number: i64| u8::try_from(number).unwrap_or(2);
        let flags = self.kind().map_or(0, |kind| kind.flags);
        let is_rgb = flags & ff::AV_PIX_FMT_FLAG_RGB as u64 != 0;
        let is_grey = self.kind().is_some_and(|kind| kind.nb_components < 3) && !is_rgb;
        let full_range = match frame.color_range {
            ff::AVColorRange::MPEG => Some(false),
            ff::AVColorRange::JPEG => Some(true),
            _ if self.has_full_range_by_name() => Some(true),
            _ => None,
        };
        Tags {
            primaries: number(frame.color_primaries.0.into()),
            transfer: number(frame.color_trc.0.into()),
            matrix: number(frame.colorspace.0.into()),
            full_range,
            is_rgb_or_grey: is_rgb || is_grey,
        }
    }

    /// Kinds that differ from others by their range alone, from before ranges were said.
    fn has_full_range_by_name(&self) -> bool {
        use ff::AVPixelFormat as Kind;
        [Kind::YUVJ420P, Kind::YUVJ422P, Kind::YUVJ444P, Kind::YUVJ440P, Kind::YUVJ411P]
            .contains(&self.pixel_format())
    }

    pub(super) fn pixel_format(&self) -> ff::AVPixelFormat {
        ff::AVPixelFormat(self.raw().format)
    }

    pub(super) fn kind(&self) -> Option<&'static ff::AVPixFmtDescriptor> {
        // SAFETY: any number may be asked for; descriptions are constants of the library's.
        unsafe { ff::av_pix_fmt_desc_get(self.pixel_format()).as_ref() }
    }

    /// The planes of colour and that of alpha, where each lies by itself in rows from top to bottom.
    pub(crate) fn planes(&self) -> Option<(Colors<'_>, Option<Plane<'_>>)> {
        const ODD: c_int = ff::AV_PIX_FMT_FLAG_PAL
            | ff::AV_PIX_FMT_FLAG_BITSTREAM
            | ff::AV_PIX_FMT_FLAG_HWACCEL
            | ff::AV_PIX_FMT_FLAG_BAYER
            | ff::AV_PIX_FMT_FLAG_FLOAT;
        let kind = self.kind()?;
        let has = |flag: c_int| kind.flags & flag as u64 != 0;
        if has(ODD) || kind.nb_components == 0 {
            return None;
        }
        let alpha_at = has(ff::AV_PIX_FMT_FLAG_ALPHA).then(|| usize::from(kind.nb_components) - 1);
        let alpha = match alpha_at {
            Some(place) => Some(self.plane(place)?),
            None => None,
        };
        let colors = match (kind.nb_components, alpha_at.is_some(), has(ff::AV_PIX_FMT_FLAG_RGB)) {
            (1, ..) | (2, true, _) => Colors::Grey(self.plane(0)?),
            (_, _, true) => Colors::Rgb([self.plane(0)?, self.plane(1)?, self.plane(2)?]),
            (_, _, false) => Colors::YCbCr([self.plane(0)?, self.plane(1)?, self.plane(2)?]),
        };
        Some((colors, alpha))
    }

    /// A component that has a plane of its own, in bytes or in words of this machine.
    fn plane(&self, component: usize) -> Option<Plane<'_>> {
        let kind = self.kind()?;
        let component_of = kind.comp.get(component)?;
        let bits = u32::try_from(component_of.depth).ok()?;
        let sample = if bits > 8 { 2 } else { 1 };
        let foreign =
            kind.flags & ff::AV_PIX_FMT_FLAG_BE as u64 != 0 && sample == 2 && cfg!(target_endian = "little");
        let plain = component_of.step == sample && component_of.offset == 0 && component_of.shift == 0;
        if foreign || !plain || !(8..=16).contains(&bits) {
            return None;
        }
        // Of the components, those in the middle are chroma where there is any.
        let is_chroma = kind.nb_components >= 3 && (component == 1 || component == 2);
        let (shift_w, shift_h) = if is_chroma { (kind.log2_chroma_w, kind.log2_chroma_h) } else { (0, 0) };
        let shifted = |side: u32, by: u8| side.div_ceil(1 << by);
        let (width, height) = (shifted(self.size().0, shift_w), shifted(self.size().1, shift_h));
        let place = usize::try_from(component_of.plane).ok()?;
        let start = *self.raw().data.get(place)?;
        let stride = usize::try_from(*self.raw().linesize.get(place)?).ok()?;
        let row = width as usize * sample as usize;
        if start.is_null() || row > stride {
            return None;
        }
        let len = stride * (height as usize - 1) + row;
        // SAFETY: a decoder's frame has so many rows of so many samples in this plane, `stride` bytes apart, and keeps
        // them as long as it lives, which `self` is borrowed for.
        let bytes = unsafe { slice::from_raw_parts(start, len) };
        Some(Plane { bytes, stride, width, height, bits })
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let mut frame = self.0.as_ptr();
        // SAFETY: it was made by the library and is freed once.
        unsafe { ff::av_frame_free(&raw mut frame) };
    }
}
