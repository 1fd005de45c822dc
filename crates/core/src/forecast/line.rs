//! A straight line through what was measured, and what it says of a sum, with its error.
//! Knows numbers only.
//!
//! Each measurement has a place `v` from 0 to 1, a height `y` and a weight, and the sum of heights times weights is what
//! is asked for. Heights are supposed to scatter the less the heavier they are, as the mean of many small files does:
//! then the line that fits best gives exactly the measured sum for what was measured, whatever its shape really is. (A
//! line that scatters alike in relative terms, whatever the weight, does not: it was tried, and where bytes say little
//! of the work, it told half as much again.) The line is kept as seven sums, so that learning is an addition, two lines
//! add up, and a line can be made to count less.

use super::Range;
use serde::{Deserialize, Serialize};
use std::iter::Sum;

/// The slope is drawn towards none, as if two files of weight one, a third of the scale apart, had said so: from one file, or
/// from several in one place, no slope can be told.
const DRAWN_LEVEL: f64 = 0.05;

/// Before anything is known, a file is supposed to be wrong by half of what the line says …
const SUPPOSED_SCATTER: f64 = 0.5;

/// … and that counts as much as two files.
const SUPPOSED_FREEDOM: f64 = 2.0;

/// Of nineteen truths of twenty below the upper end: the normal distribution's point.
const NINETY_FIVE: f64 = 1.645;

/// No range is wider than this to either side: beyond, the number says only that nobody knows.
const WIDEST: f64 = 20.0;

/// A straight line through what was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Line {
    /// How many measurements; a part of one, after fading.
    pub(super) n: f64,
    /// Sum of the weights, and sums with the weights of what they are called after.
    w: f64,
    v: f64,
    vv: f64,
    y: f64,
    vy: f64,
    yy: f64,
}

/// What a line is asked about: many places, each with a weight by which its height counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Sum of the weights.
    pub(super) weights: f64,
    /// Sum of weight times place.
    pub(super) weighted: f64,
}

/// A sum that is not known for certain.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Guess {
    pub(super) mean: f64,
    variance: f64,
    /// How much the variance rests upon, in measurements. Meaningless without variance.
    freedom: f64,
}

impl Line {
    /// One measurement more: its place, its height and its weight.
    pub(super) fn learn(&mut self, v: f64, y: f64, w: f64) {
        let one = Self { n: 1.0, w, v: w * v, vv: w * v * v, y: w * y, vy: w * v * y, yy: w * y * y };
        *self = self.plus(&one);
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        Self {
            n: self.n + other.n,
            w: self.w + other.w,
            v: self.v + other.v,
            vv: self.vv + other.vv,
            y: self.y + other.y,
            vy: self.vy + other.vy,
            yy: self.yy + other.yy,
        }
    }

    /// The same line with the weight of at most `n` measurements.
    pub(super) fn at_most(&self, n: f64) -> Self {
        if self.n <= n {
            return *self;
        }
        let part = n / self.n;
        Self {
            n,
            w: self.w * part,
            v: self.v * part,
            vv: self.vv * part,
            y: self.y * part,
            vy: self.vy * part,
            yy: self.yy * part,
        }
    }

    /// The mean height of what was measured.
    pub(super) fn mean(&self) -> f64 {
        if self.w > 0.0 { self.y / self.w } else { 0.0 }
    }

    /// The sum over `places`. A measurement of weight one is supposed to scatter by at least `scatter`.
    pub(super) fn sum(&self, places: Places, scatter: f64) -> Guess {
        if self.w <= 0.0 || places.weights <= 0.0 {
            return Guess::default();
        }
        let (mean_v, mean_y) = (self.v / self.w, self.mean());
        let spread = (self.vv - self.v * mean_v).max(0.0) + DRAWN_LEVEL;
        let slope = self.slope(mean_v, mean_y, spread);
        let distance = places.weighted / places.weights - mean_v;
        let variance = self.scatter(slope, mean_v, mean_y).max(scatter * scatter);
        let of_the_line = places.weights.powi(2) * (1.0 / self.w + distance * distance / spread);
        Guess {
            mean: places.weights * (mean_y + slope * distance).max(0.0),
            variance: variance * (places.weights + of_the_line),
            freedom: SUPPOSED_FREEDOM + (self.n - 2.0).max(0.0),
        }
    }

    /// Such that the line is nowhere below zero.
    fn slope(&self, mean_v: f64, mean_y: f64, spread: f64) -> f64 {
        let free = (self.vy - self.v * mean_y) / spread;
        let lowest = -mean_y / (1.0 - mean_v).max(f64::EPSILON);
        let highest = mean_y / mean_v.max(f64::EPSILON);
        free.clamp(lowest.min(0.0), highest.max(0.0))
    }

    /// The variance of one measurement of weight one about the line; of another weight, it is divided by that.
    fn scatter(&self, slope: f64, mean_v: f64, mean_y: f64) -> f64 {
        let across = self.yy - self.y * mean_y;
        let along = self.vv - self.v * mean_v;
        let both = self.vy - self.v * mean_y;
        let rest = (across - 2.0 * slope * both + slope * slope * along).max(0.0);
        let supposed = SUPPOSED_FREEDOM * (SUPPOSED_SCATTER * mean_y).powi(2) * self.w / self.n;
        (supposed + rest) / (SUPPOSED_FREEDOM + (self.n - 2.0).max(0.0))
    }
}

impl Guess {
    pub(super) fn and_known(self, known: f64) -> Self {
        Self { mean: self.mean + known, ..self }
    }

    pub(super) fn times(self, factor: f64) -> Self {
        Self { mean: self.mean * factor, variance: self.variance * factor * factor, ..self }
    }

    /// Wrong by this part of it as a whole, besides.
    pub(super) fn wandering(self, part: f64) -> Self {
        Self { variance: self.variance + (part * self.mean).powi(2), ..self }
    }

    /// The sum of what is wrong together, as the sizes of one picture are.
    pub(super) fn together(parts: &[Self]) -> Self {
        let deviation: f64 = parts.iter().map(|part| part.variance.sqrt()).sum();
        let freedom = parts.iter().map(|part| part.freedom).fold(f64::INFINITY, f64::min);
        Self { mean: parts.iter().map(|part| part.mean).sum(), variance: deviation * deviation, freedom }
    }

    /// Nine times of ten in between.
    pub(super) fn range(&self) -> Range {
        if self.mean <= 0.0 {
            return Range::default();
        }
        let wrong_by = student(self.freedom) * self.variance.sqrt() / self.mean;
        let factor = wrong_by.exp().min(WIDEST);
        Range { low: self.mean / factor, likely: self.mean, high: self.mean * factor }
    }
}

/// Parts that are wrong each for itself. What their variance rests upon follows Welch and Satterthwaite.
impl Sum for Guess {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        let (mut sum, mut squares) = (Self::default(), 0.0);
        for part in parts {
            sum.mean += part.mean;
            sum.variance += part.variance;
            squares += part.variance.powi(2) / part.freedom.max(1.0);
        }
        sum.freedom = if squares > 0.0 { sum.variance.powi(2) / squares } else { f64::INFINITY };
        sum
    }
}

/// The 95 % point of Student's distribution, by the first terms of its series about the normal one; from two degrees
/// of freedom on, it is less than a tenth too small.
fn student(freedom: f64) -> f64 {
    let (z, f) = (NINETY_FIVE, freedom.max(SUPPOSED_FREEDOM));
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    z + first / f + second / (f * f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Line {
        let mut line = Line::default();
        for (v, y) in points {
            line.learn(*v, *y, 1.0);
        }
        line
    }

    /// So many files, all in one place, each of weight one.
    fn at(v: f64, files: f64) -> Places {
        Places { weights: files, weighted: files * v }
    }

    #[track_caller]
    fn check(points: &[(f64, f64)], places: Places, low: f64, likely: f64, high: f64) {
        let range = line(points).sum(places, 0.0).range();
        let close = |a: f64, b: f64| (a - b).abs() <= 0.01 * b;
        assert!(close(range.low, low) && close(range.likely, likely) && close(range.high, high), "{range:?}");
    }

    #[test]
    fn a_line_says_what_a_sum_is() {
        check(&[], at(0.5, 10.0), 0.0, 0.0, 0.0);
        check(&[(0.5, 2.0)], at(0.5, 0.0), 0.0, 0.0, 0.0);
        check(&[(0.5, 2.0)], at(0.5, 100.0), 49.7, 200.0, 804.5); // one file: a fourth to four times as much
        check(&[(0.5, 2.0); 100], at(0.5, 100.0), 196.7, 200.0, 203.3); // a hundred that agree
        check(&[(0.5, 0.0); 5], at(0.5, 100.0), 0.0, 0.0, 0.0);
    }

    #[test]
    fn a_slope_is_believed_when_many_say_it() {
        let points: Vec<_> = (0..100).map(|i| (f64::from(i % 2), f64::from(1 + i % 2))).collect();
        let line = line(&points);
        let mean = |v| line.sum(at(v, 1.0), 0.0).mean;
        assert!((mean(0.0) - 1.0).abs() < 0.01 && (mean(1.0) - 2.0).abs() < 0.01, "{line:?}");
        let falling: Vec<_> = points.iter().map(|(v, _)| (*v, 1.0 - v)).collect();
        assert!(super::tests::line(&falling).sum(at(1.0, 1.0), 0.0).mean >= 0.0);
    }

    #[test]
    fn what_was_measured_is_told_as_it_was() {
        // Small ones that cost much, large ones that cost anything: no line, and yet the sum.
        let files = [(0.1, 9.0, 1.0), (0.5, 2.0, 3.0), (0.9, 5.0, 30.0), (0.95, 0.1, 80.0), (0.5, 7.0, 2.0)];
        let (mut line, mut places, mut sum) = (Line::default(), Places { weights: 0.0, weighted: 0.0 }, 0.0);
        for (v, y, w) in files {
            line.learn(v, y, w);
            places = Places { weights: places.weights + w, weighted: places.weighted + w * v };
            sum += w * y;
        }
        assert!((line.sum(places, 0.0).mean - sum).abs() < 1e-9 * sum);
    }

    #[test]
    fn lines_add_up_and_fade() {
        let (one, other) = (line(&[(0.1, 1.0), (0.9, 3.0)]), line(&[(0.5, 2.0)]));
        assert!((one.plus(&other).n - 3.0).abs() < 1e-12);
        let faded = one.at_most(1.0);
        assert!((faded.mean() - one.mean()).abs() < 1e-12 && (faded.n - 1.0).abs() < 1e-12);
        assert_eq!(one.at_most(5.0), one);
    }

    #[test]
    fn students_points_are_those_of_the_tables() {
        for (freedom, point) in [(2.0, 2.92), (4.0, 2.132), (10.0, 1.812), (100.0, 1.660), (1e9, 1.645)] {
            let off = (student(freedom) - point) / point;
            assert!(off.abs() < 0.1, "{freedom}: {}", student(freedom));
        }
    }
}
