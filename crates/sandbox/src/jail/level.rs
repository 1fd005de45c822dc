//! One word for how much of the jail stands.
//! Knows nothing of how any wall is built.

use crate::JailStep;
use std::fmt;

pub(super) const MEMORY: &str = "memory-limit";
pub(super) const CPU: &str = "cpu-limit";
pub(super) const LANDLOCK: &str = "landlock";
pub(super) const SECCOMP: &str = "seccomp";

/// How much of the jail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everything.
    Full,
    /// Files and network are closed by seccomp alone.
    NoLandlock,
    /// Files and network are closed by Landlock alone; other system calls are open.
    NoSeccomp,
    /// Memory or CPU time is not limited; the parent's clock still is.
    NoLimits,
    /// Only seccomp stands.
    SeccompOnly,
    /// Only Landlock stands.
    LandlockOnly,
    /// A process of its own with limits, and nothing more.
    LimitsOnly,
    /// A process of its own, and nothing more.
    Open,
}

impl Level {
    /// Every level, the best first.
    pub const ALL: [Self; 8] = [
        Self::Full,
        Self::NoLandlock,
        Self::NoSeccomp,
        Self::NoLimits,
        Self::SeccompOnly,
        Self::LandlockOnly,
        Self::LimitsOnly,
        Self::Open,
    ];

    /// The word for it in JSON, metrics and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NoLandlock => "no-landlock",
            Self::NoSeccomp => "no-seccomp",
            Self::NoLimits => "no-limits",
            Self::SeccompOnly => "seccomp-only",
            Self::LandlockOnly => "landlock-only",
            Self::LimitsOnly => "limits-only",
            Self::Open => "open",
        }
    }

    /// The level that these walls reach.
    pub fn of(steps: &[JailStep]) -> Self {
        let stands = |name| steps.iter().any(|step| step.name == name && step.stands);
        match (stands(LANDLOCK), stands(SECCOMP), stands(MEMORY) && stands(CPU)) {
            (true, true, true) => Self::Full,
            (false, true, true) => Self::NoLandlock,
            (true, false, true) => Self::NoSeccomp,
            (true, true, false) => Self::NoLimits,
            (false, true, false) => Self::SeccompOnly,
            (true, false, false) => Self::LandlockOnly,
            (false, false, true) => Self::LimitsOnly,
            (false, false, false) => Self::Open,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(standing: &[&str], level: Level) {
        let steps: Vec<_> = [MEMORY, CPU, LANDLOCK, SECCOMP]
            .map(|name| JailStep {
                name: name.into(),
                stands: standing.contains(&name),
                detail: String::new(),
            })
            .into();
        assert_eq!(Level::of(&steps), level);
    }

    #[test]
    fn a_missing_wall_shows_in_the_level() {
        check(&[MEMORY, CPU, LANDLOCK, SECCOMP], Level::Full);
        check(&[MEMORY, CPU, SECCOMP], Level::NoLandlock);
        check(&[MEMORY, CPU, LANDLOCK], Level::NoSeccomp);
        check(&[CPU, LANDLOCK, SECCOMP], Level::NoLimits);
        check(&[MEMORY, LANDLOCK, SECCOMP], Level::NoLimits);
        check(&[SECCOMP], Level::SeccompOnly);
        check(&[LANDLOCK], Level::LandlockOnly);
        check(&[MEMORY, CPU], Level::LimitsOnly);
        check(&[MEMORY], Level::Open);
        check(&[], Level::Open);
    }

    #[test]
    fn a_wall_nobody_tried_does_not_stand() {
        assert_eq!(Level::of(&[]), Level::Open);
    }
}
