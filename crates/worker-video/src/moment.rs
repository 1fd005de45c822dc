//! Which frame is shown: the key frame before a tenth of the film, or a better one where that is black or plain.
//! Knows shares of a film and what looking costs; nothing of how frames are had.
//!
//! What is spent on the search is counted in frames and pixels and not by a clock: the same film always shows the same.

use crate::ffmpeg::Spared;
use crate::film::{Film, Moment};
use crate::score::Score;
use crate::still;
use tintype_media::formats::Order;
use tintype_media::{Effort, Fault, Picture, Reason};

/// Where the first look goes, as a share of the film: past titles and logos, before the plot.
const FIRST: f64 = 0.1;
/// Where the next go when that one is not good. Far apart, since fades and titles last for seconds.
const OTHERS: &[f64] = &[0.2, 0.33, 0.5, 0.05, 0.66, 0.8];
/// Pixels that may be decoded in search of a better frame: one and a half seconds of CPU with the codecs that cost most.
const SEARCHED: u64 = 100_000_000;
/// Frames in a row that are looked at when key frames are no help: twelve seconds of most films.
const IN_A_ROW: u32 = 300;
/// With more key frames than this, the frames between them are like them.
const FEW_KEY_FRAMES: usize = 2;
/// Of those every so manieth is judged: neighbours look alike.
const JUDGED: u32 = 6;

/// By how much frames of a scene that fades in differ from one that is judged to the next.
const STILL_RISING: f32 = 1.025;

/// A frame that may be the one.
struct Candidate {
    moment: Moment,
    score: Score,
}

/// The picture by which the film is known best.
pub(crate) fn best(film: &mut Film<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut answer = best_of_track(film, order);
    // What announces several tracks may have left some of them empty.
    while answer.is_err() && film.take_next_track() && film.rewind(Spared::Nothing) {
        answer = best_of_track(film, order).or(answer);
    }
    answer
}

fn best_of_track(film: &mut Film<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut search = Search { film, order, best: None, seen: Vec::new(), spent: 0, fault: None };
    search.look_at(FIRST);
    if search.goes_on() {
        search.look_elsewhere();
    }
    if search.goes_on() && search.seen.len() <= FEW_KEY_FRAMES {
        search.look_in_a_row();
    }
    if search.best.is_none() && search.film.rewind_uncut() {
        search.look_at(0.0);
    }
    search.end()
}

struct Search<'s, 'f> {
    film: &'s mut Film<'f>,
    order: &'s Order<'s>,
    best: Option<Candidate>,
    /// When the frames come that were judged.
    seen: Vec<f64>,
    spent: u64,
    fault: Option<Fault>,
}

impl Search<'_, '_> {
    /// Whether it is worth looking on. Who wants it cheap is content with any frame.
    fn goes_on(&self) -> bool {
        match &self.best {
            None => true,
            Some(best) => self.order.effort == Effort::Full && !best.score.is_good() && self.spent < SEARCHED,
        }
    }

    fn look_at(&mut self, share: f64) {
        if let Some(moment) = self.film.key_frame_at(share) {
            self.judge(moment);
        }
    }

    /// At other places, and where no place can be found at the start.
    fn look_elsewhere(&mut self) {
        for share in OTHERS {
            self.look_at(*share);
            if !self.goes_on() {
                return;
            }
        }
        if self.best.is_none() && self.film.rewind(Spared::Nothing) {
            self.look_at(0.0);
        }
    }

    /// From the start on through all frames: where there is one key frame only, or none.
    fn look_in_a_row(&mut self) {
        if !self.is_worth_reading() {
            return;
        }
        let mut last = None;
        for count in 1..=IN_A_ROW {
            let Some(moment) = self.film.next_frame() else { break };
            self.spend(&moment);
            if count % JUDGED == 0 {
                let before = self.worth();
                self.judge(moment);
                last = None;
                // While a scene fades in, each frame is better than the one before, and good before it is best.
                if !self.goes_on() && self.worth() < before * STILL_RISING {
                    return;
                }
            } else {
                last = Some(moment);
            }
            if self.spent >= SEARCHED {
                break;
            }
        }
        // Of a film of a few frames the last is as good as any, and better than none.
        if let Some(last) = last {
            self.judge(last);
        }
    }

    /// Turns to the start, where a look at the lengths of packets shows that pictures come that were not seen yet.
    fn is_worth_reading(&mut self) -> bool {
        if self.best.is_none() {
            return self.film.rewind(Spared::Nothing);
        }
        let rewound = self.film.rewind(Spared::Bystanders);
        rewound && self.film.changes(IN_A_ROW) && self.film.rewind(Spared::Bystanders)
    }

    fn worth(&self) -> f32 {
        self.best.as_ref().map_or(0.0, |best| best.score.worth())
    }

    fn spend(&mut self, moment: &Moment) {
        let (width, height) = moment.frame.size();
        self.spent = self.spent.saturating_add(u64::from(width) * u64::from(height));
    }

    fn judge(&mut self, moment: Moment) {
        if self.seen.contains(&moment.at) {
            return;
        }
        self.spend(&moment);
        self.seen.push(moment.at);
        match still::score(self.film, &moment.frame, self.order) {
            Ok(score) if self.best.as_ref().is_some_and(|best| score.worth() <= best.score.worth()) => {}
            Ok(score) => self.best = Some(Candidate { moment, score }),
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn end(self) -> Result<Picture, Fault> {
        let Some(Candidate { moment, .. }) = self.best else {
            return Err(match self.fault {
                Some(fault) => fault,
                None if self.film.is_encrypted() => Reason::Encrypted.says("its pictures are encrypted"),
                None => Reason::Corrupt.says("no picture in it can be decoded"),
            });
        };
        let picture = still::picture(self.film, &moment.frame, self.order)?;
        self.film.chose(moment.at, picture.full_size);
        Ok(picture)
    }
}
