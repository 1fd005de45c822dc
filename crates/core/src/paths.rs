//! Paths as the catalogue keeps them: bytes, because on Unix that is what they are.
//! Knows nothing of what lies at a path.

use std::path::{Path, PathBuf};

/// A path as bytes.
#[cfg(unix)]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

/// Bytes as a path.
#[cfg(unix)]
pub(crate) fn from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes)).to_owned()
}

/// A path as bytes, separated by `/`, so that a library can move between systems.
#[cfg(not(unix))]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/").into_bytes()
}

/// Bytes as a path.
#[cfg(not(unix))]
pub(crate) fn from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Whether `path` is `folder` or lies below it. Everything lies below the empty folder.
pub(crate) fn is_below(path: &[u8], folder: &[u8]) -> bool {
    match path.strip_prefix(folder) {
        Some(rest) => folder.is_empty() || rest.is_empty() || rest[0] == b'/',
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, folder: &str, below: bool) {
        assert_eq!(is_below(path.as_bytes(), folder.as_bytes()), below, "{path:?} below {folder:?}");
    }

    #[test]
    fn below_means_at_a_separator() {
        check("a/b", "a", true);
        check("a", "a", true);
        check("ab", "a", false);
        check("a", "a/b", false);
        check("a", "", true);
        check("", "", true);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_survives() {
        let bytes = b"caf\xe9/\xff.jpg";
        assert_eq!(to_bytes(&from_bytes(bytes)), bytes);
    }
}
