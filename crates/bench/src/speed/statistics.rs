//! Medians with their least and their most.
//! Knows numbers.

use serde::Serialize;
use std::fmt;

/// The middle of some numbers, and how far they reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// `None` of no numbers.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some(Self { median: f64::midpoint(low, high), min, max })
    }
}

/// With as many digits behind the point as the format says.
impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = out.precision().unwrap_or(1);
        let Self { median, min, max } = self;
        write!(out, "{median:.digits$} ({min:.digits$} to {max:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(numbers: &[f64], expected: &str) {
        let spread = Spread::of(numbers.iter().copied());
        assert_eq!(spread.map(|spread| format!("{spread:.1}")), Some(expected.to_owned()));
    }

    #[test]
    fn the_middle_stands_between_its_ends() {
        check(&[3.0, 1.0, 2.0], "2.0 (1.0 to 3.0)");
        check(&[4.0, 1.0], "2.5 (1.0 to 4.0)");
        assert_eq!(Spread::of([]), None);
    }
}
