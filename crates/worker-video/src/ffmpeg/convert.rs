//! Frames of kinds that have no planes of their own for each colour: palettes, packed pixels, pictures upside down.
//! Knows swscale; old codecs use it, of which no pixel is in a hurry.

use super::{Frame, ff, no_memory};
use std::ffi::c_int;
use std::ptr::{self, NonNull};
use tintype_media::{Fault, Pixels, Reason};

/// Bytes that swscale may write beyond a row, in whole vectors.
const SPARE: usize = 64;

struct Scaler(NonNull<ff::SwsContext>);

impl Drop for Scaler {
    fn drop(&mut self) {
        // SAFETY: it was made by the library and is freed once.
        unsafe { ff::sws_freeContext(self.0.as_ptr()) };
    }
}

impl Frame {
    /// The whole frame in RGB, with alpha where it has any, in 8 bits or in 16.
    pub(crate) fn rgb(&self, matrix: u8, full_range: bool) -> Result<Pixels, Fault> {
        let kind = self.kind().ok_or_else(|| Reason::Unsupported.says("an unknown kind of pixels"))?;
        let deep = kind.comp.iter().any(|component| component.depth > 8);
        let alpha = kind.flags & (ff::AV_PIX_FMT_FLAG_ALPHA | ff::AV_PIX_FMT_FLAG_PAL) as u64 != 0;
        let (to, channels) = match (deep, alpha) {
            (false, false) => (ff::AVPixelFormat::RGB24, 3),
            (false, true) => (ff::AVPixelFormat::RGBA, 4),
            (true, false) => (ff::AVPixelFormat::RGB48LE, 6),
            (true, true) => (ff::AVPixelFormat::RGBA64LE, 8),
        };
        let rows = self.converted(to, channels, (matrix, full_range))?;
        let words = |bytes: &[u8]| -> Vec<u16> {
            bytes.as_chunks::<2>().0.iter().map(|word| u16::from_le_bytes(*word)).collect()
        };
        Ok(match (deep, alpha) {
            (false, false) => Pixels::Rgb8(rows),
            (false, true) => Pixels::Rgba8(rows),
            (true, false) => Pixels::Rgb16(words(&rows)),
            (true, true) => Pixels::Rgba16(words(&rows)),
        })
    }

    /// The rows of the frame in another kind of pixels, of so many bytes each.
    fn converted(&self, to: ff::AVPixelFormat, pixel: usize, coding: (u8, bool)) -> Result<Vec<u8>, Fault> {
        let scaler = self.scaler(to, coding)?;
        let (width, height) = (self.size().0 as usize, self.size().1 as usize);
        let row = width * pixel;
        let stride = (row + SPARE).next_multiple_of(SPARE);
        let mut padded = Vec::new();
        padded.try_reserve_exact(stride * (height + 1)).map_err(|_| no_memory())?;
        padded.resize(stride * (height + 1), 0_u8);
        let planes = [padded.as_mut_ptr(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut()];
        let strides = [stride as c_int, 0, 0, 0];
        // SAFETY: the frame is alive and of the kind and size that the scaler was made for; what is written to has more
        // room than so many rows need.
        let done = unsafe {
            let frame = self.get();
            ff::sws_scale(
                scaler.0.as_ptr(),
                (&raw const (*frame).data).cast(),
                (&raw const (*frame).linesize).cast(),
                0,
                height as c_int,
                planes.as_ptr(),
                strides.as_ptr(),
            )
        };
        if done < 0 {
            return Err(Reason::Unsupported.says("swscale does not convert its pixels"));
        }
        for y in 0..height {
            padded.copy_within(y * stride..y * stride + row, y * row);
        }
        padded.truncate(row * height);
        Ok(padded)
    }

    fn scaler(&self, to: ff::AVPixelFormat, (matrix, full_range): (u8, bool)) -> Result<Scaler, Fault> {
        let (width, height) = (self.size().0 as c_int, self.size().1 as c_int);
        let exact = ff::SWS_BILINEAR | ff::SWS_ACCURATE_RND | ff::SWS_FULL_CHR_H_INT;
        // SAFETY: numbers, and no filters.
        let scaler = unsafe {
            ff::sws_getContext(
                width,
                height,
                self.pixel_format(),
                width,
                height,
                to,
                exact as c_int,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null(),
            )
        };
        let scaler = NonNull::new(scaler)
            .map(Scaler)
            .ok_or_else(|| Reason::Unsupported.says("swscale does not know its pixels"))?;
        // SAFETY: the scaler is alive; tables of coefficients are constants, and unknown matrices have the usual one.
        unsafe {
            let from = ff::sws_getCoefficients(c_int::from(matrix));
            let to = ff::sws_getCoefficients(1);
            // One is what neither brightens nor saturates, in sixteen bits after the point.
            ff::sws_setColorspaceDetails(
                scaler.0.as_ptr(),
                from,
                c_int::from(full_range),
                to,
                1,
                0,
                1 << 16,
                1 << 16,
            );
        }
        Ok(scaler)
    }
}
