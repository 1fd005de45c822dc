//! Packets of sound to how loud they are.
//! Knows FFmpeg's decoders and kinds of samples; nothing of what is drawn.

use super::decoder::{SOUND_DECODERS, find_among, open};
use super::{Input, Packet, ff};
use std::ptr::NonNull;
use std::slice;
use tintype_media::{Fault, Limits, Reason};

/// No sound that is made for ears has more; FFmpeg's own limit.
const MOST_CHANNELS: usize = 512;

/// A decoder for one track of sound.
pub(crate) struct Ear {
    context: NonNull<ff::AVCodecContext>,
    frame: NonNull<ff::AVFrame>,
}

impl Ear {
    /// A decoder for this track of the input.
    pub(crate) fn open(input: &Input<'_>, track: usize, limits: &Limits) -> Result<Self, Fault> {
        let context = open(input, track, (limits, SOUND_DECODERS))?;
        // SAFETY: nothing goes in.
        let frame = NonNull::new(unsafe { ff::av_frame_alloc() });
        let Some(frame) = frame else {
            let mut context = context.as_ptr();
            // SAFETY: it was made by the library and is freed once.
            unsafe { ff::avcodec_free_context(&raw mut context) };
            return Err(Reason::OutOfMemory.says("no memory for FFmpeg"));
        };
        Ok(Self { context, frame })
    }

    /// The largest of a packet's samples, from 0 to 1, if it holds any.
    pub(crate) fn peak(&mut self, packet: &Packet) -> Option<f32> {
        // SAFETY: context and packet are alive.
        unsafe { ff::avcodec_send_packet(self.context.as_ptr(), packet.get()) };
        let mut loudest = None;
        // SAFETY: context and frame are alive; what the frame held is let go of before it is filled again.
        while unsafe { ff::avcodec_receive_frame(self.context.as_ptr(), self.frame.as_ptr()) } >= 0 {
            // SAFETY: the frame is alive, and nobody changes it meanwhile.
            let peak = peak_of(unsafe { self.frame.as_ref() });
            loudest = Some(peak.max(loudest.unwrap_or(0.0)));
        }
        loudest
    }

    /// Forgets all packets, so that others may follow from anywhere.
    pub(crate) fn forget(&mut self) {
        // SAFETY: the context is alive and open.
        unsafe { ff::avcodec_flush_buffers(self.context.as_ptr()) };
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let (mut context, mut frame) = (self.context.as_ptr(), self.frame.as_ptr());
        // SAFETY: both were made by the library and are freed once.
        unsafe {
            ff::avcodec_free_context(&raw mut context);
            ff::av_frame_free(&raw mut frame);
        }
    }
}

/// A sample as a part of the largest there can be.
trait Loud: Copy {
    fn loud(self) -> f32;
}

impl Loud for u8 {
    fn loud(self) -> f32 {
        (f32::from(self) - 128.0).abs() / 128.0
    }
}

impl Loud for i16 {
    fn loud(self) -> f32 {
        f32::from(self.unsigned_abs()) / 32768.0
    }
}

impl Loud for i32 {
    fn loud(self) -> f32 {
        self.unsigned_abs() as f32 / 2_147_483_648.0
    }
}

impl Loud for f32 {
    fn loud(self) -> f32 {
        self.abs()
    }
}

impl Loud for f64 {
    fn loud(self) -> f32 {
        self.abs() as f32
    }
}

fn peak_of(frame: &ff::AVFrame) -> f32 {
    use ff::AVSampleFormat as Kind;
    let peak = match ff::AVSampleFormat(frame.format) {
        Kind::U8 | Kind::U8P => loudest::<u8>(frame),
        Kind::S16 | Kind::S16P => loudest::<i16>(frame),
        Kind::S32 | Kind::S32P => loudest::<i32>(frame),
        Kind::FLT | Kind::FLTP => loudest::<f32>(frame),
        Kind::DBL | Kind::DBLP => loudest::<f64>(frame),
        _ => 0.0,
    };
    // A damaged file may hold anything, infinities among it.
    if peak.is_finite() { peak.min(1.0) } else { 1.0 }
}

fn loudest<S: Loud>(frame: &ff::AVFrame) -> f32 {
    // SAFETY: any number may be asked about.
    let is_planar = unsafe { ff::av_sample_fmt_is_planar(ff::AVSampleFormat(frame.format)) } != 0;
    let samples = usize::try_from(frame.nb_samples).unwrap_or(0);
    let channels = usize::try_from(frame.ch_layout.nb_channels).unwrap_or(0).min(MOST_CHANNELS);
    let (planes, each) = if is_planar { (channels, samples) } else { (1, samples * channels) };
    let mut loudest = 0.0_f32;
    for plane in 0..planes {
        // SAFETY: a decoder's frame of sound has a pointer for each plane, each to so many samples that are aligned for
        // their kind, and keeps them as long as it lives.
        let samples = unsafe {
            let start: *const S = (*frame.extended_data.add(plane)).cast();
            if start.is_null() { &[] } else { slice::from_raw_parts(start, each) }
        };
        loudest = samples.iter().map(|sample| sample.loud()).fold(loudest, f32::max);
    }
    loudest
}

/// Whether a stream is sound that can be decoded.
///
/// # Safety
/// The stream is alive.
pub(super) unsafe fn is_heard(stream: *mut ff::AVStream) -> bool {
    // SAFETY: the stream is alive, and its parameters with it.
    let (kind, id) = unsafe { ((*(*stream).codecpar).codec_type, (*(*stream).codecpar).codec_id) };
    kind == ff::AVMediaType::AUDIO && find_among(id, SOUND_DECODERS).is_some()
}
