//! What every store has to do, as tests that run on each.
//! Knows nothing of how a store does it.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::{LocalStore, MemoryStore, Page, Staged, StoreDescription, ThumbnailStore, What};
use crate::cas::CasId;
use std::sync::atomic::{AtomicBool, Ordering};

/// Panics when a new store does not keep it.
type Promise = fn(&dyn ThumbnailStore);

/// Every promise of the port. A new one is its function and its row here.
const PROMISES: &[(&str, Promise)] = &[
    ("what was put is got", what_was_put_is_got),
    ("a later put wins", a_later_put_wins),
    ("what is missing is none", what_is_missing_is_none),
    ("what was deleted is gone", what_was_deleted_is_gone),
    ("what is staged is not seen", what_is_staged_is_not_seen),
    ("a batch is published together", a_batch_is_published_together),
    ("publishing can be repeated", publishing_can_be_repeated),
    ("what was never staged is not published", what_was_never_staged_is_not_published),
    ("what is whole is adopted", what_is_whole_is_adopted),
    ("what is another version is not adopted", what_is_another_version_is_not_adopted),
    ("what nobody wants is cleared", what_nobody_wants_is_cleared),
    ("a walk shows everything and may remove it", a_walk_shows_everything_and_may_remove_it),
    ("pages are in order and complete", pages_are_in_order_and_complete),
    ("readers see whole thumbnails only", readers_see_whole_thumbnails_only),
    ("a description does no harm", a_description_does_no_harm),
];

#[test]
fn the_local_store_conforms() {
    for (promise, keeps) in PROMISES {
        println!("{promise}");
        let folder = tempfile::tempdir().unwrap();
        keeps(&LocalStore::open(folder.path().join("thumbnails")).unwrap());
    }
}

#[test]
fn the_memory_store_conforms() {
    for (promise, keeps) in PROMISES {
        println!("{promise}");
        keeps(&MemoryStore::new());
    }
}

fn id(digits: &str) -> CasId {
    format!("{digits:0<16}").parse().unwrap()
}

fn list(
    store: &dyn ThumbnailStore,
    prefix: &str,
    after: Option<(&CasId, u32)>,
    limit: usize,
) -> Vec<(CasId, u32, u64)> {
    let stored = store.list(&Page { prefix, after, limit }).unwrap();
    stored.into_iter().map(|stored| (stored.cas_id, stored.size, stored.len)).collect()
}

fn what_was_put_is_got(store: &dyn ThumbnailStore) {
    store.put(&id("ab"), 256, b"picture").unwrap();
    assert_eq!(store.get(&id("ab"), 256).unwrap().unwrap(), b"picture");
}

fn a_later_put_wins(store: &dyn ThumbnailStore) {
    store.put(&id("ab"), 256, b"old").unwrap();
    store.put(&id("ab"), 256, b"new").unwrap();
    assert_eq!(store.get(&id("ab"), 256).unwrap().unwrap(), b"new");
}

fn what_is_missing_is_none(store: &dyn ThumbnailStore) {
    store.put(&id("ab"), 256, b"picture").unwrap();
    assert_eq!(store.get(&id("ab"), 128).unwrap(), None);
    assert_eq!(store.get(&id("ac"), 256).unwrap(), None);
    assert!(!store.delete(&id("ac"), 256).unwrap());
}

fn what_was_deleted_is_gone(store: &dyn ThumbnailStore) {
    store.put(&id("ab"), 256, b"picture").unwrap();
    assert!(store.delete(&id("ab"), 256).unwrap());
    assert_eq!(store.get(&id("ab"), 256).unwrap(), None);
    assert!(list(store, "", None, 9).is_empty());
}

fn what_is_staged_is_not_seen(store: &dyn ThumbnailStore) {
    let staged = store.stage(&id("ab"), 256, b"picture").unwrap();
    assert_eq!((staged.len, staged.checksum.as_str()), (7, blake3::hash(b"picture").to_hex().as_str()));
    assert_eq!(store.get(&id("ab"), 256).unwrap(), None);
    assert!(list(store, "", None, 9).is_empty());
}

fn a_batch_is_published_together(store: &dyn ThumbnailStore) {
    let staged: Vec<Staged> =
        [128, 256, 512].map(|size| store.stage(&id("ab"), size, &size.to_le_bytes()).unwrap()).into();
    store.publish(&staged).unwrap();
    for size in [128, 256, 512_u32] {
        assert_eq!(store.get(&id("ab"), size).unwrap().unwrap(), size.to_le_bytes());
    }
    store.publish(&[]).unwrap();
}

fn publishing_can_be_repeated(store: &dyn ThumbnailStore) {
    let first = store.stage(&id("ab"), 128, b"first").unwrap();
    store.publish(std::slice::from_ref(&first)).unwrap();
    let second = store.stage(&id("ab"), 256, b"second").unwrap();
    store.publish(&[first, second]).unwrap();
    assert_eq!(store.get(&id("ab"), 128).unwrap().unwrap(), b"first");
    assert_eq!(store.get(&id("ab"), 256).unwrap().unwrap(), b"second");
}

fn what_was_never_staged_is_not_published(store: &dyn ThumbnailStore) {
    store.put(&id("ab"), 128, b"other bytes").unwrap();
    assert!(store.publish(&[Staged::of(&id("ab"), 128, b"these bytes")]).is_err());
    assert!(store.publish(&[Staged::of(&id("ac"), 128, b"these bytes")]).is_err());
}

fn what_is_whole_is_adopted(store: &dyn ThumbnailStore) {
    let staged = store.stage(&id("ab"), 128, b"picture").unwrap();
    assert!(store.adopt(&staged).unwrap());
    store.publish(std::slice::from_ref(&staged)).unwrap();
    assert!(store.adopt(&staged).unwrap(), "published, and the catalogue not told");
    store.publish(&[staged]).unwrap();
}

fn what_is_another_version_is_not_adopted(store: &dyn ThumbnailStore) {
    let staged = store.stage(&id("ab"), 128, b"picture").unwrap();
    let other = Staged::of(&id("ab"), 128, b"pictUre");
    assert!(!store.adopt(&other).unwrap());
    assert!(!store.adopt(&Staged { size: 256, ..staged }).unwrap());
    store.put(&id("ac"), 128, b"picture").unwrap();
    assert!(!store.adopt(&Staged::of(&id("ac"), 128, b"pictUre")).unwrap());
    assert_eq!(store.get(&id("ac"), 128).unwrap().unwrap(), b"picture");
}

fn what_nobody_wants_is_cleared(store: &dyn ThumbnailStore) {
    let kept = store.stage(&id("ab"), 128, b"kept").unwrap();
    let cleared = store.stage(&id("ab"), 256, b"cleared").unwrap();
    store.put(&id("ac"), 128, b"published").unwrap();
    store.clear_staging(std::slice::from_ref(&kept)).unwrap();
    assert!(store.adopt(&kept).unwrap());
    assert!(!store.adopt(&cleared).unwrap());
    assert!(store.get(&id("ac"), 128).unwrap().is_some());
}

fn a_walk_shows_everything_and_may_remove_it(store: &dyn ThumbnailStore) {
    store.put(&id("ab"), 256, b"picture").unwrap();
    store.put(&id("ff"), 128, b"other").unwrap();
    store.stage(&id("ab"), 128, b"staged").unwrap();
    let mut found = Vec::new();
    store
        .walk(&mut |one| {
            found.push((one.what.clone(), one.len));
            assert!(store.remove(&one.name).unwrap() && !store.remove(&one.name).unwrap());
            Ok(())
        })
        .unwrap();
    found.sort_by_key(|(_, len)| *len);
    let thumbnail = |digits, size| What::Thumbnail(id(digits), size);
    assert_eq!(found, [(thumbnail("ff", 128), 5), (What::Temporary, 6), (thumbnail("ab", 256), 7)]);
    store.walk(&mut |one| panic!("{one:?}")).unwrap();
}

fn pages_are_in_order_and_complete(store: &dyn ThumbnailStore) {
    let all = [("00", 128), ("00", 1024), ("ab12", 128), ("ab13", 64), ("ab13", 128), ("ac", 128), ("ff", 1)];
    for (digits, size) in all.iter().rev() {
        store.put(&id(digits), *size, &vec![0; *size as usize]).unwrap();
    }
    let rows = |rows: &[(&str, u32)]| -> Vec<_> {
        rows.iter().map(|(digits, size)| (id(digits), *size, u64::from(*size))).collect()
    };
    assert_eq!(list(store, "", None, 99), rows(&all));
    assert_eq!(list(store, "a", None, 99), rows(&all[2..6]));
    assert_eq!(list(store, "ab", None, 99), rows(&all[2..5]));
    assert_eq!(list(store, "ab1", None, 99), rows(&all[2..5]));
    assert_eq!(list(store, "ab13", None, 99), rows(&all[3..5]));
    assert_eq!(list(store, "ab130", None, 99), rows(&all[3..5]));
    assert!(list(store, "ab14", None, 99).is_empty());
    assert_eq!(list(store, "a", Some((&id("ab13"), 64)), 1), rows(&all[4..5]));
    for limit in 1..4 {
        let mut seen: Vec<(CasId, u32, u64)> = Vec::new();
        loop {
            let after = seen.last().cloned();
            let page = list(store, "", after.as_ref().map(|(cas_id, size, _)| (cas_id, *size)), limit);
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= limit);
            seen.extend(page);
        }
        assert_eq!(seen, rows(&all));
    }
}

fn readers_see_whole_thumbnails_only(store: &dyn ThumbnailStore) {
    const LENGTH: usize = 200_000;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if let Some(bytes) = store.get(&id("ab"), 512).unwrap() {
                    assert_eq!(bytes.len(), LENGTH);
                    assert!(bytes.iter().all(|byte| *byte == bytes[0]), "two versions in one");
                }
            }
        });
        for version in 0..20 {
            store.put(&id("ab"), 512, &vec![version; LENGTH]).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}

fn a_description_does_no_harm(store: &dyn ThumbnailStore) {
    let description =
        StoreDescription { quality: 85, sizes: vec![128], total_thumbnails: 0, storage_used_bytes: 0 };
    store.describe(&description).unwrap();
    assert!(list(store, "", None, 9).is_empty());
}
