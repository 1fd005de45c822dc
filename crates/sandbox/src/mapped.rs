//! Files that a worker takes into its jail as memory: mapped before the walls go up, their descriptors closed again.
//! Knows nothing of what is in them.
#![allow(unsafe_code, reason = "no safe wrapper for mmap exists")]

use rustix::fs::{Mode, OFlags, fstat, open};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::ffi::c_void;
use std::io;
use std::path::Path;
use std::ptr::NonNull;

/// The bytes of a file, readable for as long as this lives. Nothing is read until somebody looks, and what is read is
/// the kernel's own copy, shared by every process that has the file mapped.
///
/// For files of the system's, which packages replace and do not rewrite. A file that is cut while it is mapped ends the
/// process that looks behind its end.
pub struct MappedFile {
    start: NonNull<c_void>,
    len: usize,
}

impl MappedFile {
    /// Maps a regular file that has something in it, and at most so many bytes.
    pub fn open(path: &Path, most: u64) -> io::Result<Self> {
        // Nothing is waited for: who opens a pipe by mistake would wait for its other end.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = open(path, flags, Mode::empty())?;
        let facts = fstat(&file)?;
        let is_regular = rustix::fs::FileType::from_raw_mode(facts.st_mode).is_file();
        let len = u64::try_from(facts.st_size).unwrap_or(0);
        if !is_regular || len == 0 || len > most {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing. It is private and read-only, so
        // that nobody writes through it; it is unmapped once, by drop.
        let start = unsafe { mmap(std::ptr::null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE, &file, 0) }?;
        let start = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, len })
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `len` bytes from `start` are mapped until drop, and bytes of any value are u8. That nobody changes
        // them meanwhile is a promise that no kernel can give for a file; those that this is for do not change, and
        // whoever parses them checks every number before use.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.len) }
    }
}

impl Drop for MappedFile {
    fn drop(&mut self) {
        // SAFETY: what `open` has mapped, and nobody borrows from a value that is dropped. A failure would leave it
        // mapped, which harms nobody.
        let _ = unsafe { munmap(self.start.as_ptr(), self.len) };
    }
}

// SAFETY: memory that is only read may be read by any thread.
unsafe impl Send for MappedFile {}
// SAFETY: as above.
unsafe impl Sync for MappedFile {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use std::fs;

    #[test]
    fn a_regular_file_is_mapped_and_nothing_else_is() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "hello").unwrap();
        let mapped = MappedFile::open(&path, 5).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(mapped.as_ref(), b"hello");

        fs::write(&path, "hello").unwrap();
        assert!(MappedFile::open(&path, 4).is_err());
        fs::write(&path, "").unwrap();
        assert!(MappedFile::open(&path, 4).is_err());
        assert!(MappedFile::open(folder.path(), 1 << 20).is_err());
        assert!(MappedFile::open(Path::new("/dev/zero"), 1 << 20).is_err());
        assert!(MappedFile::open(&folder.path().join("nowhere"), 4).is_err());
    }
}
