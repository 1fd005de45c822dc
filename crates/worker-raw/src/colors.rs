//! From the camera's colours to those of sRGB, still as light.
//! Knows white balance and matrices; knows nothing of sensors or of brightness.

use rawler::RawImage;
use rawler::imgop::xyz::Illuminant;

type Matrix = [[f32; 3]; 3];

/// CIE XYZ of sRGB's primaries at its white (IEC 61966-2-1).
const XYZ_OF_SRGB: Matrix =
    [[0.412_456, 0.357_576, 0.180_438], [0.212_673, 0.715_152, 0.072_175], [0.019_334, 0.119_192, 0.950_304]];

/// The lights whose matrix is best for a picture of unknown light, the best first: sRGB's own white, then daylights, then
/// whatever there is.
const LIGHTS: [Illuminant; 9] = [
    Illuminant::D65,
    Illuminant::D55,
    Illuminant::D50,
    Illuminant::D75,
    Illuminant::Daylight,
    Illuminant::Flash,
    Illuminant::C,
    Illuminant::B,
    Illuminant::A,
];

/// What is neutral to the camera's white balance becomes neutral; what is as bright as the sensor can tell, white.
pub(crate) fn in_srgb_light(mut light: Vec<[f32; 3]>, image: &RawImage) -> Vec<[f32; 3]> {
    let balance = balance(image.wb_coeffs);
    let matrix = srgb_of_camera(image).unwrap_or([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    for pixel in &mut light {
        let balanced: [f32; 3] = std::array::from_fn(|color| (pixel[color] * balance[color]).min(1.0));
        *pixel = matrix.map(|row| dot(&row, &balanced).clamp(0.0, 1.0));
    }
    light
}

/// Factors of the three colours, the least of them 1: where one colour is at its end, all are, so that what is
/// overexposed is white and not pink.
fn balance(told: [f32; 4]) -> [f32; 3] {
    let told = [told[0], told[1], told[2]];
    if told.iter().any(|factor| !factor.is_finite() || *factor <= 0.0) {
        return [1.0; 3];
    }
    let least = told.into_iter().fold(f32::INFINITY, f32::min);
    told.map(|factor| factor / least)
}

/// The inverse of what the camera makes of sRGB, each row of which is made to sum up to 1: then balanced grey is grey.
fn srgb_of_camera(image: &RawImage) -> Option<Matrix> {
    let flat = LIGHTS.into_iter().find_map(|light| image.color_matrix.get(&light));
    let flat = flat.or_else(|| image.color_matrix.values().next()).filter(|flat| flat.len() == 9)?;
    let camera_of_xyz: Matrix =
        std::array::from_fn(|row| [flat[row * 3], flat[row * 3 + 1], flat[row * 3 + 2]]);
    let camera_of_srgb: Matrix = camera_of_xyz.map(|row| {
        let row: [f32; 3] = std::array::from_fn(|column| dot(&row, &XYZ_OF_SRGB.map(|line| line[column])));
        let sum: f32 = row.iter().sum();
        row.map(|part| part / sum)
    });
    inverse(&camera_of_srgb)
}

fn dot(one: &[f32; 3], other: &[f32; 3]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn inverse(of: &Matrix) -> Option<Matrix> {
    let cofactor = |row: usize, column: usize| {
        let (up, down) = ((row + 1) % 3, (row + 2) % 3);
        let (left, right) = ((column + 1) % 3, (column + 2) % 3);
        of[up][left] * of[down][right] - of[up][right] * of[down][left]
    };
    let determinant: f32 = (0..3).map(|column| of[0][column] * cofactor(0, column)).sum();
    let inverse: Matrix =
        std::array::from_fn(|row| std::array::from_fn(|column| cofactor(column, row) / determinant));
    inverse.iter().flatten().all(|part| part.is_finite()).then_some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(matrix: Matrix, expected: Option<Matrix>) {
        let found = inverse(&matrix);
        let near = |one: &Matrix, other: &Matrix| {
            one.iter().flatten().zip(other.iter().flatten()).all(|(one, other)| (one - other).abs() < 1e-4)
        };
        match (&found, &expected) {
            (Some(found), Some(expected)) => assert!(near(found, expected), "{found:?}"),
            _ => assert_eq!(found, expected),
        }
    }

    #[test]
    fn matrices_are_turned_round() {
        check(
            [[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.5]],
            Some([[0.5, 0.0, 0.0], [0.0, 0.25, 0.0], [0.0, 0.0, 2.0]]),
        );
        check(
            [[1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Some([[1.0, -2.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        );
        check([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 1.0]], None);
    }

    #[test]
    fn the_least_factor_is_one() {
        assert_eq!(balance([2.0, 1.0, 1.5, f32::NAN]).map(|factor| factor.to_string()), ["2", "1", "1.5"]);
        assert_eq!(balance([f32::NAN; 4]).map(|factor| factor.to_string()), ["1", "1", "1"]);
    }
}
