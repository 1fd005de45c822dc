//! Keeps libde265 from starting a thread, which the jail would refuse, and for which it would then wait for ever.
//! Knows the name of one function of libde265's, and nothing of HEIF.
#![allow(unsafe_code, reason = "a C library is to find a function of this name")]

use std::ffi::{c_int, c_void};

/// In libde265's place: the dynamic linker takes the program's function first. Without threads the library decodes in
/// its caller, which is what a worker with one file at a time wants. libheif asks for one thread and has no way to ask
/// for none.
// SAFETY: the name and the types are those of de265.h (all versions), and no other code of ours has that name.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn de265_start_worker_threads(_decoder: *mut c_void, _threads: c_int) -> c_int {
    0
}
