//! One opened film: the track that is shown, how long it plays, and its key frames from anywhere.
//! Knows where to look; nothing of which frame is a good one.

use crate::ffmpeg::{Cover, Decoder, Frame, Input, Packet, Seek, Spared, Track};
use crate::shown;
use tintype_media::formats::Order;
use tintype_media::{Fault, Film as About, Limits, Orientation, Picture, Reason};

/// How many packets are passed over in search of a key frame. Ten minutes of film have some; where there is none in so
/// many, there is none at all.
const MOST_PACKETS: u32 = 20_000;
/// How many key frames that cannot be decoded are passed over: what is broken at one place is often whole at the next.
const MOST_BROKEN: u32 = 8;
/// Fewer bits a second are not moving pictures: who says that a film is so long is wrong.
const LEAST_BIT_RATE: f64 = 400.0;
/// No film is longer: ten days.
const LONGEST: f64 = 864_000.0;
/// From so many pixels for one that is wanted on, the borders of blocks are smoothed by that alone. (Over the corpus
/// SSIMULACRA2 differs by some hundredths; at twice as many, by a point.)
const COARSE: u32 = 3;
/// The code of a picture that is like the one before is no longer: heads, and a bit for each group of blocks.
const LEAST_CHANGE: u64 = 64;
/// And in large pictures, a byte for so many pixels. (Of black and white films it takes one for 3,000 to 6,000, of a
/// slow fade one for 100.)
const PIXELS_PER_BYTE_OF_CHANGE: u64 = 2048;
/// What a decoder of films takes for a pixel: some pictures at hand, each with two bytes a sample and half of that again
/// for colour, and our own copies.
const BYTES_PER_PIXEL: u64 = 16;

/// One opened film.
pub(crate) struct Film<'a> {
    input: Input<'a>,
    limits: &'a Limits,
    /// The longest edge that is wanted of a picture.
    edge: u32,
    packet: Packet,
    track: Option<Track>,
    decoder: Option<Decoder>,
    /// Tracks that may be shown if this one cannot be, the best last.
    others: Vec<Track>,
    refused: Option<Fault>,
    shown_at: Option<f64>,
    /// Whether pictures are taken too that the film's list of cuts leaves out.
    uncut: bool,
    /// What the size turned out to be, as shown before turning.
    size: Option<(u32, u32)>,
}

/// A frame and when it is shown, in seconds from the start.
pub(crate) struct Moment {
    pub(crate) frame: Frame,
    pub(crate) at: f64,
}

impl<'a> Film<'a> {
    pub(crate) fn of(input: Input<'a>, order: &Order<'a>) -> Result<Self, Fault> {
        let mut others = input.tracks();
        others.sort_by_key(worth);
        let packet = Packet::new()?;
        let mut film = Self {
            input,
            limits: order.limits,
            edge: order.edge,
            packet,
            track: None,
            decoder: None,
            others,
            refused: None,
            shown_at: None,
            uncut: false,
            size: None,
        };
        film.take_next_track();
        Ok(film)
    }

    /// Turns to the next best track that there is a decoder for; whether there is one.
    pub(crate) fn take_next_track(&mut self) -> bool {
        while let Some(track) = self.others.pop() {
            match decoder(&self.input, &track, self.limits) {
                Ok(mut decoder) => {
                    if track.size.0.max(track.size.1) / COARSE >= self.edge {
                        decoder.spare(Spared::Borders);
                    }
                    self.input.only(track.index);
                    (self.track, self.decoder) = (Some(track), Some(decoder));
                    return true;
                }
                Err(fault) => self.refused = self.refused.take().or(Some(fault)),
            }
        }
        false
    }

    /// Whether there are moving pictures that we have a decoder for.
    pub(crate) fn has_pictures(&self) -> bool {
        self.track.is_some()
    }

    /// Why there are none, where there would be.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.refused.clone()
    }

    pub(crate) fn input(&mut self) -> &mut Input<'a> {
        &mut self.input
    }

    pub(crate) fn covers(&self) -> Vec<Cover<'_>> {
        self.input.covers()
    }

    /// How long it plays, in seconds, as far as that can be believed.
    pub(crate) fn duration(&self) -> Option<f64> {
        let track = self.track.as_ref();
        let told = self.input.duration().or(track.and_then(|track| track.duration));
        told.filter(|seconds| *seconds < LONGEST && self.input.len() as f64 * 8.0 / seconds >= LEAST_BIT_RATE)
            .or_else(|| {
                track.and_then(|track| track.last_listed).filter(|last| (0.0..LONGEST).contains(last))
            })
    }

    /// Pictures a second, where that is told.
    pub(crate) fn frame_rate(&self) -> Option<f64> {
        self.track.as_ref()?.frame_rate
    }

    /// The time at this share of the film.
    pub(crate) fn time_at(&self, share: f64) -> f64 {
        let listed = self.track.as_ref().filter(|track| track.listed > 1).and_then(|track| track.last_listed);
        let duration = self.duration().unwrap_or(0.0);
        let at = duration * share;
        // Beyond the last picture that is listed there is none.
        listed.filter(|last| *last > 0.0 && at > *last).map_or(at, |last| last * share)
    }

    /// The key frame at this share of the film: the one before, or where there is none the next. At the share of
    /// nothing it is the next from where the film stands.
    pub(crate) fn key_frame_at(&mut self, share: f64) -> Option<Moment> {
        if share > 0.0 && !self.seek(share) { None } else { self.next_key_frame() }
    }

    /// The same, unless it comes no later than `past`, in seconds: then it is not even decoded.
    pub(crate) fn key_frame_after(&mut self, share: f64, past: f64) -> Option<Moment> {
        let there = if share > 0.0 { self.seek(share) } else { self.rewind(Spared::Borders) };
        if there { self.next_key_frame_after(past) } else { None }
    }

    fn seek(&mut self, share: f64) -> bool {
        let Some(track) = self.track.as_ref().map(|track| track.index) else { return false };
        let by_time = !self.input.is_timeless();
        by_time && self.input.seek(track, Seek::Seconds(self.time_at(share)))
            || self.input.seek(track, Seek::Share(share))
    }

    /// The next key frame from where the film stands.
    pub(crate) fn next_key_frame(&mut self) -> Option<Moment> {
        self.next_key_frame_after(f64::NEG_INFINITY)
    }

    fn next_key_frame_after(&mut self, past: f64) -> Option<Moment> {
        let (track, decoder) = (self.track.as_ref()?.index, self.decoder.as_mut()?);
        let mut broken = 0;
        for _ in 0..MOST_PACKETS {
            if !self.input.read(track, &mut self.packet) {
                return None;
            }
            if !self.packet.is_key() {
                continue;
            }
            if self.input.time(track, self.packet.ticks()).is_some_and(|at| at <= past) {
                return None;
            }
            if self.uncut {
                self.packet.uncut();
            }
            if let Some(frame) = decoder.alone(&self.packet) {
                let ticks = if self.packet.ticks() == i64::MIN { frame.ticks() } else { self.packet.ticks() };
                let at = self.input.time(track, ticks).unwrap_or_default();
                return Some(Moment { frame, at }).filter(|moment| moment.at > past);
            }
            broken += 1;
            if broken > MOST_BROKEN {
                return None;
            }
        }
        None
    }

    /// Whether among so many pictures from the start there is any that differs from the one before, by the length of its
    /// code. Of a film that stays black this is known without decoding all of it.
    pub(crate) fn changes(&mut self, pictures: u32) -> bool {
        let Some((track, decoder)) = self.track.as_ref().zip(self.decoder.as_ref()) else { return false };
        let nothing = LEAST_CHANGE.max(decoder.pixels() / PIXELS_PER_BYTE_OF_CHANGE);
        let mut longest_key = None;
        for _ in 0..pictures {
            if !self.input.read(track.index, &mut self.packet) {
                return false;
            }
            let len = self.packet.len();
            let unchanged = if self.packet.is_key() { *longest_key.get_or_insert(len) } else { nothing };
            if len > unchanged {
                return true;
            }
        }
        false
    }

    /// Back to the start, and from now on also to what the film's list of cuts leaves out. (In a list that is wrong
    /// that may be all.)
    pub(crate) fn rewind_uncut(&mut self) -> bool {
        self.uncut = true;
        self.rewind(Spared::Nothing)
    }

    /// Back to the start, for [`Self::next_frame`].
    pub(crate) fn rewind(&mut self, spared: Spared) -> bool {
        let (Some(track), Some(decoder)) = (&self.track, &mut self.decoder) else { return false };
        decoder.forget();
        decoder.spare(spared);
        // By times, a stream that was cut from a longer one begins after its first key frame.
        let by_time = !self.input.is_stream() && self.input.seek(track.index, Seek::Seconds(0.0));
        by_time || self.input.seek(track.index, Seek::Share(0.0))
    }

    /// The next frame that others are made of, or of all where the decoder cannot tell.
    pub(crate) fn next_frame(&mut self) -> Option<Moment> {
        let (track, decoder) = (self.track.as_ref()?.index, self.decoder.as_mut()?);
        for _ in 0..MOST_PACKETS {
            if let Some(frame) = decoder.pull() {
                let at = self.input.time(track, frame.ticks()).unwrap_or_default();
                return Some(Moment { frame, at });
            }
            if !self.input.read(track, &mut self.packet) {
                decoder.end();
                let frame = decoder.pull()?;
                let at = self.input.time(track, frame.ticks()).unwrap_or_default();
                return Some(Moment { frame, at });
            }
            decoder.push(&self.packet);
        }
        None
    }

    /// How a frame is turned.
    pub(crate) fn orientation(&self) -> Orientation {
        let matrix = self.track.as_ref().and_then(|track| track.matrix);
        matrix.map_or(Orientation::UPRIGHT, shown::orientation)
    }

    /// Columns and rows of a frame as shown, before turning.
    pub(crate) fn shown_size(&self, frame: &Frame) -> (u32, u32) {
        let aspect = self.track.as_ref().and_then(|track| frame.pixel_aspect(&self.input, track.index));
        shown::size(frame.size(), aspect)
    }

    /// Notes which moment is shown.
    pub(crate) fn chose(&mut self, at: f64, size: (u32, u32)) {
        self.shown_at = Some(at);
        self.size = Some(size);
    }

    /// Whether pictures are locked.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.packet.is_encrypted() || self.track.as_ref().is_some_and(|track| track.encrypted)
    }

    /// Adds to a picture what is known of the film.
    pub(crate) fn describe(&self, picture: &mut Picture) {
        let milliseconds = |seconds: f64| (seconds.max(0.0) * 1000.0).round() as u64;
        let lasting = |seconds: &f64| *seconds < LONGEST && milliseconds(*seconds) > 0;
        let of_track = self.track.as_ref().map_or_else(|| self.input.longest(), |track| track.duration);
        picture.duration_ms = self.duration().or(of_track).filter(lasting).map(milliseconds);
        let Some(track) = &self.track else { return };
        picture.animated = true;
        let orientation = self.orientation();
        if self.size.is_none() && track.size != (0, 0) {
            picture.stands_for = Some(orientation.upright_size(track.size));
        }
        picture.film = Some(About {
            codec: track.codec.clone(),
            frames_per_1000_s: track.frame_rate.map(|rate| (rate * 1000.0).round() as u32),
            rotation: shown::degrees(orientation),
            shown_at_ms: self.shown_at.map(milliseconds),
        });
    }
}

/// What makes a track the one to show: we can decode it, it has pictures, it is large, and it comes first.
fn worth(track: &Track) -> (bool, bool, u64, std::cmp::Reverse<usize>) {
    let pixels = u64::from(track.size.0) * u64::from(track.size.1);
    (track.known, track.listed > 0, pixels, std::cmp::Reverse(track.index))
}

fn decoder(input: &Input<'_>, track: &Track, limits: &Limits) -> Result<Decoder, Fault> {
    if !track.known {
        return Err(Reason::Unsupported.says(format!("no decoder for {}", track.codec)));
    }
    limits.admit(track.size.0, track.size.1)?;
    let pixels = u64::from(track.size.0).saturating_mul(track.size.1.into());
    limits.admit_bytes(pixels.saturating_mul(BYTES_PER_PIXEL))?;
    Decoder::open(input, track.index, limits)
}
