//! Random moments that can be had again: the seed is printed, and `TINTYPE_KILL_SEED` sets it.
//! Knows nothing of what happens then.

use std::{
    env,
    time::{Duration, SystemTime},
};

/// The variable that sets the seed.
const SEED: &str = "TINTYPE_KILL_SEED";

pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        let now = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        let seed = env::var(SEED).ok().map_or_else(now, |seed| seed.parse().unwrap());
        eprintln!("{SEED}={seed} chooses the same moments again");
        Self(seed | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    /// A time below `most`.
    pub(crate) fn moment(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.below(most.as_micros() as usize) as u64)
    }
}
