//! Which frame of an animation is shown: the first, or where that is blank (a fade's beginning, an empty stage) the first
//! of the next few that is not; and how frames lie on one another.
//! Knows pixels; knows nothing of formats.

use crate::{Limits, Pixels};

/// So many frames are looked at: a second of what GIFs usually are. Whoever fades in more slowly is shown blank.
const MOST_FRAMES: u64 = 10;

/// What was one colour differs by up to this after lossy coding: 4 levels of 255.
const FLAT: u16 = 4 * 257;

type Color = [u16; 4];

const CLEAR: Color = [0; 4];

/// One frame and how it is laid onto those before.
pub(super) struct Frame {
    pub(super) pixels: Pixels,
    pub(super) place: Place,
    pub(super) layering: Layering,
}

/// Where on the canvas, and what becomes of it there when the next one comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) afterwards: Afterwards,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layering {
    /// What is transparent shows what was there.
    Over,
    /// Nothing shows of what was there.
    Instead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Afterwards {
    Stays,
    /// Nothing is left in its place.
    Cleared,
    /// What was there before comes back.
    Undone,
}

/// A canvas that the first frame was drawn on, whose place is `last`.
pub(super) struct Canvas<'a> {
    pub(super) pixels: &'a mut Pixels,
    pub(super) size: (u32, u32),
    pub(super) last: Place,
}

impl Canvas<'_> {
    /// Goes on as long as all is blank, and back to the first frame if nothing else comes. `next` is the next frame.
    pub(super) fn tell(&mut self, limits: &Limits, mut next: impl FnMut() -> Option<Frame>) {
        let Some(blank) = color_of_all(self.pixels) else { return };
        let area = u64::from(self.size.0).saturating_mul(self.size.1.into());
        let most = limits.max_pixels.checked_div(area).unwrap_or(0).min(MOST_FRAMES);
        let mut before = CLEAR;
        for seen in 1..most.max(1) {
            let Some(frame) = next() else {
                if seen == 1 {
                    return; // as it was, to the last level
                }
                break;
            };
            match self.last.afterwards {
                Afterwards::Stays => {}
                Afterwards::Cleared => self.fill(self.last, CLEAR),
                Afterwards::Undone => self.fill(self.last, before),
            }
            before = color_of_all(self.pixels).unwrap_or(CLEAR);
            self.lay(&frame);
            self.last = frame.place;
            if !is_blank(self.pixels) {
                return;
            }
        }
        (0..count(self.pixels)).for_each(|at| put(self.pixels, at, blank));
    }

    fn lay(&mut self, frame: &Frame) {
        for (from, to) in self.places(frame.place) {
            let color = color(&frame.pixels, from);
            let laid = match frame.layering {
                Layering::Instead => color,
                Layering::Over => over(color, self::color(self.pixels, to)),
            };
            put(self.pixels, to, laid);
        }
    }

    fn fill(&mut self, place: Place, color: Color) {
        self.places(place).for_each(|(_, to)| put(self.pixels, to, color));
    }

    /// Each pixel of a frame that lies on the canvas: its place in the frame and on the canvas.
    fn places(&self, place: Place) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (width, height) = self.size;
        let at = |x: u32, y: u32, width: u32| {
            (y as usize).saturating_mul(width as usize).saturating_add(x as usize)
        };
        let rows = 0..place.height.min(height.saturating_sub(place.top));
        let columns = 0..place.width.min(width.saturating_sub(place.left));
        rows.flat_map(move |y| {
            columns.clone().map(move |x| {
                let (right, down) = (place.left.saturating_add(x), place.top.saturating_add(y));
                (at(x, y, place.width), at(right, down, width))
            })
        })
    }
}

/// The same where each frame is whole, and shows nothing of those before it.
pub(super) fn pass_blank(
    pixels: &mut Pixels,
    size: (u32, u32),
    limits: &Limits,
    mut next: impl FnMut() -> Option<Pixels>,
) {
    let place = Place { left: 0, top: 0, width: size.0, height: size.1, afterwards: Afterwards::Stays };
    let laid = |pixels| Frame { pixels, place, layering: Layering::Instead };
    Canvas { pixels, size, last: place }.tell(limits, || next().map(laid));
}

/// Whether there is nothing to see: all is transparent, or of one colour.
pub fn is_blank(pixels: &Pixels) -> bool {
    color_of_all(pixels).is_some()
}

/// The colour that all pixels have, give or take what coding leaves.
fn color_of_all(pixels: &Pixels) -> Option<Color> {
    let mut all = (0..count(pixels)).map(|at| color(pixels, at));
    let first = all.next()?;
    let near = |color: Color| color.iter().zip(first).all(|(one, other)| one.abs_diff(other) <= FLAT);
    all.all(near).then_some(first)
}

fn count(pixels: &Pixels) -> usize {
    match pixels {
        Pixels::Rgb8(samples) => samples.len() / 3,
        Pixels::Rgb16(samples) => samples.len() / 3,
        Pixels::Rgba8(samples) | Pixels::Cmyk8(samples) => samples.len() / 4,
        Pixels::Rgba16(samples) => samples.len() / 4,
    }
}

/// A pixel in 16 bits; what is transparent has no colour. (Inks are as good as any four numbers to be compared.)
fn color(pixels: &Pixels, at: usize) -> Color {
    let wide =
        |[red, green, blue]: [u8; 3]| [red, green, blue].map(|level| u16::from(level).wrapping_mul(257));
    let found = match pixels {
        Pixels::Rgb8(samples) => samples.as_chunks().0.get(at).map(|color| (wide(*color), u16::MAX)),
        Pixels::Rgb16(samples) => samples.as_chunks().0.get(at).map(|color| (*color, u16::MAX)),
        Pixels::Rgba8(samples) | Pixels::Cmyk8(samples) => samples.as_chunks().0.get(at).map(|pixel| {
            let [red, green, blue, alpha] = *pixel;
            (wide([red, green, blue]), u16::from(alpha).wrapping_mul(257))
        }),
        Pixels::Rgba16(samples) => samples.as_chunks().0.get(at).map(|pixel| {
            let [red, green, blue, alpha] = *pixel;
            ([red, green, blue], alpha)
        }),
    };
    match found {
        Some((_, 0)) | None => CLEAR,
        Some(([red, green, blue], alpha)) => [red, green, blue, alpha],
    }
}

fn put(pixels: &mut Pixels, at: usize, color: Color) {
    let [red, green, blue, _] = color;
    match pixels {
        Pixels::Rgb8(samples) => put_into(samples, at, [red, green, blue].map(narrow)),
        Pixels::Rgb16(samples) => put_into(samples, at, [red, green, blue]),
        Pixels::Rgba8(samples) | Pixels::Cmyk8(samples) => put_into(samples, at, color.map(narrow)),
        Pixels::Rgba16(samples) => put_into(samples, at, color),
    }
}

fn narrow(level: u16) -> u8 {
    (level >> 8) as u8
}

fn put_into<T, const C: usize>(samples: &mut [T], at: usize, color: [T; C]) {
    if let Some(place) = samples.as_chunks_mut::<C>().0.get_mut(at) {
        *place = color;
    }
}

/// One straight colour over another, in the file's own numbers: so animations are meant.
fn over(upper: Color, lower: Color) -> Color {
    let part = |alpha: u16| f32::from(alpha) / f32::from(u16::MAX);
    let [above, .., alpha] = [upper, lower].map(|color| part(color[3]));
    let below = alpha * (1.0 - above);
    let sum = above + below;
    if sum <= 0.0 {
        return CLEAR;
    }
    let mut laid = [0; 4];
    for (laid, (upper, lower)) in laid.iter_mut().zip(upper.into_iter().zip(lower)) {
        *laid = ((f32::from(upper) * above + f32::from(lower) * below) / sum).round() as u16;
    }
    let [red, green, blue, _] = laid;
    [red, green, blue, (sum * f32::from(u16::MAX)).round() as u16]
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { max_pixels: 1000, max_memory: 0 };
    const NONE: [u8; 4] = [0; 4];
    const RED: [u8; 4] = [255, 0, 0, 255];
    const WHITE: [u8; 4] = [255; 4];

    fn frame(colors: &[[u8; 4]], left: u32, afterwards: Afterwards) -> Frame {
        let place = Place { left, top: 0, width: colors.len() as u32, height: 1, afterwards };
        Frame { pixels: Pixels::Rgba8(colors.as_flattened().to_vec()), place, layering: Layering::Over }
    }

    /// A canvas of two pixels, the first frame on it, and those that follow; what is shown.
    #[track_caller]
    fn check(first: (&[[u8; 4]; 2], Afterwards), next: Vec<Frame>, wanted: [[u8; 4]; 2]) {
        let mut pixels = Pixels::Rgba8(first.0.as_flattened().to_vec());
        let last = Place { left: 0, top: 0, width: 2, height: 1, afterwards: first.1 };
        let mut next = next.into_iter();
        Canvas { pixels: &mut pixels, size: (2, 1), last }.tell(&LIMITS, || next.next());
        assert_eq!(pixels, Pixels::Rgba8(wanted.as_flattened().to_vec()));
    }

    #[test]
    fn the_first_frame_is_shown_unless_it_is_blank() {
        use Afterwards::{Cleared, Stays};
        let next = || vec![frame(&[RED], 1, Stays)];
        check((&[RED, WHITE], Stays), vec![frame(&[WHITE, RED], 0, Stays)], [RED, WHITE]);
        check((&[NONE, NONE], Stays), next(), [NONE, RED]);
        check((&[WHITE, WHITE], Stays), next(), [WHITE, RED]);
        check((&[WHITE, WHITE], Cleared), next(), [NONE, RED]);
        check((&[NONE, [0, 0, 0, 255]], Stays), next(), [NONE, [0, 0, 0, 255]]);
    }

    #[test]
    fn where_all_are_blank_it_is_the_first_again() {
        use Afterwards::Stays;
        check((&[RED, RED], Stays), Vec::new(), [RED, RED]);
        check((&[RED, [254, 1, 0, 255]], Stays), Vec::new(), [RED, [254, 1, 0, 255]]);
        check((&[RED, RED], Stays), vec![frame(&[WHITE, WHITE], 0, Stays)], [RED, RED]);
        let mut many: Vec<_> = (0..10).map(|_| frame(&[RED, RED], 0, Stays)).collect();
        many.push(frame(&[WHITE], 0, Stays));
        check((&[RED, RED], Stays), many, [RED, RED]);
    }

    #[test]
    fn frames_go_as_they_are_told_to() {
        use Afterwards::{Stays, Undone};
        let undone = |colors| frame(colors, 0, Undone);
        check((&[RED, RED], Stays), vec![undone(&[WHITE, WHITE]), frame(&[WHITE], 1, Stays)], [RED, WHITE]);
        check((&[RED, RED], Undone), vec![frame(&[WHITE], 1, Stays)], [NONE, WHITE]);
        let hole = Frame { layering: Layering::Instead, ..frame(&[NONE], 0, Stays) };
        check((&[RED, RED], Stays), vec![hole], [NONE, RED]);
        let half = frame(&[[255, 255, 255, 128]], 0, Stays);
        check((&[RED, RED], Stays), vec![half], [[255, 128, 128, 255], RED]);
        check((&[NONE, NONE], Stays), vec![frame(&[WHITE; 5], 1, Stays)], [NONE, WHITE]);
    }

    #[test]
    fn what_coding_leaves_of_one_colour_is_blank() {
        assert!(is_blank(&Pixels::Rgb8(vec![9, 9, 9, 11, 9, 8])));
        assert!(!is_blank(&Pixels::Rgb8(vec![9, 9, 9, 19, 9, 8])));
        assert!(is_blank(&Pixels::Rgba16(vec![1, 2, 3, 0, 65535, 9, 9, 0])));
        assert!(!is_blank(&Pixels::Rgba8(vec![0, 0, 0, 255, 0, 0, 0, 0])));
        assert!(is_blank(&Pixels::Rgb16(vec![500; 6])));
    }
}
