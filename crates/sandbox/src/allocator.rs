//! Keeps a worker's memory between files, where the C library's habit is to give it back after each; and gives it
//! back when no file comes.
//! Knows nothing of who allocates.
#![allow(unsafe_code, reason = "no safe wrapper for mallopt and malloc_trim exists")]

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

/// Twelve to twenty megapixels of an ordinary photograph leave a worker of 10 to 13 MiB: this much heap is not worth
/// giving back, only to fetch it again for the next.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const WORTH_KEEPING: usize = 16 << 20;

/// Gives the system what large files have left behind. For a worker that waits: one large progressive JPEG leaves up
/// to [`KEPT`] of free memory, which in a batch the next one uses, and which nobody uses in a server at rest.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes an integer and releases only pages of blocks that are free. Both system calls that it makes, brk
    // and madvise, are open in the jail; a refusal would leave the memory where it is.
    unsafe {
        libc::malloc_trim(WORTH_KEEPING);
    }
}
