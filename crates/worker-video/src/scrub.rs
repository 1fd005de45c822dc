//! The pictures of a scrub sheet: the key frames at even distances over the whole film, or of a short one that has few
//! of them the frames there.
//! Knows shares of a film and what looking costs; nothing of how a sheet is made of them.
//!
//! What is spent is counted in pixels and not by a clock: the same film always has the same sheet.

use crate::ffmpeg::Spared;
use crate::film::{Film, Moment};
use crate::still;
use tintype_media::formats::Order;
use tintype_media::{Effort, Extras, Scrub, Tile};

/// Pixels that may be decoded for a sheet: some six seconds of CPU with the codecs that cost most. Ninety-six pictures of
/// a film in 4K, all two hundred of smaller ones; or all frames of a clip of six seconds in 1080p.
const SPENT: u64 = 800_000_000;
/// The same for who wants it cheap, because that took too long.
const SPENT_REDUCED: u64 = SPENT / 10;
/// Pictures a second where nobody says: more than most films have.
const USUAL_RATE: f64 = 30.0;

/// The tiles of a film, each of another moment. What cannot be decoded is left out.
pub(crate) fn tiles(film: &mut Film<'_>, order: &Order<'_>, scrub: Scrub) -> Vec<Tile> {
    let small = Order { edge: scrub.edge, smallest_edge: scrub.edge, extras: Extras::NONE, ..*order };
    let most = if order.effort == Effort::Full { SPENT } else { SPENT_REDUCED };
    let mut strip = Strip { order: &small, scrub, most, tiles: Vec::new(), pixels: 0 };
    strip.take_key_frames(film);
    if strip.is_sparse() && strip.may_see_all(film) {
        strip.tiles.clear();
        strip.take_from_a_row(film);
    }
    strip.tiles
}

struct Strip<'s> {
    order: &'s Order<'s>,
    scrub: Scrub,
    /// Pixels that may be decoded.
    most: u64,
    tiles: Vec<Tile>,
    /// Of one frame.
    pixels: u64,
}

impl Strip<'_> {
    fn take_key_frames(&mut self, film: &mut Film<'_>) {
        let mut count = u64::from(self.scrub.frames);
        let (mut place, mut last) = (0, f64::NEG_INFINITY);
        while place < count {
            let share = place as f64 / count as f64;
            place += 1;
            let Some(moment) = film.key_frame_after(share, last) else { continue };
            self.take(film, &moment);
            count = count.min(self.most / self.pixels).max(1);
            last = moment.at;
        }
    }

    /// Whether few of the pictures that are wanted could be had.
    fn is_sparse(&self) -> bool {
        self.tiles.len() < self.scrub.frames as usize / 2
    }

    /// Whether the film is short enough for all its frames to be decoded.
    fn may_see_all(&self, film: &Film<'_>) -> bool {
        let frames = film.duration().map(|seconds| seconds * film.frame_rate().unwrap_or(USUAL_RATE));
        frames.is_some_and(|frames| frames * self.pixels as f64 <= self.most as f64)
    }

    /// The first frame of each even part of the film.
    fn take_from_a_row(&mut self, film: &mut Film<'_>) {
        let Some(duration) = film.duration().filter(|_| film.rewind(Spared::Bystanders)) else { return };
        let (mut taken, mut spent) = (0, 0);
        while let Some(moment) = film.next_frame() {
            spent += self.pixels;
            if moment.at >= duration * f64::from(taken) / f64::from(self.scrub.frames) {
                self.take(film, &moment);
                taken += 1;
            }
            if taken == self.scrub.frames || spent > self.most {
                return;
            }
        }
    }

    fn take(&mut self, film: &Film<'_>, moment: &Moment) {
        let (width, height) = moment.frame.size();
        self.pixels = (u64::from(width) * u64::from(height)).max(1);
        let start_ms = (moment.at.max(0.0) * 1000.0).round() as u64;
        if self.tiles.last().is_some_and(|before| before.start_ms() >= start_ms) {
            return;
        }
        let tile = still::picture(film, &moment.frame, self.order)
            .and_then(|picture| Tile::of(&picture, start_ms, (self.scrub, self.order.limits)));
        self.tiles.extend(tile.ok());
    }
}
