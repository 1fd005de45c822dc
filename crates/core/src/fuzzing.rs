//! What everything that this crate reads is held to, whatever the bytes: by name, a function that panics when a promise
//! is broken. Compiled for fuzzing and for tests only.
//! Knows nothing of fuzzers.
#![allow(clippy::unwrap_used, reason = "a panic is what it is for")]

use crate::cas::{Cas, CasId, Namer, parse_file_name};
use crate::jobs::{Progress, Registry};
use crate::settings::Settings;
use crate::{
    IndexerJob, IndexerOutput, ThumbnailJob, ThumbnailOutput, detect, forecast, store, thumbnail_job,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{io, path::Component};

/// A name, and what holds for any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Everything that is read from a disk or a database, or given by a person.
pub const TARGETS: &[Target] = &[
    ("cas_id", cas_id),
    ("cas_name", cas_name),
    ("job_state", job_state),
    ("mime", detect::check_sniffing),
    ("settings", settings),
    ("store_notes", store::check_notes),
];

/// What becomes a CAS ID becomes a path below a store, and a file's name names one thumbnail or none.
fn cas_id(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(id) = text.parse::<CasId>() {
        let path = id.thumbnail_path(256);
        assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{}", path.display());
        assert_eq!(path.components().count(), 3, "{}", path.display());
        assert_eq!(parse_file_name(path.file_name().unwrap().to_str().unwrap()), Some((id, 256)));
    }
    if let Some((id, size)) = parse_file_name(text) {
        assert_eq!(id.file_name(size), text);
    }
}

/// A content has one name, however its bytes arrive; one that is shorter than it was has none.
fn cas_name(bytes: &[u8]) {
    let Some(([pieces, shape], content)) = bytes.split_first_chunk::<2>() else { return };
    let content = content.repeat(usize::from(*shape).pow(2));
    let size = content.len() as u64;
    for cas in [Cas::Sampled, Cas::Full] {
        let name = |size, most| Namer::default().name(cas, size, reader(&content, most));
        let whole = name(size, usize::MAX).unwrap();
        assert_eq!(name(size, usize::from(*pieces).max(1)).unwrap(), whole, "in pieces");
        assert_eq!(name(size + 1, usize::MAX).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}

/// Gives at most so many bytes at once.
fn reader(content: &[u8], most: usize) -> impl FnMut(&mut [u8], u64) -> io::Result<usize> {
    move |buffer, position| {
        let rest = content.get(usize::try_from(position).unwrap()..).unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(most);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// Whatever a row holds, it is a state or an error; and a state that was written down comes back.
fn job_state(bytes: &[u8]) {
    let Some((version, state)) = bytes.split_first() else { return };
    let Ok(state) = std::str::from_utf8(state) else { return };
    let registry = Registry::default();
    for (name, _) in registry.kinds() {
        let kind = registry.kind(name).unwrap();
        assert!(kind.load(u32::from(*version) + 2, state).is_err(), "a state of a newer version is refused");
        let _ = kind.load(1, state);
    }
    comes_back::<ThumbnailJob>(state);
    comes_back::<IndexerJob>(state);
    comes_back::<ThumbnailOutput>(state);
    comes_back::<IndexerOutput>(state);
    // Floats may lose their last bit in JSON.
    let _ = serde_json::from_str::<Progress>(state);
    let _ = serde_json::from_str::<forecast::Rates>(state);
    let _ = serde_json::from_str::<forecast::Forecast>(state);
    thumbnail_job::check_staged_note(state);
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(json: &str) {
    if let Ok(value) = serde_json::from_str::<T>(json) {
        let written = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<T>(&written).unwrap(), value, "{written}");
    }
}

/// Settings that are read can be written, and are then read as the same; others are refused with words.
fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Settings::parse(text) {
        Ok(settings) => assert_eq!(Settings::parse(&settings.write()).as_ref(), Ok(&settings)),
        Err(words) => assert!(!words.is_empty()),
    }
}

#[cfg(test)]
#[path = "../../../fuzz/cases.rs"]
mod cases;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_and_what_is_near_them_hold() {
        for (name, check) in TARGETS {
            cases::check(name, check);
        }
    }
}
