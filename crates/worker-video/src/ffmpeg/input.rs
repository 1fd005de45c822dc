//! A film as a demuxer sees it: its tracks, and their packets one after the other.
//! Knows FFmpeg's contexts; nothing of pictures.

use super::reader::{Reader, is_enough, open_nothing, read, seek};
use super::{DECODERS, Packet, blamed, fault, ff, no_memory, ratio, seconds};
use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;
use tintype_media::{Fault, Limits, Reason, Source};

/// What is read at a time. Most of a file is jumped over, so that larger pieces are read for nothing (of 16, 32 and
/// 64 KiB the corpus took the least time with this).
const PIECE: usize = 32 << 10;
/// How much is looked at for what a container does not say, in bytes and in microseconds of film.
const PROBED: &CStr = c"2500000";
const ANALYZED: &CStr = c"3000000";
/// Discs have some forty; a file that announces thousands means harm.
const MOST_TRACKS: &CStr = c"100";

/// Frames a second beyond which somebody is mistaken: the fastest cameras that people have take a thousand.
const MOST_FRAMES: f64 = 10_000.0;

/// A track of moving pictures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Track {
    pub(crate) index: usize,
    /// Columns and rows of a picture, as coded; zero where nobody says.
    pub(crate) size: (u32, u32),
    /// Whether one of our decoders is for it.
    pub(crate) known: bool,
    /// What it is coded by: `h264`.
    pub(crate) codec: String,
    pub(crate) encrypted: bool,
    /// How many packets are listed before any is read, where they are.
    pub(crate) listed: u32,
    /// From its first picture to the end of the last, in seconds.
    pub(crate) duration: Option<f64>,
    /// When the last one that is listed comes, in seconds from the first.
    pub(crate) last_listed: Option<f64>,
    pub(crate) frame_rate: Option<f64>,
    /// How it is turned for being shown: the four cells of the display matrix that turn.
    pub(crate) matrix: Option<[i32; 4]>,
}

/// A picture file inside a film or a song.
pub(crate) struct Cover<'a> {
    pub(crate) bytes: &'a [u8],
    /// What it shows by FFmpeg's words (`Cover (front)`), or what it is called (`cover.jpg`).
    pub(crate) said: String,
}

/// Where to read on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seek {
    /// At the key frame before this many seconds from the start.
    Seconds(f64),
    /// At this share of the file, whatever is there.
    Share(f64),
}

/// One opened film.
pub(crate) struct Input<'a> {
    context: NonNull<ff::AVFormatContext>,
    io: NonNull<ff::AVIOContext>,
    reader: NonNull<Reader<'a>>,
    len: u64,
    _source: PhantomData<&'a Source<'a>>,
}

impl<'a> Input<'a> {
    /// Reads what a film says of itself.
    pub(crate) fn open(demuxer: &CStr, source: &'a Source<'a>, limits: &Limits) -> Result<Self, Fault> {
        // SAFETY: a number; what FFmpeg reserves at a time from now on is no more than that.
        unsafe { ff::av_max_alloc(usize::try_from(limits.max_memory).unwrap_or(usize::MAX)) };
        // SAFETY: a name that ends with a zero.
        let demuxer_found = unsafe { ff::av_find_input_format(demuxer.as_ptr()) };
        if demuxer_found.is_null() {
            let name = demuxer.to_string_lossy();
            return Err(Reason::Unsupported.says(format!("this FFmpeg has no demuxer {name}")));
        }
        let mut input = Self::unopened(source)?;
        let mut options = Options::default();
        for (key, value) in [
            (c"probesize", PROBED),
            (c"analyzeduration", ANALYZED),
            (c"max_streams", MOST_TRACKS),
            (c"protocol_whitelist", c""),
            (c"format_whitelist", demuxer),
            (c"codec_whitelist", DECODERS),
        ] {
            options.set(key, value)?;
        }
        let mut context = input.context.as_ptr();
        // SAFETY: the context, the name and the options are alive. When this fails it has freed the context.
        let code = unsafe {
            ff::avformat_open_input(&raw mut context, c"".as_ptr(), demuxer_found, &raw mut options.0)
        };
        if code < 0 {
            // SAFETY: only to have something to free when the input is dropped.
            let empty = NonNull::new(unsafe { ff::avformat_alloc_context() }).ok_or_else(no_memory)?;
            input.context = empty;
            return Err(blamed(fault("open", code), limits));
        }
        input.probe_if_silent()?;
        Ok(input)
    }

    /// A context whose bytes come from the source, and which can open nothing else.
    fn unopened(source: &'a Source<'a>) -> Result<Self, Fault> {
        let reader = Box::new(Reader::new(source));
        let reader = NonNull::from(Box::leak(reader));
        // SAFETY: the buffer is FFmpeg's own and of the length that is given; the reader lives until the input is
        // dropped, which frees the context first.
        let io = unsafe {
            let buffer = ff::av_malloc(PIECE).cast();
            ff::avio_alloc_context(
                buffer,
                PIECE as c_int,
                0,
                reader.as_ptr().cast(),
                Some(read),
                None,
                Some(seek),
            )
        };
        // SAFETY: nothing goes in.
        let context = unsafe { ff::avformat_alloc_context() };
        let (Some(io), Some(context)) = (NonNull::new(io), NonNull::new(context)) else {
            return Err(no_memory());
        };
        // SAFETY: the context is alive and not opened yet.
        unsafe {
            let context = context.as_ptr();
            (*context).pb = io.as_ptr();
            (*context).flags |= ff::AVFMT_FLAG_CUSTOM_IO;
            (*context).io_open = Some(open_nothing);
            (*context).interrupt_callback =
                ff::AVIOInterruptCB { callback: Some(is_enough), opaque: reader.as_ptr().cast() };
        }
        Ok(Self { context, io, reader, len: source.len(), _source: PhantomData })
    }

    /// Looks into packets for what the container leaves open: a size, or which tracks there are. Where it says all, that
    /// would take longer than everything else; and where there are covers and no films, it is a song.
    fn probe_if_silent(&mut self) -> Result<(), Fault> {
        let tracks = self.tracks();
        let unknown = |track: &Track| track.size.0 == 0 || track.size.1 == 0;
        let silent = if tracks.is_empty() { self.covers().is_empty() } else { tracks.iter().all(unknown) };
        // SAFETY: the context is alive.
        let open = unsafe { self.context.as_ref() }.ctx_flags & ff::AVFMTCTX_NOHEADER as c_int != 0;
        if !silent && !open {
            return Ok(());
        }
        // SAFETY: the context is open; no options are given.
        let code = unsafe { ff::avformat_find_stream_info(self.context.as_ptr(), ptr::null_mut()) };
        if code < 0 && self.tracks().is_empty() { Err(fault("look into it", code)) } else { Ok(()) }
    }

    fn streams(&self) -> &[*mut ff::AVStream] {
        // SAFETY: the context is alive, and has an array of so many pointers, each to a stream that lives as long.
        unsafe {
            let context = self.context.as_ref();
            if context.streams.is_null() {
                return &[];
            }
            slice::from_raw_parts(context.streams, context.nb_streams as usize)
        }
    }

    /// All tracks of moving pictures.
    pub(crate) fn tracks(&self) -> Vec<Track> {
        let streams = self.streams().iter().enumerate();
        streams.filter_map(|(index, stream)| track(index, *stream)).collect()
    }

    /// Pictures that stand for the film: the files of their own that are inside.
    pub(crate) fn covers(&self) -> Vec<Cover<'_>> {
        let pictures = self.streams().iter().filter_map(|stream| {
            // SAFETY: the stream is alive, and an attached picture's packet with it.
            unsafe {
                let stream = &**stream;
                let packet = &stream.attached_pic;
                let is_cover = stream.disposition & ff::AV_DISPOSITION_ATTACHED_PIC != 0;
                let len = usize::try_from(packet.size).ok().filter(|len| *len > 0 && is_cover)?;
                let bytes = (!packet.data.is_null()).then(|| slice::from_raw_parts(packet.data, len))?;
                let said = [word(stream.metadata, c"comment"), word(stream.metadata, c"filename")];
                Some(Cover { bytes, said: said.into_iter().flatten().next().unwrap_or_default() })
            }
        });
        pictures.collect()
    }

    /// How long the film says that it is, in seconds.
    pub(crate) fn duration(&self) -> Option<f64> {
        // SAFETY: the context is alive.
        let ticks = unsafe { self.context.as_ref() }.duration;
        seconds(ticks, ff::AV_TIME_BASE_Q).filter(|seconds| *seconds > 0.0)
    }

    /// How long its longest stream of any kind says that it is, in seconds.
    pub(crate) fn longest(&self) -> Option<f64> {
        let told = self.streams().iter().filter_map(|stream| {
            // SAFETY: the stream is alive.
            unsafe { seconds((**stream).duration, (**stream).time_base) }
        });
        told.filter(|seconds| *seconds > 0.0).reduce(f64::max)
    }

    /// Length of the file in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Whether the container knows no times: then there are only places.
    pub(crate) fn is_timeless(&self) -> bool {
        self.has(ff::AVFMT_NOTIMESTAMPS as c_int)
    }

    /// Whether it can be read from any place on, as what is broadcast can.
    pub(crate) fn is_stream(&self) -> bool {
        self.is_timeless() || self.has(ff::AVFMT_TS_DISCONT as c_int)
    }

    fn has(&self, flag: c_int) -> bool {
        // SAFETY: the context is alive, and its format a constant of the library's.
        unsafe { (*self.context.as_ref().iformat).flags & flag != 0 }
    }

    /// Lets the demuxer pass over all other tracks.
    pub(crate) fn only(&mut self, track: usize) {
        for (index, stream) in self.streams().iter().enumerate() {
            let wanted = if index == track { ff::AVDiscard::DEFAULT } else { ff::AVDiscard::ALL };
            // SAFETY: the stream is alive, and nobody else has it.
            unsafe { (**stream).discard = wanted };
        }
    }

    /// Reads on elsewhere; whether that worked.
    pub(crate) fn seek(&mut self, track: usize, to: Seek) -> bool {
        let Some(&stream) = self.streams().get(track) else { return false };
        // SAFETY: the stream is alive.
        let (base, start) = unsafe { ((*stream).time_base, (*stream).start_time) };
        let (at, flags) = match to {
            Seek::Seconds(seconds) => {
                let start = if start == ff::AV_NOPTS_VALUE { 0 } else { start };
                let ticks = seconds * f64::from(base.den) / f64::from(base.num.max(1));
                (start.saturating_add(ticks as i64), ff::AVSEEK_FLAG_BACKWARD)
            }
            Seek::Share(share) => ((self.len as f64 * share) as i64, ff::AVSEEK_FLAG_BYTE),
        };
        // SAFETY: the context is open and has this stream.
        unsafe { ff::av_seek_frame(self.context.as_ptr(), track as c_int, at, flags) >= 0 }
    }

    /// The next packet of a track, or nothing at the end.
    pub(crate) fn read(&mut self, track: usize, packet: &mut Packet) -> bool {
        loop {
            // SAFETY: the packet is alive; what it held is let go of before it is filled again.
            let (code, of) = unsafe {
                ff::av_packet_unref(packet.get());
                let code = ff::av_read_frame(self.context.as_ptr(), packet.get());
                (code, (*packet.get()).stream_index)
            };
            if code < 0 {
                return false;
            }
            if usize::try_from(of).is_ok_and(|of| of == track) {
                return true;
            }
        }
    }

    /// When a packet or a frame with this many ticks comes, in seconds from the track's first.
    pub(crate) fn time(&self, track: usize, ticks: i64) -> Option<f64> {
        // SAFETY: the streams are alive.
        let (base, start) =
            unsafe { self.streams().get(track).map(|one| ((**one).time_base, (**one).start_time))? };
        let start = seconds(start, base).unwrap_or_default();
        seconds(ticks, base).map(|time| time - start)
    }

    pub(super) fn stream(&self, track: usize) -> Option<NonNull<ff::AVStream>> {
        self.streams().get(track).and_then(|stream| NonNull::new(*stream))
    }

    /// The first track of sound that can be decoded.
    pub(crate) fn sound_track(&self) -> Option<usize> {
        // SAFETY: the streams are alive.
        self.streams().iter().position(|stream| unsafe { super::ear::is_heard(*stream) })
    }

    pub(super) fn context(&self) -> *mut ff::AVFormatContext {
        self.context.as_ptr()
    }
}

impl Drop for Input<'_> {
    fn drop(&mut self) {
        // SAFETY: each was made by the library and is freed once: the context first, which may still look at the
        // others; FFmpeg may have put another buffer in the place of the first. The reader came from a box.
        unsafe {
            let (mut context, mut io) = (self.context.as_ptr(), self.io.as_ptr());
            ff::avformat_close_input(&raw mut context);
            ff::av_freep((&raw mut (*io).buffer).cast());
            ff::avio_context_free(&raw mut io);
            drop(Box::from_raw(self.reader.as_ptr()));
        }
    }
}

/// What is known of a stream, if it is moving pictures.
fn track(index: usize, stream: *mut ff::AVStream) -> Option<Track> {
    const STILL: c_int = ff::AV_DISPOSITION_ATTACHED_PIC | ff::AV_DISPOSITION_TIMED_THUMBNAILS;
    /// `encv`: the name that takes the place of the codec's (ISO/IEC 14496-12, 8.12).
    const ENCRYPTED: u32 = u32::from_le_bytes(*b"encv");
    // SAFETY: the stream is alive, its parameters with it, and what the library answers are constants of its own.
    unsafe {
        let parameters = &*(*stream).codecpar;
        if parameters.codec_type != ff::AVMediaType::VIDEO || (*stream).disposition & STILL != 0 {
            return None;
        }
        let base = (*stream).time_base;
        let side = |number: c_int| u32::try_from(number).unwrap_or(0);
        let listed = ff::avformat_index_get_entries_count(stream);
        let last = (listed > 0).then(|| ff::avformat_index_get_entry(stream, listed - 1));
        let last = last.and_then(|entry| entry.as_ref()).and_then(|entry| seconds(entry.timestamp, base));
        let name = CStr::from_ptr(ff::avcodec_get_name(parameters.codec_id));
        Some(Track {
            index,
            size: (side(parameters.width), side(parameters.height)),
            known: super::decoder::find(parameters.codec_id).is_some(),
            codec: name.to_string_lossy().into_owned(),
            encrypted: parameters.codec_tag == ENCRYPTED || word((*stream).metadata, c"enc_key_id").is_some(),
            listed: side(listed),
            duration: seconds((*stream).duration, base).filter(|seconds| *seconds > 0.0),
            last_listed: last.map(|last| last - seconds((*stream).start_time, base).unwrap_or_default()),
            frame_rate: ratio((*stream).avg_frame_rate)
                .or(ratio((*stream).r_frame_rate))
                .filter(|rate| *rate <= MOST_FRAMES),
            matrix: display_matrix(stream),
        })
    }
}

/// What a stream's metadata say under this name.
///
/// # Safety
/// The dictionary is alive, or none.
pub(super) unsafe fn word(metadata: *mut ff::AVDictionary, name: &CStr) -> Option<String> {
    // SAFETY: the name ends with a zero, and none is given to go on from; so does what is found, which is copied.
    unsafe {
        let found = ff::av_dict_get(metadata, name.as_ptr(), ptr::null(), 0).as_ref()?;
        Some(CStr::from_ptr(found.value).to_string_lossy().into_owned())
    }
}

/// The cells of a stream's display matrix that turn and mirror.
///
/// # Safety
/// The stream is alive.
unsafe fn display_matrix(stream: *mut ff::AVStream) -> Option<[i32; 4]> {
    const CELLS: usize = 9;
    let kind = ff::AVPacketSideDataType::DISPLAYMATRIX;
    let mut len = 0;
    // SAFETY: the stream is alive, and its side data as long as the library says.
    let bytes = unsafe {
        #[cfg(not(since_6_1))]
        let start = ff::av_stream_get_side_data(stream, kind, &raw mut len);
        #[cfg(since_6_1)]
        let start = {
            let parameters = (*stream).codecpar;
            let found = ff::av_packet_side_data_get(
                (*parameters).coded_side_data,
                (*parameters).nb_coded_side_data,
                kind,
            );
            len = found.as_ref().map_or(0, |found| found.size as usize);
            found.as_ref().map_or(ptr::null_mut(), |found| found.data)
        };
        if start.is_null() {
            return None;
        }
        slice::from_raw_parts(start, len)
    };
    let (words, _) = bytes.as_chunks::<4>();
    let cell = |place: usize| {
        words.get(place).filter(|_| words.len() >= CELLS).map(|word| i32::from_ne_bytes(*word))
    };
    Some([cell(0)?, cell(1)?, cell(3)?, cell(4)?])
}

/// Options that are freed.
struct Options(*mut ff::AVDictionary);

impl Default for Options {
    fn default() -> Self {
        Self(ptr::null_mut())
    }
}

impl Options {
    fn set(&mut self, key: &CStr, value: &CStr) -> Result<(), Fault> {
        // SAFETY: both words end with a zero and are copied.
        let code = unsafe { ff::av_dict_set(&raw mut self.0, key.as_ptr(), value.as_ptr(), 0) };
        if code < 0 { Err(no_memory()) } else { Ok(()) }
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: it was made by the library, or is none, which may be freed too.
        unsafe { ff::av_dict_free(&raw mut self.0) };
    }
}
