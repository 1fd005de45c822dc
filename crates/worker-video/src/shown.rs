//! How a film's picture is turned, and how wide it is shown.
//! Knows numbers; nothing of pixels or files.

use tintype_media::Orientation;

/// Pixels more than six times as wide as high, or the reverse, are a mistake of whoever wrote the file: half the columns
/// of a widescreen disc make three.
const MOST_ASPECT: f64 = 6.0;

/// The orientation of a display matrix's cells that turn: to the right and down, of a step to the right; the same of a
/// step down (ISO/IEC 14496-12, 6.2.2). What lies between two quarters is taken for the nearer.
pub(crate) fn orientation([right_right, right_down, down_right, down_down]: [i32; 4]) -> Orientation {
    let size = |one: i32, other: i32| i64::from(one).abs() + i64::from(other).abs();
    let exif = if size(right_right, down_down) >= size(right_down, down_right) {
        match (right_right < 0, down_down < 0) {
            (false, false) => 1,
            (true, false) => 2,
            (true, true) => 3,
            (false, true) => 4,
        }
    } else {
        match (down_right < 0, right_down < 0) {
            (false, false) => 5,
            (true, false) => 6,
            (true, true) => 7,
            (false, true) => 8,
        }
    };
    Orientation::from_exif(exif)
}

/// Degrees clockwise of an orientation. A mirrored one is turned after it was mirrored left to right.
pub(crate) fn degrees(orientation: Orientation) -> u16 {
    match orientation.exif() {
        3 | 4 => 180,
        6 | 7 => 90,
        5 | 8 => 270,
        _ => 0,
    }
}

/// Columns and rows as shown, before turning, of a stored picture with pixels of this aspect.
pub(crate) fn size((width, height): (u32, u32), aspect: Option<f64>) -> (u32, u32) {
    match aspect {
        Some(aspect) if (1.0 / MOST_ASPECT..=MOST_ASPECT).contains(&aspect) => {
            (((f64::from(width) * aspect).round() as u32).max(1), height)
        }
        _ => (width, height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;

    #[track_caller]
    fn check(matrix: [i32; 4], exif: u8, turned: u16) {
        let got = orientation(matrix);
        assert_eq!((got.exif(), degrees(got)), (exif, turned));
    }

    #[test]
    fn matrices_turn_and_mirror() {
        check([ONE, 0, 0, ONE], 1, 0);
        check([-ONE, 0, 0, ONE], 2, 0);
        check([-ONE, 0, 0, -ONE], 3, 180);
        check([ONE, 0, 0, -ONE], 4, 180);
        check([0, ONE, ONE, 0], 5, 270);
        check([0, ONE, -ONE, 0], 6, 90);
        check([0, -ONE, -ONE, 0], 7, 90);
        check([0, -ONE, ONE, 0], 8, 270);
    }

    #[test]
    fn a_matrix_without_sense_turns_nothing() {
        check([0; 4], 1, 0);
        check([i32::MIN, i32::MIN, i32::MIN, i32::MIN], 3, 180);
        check([60_000, 26_000, -26_000, 60_000], 1, 0);
    }

    #[test]
    fn pixels_that_are_not_square_widen_the_picture() {
        assert_eq!(size((360, 288), Some(16.0 / 9.0)), (640, 288));
        assert_eq!(size((176, 144), Some(128.0 / 117.0)), (193, 144));
        assert_eq!(size((720, 480), Some(10.0 / 11.0)), (655, 480));
        assert_eq!(size((720, 480), None), (720, 480));
        assert_eq!(size((720, 480), Some(1000.0)), (720, 480));
    }
}
