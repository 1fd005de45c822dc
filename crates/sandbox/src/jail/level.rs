//! One word for how much of the jail stands.
//! Knows nothing of how any wall is built.

use crate::JailStep;
use std::fmt;

pub(super) const MEMORY: &str = "memory-limit";
pub(super) const CPU: &str = "cpu-limit";
pub(super) const LANDLOCK: &str = "landlock";
pub(super) const SECCOMP: &str = "seccomp";
pub(super) const NO_INHERITED_FILES: &str = "no-inherited-files";
pub(super) const DIES_WITH_PARENT: &str = "dies-with-parent";
pub(super) const NOT_DUMPABLE: &str = "not-dumpable";
pub(super) const NO_NEW_PRIVILEGES: &str = "no-new-privileges";
pub(super) const SMALL_LIMITS: &str = "small-limits";

/// The walls that have no level of their own: each closes one gap that the great ones leave.
const LESSER: &[&str] =
    &[NO_INHERITED_FILES, DIES_WITH_PARENT, NOT_DUMPABLE, NO_NEW_PRIVILEGES, SMALL_LIMITS];

/// How much of the jail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everything.
    Full,
    /// Files, network, system calls, memory and CPU time are closed, but a lesser wall is missing: the steps say which.
    Weakened,
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
    pub const ALL: [Self; 9] = [
        Self::Full,
        Self::Weakened,
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
            Self::Weakened => "weakened",
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
            (true, true, true) if LESSER.iter().all(|&name| stands(name)) => Self::Full,
            (true, true, true) => Self::Weakened,
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

    const GREAT: &[&str] = &[MEMORY, CPU, LANDLOCK, SECCOMP];

    /// Every wall was tried; the lesser ones stand, and of the great ones these.
    #[track_caller]
    fn check(standing: &[&str], level: Level) {
        check_all(&[standing, LESSER].concat(), level);
    }

    #[track_caller]
    fn check_all(standing: &[&str], level: Level) {
        let step = |&name: &&str| JailStep {
            name: name.into(),
            stands: standing.contains(&name),
            detail: String::new(),
        };
        let steps: Vec<_> = GREAT.iter().chain(LESSER).map(step).collect();
        assert_eq!(Level::of(&steps), level, "{standing:?}");
    }

    #[test]
    fn a_missing_lesser_wall_shows_in_the_level() {
        for missing in LESSER {
            let others: Vec<_> = LESSER.iter().filter(|name| *name != missing).copied().collect();
            check_all(&[GREAT, &others].concat(), Level::Weakened);
        }
        check_all(&[CPU, LANDLOCK, SECCOMP], Level::NoLimits);
    }

    #[test]
    fn a_missing_wall_shows_in_the_level() {
        check(GREAT, Level::Full);
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
