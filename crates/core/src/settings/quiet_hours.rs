//! Hours of the day at which bulk work waits, as people write them: `22:00-07:00`.
//! Knows minutes of a day; nothing of clocks or time zones.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const MINUTES_OF_A_DAY: u16 = 24 * 60;

/// From a minute of the day up to another, over midnight if that is the earlier one; or no time at all.
///
/// Quiet hours are as in a house: those at which there is to be no noise. Who wants work at night only writes the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours(Option<(u16, u16)>);

impl QuietHours {
    /// Whether there are any.
    pub fn is_none(self) -> bool {
        self.0.is_none()
    }

    /// When they end, if this minute of the day is one of theirs.
    pub(crate) fn end_after(self, minute: u16) -> Option<TimeOfDay> {
        let (from, to) = self.0?;
        let quiet = if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to };
        quiet.then_some(TimeOfDay(to))
    }
}

/// A minute of the day, shown as a clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeOfDay(u16);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = |word: &str| (word.len() <= 2).then(|| word.parse::<u16>().ok()).flatten();
        text.split_once(':')
            .and_then(|(hour, minute)| Some((digits(hour)?, digits(minute).filter(|minute| *minute < 60)?)))
            .map(|(hour, minute)| 60 * hour + minute)
            .filter(|minute| *minute <= MINUTES_OF_A_DAY)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no time of day"))
    }
}

impl FromStr for QuietHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        let (from, to) = text.split_once('-').ok_or_else(|| format!("{text:?} is not like 22:00-07:00"))?;
        let [from, to] = [from, to].map(|time| time.trim().parse::<TimeOfDay>());
        let (from, to) = (from?.0 % MINUTES_OF_A_DAY, to?.0);
        // Always is what the other settings are for; never is the empty text.
        if from == to % MINUTES_OF_A_DAY && to != MINUTES_OF_A_DAY {
            return Err(format!("{text:?} begins when it ends"));
        }
        Ok(Self(Some((from, to))))
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(from, to)| write!(f, "{}-{}", TimeOfDay(from), TimeOfDay(to)))
    }
}

impl TryFrom<String> for QuietHours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At these times it is quiet until then.
    #[track_caller]
    fn check(hours: &str, at: &str, until: Option<&str>) {
        let hours: QuietHours = hours.parse().unwrap_or_else(|why| panic!("{why}"));
        let at: TimeOfDay = at.parse().unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(hours.end_after(at.0).map(|end| end.to_string()).as_deref(), until, "{hours} at {at}");
    }

    #[test]
    fn quiet_hours_may_pass_midnight() {
        check("22:00-07:00", "21:59", None);
        check("22:00-07:00", "22:00", Some("07:00"));
        check("22:00-07:00", "23:59", Some("07:00"));
        check("22:00-07:00", "0:00", Some("07:00"));
        check("22:00-07:00", "06:59", Some("07:00"));
        check("22:00-07:00", "07:00", None);
        check("09:30-17:00", "09:29", None);
        check("9:30 - 17:00", "16:59", Some("17:00"));
        check("09:30-17:00", "17:00", None);
        check("20:00-24:00", "23:59", Some("24:00"));
        check("00:00-24:00", "12:00", Some("24:00"));
        check("", "12:00", None);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["22-7", "22:00", "22:00-07:60", "25:00-07:00", "-", "22:00-22:00", "a:b-c:d", "022:00-7:00"]
        {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
    }
}
