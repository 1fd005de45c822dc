//! A frame of a film as a picture: its fields, size and colours undone.
//! Knows planes and what is said of them; nothing of where the frame came from.

use crate::ffmpeg::{Frame, Tags};
use crate::film::Film;
use crate::score::Score;
use crate::shrink::{Factors, Planar};
use tintype_media::formats::Order;
use tintype_media::planes::{Coding, Colors, Part, Planes};
use tintype_media::{CodePoints, ColorSpace, Fault, Picture, Pixels};

/// H.273: nobody says.
const UNSPECIFIED: u8 = 2;
/// From this size on, what says nothing is coded as high definition is (BT.709), below as television was (BT.601).
const HIGH_DEFINITION: (u32, u32) = (1280, 577);

/// The picture of a frame, no larger than what is wanted needs.
pub(crate) fn picture(film: &Film<'_>, frame: &Frame, order: &Order<'_>) -> Result<Picture, Fault> {
    let (stored, shown) = (frame.size(), film.shown_size(frame));
    order.limits.admit(stored.0, stored.1)?;
    let tags = frame.tags();
    let coding = coding(tags, stored);
    let (pixels, (width, height)) = match frame.planes() {
        Some((colors, alpha)) => {
            let planar = Planar { colors, alpha };
            let edge = if is_bright(tags) { order.edge } else { order.least_edge() };
            let factors = Factors::of(&planar, frame.is_interlaced(), wanted(shown, edge));
            reduced(&planar, factors, coding)?
        }
        None => (frame.rgb(coding.matrix, coding.full_range)?, stored),
    };
    let (pixels, width) = as_wide_as_shown(pixels, (width, height), (shown, order.edge));
    let mut picture = Picture::new(pixels, width, height);
    picture.full_size = shown;
    picture.orientation = film.orientation();
    picture.color = color(tags);
    Ok(picture)
}

/// How good a frame is: of many that a search looks at one is shown, so that no picture is made of the others where luma
/// says enough.
pub(crate) fn score(film: &Film<'_>, frame: &Frame, order: &Order<'_>) -> Result<Score, Fault> {
    let stored = frame.size();
    order.limits.admit(stored.0, stored.1)?;
    match frame.planes() {
        Some((Colors::Grey(luma) | Colors::YCbCr([luma, ..]), _)) => {
            Ok(Score::of_luma(&luma, coding(frame.tags(), stored).full_range))
        }
        _ => picture(film, frame, order).map(|picture| Score::of(&picture)),
    }
}

/// Whether light may be brighter than white. To bring that down costs twenty times as much a pixel as anything else, so
/// that films for HDR have no more pixels than they must.
fn is_bright(tags: Tags) -> bool {
    matches!(tags.transfer, 16 | 18)
}

/// Columns and rows that serve an edge: all of them where there are fewer.
fn wanted((width, height): (u32, u32), edge: u32) -> (u32, u32) {
    let long = width.max(height).max(1);
    let scaled =
        |side: u32| (u64::from(side) * u64::from(edge.min(long))).div_ceil(long.into()).max(1) as u32;
    (scaled(width), scaled(height))
}

fn reduced(
    planar: &Planar<'_>,
    factors: Option<Factors>,
    coding: Coding,
) -> Result<(Pixels, (u32, u32)), Fault> {
    let small = factors.map(|factors| planar.shrunk(factors)).transpose()?;
    let planar = small.as_ref().map_or(*planar, |small| small.planar());
    let planes = Planes { colors: planar.colors, alpha: planar.alpha, premultiplied: false, coding };
    Ok((planes.pixels(Part::whole(planes.size()))?, planes.size()))
}

/// How the planes were made of red, green and blue.
fn coding(tags: Tags, size: (u32, u32)) -> Coding {
    let by_size = if size.0 >= HIGH_DEFINITION.0 || size.1 >= HIGH_DEFINITION.1 { 1 } else { 6 };
    let matrix = match (tags.matrix, tags.primaries) {
        // What has chroma was not left as it is.
        (0 | UNSPECIFIED | 3, 9) => 9,
        (0 | UNSPECIFIED | 3, _) => by_size,
        (told, _) => told,
    };
    let full_range = tags.full_range.unwrap_or(tags.is_rgb_or_grey);
    Coding { matrix, primaries: tags.primaries, full_range }
}

/// What red, green and blue mean. Curves of cameras are those of displays, old televisions' among them: nobody shows a
/// film by their exponents. Who says nothing of the primaries of a film for HDR means BT.2020's.
fn color(tags: Tags) -> ColorSpace {
    let transfer = match tags.transfer {
        8 | 16 | 17 | 18 => tags.transfer,
        _ => 13,
    };
    let primaries = match tags.primaries {
        0 | UNSPECIFIED | 3 if matches!(transfer, 16 | 18) => 9,
        0 | UNSPECIFIED | 3 => 1,
        told => told,
    };
    match (primaries, transfer) {
        (1, 13) => ColorSpace::Srgb,
        _ => ColorSpace::Coded(CodePoints { primaries, transfer }),
    }
}

/// Rows stretched to the width that they are shown at, where they were stored narrower than somebody wants them. What is
/// to be narrower than it was stored becomes so when it is made smaller.
fn as_wide_as_shown(pixels: Pixels, size: (u32, u32), (shown, edge): ((u32, u32), u32)) -> (Pixels, u32) {
    if size.0 >= wanted(shown, edge).0 {
        return (pixels, size.0);
    }
    let (from, to) = (size.0 as usize, shown.0 as usize);
    let pixels = match pixels {
        Pixels::Rgb8(samples) => Pixels::Rgb8(stretched::<u8, 3>(&samples, from, to)),
        Pixels::Rgba8(samples) => Pixels::Rgba8(stretched::<u8, 4>(&samples, from, to)),
        Pixels::Rgb16(samples) => Pixels::Rgb16(stretched::<u16, 3>(&samples, from, to)),
        Pixels::Rgba16(samples) => Pixels::Rgba16(stretched::<u16, 4>(&samples, from, to)),
        Pixels::Cmyk8(samples) => return (Pixels::Cmyk8(samples), size.0),
    };
    (pixels, shown.0)
}

/// A sample of 8 or 16 bits.
trait Sample: Copy + Into<f32> {
    fn of(number: f32) -> Self;
}

impl Sample for u8 {
    fn of(number: f32) -> Self {
        number as Self
    }
}

impl Sample for u16 {
    fn of(number: f32) -> Self {
        number as Self
    }
}

/// Rows of `from` pixels as rows of `to`, each mixed of the two next to its place.
fn stretched<S: Sample, const CHANNELS: usize>(samples: &[S], from: usize, to: usize) -> Vec<S> {
    let (pixels, _) = samples.as_chunks::<CHANNELS>();
    let step = from as f32 / to as f32;
    let places: Vec<(usize, f32)> = (0..to)
        .map(|x| {
            let at = ((x as f32 + 0.5) * step - 0.5).clamp(0.0, (from - 1) as f32);
            (at as usize, at.fract())
        })
        .collect();
    let rows = pixels.chunks_exact(from);
    let mixed = rows.flat_map(|row| {
        places.iter().flat_map(move |(at, part)| {
            let (one, next) = (row[*at], row[(at + 1).min(from - 1)]);
            std::array::from_fn::<S, CHANNELS, _>(|channel| {
                let (one, next): (f32, f32) = (one[channel].into(), next[channel].into());
                S::of(one + (next - one) * part + 0.5)
            })
        })
    });
    mixed.collect()
}

impl Planar<'_> {
    /// Columns and rows.
    pub(crate) fn size(&self) -> (u32, u32) {
        let (Colors::Grey(first) | Colors::Rgb([first, ..]) | Colors::YCbCr([first, ..])) = self.colors;
        (first.width, first.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Tags =
        Tags { primaries: 2, transfer: 2, matrix: 2, full_range: None, is_rgb_or_grey: false };

    #[track_caller]
    fn check(tags: Tags, size: (u32, u32), matrix: u8, full_range: bool) {
        let got = coding(tags, size);
        assert_eq!((got.matrix, got.full_range), (matrix, full_range));
    }

    #[test]
    fn what_says_nothing_is_coded_as_its_size_has_it() {
        check(NOTHING, (720, 576), 6, false);
        check(NOTHING, (1280, 720), 1, false);
        check(NOTHING, (720, 1280), 1, false);
        check(Tags { matrix: 6, ..NOTHING }, (1920, 1080), 6, false);
        check(Tags { primaries: 9, ..NOTHING }, (720, 576), 9, false);
        check(Tags { full_range: Some(true), ..NOTHING }, (720, 576), 6, true);
        check(Tags { is_rgb_or_grey: true, ..NOTHING }, (720, 576), 6, true);
        check(Tags { is_rgb_or_grey: true, full_range: Some(false), ..NOTHING }, (720, 576), 6, false);
    }

    #[track_caller]
    fn check_color(primaries: u8, transfer: u8, wanted: Option<(u8, u8)>) {
        let wanted = wanted.map_or(ColorSpace::Srgb, |(primaries, transfer)| {
            ColorSpace::Coded(CodePoints { primaries, transfer })
        });
        assert_eq!(color(Tags { primaries, transfer, ..NOTHING }), wanted);
    }

    #[test]
    fn colours_are_those_of_displays_unless_they_are_brighter() {
        check_color(2, 2, None);
        check_color(1, 1, None);
        check_color(1, 5, None);
        check_color(9, 14, Some((9, 13)));
        check_color(9, 16, Some((9, 16)));
        check_color(2, 18, Some((9, 18)));
    }

    #[test]
    fn rows_are_stretched_evenly() {
        let row: Vec<u8> = [0, 100].iter().flat_map(|level| [*level; 3]).collect();
        assert_eq!(stretched::<u8, 3>(&row, 2, 4), [[0; 3], [25; 3], [75; 3], [100; 3]].concat());
        assert_eq!(wanted((640, 288), 512), (512, 231));
        assert_eq!(wanted((640, 288), 1000), (640, 288));
    }
}
