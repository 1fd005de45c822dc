//! What `irot`, `imir` and `clap` make of a picture: which part of it is shown, and how that is turned.
//! Knows numbers; nothing of pixels or files.

use tintype_media::Orientation;
use tintype_media::formats::isobmff::{Aperture, Transformation};
use tintype_media::planes::Part;

/// How stored columns and rows become upright ones: they change places or not, then each is counted from the other end
/// or not. These are EXIF's eight orientations.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    swapped: bool,
    from_right: bool,
    from_bottom: bool,
}

impl Turn {
    /// Turned anticlockwise by a quarter after all before.
    fn quarter(self) -> Self {
        Self { swapped: !self.swapped, from_right: self.from_bottom, from_bottom: !self.from_right }
    }

    fn orientation(self) -> Orientation {
        Orientation::from_exif(match (self.swapped, self.from_right, self.from_bottom) {
            (false, false, false) => 1,
            (false, true, false) => 2,
            (false, true, true) => 3,
            (false, false, true) => 4,
            (true, false, false) => 5,
            (true, true, false) => 6,
            (true, true, true) => 7,
            (true, false, true) => 8,
        })
    }
}

/// The part of a picture of `size` that is shown, as stored, and how it is turned upright, after all `steps` in their
/// order. An aperture that makes no sense is left out.
pub(crate) fn after(steps: impl Iterator<Item = Transformation>, size: (u32, u32)) -> (Part, Orientation) {
    let (mut part, mut turn) = (Part::whole(size), Turn::default());
    for step in steps {
        match step {
            Transformation::Rotation(quarters) => (0..quarters).for_each(|_| turn = turn.quarter()),
            Transformation::LeftRight => turn.from_right = !turn.from_right,
            Transformation::TopBottom => turn.from_bottom = !turn.from_bottom,
            Transformation::Crop(aperture) => {
                let shown = turn.orientation().upright_size(part.size());
                if let Some(crop) = cropped(aperture, shown) {
                    part = stored(crop, turn, part);
                }
            }
        }
    }
    (part, turn.orientation())
}

/// The part of the picture, of `size`, that an aperture leaves.
fn cropped(aperture: Aperture, size: (u32, u32)) -> Option<Part> {
    let (left, width) = span(aperture.width, aperture.right, size.0)?;
    let (top, height) = span(aperture.height, aperture.down, size.1)?;
    Some(Part { left, top, width, height })
}

/// Where a span of `length` begins whose middle is `offset` away from the middle of `whole`, and how long it is. What
/// hangs over an edge is cut off.
fn span(length: (u32, u32), offset: (i32, u32), whole: u32) -> Option<(u32, u32)> {
    let ratio =
        |numerator: f64, denominator: u32| (denominator != 0).then(|| numerator / f64::from(denominator));
    let length = ratio(length.0.into(), length.1)?.round();
    let middle = ratio(offset.0.into(), offset.1)?;
    let start = (middle + (f64::from(whole) - length) / 2.0).floor();
    let (from, to) = (start.max(0.0), (start + length).min(whole.into()));
    (to - from >= 1.0).then_some((from as u32, (to - from) as u32))
}

/// A part of the upright picture as a part of the stored one, of which `within` was left.
fn stored(crop: Part, turn: Turn, within: Part) -> Part {
    let (width, height) = turn.orientation().upright_size(within.size());
    let left = if turn.from_right { width - crop.left - crop.width } else { crop.left };
    let top = if turn.from_bottom { height - crop.top - crop.height } else { crop.top };
    let (left, top) = if turn.swapped { (top, left) } else { (left, top) };
    let (width, height) = turn.orientation().upright_size(crop.size());
    Part { left: within.left + left, top: within.top + top, width, height }
}

#[cfg(test)]
mod tests {
    use super::Transformation::{Crop, LeftRight, Rotation, TopBottom};
    use super::*;

    const SIZE: (u32, u32) = (40, 20);

    /// A span of so many columns and rows, its middle moved by halves.
    fn aperture(width: u32, height: u32, (right, down): (i32, i32)) -> Transformation {
        Crop(Aperture { width: (width, 1), height: (height, 1), right: (right, 2), down: (down, 2) })
    }

    #[track_caller]
    fn check(steps: &[Transformation], part: [u32; 4], exif: u8) {
        let (got, orientation) = after(steps.iter().copied(), SIZE);
        assert_eq!(([got.left, got.top, got.width, got.height], orientation.exif()), (part, exif));
    }

    #[test]
    fn turns_and_mirrors_are_composed_in_their_order() {
        let all = [0, 0, 40, 20];
        check(&[], all, 1);
        check(&[Rotation(1)], all, 8);
        check(&[Rotation(2)], all, 3);
        check(&[Rotation(3)], all, 6);
        check(&[LeftRight], all, 2);
        check(&[TopBottom], all, 4);
        check(&[Rotation(1), LeftRight], all, 7);
        check(&[LeftRight, Rotation(1)], all, 5);
        check(&[Rotation(1), TopBottom], all, 5);
        check(&[Rotation(3), Rotation(1), TopBottom, TopBottom], all, 1);
    }

    #[test]
    fn an_aperture_is_of_the_picture_before_it() {
        check(&[aperture(10, 4, (0, 0))], [15, 8, 10, 4], 1);
        check(&[aperture(10, 4, (-30, 16))], [0, 16, 10, 4], 1);
        // After a quarter to the left, what was right is on top.
        check(&[Rotation(1), aperture(20, 10, (0, -30))], [30, 0, 10, 20], 8);
        check(&[aperture(10, 20, (30, 0)), Rotation(1)], [30, 0, 10, 20], 8);
        check(&[LeftRight, aperture(10, 20, (-30, 0))], [30, 0, 10, 20], 2);
        check(&[aperture(20, 20, (20, 0)), aperture(4, 2, (0, 0))], [28, 9, 4, 2], 1);
    }

    #[test]
    fn an_aperture_without_sense_is_left_out_or_cut() {
        check(&[aperture(0, 4, (0, 0))], [0, 0, 40, 20], 1);
        check(&[aperture(10, 4, (200, 0))], [0, 0, 40, 20], 1);
        check(
            &[Crop(Aperture { width: (9, 0), height: (9, 1), right: (0, 1), down: (0, 1) })],
            [0, 0, 40, 20],
            1,
        );
        check(&[aperture(u32::MAX, 4, (0, 0))], [0, 8, 40, 4], 1);
    }
}
