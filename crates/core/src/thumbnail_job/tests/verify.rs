//! Verification finds every kind of damage, raises no false alarm, and repairing makes whole again what can be.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;
use crate::{Damage, Repair, VerifyReport, cas::CasId};
use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::PathBuf};

/// A library with two files, and one of their thumbnails at an odd size that somebody asked for.
fn library() -> (Fixture, [CasId; 2]) {
    let fixture = Fixture::on_disk();
    let files = fixture.files(&["sound", "hurt"]);
    fixture.run(job());
    fixture.run(ThumbnailJob { entry_ids: Some(vec![files[1].0]), sizes: vec![1024], ..job() });
    assert_eq!(damages(&fixture.library), []);
    (fixture, [files[0].1.clone(), files[1].1.clone()])
}

fn damages(library: &Library) -> Vec<(Damage, String)> {
    let mut found = Vec::new();
    let report = library.verify(|finding| found.push((finding.damage, finding.name.display().to_string())));
    let counted: u64 = report.unwrap().damages.values().sum();
    assert_eq!(counted, found.len() as u64);
    found.sort();
    found
}

fn path(fixture: &Fixture, cas_id: &CasId, size: u32) -> PathBuf {
    fixture.library.root().join("thumbnails").join(cas_id.thumbnail_path(size))
}

/// Repairs, makes again, and finds that all is well but for what is strange.
fn repaired(fixture: &Fixture) -> (VerifyReport, BTreeMap<String, Repair>) {
    let mut repairs = BTreeMap::new();
    let report = fixture.library.repair(|finding| {
        repairs.insert(finding.name.display().to_string(), finding.repair.unwrap());
    });
    fixture.asked();
    fixture.run(job());
    let left = damages(&fixture.library);
    assert!(left.iter().all(|(damage, _)| *damage == Damage::Strange), "{left:?}");
    fixture.check_consistent();
    (report.unwrap(), repairs)
}

#[test]
fn every_kind_of_damage_is_named_and_put_right() {
    let (fixture, [sound, hurt]) = library();
    let all = fixture.check_consistent();
    let text = |text: &str| PathBuf::from(text);
    fs::remove_file(path(&fixture, &hurt, 128)).unwrap();
    fs::write(path(&fixture, &hurt, 256), b"short").unwrap();
    fs::write(path(&fixture, &hurt, 512), b"hurt at 512 q86").unwrap();
    fs::write(path(&fixture, &hurt, 1024), b"grown, and of an odd size").unwrap();
    let root = fixture.library.root().join("thumbnails");
    fs::create_dir_all(root.join("00/11")).unwrap();
    let misplaced = text("00/11").join(sound.thumbnail_path(256).file_name().unwrap());
    fs::rename(path(&fixture, &sound, 256), root.join(&misplaced)).unwrap();
    let copy = text("00").join(sound.thumbnail_path(512).file_name().unwrap());
    fs::copy(path(&fixture, &sound, 512), root.join(&copy)).unwrap();
    let foreign: CasId = "00ff00ff00ff00ff".parse().unwrap();
    fixture.store.put(&foreign, 64, b"foreign").unwrap();
    fs::write(root.join("notes.txt"), b"mine").unwrap();

    let name = |path: PathBuf| path.display().to_string();
    let thumbnail = |cas_id: &CasId, size| name(cas_id.thumbnail_path(size));
    let mut expected = vec![
        (Damage::Missing, thumbnail(&hurt, 128), Repair::ToBeMade),
        (Damage::Truncated, thumbnail(&hurt, 256), Repair::ToBeMade),
        (Damage::Corrupted, thumbnail(&hurt, 512), Repair::ToBeMade),
        (Damage::Corrupted, thumbnail(&hurt, 1024), Repair::ToBeMade),
        (Damage::Misplaced, name(misplaced), Repair::Moved),
        (Damage::Misplaced, name(copy), Repair::Removed),
        (Damage::Foreign, thumbnail(&foreign, 64), Repair::Removed),
        (Damage::Strange, "notes.txt".to_owned(), Repair::LeftAlone),
    ];
    let (report, repairs) = {
        let mut found: Vec<_> = expected.iter().map(|(damage, name, _)| (*damage, name.clone())).collect();
        found.push((Damage::Missing, thumbnail(&sound, 256)));
        found.sort();
        assert_eq!(damages(&fixture.library), found);
        assert_eq!(damages(&fixture.library), found, "looking changes nothing");
        repaired(&fixture)
    };
    expected.sort();
    let expected: BTreeMap<_, _> = expected.into_iter().map(|(_, name, repair)| (name, repair)).collect();
    assert_eq!(repairs, expected);
    assert_eq!((report.damaged, report.repaired), (7, 7));
    assert_eq!(fixture.check_consistent(), all);
    assert_eq!(fixture.store.get(&hurt, 1024).unwrap().unwrap(), b"hurt at 1024 q85", "at its own size");
    assert!(root.join("notes.txt").is_file());
    assert_eq!(fixture.library.lost_thumbnails((0, 0), 9).unwrap(), []);
    assert!(fixture.library.plan_clean().unwrap().why.is_empty(), "1024 is still what somebody asked for");
}

#[test]
fn what_cannot_be_made_again_is_said() {
    let (fixture, [sound, hurt]) = library();
    fs::remove_file(path(&fixture, &hurt, 1024)).unwrap();
    fs::remove_file(fixture.dir.path().join("files/hurt.txt")).unwrap();
    fs::remove_file(path(&fixture, &sound, 128)).unwrap();
    let entry = fixture.library.find(fixture.dir.path().join("files/sound.txt")).unwrap().unwrap().entry_id;
    fixture.forget(entry);
    let (report, repairs) = repaired(&fixture);
    let name = |cas_id: &CasId, size| cas_id.thumbnail_path(size).display().to_string();
    assert_eq!(repairs[&name(&hurt, 1024)], Repair::ToBeMade, "its entry is there");
    assert_eq!(repairs[&name(&sound, 128)], Repair::SourceGone);
    assert_eq!((report.damaged, report.repaired), (2, 1));
    let lost = fixture.library.lost_thumbnails((0, 0), 9).unwrap();
    assert_eq!((lost.len(), lost[0].size, lost[0].cas_id.as_str()), (1, 1024, hurt.as_str()));
}

#[test]
fn what_fails_when_it_is_made_again_is_said_with_its_reason() {
    let fixture = Fixture::new();
    let (_, cas_id) = fixture.file("turning bad");
    fixture.run(job());
    fixture.store.delete(&cas_id, 256).unwrap();
    fixture.renderer.turned_bad.store(true, Ordering::Relaxed);
    repaired(&fixture);
    let lost = fixture.library.lost_thumbnails((0, 0), 9).unwrap();
    assert_eq!(lost[0].failure, Some(("corrupt".to_owned(), "it has turned bad".to_owned())));
    fixture.renderer.turned_bad.store(false, Ordering::Relaxed);
    fixture.library.retry_failures(&FailureFilter::default()).unwrap();
    fixture.run(job());
    assert_eq!(fixture.library.lost_thumbnails((0, 0), 9).unwrap(), []);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_goes_on() {
    let (fixture, [sound, hurt]) = library();
    // A folder in the place of a file cannot be read as one, not even by root.
    fs::remove_file(path(&fixture, &hurt, 256)).unwrap();
    fs::create_dir(path(&fixture, &hurt, 256)).unwrap();
    fs::write(path(&fixture, &sound, 512), b"short").unwrap();
    let name = |cas_id: &CasId, size| cas_id.thumbnail_path(size).display().to_string();
    let found = damages(&fixture.library);
    assert!(found.contains(&(Damage::Unreadable, name(&hurt, 256))), "{found:?}");
    assert!(found.contains(&(Damage::Truncated, name(&sound, 512))), "{found:?}");
    let folder = path(&fixture, &sound, 512).parent().unwrap().to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    let may_read = fs::read_dir(&folder).is_ok();
    let found = damages(&fixture.library);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let unreadable = found.iter().filter(|(damage, _)| *damage == Damage::Unreadable).count();
    assert_eq!(unreadable, if may_read { 1 } else { 5 }, "root may read anything: {found:?}");
}

#[test]
fn a_rendition_that_is_in_place_and_not_yet_written_down_is_no_damage() {
    let fixture = Fixture::on_disk();
    fixture.file("one");
    fixture.run(job());
    let other = fixture.reopened(|settings| settings.thumbnails.quality = 70);
    let seen = other.clone();
    *fixture.store.after_publishing.lock().unwrap() = Some(Box::new(move || {
        assert_eq!(damages(&seen), []);
        assert_eq!(seen.verify(|_| {}).unwrap().sound, 3);
        assert!(seen.repair(|_| {}).unwrap_err().to_string().contains("pause it"));
    }));
    let handle = other.generate_thumbnails(job(), Priority::Bulk).unwrap();
    let _runner = start(&other);
    until(&handle, |update| update.status == JobStatus::Completed);
}

#[test]
fn verifying_while_a_job_and_clean_up_work_raises_no_alarm() {
    let fixture = Fixture::new();
    fixture.many(100, "number");
    fixture.run(job());
    let other = fixture.reopened(|settings| settings.thumbnails.quality = 70);
    let gone: Vec<_> = (0..30).map(|number| fixture.file(&format!("gone {number}")).0).collect();
    let handle =
        other.generate_thumbnails(ThumbnailJob { batch_size: Some(4), ..job() }, Priority::Bulk).unwrap();
    let _runner = start(&other);
    for entry in gone {
        assert_eq!(damages(&fixture.library), []);
        fixture.forget(entry);
        fixture.library.clean().unwrap();
    }
    until(&handle, |update| update.status == JobStatus::Completed);
    assert_eq!(damages(&fixture.library), []);
}
