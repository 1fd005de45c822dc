//! Libraries of the system that a worker may have to do without: found when it starts and not when it is built.
//! Knows the dynamic loader; nothing of what is in a library, nor where any is kept.
#![allow(unsafe_code, reason = "a library is loaded; who asks for it says why it may be")]

use libloading::Library;
use std::error::Error;
use std::fmt::Display;
use std::process::ExitCode;
use std::sync::OnceLock;

/// Loads a library under the first of its `files` that there is, and takes from it what `with` takes. The words of a
/// failure name the library and hold the `advice` what to install.
///
/// # Safety
///
/// The library, and what it depends on, run nothing when they are loaded but their own set-up.
pub unsafe fn load<L, E: Display>(
    name: &str,
    files: &[&str],
    advice: &str,
    with: impl FnOnce(Library) -> Result<L, E>,
) -> Result<L, String> {
    let mut words = Vec::new();
    for file in files {
        // SAFETY: as the caller promises.
        match unsafe { Library::new(*file) } {
            Ok(library) => return with(library).map_err(|error| format!("{file}: {error}; {advice}")),
            // The loader's own words are one level down.
            Err(error) => words.push(error.source().map_or(error.to_string(), ToString::to_string)),
        }
    }
    Err(format!("no {name}: {advice} ({})", words.first().map_or("", String::as_str)))
}

/// What was found before, or is found now. To be called before the jail closes: afterwards no file can be opened.
pub fn once<L>(place: &OnceLock<L>, find: impl FnOnce() -> Result<L, String>) -> Result<&L, String> {
    if let Some(found) = place.get() {
        return Ok(found);
    }
    let found = find()?;
    // If somebody was faster, theirs is the same.
    Ok(place.get_or_init(|| found))
}

/// How a worker ends that has not what it needs: its last words tell the parent, and so the person, what to install.
pub fn missing(words: &str) -> ExitCode {
    eprintln!("unavailable: {words}");
    ExitCode::from(2)
}
