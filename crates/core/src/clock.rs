//! What time it is, and how times are written in files.
//! Knows nothing of time zones: everything is UTC.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, as the database keeps times. A clock set before 1970 counts as 1970.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// Nanoseconds since 1970, as the catalogue keeps the times of files.
pub(crate) fn now_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64)
}

/// Microseconds of CPU that this thread has had.
pub(crate) fn thread_cpu_us() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000
}

/// A time of the database in words: `2026-11-22T19:30:05.123Z`.
pub fn rfc3339(ms: i64) -> String {
    let (year, month, day) = civil_date(ms.div_euclid(86_400_000));
    let in_day = ms.rem_euclid(86_400_000);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01. Years begin in March here, so that the leap day comes last.
fn civil_date(day: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    const FROM_YEAR_0_TO_1970: i64 = 719_468; // 0000-03-01 to 1970-01-01
    let day = day + FROM_YEAR_0_TO_1970;
    let cycle = day.div_euclid(DAYS_IN_400_YEARS);
    let in_cycle = day.rem_euclid(DAYS_IN_400_YEARS);
    let year_in_cycle = (in_cycle - in_cycle / 1460 + in_cycle / 36_524 - in_cycle / 146_096) / 365;
    let in_year = in_cycle - (365 * year_in_cycle + year_in_cycle / 4 - year_in_cycle / 100);
    let march_month = (5 * in_year + 2) / 153;
    let day_of_month = in_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = cycle * 400 + year_in_cycle + i64::from(month <= 2);
    (year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ms: i64, text: &str) {
        assert_eq!(rfc3339(ms), text);
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(-1, "1969-12-31T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(951_868_799_999, "2000-02-29T23:59:59.999Z");
        check(1_582_934_400_000, "2020-02-29T00:00:00.000Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
        check(1_700_000_000_123, "2023-11-14T22:13:20.123Z");
    }

    #[test]
    fn now_is_after_this_was_written() {
        assert!(now_ms() > 1_700_000_000_000);
        assert!(now_ns() / 1_000_000 - now_ms() < 60_000);
    }
}
