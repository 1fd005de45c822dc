//! The source as FFmpeg asks for it: bytes from a place on, and nothing else from anywhere.
//! Knows FFmpeg's callbacks; nothing of films.

use super::ff;
use std::ffi::{c_int, c_void};
use std::slice;
use tintype_media::Source;

/// What is read of a film at most: forty seconds of the best discs' video. Key frames lie seconds apart, and a handful
/// of them is looked at; who asks for more than this is reading in circles.
const MOST_READ: u64 = 256 << 20;
/// Where the bytes come from.
pub(super) struct Reader<'a> {
    source: &'a Source<'a>,
    position: u64,
    /// How many may still be read.
    left: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        Self { source, position: 0, left: MOST_READ }
    }
}

/// FFmpeg's way to ask for bytes.
pub(super) extern "C" fn read(reader: *mut c_void, to: *mut u8, len: c_int) -> c_int {
    /// `EIO` of every system this runs on.
    const UNREADABLE: c_int = 5;
    // SAFETY: `reader` is what the context was made with, alive and in no other hands while FFmpeg reads; `to` has room
    // for so many bytes.
    let (reader, buffer) = unsafe {
        (&mut *reader.cast::<Reader<'_>>(), slice::from_raw_parts_mut(to, usize::try_from(len).unwrap_or(0)))
    };
    if reader.left == 0 {
        return ff::AVERROR_EXIT;
    }
    match reader.source.read_at(buffer, reader.position) {
        Ok(0) => ff::AVERROR_EOF,
        Ok(count) => {
            reader.position += count as u64;
            reader.left = reader.left.saturating_sub(count as u64);
            count as c_int
        }
        Err(_) => ff::AVERROR(UNREADABLE),
    }
}

/// FFmpeg's way to ask for the length, or for bytes from elsewhere on.
pub(super) extern "C" fn seek(reader: *mut c_void, offset: i64, whence: c_int) -> i64 {
    /// `EINVAL` of every system this runs on.
    const REFUSED: i64 = -22;
    // SAFETY: as in `read`.
    let reader = unsafe { &mut *reader.cast::<Reader<'_>>() };
    let from = match whence & !(ff::AVSEEK_FORCE as c_int) {
        0 => 0,
        1 => reader.position,
        2 => reader.source.len(),
        ff::AVSEEK_SIZE => return i64::try_from(reader.source.len()).unwrap_or(i64::MAX),
        _ => return REFUSED,
    };
    let Some(to) = from.checked_add_signed(offset) else { return REFUSED };
    reader.position = to;
    i64::try_from(to).unwrap_or(REFUSED)
}

/// Asked now and then while FFmpeg works: whether it has read enough.
pub(super) extern "C" fn is_enough(reader: *mut c_void) -> c_int {
    // SAFETY: as in `read`; only looked at.
    let left = unsafe { (*reader.cast::<Reader<'_>>()).left };
    c_int::from(left == 0)
}

/// What a film says of other files is not followed.
pub(super) extern "C" fn open_nothing(
    _: *mut ff::AVFormatContext,
    _: *mut *mut ff::AVIOContext,
    _: *const std::ffi::c_char,
    _: c_int,
    _: *mut *mut ff::AVDictionary,
) -> c_int {
    /// `EPERM` of every system this runs on.
    const FORBIDDEN: c_int = 1;
    ff::AVERROR(FORBIDDEN)
}
