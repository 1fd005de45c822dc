//! What the system can do to a library: no room, no right to write, somebody else's lock, damage.
//! Each is right behaviour or a clear error, and nothing is lost.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]
#![cfg(target_os = "linux")] // disks are made, filled and write-protected with Linux's means

mod clock;
mod damaged;
mod disk;
mod full;
mod locked;
mod read_only;
#[path = "../support/mod.rs"]
mod support;
