//! One packet of a track, as a demuxer gives it.
//! Knows FFmpeg's packets; nothing of what is in them.

use super::{ff, no_memory};
use std::ptr::{self, NonNull};
use tintype_media::Fault;

/// A piece of a track: mostly one picture.
pub(crate) struct Packet(NonNull<ff::AVPacket>);

impl Packet {
    pub(crate) fn new() -> Result<Self, Fault> {
        // SAFETY: nothing goes in.
        NonNull::new(unsafe { ff::av_packet_alloc() }).map(Self).ok_or_else(no_memory)
    }

    /// Whether its picture needs no other.
    pub(crate) fn is_key(&self) -> bool {
        // SAFETY: the packet is alive.
        unsafe { self.0.as_ref() }.flags & ff::AV_PKT_FLAG_KEY != 0
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        // SAFETY: the packet is alive.
        u64::try_from(unsafe { self.0.as_ref() }.size).unwrap_or(0)
    }

    /// Has its picture shown though the film cuts it away.
    pub(crate) fn uncut(&mut self) {
        // SAFETY: the packet is alive, and nobody else has it.
        unsafe { self.0.as_mut() }.flags &= !ff::AV_PKT_FLAG_DISCARD;
    }

    /// When it comes, in its track's ticks.
    pub(crate) fn ticks(&self) -> i64 {
        // SAFETY: the packet is alive.
        let packet = unsafe { self.0.as_ref() };
        if packet.pts == ff::AV_NOPTS_VALUE { packet.dts } else { packet.pts }
    }

    /// Whether it can be read only with a key.
    pub(crate) fn is_encrypted(&self) -> bool {
        let kind = ff::AVPacketSideDataType::ENCRYPTION_INFO;
        // SAFETY: the packet is alive; no length is asked for.
        !unsafe { ff::av_packet_get_side_data(self.0.as_ptr(), kind, ptr::null_mut()) }.is_null()
    }

    pub(super) fn get(&self) -> *mut ff::AVPacket {
        self.0.as_ptr()
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        let mut packet = self.0.as_ptr();
        // SAFETY: it was made by the library and is freed once.
        unsafe { ff::av_packet_free(&raw mut packet) };
    }
}
