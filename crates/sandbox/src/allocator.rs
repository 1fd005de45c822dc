//! Keeps a worker's memory between files, where the C library's habit is to give it back after each.
//! Knows nothing of who allocates.
#![allow(unsafe_code, reason = "no safe wrapper for mallopt exists")]

/// Blocks up to this size come from the heap, and so much free heap is kept. A photograph's buffers are tens of MiB:
/// mapping, zeroing and unmapping them for every file was 4 to 7 % of a baseline photograph's CPU time and 19 % of a
/// large progressive one's, whose coefficients alone take 120 MiB. A worker's memory is bounded by its limit anyway.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 128 << 20;

/// Tells the C library to keep what a file has used for the next one. Elsewhere than in glibc, nothing happens.
pub(crate) fn keep_between_files() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for parameter in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
        // SAFETY: takes two integers and changes only the allocator's settings. Called before the first order, in a
        // process with one thread. A refusal (0) leaves the usual behaviour, which is slower and nothing else.
        unsafe { libc::mallopt(parameter, KEPT) };
    }
}
