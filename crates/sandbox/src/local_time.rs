//! What the clock on the wall shows: the one thing for which the standard library has no word.
//! Knows the system's time zone; nothing of why anybody asks.
#![allow(unsafe_code, reason = "no safe wrapper for localtime_r exists")]

/// The minute of the local day, 0 to 1439, at so many seconds since 1970; `None` where the system cannot say.
pub fn local_minute_of_day(unix_seconds: i64) -> Option<u16> {
    let time: libc::time_t = unix_seconds;
    let mut local = std::mem::MaybeUninit::<libc::tm>::uninit();
    // SAFETY: both pointers are to variables of this function, and what is written is a whole `tm`.
    let filled = unsafe { libc::localtime_r(&raw const time, local.as_mut_ptr()) };
    if filled.is_null() {
        return None;
    }
    // SAFETY: the call succeeded, so it has filled all of it; every pattern of bits is a number.
    let local = unsafe { local.assume_init() };
    u16::try_from(local.tm_hour * 60 + local.tm_min).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_later_is_the_next_minute_of_the_day() {
        // Wherever this runs: time zones differ by whole minutes, and no zone changed its clock in this hour.
        const NOON: i64 = 1_700_049_600; // 2023-11-15, 12:00 UTC
        let at = |seconds| local_minute_of_day(seconds).map(i32::from);
        let first = at(NOON);
        assert!(first.is_some_and(|minute| (0..1440).contains(&minute)), "{first:?}");
        assert_eq!(at(NOON + 59), first);
        assert_eq!(at(NOON + 60), first.map(|minute| (minute + 1) % 1440));
        assert_eq!(at(NOON + 86_400), first);
    }
}
