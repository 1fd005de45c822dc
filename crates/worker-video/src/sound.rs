//! Sound without a cover: a drawing of how loud it is from beginning to end.
//! Knows loudness and where to listen; nothing of how sound is coded.

use crate::ffmpeg::{Ear, Input, Packet, Seek};
use tintype_media::formats::Order;
use tintype_media::{Fault, Picture, Pixels, Reason};

/// How many moments are drawn, each a bar. More would be a comb at 256 pixels.
const BARS: u32 = 96;
/// A bar is so many pixels wide at least, with the gap.
const LEAST_WIDTH: u32 = 3;
/// What plays no longer than this is heard as a whole; of the rest each bar's moment is listened to.
const SHORT: f64 = 30.0;
/// How many packets are heard at a moment: a fifth of a second of most codecs.
const AT_A_MOMENT: u32 = 8;
/// Packets that are heard in a row at most, where nobody knows how long it plays: some eight minutes.
const IN_A_ROW: u32 = 20_000;
/// What is quieter than a tenth throughout is drawn as quieter.
const FAINT: f32 = 0.1;

const PAPER: [u8; 3] = [24, 27, 34];
const INK: [u8; 3] = [126, 182, 232];

/// The picture of a sound.
pub(crate) fn waveform(input: &mut Input<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let track =
        input.sound_track().ok_or_else(|| Reason::NoPicture.says("neither picture nor sound in it"))?;
    let mut ear = Ear::open(input, track, order.limits)?;
    input.only(track);
    let (width, height) = (order.edge.max(2), (order.edge / 2).max(1));
    let bars = BARS.min(width / LEAST_WIDTH).max(1);
    let heard = match input.duration().filter(|seconds| *seconds > SHORT) {
        Some(seconds) => at_moments(input, (track, &mut ear), (bars, seconds))?,
        None => in_a_row(input, (track, &mut ear), bars)?,
    };
    if heard.is_empty() {
        return Err(Reason::Corrupt.says("no sound in it can be decoded"));
    }
    Ok(Picture::new(Pixels::Rgb8(drawn(&heard, (width, height))), width, height))
}

/// The loudest of each of so many moments, evenly over all of it.
fn at_moments(
    input: &mut Input<'_>,
    (track, ear): (usize, &mut Ear),
    (bars, seconds): (u32, f64),
) -> Result<Vec<f32>, Fault> {
    let mut packet = Packet::new()?;
    let mut heard = Vec::new();
    for bar in 0..bars {
        let at = seconds * (f64::from(bar) + 0.5) / f64::from(bars);
        ear.forget();
        if !input.seek(track, Seek::Seconds(at)) {
            break;
        }
        let mut loudest = 0.0_f32;
        for _ in 0..AT_A_MOMENT {
            if !input.read(track, &mut packet) {
                break;
            }
            loudest = loudest.max(ear.peak(&packet).unwrap_or(0.0));
        }
        heard.push(loudest);
    }
    Ok(heard)
}

/// The loudest of each of so many parts, all of it heard.
fn in_a_row(input: &mut Input<'_>, (track, ear): (usize, &mut Ear), bars: u32) -> Result<Vec<f32>, Fault> {
    let mut packet = Packet::new()?;
    let mut peaks = Vec::new();
    for _ in 0..IN_A_ROW {
        if !input.read(track, &mut packet) {
            break;
        }
        peaks.extend(ear.peak(&packet));
    }
    let bars = (bars as usize).min(peaks.len());
    let part = |bar: usize| bar * peaks.len() / bars;
    let loudest = |bar| peaks[part(bar)..part(bar + 1)].iter().copied().fold(0.0, f32::max);
    Ok((0..bars).map(loudest).collect())
}

/// Bars about the middle, the loudest as high as the picture.
fn drawn(heard: &[f32], (width, height): (u32, u32)) -> Vec<u8> {
    let loudest = heard.iter().copied().fold(FAINT, f32::max);
    let mut pixels = PAPER.repeat(width as usize * height as usize);
    let slot = f64::from(width) / heard.len() as f64;
    for (bar, peak) in heard.iter().enumerate() {
        let from = (bar as f64 * slot) as u32;
        let to = ((bar as f64 + 0.7) * slot).ceil() as u32;
        // A line stays where it is silent.
        let tall = ((peak / loudest * height as f32 * 0.9) as u32).clamp(1, height);
        let top = (height - tall) / 2;
        for y in top..top + tall {
            for x in from..to.clamp(from + 1, width) {
                let place = (y as usize * width as usize + x as usize) * 3;
                pixels[place..place + 3].copy_from_slice(&INK);
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pixels of each column are ink.
    #[track_caller]
    fn check(heard: &[f32], (width, height): (u32, u32), columns: &[usize]) {
        let pixels = drawn(heard, (width, height));
        let is_ink = |x: u32, y: u32| pixels[((y * width + x) * 3) as usize..].starts_with(&INK);
        let counted: Vec<usize> = (0..width).map(|x| (0..height).filter(|y| is_ink(x, *y)).count()).collect();
        assert_eq!(counted, columns);
    }

    #[test]
    fn bars_are_as_high_as_it_is_loud() {
        check(&[1.0, 0.5, 0.0], (12, 20), &[18, 18, 18, 0, 9, 9, 9, 0, 1, 1, 1, 0]);
        check(&[0.05, 0.1], (6, 20), &[9, 9, 9, 18, 18, 18]);
        check(&[0.0], (2, 1), &[1, 1]);
    }
}
