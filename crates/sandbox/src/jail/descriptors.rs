//! Closes what a careless host program let slip through exec: descriptors without close-on-exec.
//! Knows nothing of what they were.
#![allow(unsafe_code, reason = "no safe wrapper for close_range exists")]

use super::Outcome;
use crate::limits::Terms;
use std::io;

/// The first descriptor that is not one of the three standard streams.
const FIRST_STRANGER: libc::c_uint = 3;

pub(super) fn close_inherited(_: &Terms) -> Outcome {
    // SAFETY: takes three integers and touches no memory. Called by `jail::enter` alone, first of all walls in a
    // process with one thread that has opened nothing yet: no value anywhere owns a descriptor that this closes.
    let result = unsafe { libc::syscall(libc::SYS_close_range, FIRST_STRANGER, libc::c_uint::MAX, 0) };
    if result == 0 {
        return Ok("three standard streams remain".to_owned());
    }
    Err(format!("close_range: {} (Linux 5.9 and later can)", io::Error::last_os_error()))
}
