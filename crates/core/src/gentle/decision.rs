//! Whether to wait, from what the sensors say and what was decided before.
//! Pure: times and readings come in.

use super::sensors::Resource;
use crate::settings::{GentleSettings, TimeOfDay};
use std::fmt;
use std::time::Duration;

/// When the pressure falls below half the limit so soon after the work has stopped, it came from the work itself. The
/// kernel's average over ten seconds takes at most 14 s from 100 to 25 percent.
const OWN_DOING: Duration = Duration::from_secs(20);

/// Nobody waits longer than this for others at a time: some servers are never at rest, and their thumbnails are to be
/// made some day too.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// So long the work goes on whatever the pressure, after it was found to be its own or to have no end. To have found
/// that out cost it at most [`OWN_DOING`], a thirtieth of this.
const TRUCE: Duration = Duration::from_mins(10);

/// When something is decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// By a clock that nobody sets.
    pub(super) since_start: Duration,
    /// By the clock on the wall; nothing where the system cannot say.
    pub(super) minute_of_day: Option<u16>,
}

/// What the sensors say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sensed {
    pub(super) on_battery: bool,
    /// What holds everybody up most, and for how many percent of the time.
    pub(super) pressure: Option<(Resource, f64)>,
}

/// What bulk work waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Why {
    QuietHours { until: TimeOfDay },
    Battery,
    Pressure(Resource),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuietHours { until } => write!(f, "quiet hours until {until}"),
            Self::Battery => f.write_str("on battery"),
            Self::Pressure(Resource::Io) => f.write_str("the disk is overloaded"),
            Self::Pressure(Resource::Memory) => f.write_str("the machine is short of memory"),
        }
    }
}

/// What was decided last, as far as the next decision depends on it.
#[derive(Debug, Default)]
pub(super) struct Decision {
    waiting_since: Option<Duration>,
    truce_until: Duration,
}

impl Decision {
    pub(super) fn next(&mut self, settings: &GentleSettings, sensed: &Sensed, now: Moment) -> Option<Why> {
        let quiet = now.minute_of_day.and_then(|minute| settings.quiet_hours.end_after(minute));
        let other = quiet
            .map(|until| Why::QuietHours { until })
            .or_else(|| (settings.pause_on_battery && sensed.on_battery).then_some(Why::Battery));
        if other.is_some() {
            self.waiting_since = None; // the pressure falls or stays for reasons of its own
            return other;
        }
        let limit = f64::from(settings.pressure);
        let pressure = sensed.pressure.filter(|_| settings.pressure > 0);
        self.pressed(pressure, limit, now.since_start).map(Why::Pressure)
    }

    /// Above the limit it begins to wait; below half of it, it goes on: or it would flutter about the limit.
    fn pressed(&mut self, pressure: Option<(Resource, f64)>, limit: f64, now: Duration) -> Option<Resource> {
        let Some(since) = self.waiting_since else {
            let (resource, _) = pressure.filter(|(_, percent)| *percent >= limit)?;
            if now < self.truce_until {
                return None;
            }
            self.waiting_since = Some(now);
            return Some(resource);
        };
        let waited = now.saturating_sub(since);
        let still = pressure.filter(|(_, percent)| *percent >= limit / 2.0);
        if let Some((resource, _)) = still
            && waited < LONGEST_WAIT
        {
            return Some(resource);
        }
        self.waiting_since = None;
        if still.is_some() || waited < OWN_DOING {
            self.truce_until = now + TRUCE;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    fn moment(seconds: u64, clock: &str) -> Moment {
        let (hour, minute) = clock.split_once(':').unwrap();
        let minute: u16 = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
        Moment { since_start: Duration::from_secs(seconds), minute_of_day: Some(minute) }
    }

    const CALM: Sensed = Sensed { on_battery: false, pressure: None };

    #[track_caller]
    fn check(settings: &GentleSettings, sensed: Sensed, clock: &str, words: Option<&str>) {
        let why = Decision::default().next(settings, &sensed, moment(0, clock));
        assert_eq!(why.map(|why| why.to_string()).as_deref(), words);
    }

    #[test]
    fn each_reason_has_its_words_and_its_switch() {
        let usual = GentleSettings::default();
        let off = GentleSettings { pressure: 0, pause_on_battery: false, ..usual.clone() };
        let night = GentleSettings { quiet_hours: "22:00-07:00".parse().unwrap(), ..usual.clone() };
        let battery = Sensed { on_battery: true, ..CALM };
        let pressed = |resource, percent| Sensed { pressure: Some((resource, percent)), ..CALM };
        check(&usual, CALM, "12:00", None);
        check(&usual, battery, "12:00", Some("on battery"));
        check(&off, battery, "12:00", None);
        check(&usual, pressed(Resource::Io, 49.9), "12:00", None);
        check(&usual, pressed(Resource::Io, 50.0), "12:00", Some("the disk is overloaded"));
        check(&usual, pressed(Resource::Memory, 99.0), "12:00", Some("the machine is short of memory"));
        check(&off, pressed(Resource::Memory, 99.0), "12:00", None);
        check(&night, CALM, "23:00", Some("quiet hours until 07:00"));
        check(&night, battery, "06:59", Some("quiet hours until 07:00"));
        check(&night, battery, "07:00", Some("on battery"));
    }

    #[test]
    fn without_a_clock_no_hour_is_quiet() {
        let night =
            GentleSettings { quiet_hours: "00:00-24:00".parse().unwrap(), ..GentleSettings::default() };
        let now = Moment { since_start: Duration::ZERO, minute_of_day: None };
        assert_eq!(Decision::default().next(&night, &CALM, now), None);
    }

    /// At each of these seconds, with so much pressure, it waits or not.
    #[track_caller]
    fn check_course(course: &[(u64, f64, bool)]) {
        let (settings, mut decision) = (GentleSettings::default(), Decision::default());
        for &(seconds, percent, waits) in course {
            let sensed = Sensed { pressure: Some((Resource::Io, percent)), ..CALM };
            let why = decision.next(&settings, &sensed, moment(seconds, "12:00"));
            assert_eq!(why.is_some(), waits, "after {seconds} s at {percent} %");
        }
    }

    #[test]
    fn it_does_not_flutter() {
        check_course(&[
            (0, 60.0, true),
            (5, 45.0, true),
            (30, 26.0, true),
            (40, 24.0, false),
            (41, 45.0, false),
        ]);
    }

    #[test]
    fn its_own_pressure_does_not_hold_it_back_for_long() {
        check_course(&[
            (0, 90.0, true),
            (14, 20.0, false), // gone as soon as it stopped: its own
            (30, 90.0, false),
            (600, 90.0, false),
            (615, 90.0, true), // perhaps by now somebody else's
            (630, 10.0, false),
            (700, 90.0, false),
        ]);
    }

    #[test]
    fn the_pressure_of_others_holds_it_back_but_not_for_ever() {
        check_course(&[
            (0, 90.0, true),
            (300, 90.0, true),
            (400, 10.0, false),
            (420, 90.0, true), // no truce: it was somebody else's
            (1019, 90.0, true),
            (1020, 90.0, false), // ten minutes are enough
            (1500, 90.0, false),
            (1621, 90.0, true),
        ]);
    }

    #[test]
    fn what_else_it_waits_for_proves_nothing_about_the_pressure() {
        let (settings, mut decision) = (GentleSettings::default(), Decision::default());
        let at = |seconds, on_battery, percent| {
            (Sensed { on_battery, pressure: Some((Resource::Io, percent)) }, moment(seconds, "12:00"))
        };
        for (row, waits) in [
            (at(0, false, 90.0), true),
            (at(1, true, 90.0), true),
            (at(2, false, 10.0), false),
            (at(3, false, 90.0), true),
        ] {
            assert_eq!(decision.next(&settings, &row.0, row.1).is_some(), waits, "{row:?}");
        }
    }
}
