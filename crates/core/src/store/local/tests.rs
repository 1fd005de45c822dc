//! Rows for what only a store on disk can get wrong.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::super::What;
use super::*;
use tempfile::TempDir;

fn store() -> (TempDir, LocalStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path().join("thumbnails")).unwrap();
    (folder, store)
}

fn id() -> CasId {
    "abcd0123456789ef".parse().unwrap()
}

fn staged_files(store: &LocalStore) -> usize {
    fs::read_dir(&store.staging).unwrap().count()
}

#[test]
fn a_thumbnail_lies_where_the_design_says() {
    let (folder, store) = store();
    store.put(&id(), 256, b"picture").unwrap();
    let path = folder.path().join("thumbnails/ab/cd/abcd0123456789ef_256.webp");
    assert_eq!(fs::read(&path).unwrap(), b"picture");
    assert_eq!(store.path(&id(), 256), path);
    assert_eq!(staged_files(&store), 0);
}

#[test]
fn a_store_is_opened_again_and_a_newer_one_is_not() {
    let (folder, store) = store();
    store.put(&id(), 256, b"picture").unwrap();
    let path = folder.path().join("thumbnails");
    assert!(LocalStore::open(&path).unwrap().get(&id(), 256).unwrap().is_some());
    fs::write(path.join("version.txt"), "3").unwrap();
    assert!(matches!(LocalStore::open(&path), Err(Error::Newer { what: "store", found: 3, known: 2 })));
}

/// Writes to `/dev/full` fail as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    let (_folder, store) = store();
    let waiting = store.staging_path(&Staged::of(&id(), 256, b""));
    std::os::unix::fs::symlink("/dev/full", waiting).unwrap();
    let error = store.stage(&id(), 256, b"picture").unwrap_err();
    assert!(error.is_disk_full(), "{error}");
    assert_eq!(staged_files(&store), 0);
    assert_eq!(store.get(&id(), 256).unwrap(), None);
}

#[test]
fn a_torn_file_is_not_adopted_nor_put_over_a_whole_one() {
    let (_folder, store) = store();
    let staged = store.stage(&id(), 256, b"picture").unwrap();
    store.publish(std::slice::from_ref(&staged)).unwrap();
    for torn in [b"pict".as_slice(), b"\0\0\0\0\0\0\0"] {
        fs::write(store.staging_path(&staged), torn).unwrap();
        assert!(store.adopt(&staged).unwrap(), "the published one is whole");
        store.publish(std::slice::from_ref(&staged)).unwrap();
        assert_eq!(store.get(&id(), 256).unwrap().unwrap(), b"picture");
    }
    fs::write(store.path(&id(), 256), b"pict").unwrap();
    assert!(!store.adopt(&staged).unwrap());
}

#[test]
fn staging_again_replaces_what_a_crash_left() {
    let (_folder, store) = store();
    store.stage(&id(), 256, b"a long one from before").unwrap();
    store.put(&id(), 256, b"short").unwrap();
    assert_eq!(store.get(&id(), 256).unwrap().unwrap(), b"short");
}

/// Writes a file with one byte, and finds out what the walk says of it; `None`: it is not mentioned.
#[track_caller]
fn check_walk(name: &str, what: Option<&What>) {
    let (folder, store) = store();
    let path = folder.path().join("thumbnails").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"x").unwrap();
    let mut found = Vec::new();
    let keep = &mut |one: &Found| {
        found.push(one.clone());
        Ok(())
    };
    store.walk(keep).unwrap();
    let name = PathBuf::from(name);
    let expected: Vec<_> = what.map(|what| Found { name, len: 1, what: what.clone() }).into_iter().collect();
    assert_eq!(found, expected);
}

#[test]
fn a_walk_knows_what_is_ours_by_name_and_place() {
    let misplaced = What::Misplaced(id(), 256);
    check_walk("ab/cd/abcd0123456789ef_256.webp", Some(&What::Thumbnail(id(), 256)));
    for folder in ["ab/ce/", "00/cd/", "ab/", ""] {
        check_walk(&format!("{folder}abcd0123456789ef_256.webp"), Some(&misplaced));
    }
    check_walk("tmp/abcd0123456789ef_256.webp", Some(&What::Temporary));
    check_walk("metadata.json.12-3.tmp", Some(&What::Temporary));
    check_walk("metadata.json", None);
    for strange in
        ["notes.txt", "ab/notes.txt", "ab/cd/abcd0123456789ef_0256.webp", "tmp/notes.txt", "version.txt.tmp"]
    {
        check_walk(strange, Some(&What::Strange));
    }
}

#[test]
fn a_misplaced_one_is_put_in_its_place_if_it_is_what_it_should_be() {
    let (folder, store) = store();
    let name = Path::new("00/11/abcd0123456789ef_256.webp");
    let path = folder.path().join("thumbnails").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"picture").unwrap();
    assert_eq!(store.list(&Page { prefix: "", after: None, limit: 9 }).unwrap(), [], "it cannot be got");
    assert!(!store.put_in_place(name, &Staged::of(&id(), 256, b"pictUre")).unwrap());
    assert!(path.is_file());
    assert!(store.put_in_place(name, &Staged::of(&id(), 256, b"picture")).unwrap());
    assert!(!path.exists());
    assert_eq!(store.get(&id(), 256).unwrap().unwrap(), b"picture");
    assert!(store.remove(Path::new("../library.toml")).is_err() && store.remove(Path::new("/etc")).is_err());
}

#[test]
fn what_is_not_ours_stays_among_what_is_staged() {
    let (_folder, store) = store();
    let note = store.staging.join("notes.txt");
    fs::write(&note, b"mine").unwrap();
    store.stage(&id(), 256, b"picture").unwrap();
    store.clear_staging(&[]).unwrap();
    assert!(note.is_file() && staged_files(&store) == 1);
}

#[test]
fn foreign_files_are_not_listed() {
    let (folder, store) = store();
    store.put(&id(), 256, b"picture").unwrap();
    let root = folder.path().join("thumbnails");
    fs::write(root.join("ab/cd/notes.txt"), b"").unwrap();
    fs::write(root.join("ab/cd/.abcd0123456789ef_256.webp.swp"), b"").unwrap();
    fs::write(root.join("ff"), b"a file where a folder could be").unwrap();
    fs::create_dir_all(root.join("lost+found")).unwrap();
    let listed = store.list(&Page { prefix: "", after: None, limit: 9 }).unwrap();
    assert_eq!(listed, [Stored { cas_id: id(), size: 256, len: 7 }]);
}

#[test]
fn a_store_that_cannot_be_made_names_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thumbnails");
    fs::write(&path, b"in the way").unwrap();
    let error = LocalStore::open(&path).unwrap_err();
    assert!(error.to_string().contains("thumbnails"), "{error}");
}
