//! How much CPU time each stage of one file took.
//! Knows nothing of what happens in a stage.

use std::time::Duration;
use tintype_media::Stage;
use tintype_sandbox::{Metrics, cpu_time};

/// A clock that is told which stage begins. What comes before the first stage counts as decoding.
pub(crate) struct Stages {
    current: Stage,
    since: Duration,
    spent: Metrics,
}

impl Default for Stages {
    fn default() -> Self {
        Self { current: Stage::Decode, since: cpu_time(), spent: Metrics::default() }
    }
}

impl Stages {
    pub(crate) fn enter(&mut self, next: Stage) {
        self.enter_at(next, cpu_time());
    }

    /// What each stage took. The worker's memory is the sandbox's business.
    pub(crate) fn finish(mut self) -> Metrics {
        self.enter(Stage::Encode);
        self.spent
    }

    fn enter_at(&mut self, next: Stage, now: Duration) {
        let spent = match self.current {
            Stage::Decode => &mut self.spent.decode_us,
            Stage::Resize => &mut self.spent.resize_us,
            Stage::Encode => &mut self.spent.encode_us,
        };
        *spent += u64::try_from(now.saturating_sub(self.since).as_micros()).unwrap_or(u64::MAX);
        self.current = next;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_gets_the_time_until_the_next_begins() {
        let at = Duration::from_micros;
        let mut stages = Stages { current: Stage::Decode, since: at(0), spent: Metrics::default() };
        for (stage, now) in [
            (Stage::Decode, 1),
            (Stage::Resize, 10),
            (Stage::Encode, 12),
            (Stage::Resize, 20),
            (Stage::Encode, 21),
        ] {
            stages.enter_at(stage, at(now));
        }
        stages.enter_at(Stage::Encode, at(30));
        let expected = Metrics { decode_us: 10, resize_us: 3, encode_us: 17, peak_memory: 0 };
        assert_eq!(stages.spent, expected);
    }
}
