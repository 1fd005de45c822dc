//! Numbers for people: 1.2 GB, 3 m 20 s, 1,234.
//! Knows nothing of what is counted.

use std::time::Duration;
use tintype_core::SCRUB_SHEET;

/// `1.2 GB`; thousands, as disks are sold.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if value < 999.95 {
            break;
        }
        (value, unit) = (value / 1000.0, next);
    }
    format!("{value:.1} {unit}")
}

/// `3 m 20 s`: two units at most, for nobody waits by the second for an hour.
pub(crate) fn duration(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    if time < Duration::from_secs(10) {
        return format!("{:.1} s", time.as_secs_f64());
    }
    let seconds = (time.as_secs_f64().round()) as u64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} m {:02} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes:02} m"),
        _ => format!("{days} d {hours:02} h"),
    }
}

/// The same of reckoned seconds, which may be anything: they come from a row of the database.
pub(crate) fn reckoned(seconds: f64) -> String {
    duration(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

/// `6 s left`, `3 m 20 s left`: a guess, so never by the tenth.
pub(crate) fn left(seconds: u64) -> String {
    match seconds {
        few if few < 10 => format!("{few} s left"),
        more => format!("{} left", duration(Duration::from_secs(more))),
    }
}

/// `1,234,567`
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut words = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

/// `1 file`, `2 files`
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `12.3/s`, or `40/min` for what is slow.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        fast if fast >= 100.0 => format!("{}/s", count(fast.round() as u64)),
        usual if usual >= 1.0 => format!("{usual:.1}/s"),
        slow => format!("{:.0}/min", slow * 60.0),
    }
}

/// `97 %`; never 100 % while something is missing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "–".to_owned(),
        _ if part < whole => format!("{} %", (part as f64 / whole as f64 * 100.0).floor().min(99.0)),
        _ => "100 %".to_owned(),
    }
}

/// What a size is called: `256 px`.
pub(crate) fn size_name(size: u32) -> String {
    match size {
        SCRUB_SHEET => "scrub sheets".to_owned(),
        size => format!("{size} px"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, expected: &str) {
        assert_eq!(words, expected);
    }

    #[test]
    fn bytes_in_words() {
        check(&bytes(0), "0 B");
        check(&bytes(999), "999 B");
        check(&bytes(1000), "1.0 kB");
        check(&bytes(999_949), "999.9 kB");
        check(&bytes(999_951), "1.0 MB");
        check(&bytes(1_234_000_000), "1.2 GB");
        check(&bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn durations_in_words() {
        check(&duration(Duration::from_millis(7)), "7 ms");
        check(&duration(Duration::from_millis(2340)), "2.3 s");
        check(&duration(Duration::from_secs(59)), "59 s");
        check(&duration(Duration::from_millis(59_700)), "1 m 00 s");
        check(&duration(Duration::from_secs(200)), "3 m 20 s");
        check(&duration(Duration::from_secs(3661)), "1 h 01 m");
        check(&duration(Duration::from_secs(200_000)), "2 d 07 h");
        check(&reckoned(200.4), "3 m 20 s");
        check(&reckoned(-1.0), "0 ms");
        check(&reckoned(f64::NAN), "0 ms");
        check(&reckoned(1e300), "213503982334601 d 07 h");
        check(&left(6), "6 s left");
        check(&left(200), "3 m 20 s left");
    }

    #[test]
    fn counts_rates_and_parts_in_words() {
        check(&count(999), "999");
        check(&count(1_234_567), "1,234,567");
        check(&counted(1, "file"), "1 file");
        check(&counted(0, "file"), "0 files");
        check(&rate(0.5), "30/min");
        check(&rate(12.34), "12.3/s");
        check(&rate(1234.4), "1,234/s");
        check(&percent(0, 0), "–");
        check(&percent(9999, 10_000), "99 %");
        check(&percent(3, 3), "100 %");
    }
}
