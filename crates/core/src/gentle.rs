//! Whether bulk work makes way just now, and for what: quiet hours, the battery, a machine in trouble.
//! Knows settings, sensors and the time; nothing of the work.
//!
//! The processor is no reason to wait: workers are nice, so whoever else wants a core has nine tenths of it, and what
//! nobody wants would only be lost. (Its pressure would say nothing either: as many workers as cores, and whoever feeds
//! them, are enough for a high one on an idle machine.) Memory and disk know no such manners.
//!
//! Neither does the indexer become nice, nor any other thread of the program: they write the catalogue under a lock
//! that what a person waits for needs too, and one that holds a lock and is not let onto a core holds everybody up.

mod decision;
mod sensors;

pub use sensors::{SensorReport, Sensors};

use crate::clock::now_ms;
use crate::jobs::Priority;
use crate::settings::GentleSettings;
use decision::{Decision, Moment, Sensed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the sensors are read: the kernel itself brings the pressure up to date every two seconds.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is not asked for so long starts afresh: nobody was working meanwhile.
const STALE_AFTER: Duration = Duration::from_secs(10);

/// The one place of a library where bulk work asks whether it may go on.
pub(crate) struct Gate {
    settings: GentleSettings,
    sensors: Sensors,
    start: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    looked: Option<Instant>,
    decision: Decision,
    waits_for: Option<String>,
}

impl Gate {
    pub(crate) fn new(settings: &GentleSettings, sensors: Sensors) -> Self {
        Self { settings: settings.clone(), sensors, start: Instant::now(), state: Mutex::default() }
    }

    /// What work of this priority waits for; nothing, if it may go on. Cheap: ask between any two files.
    pub(crate) fn waits_for(&self, priority: Priority) -> Option<String> {
        if priority != Priority::Bulk {
            return None;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let age = state.looked.map(|at| at.elapsed());
        if age.is_some_and(|age| age < LOOK_EVERY) {
            return state.waits_for.clone();
        }
        if age.is_none_or(|age| age > STALE_AFTER) {
            state.decision = Decision::default();
        }
        let unix_seconds = now_ms() / 1000;
        let moment = Moment {
            since_start: self.start.elapsed(),
            minute_of_day: tintype_sandbox::local_minute_of_day(unix_seconds),
        };
        let sensed = Sensed {
            on_battery: self.settings.pause_on_battery && self.sensors.on_battery().unwrap_or(false),
            pressure: (self.settings.pressure > 0).then(|| self.sensors.worst_pressure()).flatten(),
        };
        let waits_for = state.decision.next(&self.settings, &sensed, moment).map(|why| why.to_string());
        state.looked = Some(Instant::now());
        state.waits_for.clone_from(&waits_for);
        waits_for
    }
}
