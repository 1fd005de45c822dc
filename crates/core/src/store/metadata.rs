//! What `version.txt` and `metadata.json` say about a store.
//! Knows the two files; nothing of thumbnails.

use crate::{
    atomic, clock,
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

/// The layout of directories and names that this program writes.
const VERSION: u32 = 2;

/// The two files.
const FILES: [&str; 2] = ["version.txt", "metadata.json"];

/// Whether a name in the store's own folder is one of the two.
pub(super) fn is_ours(name: &str) -> bool {
    FILES.contains(&name)
}

/// Whether it is what somebody who died left of writing one of them.
pub(super) fn is_temporary(name: &str) -> bool {
    FILES.iter().any(|file| name.strip_prefix(file).is_some_and(atomic::is_temporary_ending))
}

/// What is kept in a store, for people and other programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDescription {
    /// WebP quality of what is made at present.
    pub quality: u8,
    /// Longest edges of what is made at present, pixels.
    pub sizes: Vec<u32>,
    /// How many thumbnails there are.
    pub total_thumbnails: u64,
    /// How many bytes they take.
    pub storage_used_bytes: u64,
}

/// The file `metadata.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    version: u32,
    quality: u8,
    sizes: Vec<u32>,
    created_at: String,
    updated_at: String,
    total_thumbnails: u64,
    storage_used_bytes: u64,
}

/// Refuses a store of a newer layout; marks one that has no version as ours.
pub(super) fn check_version(folder: &Path) -> Result<()> {
    let path = folder.join("version.txt");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return atomic::replace(&path, format!("{VERSION}\n").as_bytes());
        }
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    judge_version(&text, &path)
}

/// What the text of a `version.txt` says of its store.
fn judge_version(text: &str, path: &Path) -> Result<()> {
    match text.trim().parse::<u32>() {
        Ok(VERSION) => Ok(()),
        Ok(newer) if newer > VERSION => {
            Err(Error::Newer { what: "store", found: i64::from(newer), known: i64::from(VERSION) })
        }
        _ => Err(Error::Invalid(format!(
            "{} says {:?}, but this program keeps thumbnails in version {VERSION}; move the folder away to start afresh",
            path.display(),
            text.trim()
        ))),
    }
}

/// Writes `metadata.json` anew. What it says of when the store was made stays.
pub(super) fn describe(folder: &Path, description: &StoreDescription) -> Result<()> {
    let path = folder.join("metadata.json");
    let now = clock::rfc3339(clock::now_ms());
    let metadata = Metadata {
        version: VERSION,
        quality: description.quality,
        sizes: description.sizes.clone(),
        created_at: fs::read(&path).ok().and_then(|json| created_at(&json)).unwrap_or_else(|| now.clone()),
        updated_at: now,
        total_thumbnails: description.total_thumbnails,
        storage_used_bytes: description.storage_used_bytes,
    };
    let mut json = serde_json::to_vec_pretty(&metadata).expect("numbers and texts can be written as JSON");
    json.push(b'\n');
    atomic::replace(&path, &json)
}

/// A file that cannot be read is written anew: it is a note, and the catalogue knows better.
fn created_at(json: &[u8]) -> Option<String> {
    let metadata: Metadata = serde_json::from_slice(json).ok()?;
    Some(metadata.created_at)
}

/// Holds the readers of both files to their promises: a version is ours or refused with words, and what a note says
/// of its store's age survives being written again.
#[cfg(any(test, fuzzing))]
pub(crate) fn check_notes(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        match judge_version(text, Path::new("version.txt")) {
            Ok(()) => assert_eq!(text.trim().trim_start_matches(['+', '0']), VERSION.to_string()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    if let Some(created_at) = created_at(bytes) {
        let again =
            serde_json::to_vec(&serde_json::from_slice::<Metadata>(bytes).expect("read once already"));
        let again = again.expect("numbers and texts can be written as JSON");
        assert_eq!(self::created_at(&again), Some(created_at));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;

    #[track_caller]
    fn check_version_text(text: &str, words: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("version.txt"), text).unwrap();
        let message = check_version(folder.path()).err().map(|error| error.to_string());
        match (words, message) {
            (None, None) => (),
            (Some(words), Some(message)) => assert!(message.contains(words), "{message}"),
            (_, message) => panic!("{text:?}: {message:?}"),
        }
        assert_eq!(fs::read_to_string(folder.path().join("version.txt")).unwrap(), text);
    }

    #[test]
    fn only_our_version_is_written_to() {
        check_version_text("2", None);
        check_version_text("2\n", None);
        check_version_text("3\n", Some("use a newer tintype"));
        check_version_text("1", Some("start afresh"));
        check_version_text("", Some("start afresh"));
        check_version_text("two", Some("start afresh"));
    }

    #[test]
    fn a_new_store_gets_our_version() {
        let folder = tempfile::tempdir().unwrap();
        check_version(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("version.txt")).unwrap(), "2\n");
    }

    #[test]
    fn the_description_is_renewed_and_its_beginning_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metadata.json");
        let mut description = StoreDescription {
            quality: 85,
            sizes: vec![128, 256],
            total_thumbnails: 3,
            storage_used_bytes: 999,
        };
        describe(folder.path(), &description).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let old = text.replace(&created_at(text.as_bytes()).unwrap(), "2001-01-01T00:00:00.000Z");
        fs::write(&path, old).unwrap();
        description.total_thumbnails = 4;
        describe(folder.path(), &description).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(json["created_at"], "2001-01-01T00:00:00.000Z");
        assert!(json["updated_at"].as_str().unwrap() > "2026");
        assert_eq!((json["version"].as_u64(), json["quality"].as_u64()), (Some(2), Some(85)));
        assert_eq!(
            (json["total_thumbnails"].as_u64(), json["storage_used_bytes"].as_u64()),
            (Some(4), Some(999))
        );
        assert_eq!(json["sizes"], serde_json::json!([128, 256]));
        fs::write(&path, "torn").unwrap();
        describe(folder.path(), &description).unwrap();
        assert!(created_at(&fs::read(&path).unwrap()).is_some());
    }
}
