//! What the two ends of the pipe are held to, whatever the other end sends: by name, a function that panics when a
//! promise is broken. Compiled for fuzzing and for tests only.
//! Knows nothing of fuzzers.
#![allow(clippy::unwrap_used, reason = "a panic is what it is for")]

use crate::frame::{self, FrameError};
use crate::pool::{LastWords, receive_thumbnails};
use crate::protocol::{Announced, AnnouncedSheet, Announcement, Answer, MAX_ANSWER, MAX_ORDER};
use crate::serve::parse_terms;
use crate::{Capabilities, Effort, Extras, Fault, Level, Order, Reason, Scrub, Tiles};
use std::io::Read;

/// A name, and what holds for any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Everything that either end reads from the other.
pub const TARGETS: &[Target] = &[
    ("answer", answer),
    ("greeting", greeting),
    ("last_words", last_words),
    ("order", order),
    ("round_trip", round_trip),
    ("terms", terms),
];

/// What a parent does with the bytes of a worker: an answer to an order, and thumbnails behind it.
fn answer(mut bytes: &[u8]) {
    let asked = Order::new(&[512, 128], 85);
    match frame::read::<Answer>(&mut bytes, MAX_ANSWER) {
        Ok(Answer::Done(announcement)) if announcement.check(&asked).is_ok() => {
            let announced: u64 = announcement.thumbnails.iter().map(|thumbnail| thumbnail.length).sum();
            let sent = bytes.len() as u64;
            match receive_thumbnails(*announcement, &mut bytes) {
                Ok(rendition) => {
                    assert!(announced <= sent && rendition.thumbnails.len() == 2);
                    rendition.facts.warnings.iter().for_each(|warning| assert_harmless(warning));
                }
                Err(FrameError::Closed) => assert!(announced > sent, "all was sent and yet not received"),
                Err(_) => {}
            }
        }
        Ok(Answer::Done(_) | Answer::Failed(_)) | Err(_) => {}
    }
}

fn greeting(mut bytes: &[u8]) {
    if let Ok(greeting) = frame::read::<Capabilities>(&mut bytes, MAX_ANSWER) {
        let level = Level::of(&greeting.jail_steps);
        assert!(!level.word().is_empty());
    }
}

/// Heard in pieces, as a stream comes: one line, no longer than it may be, with nothing in it that moves a cursor.
fn last_words(bytes: &[u8]) {
    let mut words = LastWords::default();
    let (first, second) = bytes.split_at(bytes.len() / 3);
    words.hear(first);
    words.hear(second);
    let text = words.text();
    assert_harmless(&text);
    let mut at_once = LastWords::default();
    at_once.hear(bytes);
    assert_eq!(text, at_once.text(), "pieces make no difference");
}

#[track_caller]
fn assert_harmless(text: &str) {
    assert!(!text.contains(char::is_control) && text.chars().count() <= 4096, "{text:?}");
}

fn order(mut bytes: &[u8]) {
    if let Ok(order) = frame::read::<Order>(&mut bytes, MAX_ORDER) {
        assert_comes_back(&order, MAX_ORDER);
    }
}

fn terms(bytes: &[u8]) {
    if let Ok(terms) = std::str::from_utf8(bytes).map_err(|error| error.to_string()).and_then(parse_terms) {
        assert_eq!(parse_terms(&serde_json::to_string(&terms).unwrap()), Ok(terms));
    }
}

/// Whatever can be said is heard as it was said.
fn round_trip(mut bytes: &[u8]) {
    let from = &mut bytes;
    let sizes = (0..number(from) % 9).map(|_| number(from)).collect();
    let effort = if number(from).is_multiple_of(2) { Effort::Full } else { Effort::Reduced };
    let scrub = (!from.is_empty()).then(|| Scrub { frames: number(from), edge: number(from) });
    let extras = Extras { scrub, waveform: number(from).is_multiple_of(2) };
    assert_comes_back(&Order { sizes, quality: number(from) as u8, effort, extras }, MAX_ORDER);
    let reason = Reason::ALL[number(from) as usize % Reason::ALL.len()];
    assert_comes_back(&Answer::Failed(Fault { reason, detail: text(from) }), MAX_ANSWER);
    let thumbnails = (0..number(from) % 5).map(|_| Announced {
        size: number(from),
        width: number(from),
        height: number(from),
        length: u64::from(number(from)) << 20,
    });
    let thumbnails = thumbnails.collect();
    let facts = crate::Facts {
        format: text(from),
        mime_type: text(from),
        duration_ms: (!from.is_empty()).then(|| u64::from(number(from))),
        thumbhash: text(from).into_bytes(),
        warnings: (0..number(from) % 4).map(|_| text(from)).collect(),
        ..crate::Facts::default()
    };
    let metrics = crate::Metrics { peak_memory: u64::MAX - u64::from(number(from)), ..Default::default() };
    let tiles = Tiles { columns: 3, starts_ms: text(from).bytes().map(u64::from).collect() };
    let sheet = Some(AnnouncedSheet { width: 1, height: 2, length: 3, tiles });
    let announcement = Announcement { thumbnails, sheet, facts, metrics };
    assert_comes_back(&Answer::Done(Box::new(announcement)), MAX_ANSWER);
}

fn assert_comes_back<T>(said: &T, most: usize)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    match frame::encode(said, most) {
        Ok(frame) => assert_eq!(&frame::read::<T>(&mut &*frame, most).unwrap(), said),
        Err(FrameError::TooLong { length, .. }) => assert!(length > most),
        Err(error) => panic!("{said:?} cannot be said: {error}"),
    }
}

/// The next number; zero at the end.
fn number(from: &mut &[u8]) -> u32 {
    let mut bytes = [0; 4];
    let _ = from.read(&mut bytes);
    u32::from_le_bytes(bytes)
}

/// The next text of up to 255 bytes.
fn text(from: &mut &[u8]) -> String {
    let len = (number(from) as usize % 256).min(from.len());
    let (text, rest) = from.split_at(len);
    *from = rest;
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
#[path = "../../../fuzz/cases.rs"]
mod cases;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_and_what_is_near_them_hold() {
        for (name, check) in TARGETS {
            cases::check(name, check);
        }
    }
}
