//! Packets to frames.
//! Knows FFmpeg's decoders; nothing of which packet is worth it.

use super::input::word;
use super::{DECODERS, Frame, Input, Packet, fault, ff, no_memory};
use std::ffi::{CStr, c_int};
use std::ptr::{self, NonNull};
use tintype_media::{Fault, Limits, Reason};

/// Decoders of sound that may be used, by name. Asked only where a waveform is wanted.
pub(super) const SOUND_DECODERS: &CStr = c"mp3float,mp3,mp2float,mp2,aac,flac,vorbis,opus,libopus,alac,ac3,eac3,wmav1,\
wmav2,wmapro,wmalossless,ape,wavpack,mpc7,mpc8,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,\
pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,amrnb,amrwb,cook,libspeex";

/// A decoder for one track.
pub(crate) struct Decoder(NonNull<ff::AVCodecContext>);

/// What a decoder may leave out, as far as it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spared {
    Nothing,
    /// What smooths the borders between blocks: a fifth of the work. Whoever makes a picture much smaller smooths them
    /// too. Not where other pictures are made of this one, which would each be a little more wrong.
    Borders,
    /// Pictures that no others are made of.
    Bystanders,
}

/// The decoder for a codec of films: FFmpeg's preferred one that is on our list.
pub(super) fn find(id: ff::AVCodecID) -> Option<NonNull<ff::AVCodec>> {
    find_among(id, DECODERS)
}

pub(super) fn find_among(id: ff::AVCodecID, list: &CStr) -> Option<NonNull<ff::AVCodec>> {
    let mut place = ptr::null_mut();
    loop {
        // SAFETY: the place is the library's own note of how far it is; codecs are constants.
        let codec = NonNull::new(unsafe { ff::av_codec_iterate(&raw mut place) }.cast_mut())?;
        // SAFETY: codecs are constants with names that end with a zero.
        let (is_decoder, of, name) = unsafe {
            let one = codec.as_ref();
            (ff::av_codec_is_decoder(one) != 0, one.id, CStr::from_ptr(one.name))
        };
        if is_decoder && of == id && is_among(name, list) {
            return Some(codec);
        }
    }
}

/// The decoder that keeps a film's transparency, where it has such: FFmpeg's own of both codecs leave it out.
///
/// # Safety
/// The stream is alive, and its parameters with it.
unsafe fn find_with_alpha(stream: NonNull<ff::AVStream>) -> Option<NonNull<ff::AVCodec>> {
    const KEEP_IT: [(ff::AVCodecID, &CStr); 2] =
        [(ff::AVCodecID::VP9, c"libvpx-vp9"), (ff::AVCodecID::VP8, c"libvpx")];
    // SAFETY: as the caller says; the name ends with a zero, and codecs are constants.
    unsafe {
        let stream = stream.as_ref();
        let (_, name) = KEEP_IT.iter().find(|(id, _)| *id == (*stream.codecpar).codec_id)?;
        word(stream.metadata, c"alpha_mode").filter(|mode| mode == "1")?;
        NonNull::new(ff::avcodec_find_decoder_by_name(name.as_ptr()).cast_mut())
    }
}

fn is_among(name: &CStr, list: &CStr) -> bool {
    list.to_bytes().split(|byte| *byte == b',').any(|known| known == name.to_bytes())
}

/// An open decoder for this track of the input, if one of the list is for it.
pub(super) fn open(
    input: &Input<'_>,
    track: usize,
    (limits, list): (&Limits, &CStr),
) -> Result<NonNull<ff::AVCodecContext>, Fault> {
    let stream = input.stream(track).ok_or_else(|| Reason::NoPicture.says("no such track"))?;
    // SAFETY: the stream is alive, and its parameters with it.
    let (parameters, id) = unsafe { (stream.as_ref().codecpar, (*stream.as_ref().codecpar).codec_id) };
    // SAFETY: the stream is alive.
    let codec = unsafe { find_with_alpha(stream) }.or_else(|| find_among(id, list));
    let codec = codec.ok_or_else(|| fault("decode", ff::AVERROR_DECODER_NOT_FOUND))?;
    // SAFETY: the codec is a constant.
    let context = unsafe { ff::avcodec_alloc_context3(codec.as_ptr()) };
    let opened = NonNull::new(context).ok_or_else(no_memory)?;
    // SAFETY: the context is alive and not open yet; parameters are copied.
    let code = unsafe {
        let code = ff::avcodec_parameters_to_context(context, parameters);
        // Threads are forbidden in the jail, and one key frame has little use for them.
        (*context).thread_count = 1;
        (*context).max_pixels = i64::try_from(limits.max_pixels).unwrap_or(i64::MAX);
        (*context).flags |= ff::AV_CODEC_FLAG_OUTPUT_CORRUPT as c_int;
        (*context).pkt_timebase = stream.as_ref().time_base;
        code.min(ff::avcodec_open2(context, codec.as_ptr(), ptr::null_mut()))
    };
    if code < 0 {
        let mut context = opened.as_ptr();
        // SAFETY: it was made by the library and is freed once.
        unsafe { ff::avcodec_free_context(&raw mut context) };
        return Err(fault("decode", code));
    }
    Ok(opened)
}

impl Decoder {
    /// A decoder for this track of the input.
    pub(crate) fn open(input: &Input<'_>, track: usize, limits: &Limits) -> Result<Self, Fault> {
        open(input, track, (limits, DECODERS)).map(Self)
    }

    /// The picture of one packet that needs no other. What the decoder held before is forgotten.
    pub(crate) fn alone(&mut self, packet: &Packet) -> Option<Frame> {
        let frame = self.push(packet).then(|| self.pull()).flatten();
        // A decoder that waits for pictures to put in order gives what it has when it is told that there are no more.
        let frame = frame.or_else(|| {
            self.end();
            self.pull()
        });
        self.forget();
        frame
    }

    /// Leaves out what is of no use, from the next picture on.
    pub(crate) fn spare(&mut self, what: Spared) {
        let (frames, borders) = match what {
            Spared::Nothing => (ff::AVDiscard::DEFAULT, ff::AVDiscard::DEFAULT),
            Spared::Borders => (ff::AVDiscard::DEFAULT, ff::AVDiscard::ALL),
            Spared::Bystanders => (ff::AVDiscard::NONREF, ff::AVDiscard::DEFAULT),
        };
        // SAFETY: the context is alive; decoders look at both before each picture.
        unsafe {
            (*self.0.as_ptr()).skip_frame = frames;
            (*self.0.as_ptr()).skip_loop_filter = borders;
        }
    }

    /// How many pixels a picture has, as far as that is known.
    pub(crate) fn pixels(&self) -> u64 {
        // SAFETY: the context is alive.
        let context = unsafe { self.0.as_ref() };
        u64::from(context.width.unsigned_abs()) * u64::from(context.height.unsigned_abs())
    }

    /// Gives a packet to the decoder; whether it took it.
    pub(crate) fn push(&mut self, packet: &Packet) -> bool {
        // SAFETY: context and packet are alive.
        unsafe { ff::avcodec_send_packet(self.0.as_ptr(), packet.get()) >= 0 }
    }

    /// Says that there are no more packets.
    pub(crate) fn end(&mut self) {
        // SAFETY: the context is alive; no packet means the end.
        unsafe { ff::avcodec_send_packet(self.0.as_ptr(), ptr::null()) };
    }

    /// The next frame that is done.
    pub(crate) fn pull(&mut self) -> Option<Frame> {
        let frame = Frame::empty()?;
        // SAFETY: context and frame are alive.
        let code = unsafe { ff::avcodec_receive_frame(self.0.as_ptr(), frame.get()) };
        (code >= 0 && frame.is_sound()).then_some(frame)
    }

    /// Forgets all packets, so that others may follow from anywhere.
    pub(crate) fn forget(&mut self) {
        // SAFETY: the context is alive and open.
        unsafe { ff::avcodec_flush_buffers(self.0.as_ptr()) };
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        let mut context = self.0.as_ptr();
        // SAFETY: it was made by the library and is freed once.
        unsafe { ff::avcodec_free_context(&raw mut context) };
    }
}
