//! Closes what a careless host program let slip through exec: descriptors without close-on-exec.
//! Knows nothing of what they were.
#![allow(unsafe_code, reason = "no safe wrapper for close_range exists")]

use super::Outcome;
use crate::limits::Terms;
use std::{fs, io};

/// The first descriptor that is not one of the three standard streams.
const FIRST_STRANGER: libc::c_uint = 3;

/// All at once where the kernel can (Linux 5.9 and later), else one after the other.
pub(super) fn close_inherited(_: &Terms) -> Outcome {
    close_range().or_else(|refused| {
        close_each().map_err(|error| format!("close_range: {refused}; list the descriptors: {error}"))
    })?;
    Ok("three standard streams remain".to_owned())
}

fn close_range() -> io::Result<()> {
    // SAFETY: takes three integers and touches no memory. Called by `jail::enter` alone, first of all walls in a
    // process with one thread that has opened nothing yet: no value anywhere owns a descriptor that this closes.
    let result = unsafe { libc::syscall(libc::SYS_close_range, FIRST_STRANGER, libc::c_uint::MAX, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn close_each() -> io::Result<()> {
    for number in strangers()? {
        // SAFETY: as above, and what listed the numbers is closed. To close it again is an error and nothing more.
        let _ = unsafe { libc::syscall(libc::SYS_close, number) };
    }
    Ok(())
}

/// Numbers and no entries: an entry would keep the folder open, and own a descriptor of the list.
fn strangers() -> io::Result<Vec<libc::c_uint>> {
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let numbers = fs::read_dir("/proc/self/fd")?.map(|entry| Ok(number(entry?)));
    let numbers = numbers.collect::<io::Result<Vec<_>>>()?;
    Ok(numbers.into_iter().flatten().filter(|&number| number >= FIRST_STRANGER).collect())
}
