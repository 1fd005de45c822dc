//! When settings or engine change, exactly what differs is made again, and the old ones are served until then.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;
use crate::cas::CasId;
use std::collections::BTreeMap;

/// Runs the library's usual job to its end.
fn run(library: &Library) {
    let handle = library.generate_thumbnails(job(), Priority::Bulk).unwrap();
    let _runner = start(library);
    until(&handle, |update| update.status == JobStatus::Completed);
}

/// How often each size was rendered since this was last asked.
fn renders(fixture: &Fixture) -> BTreeMap<u32, u32> {
    let mut renders = BTreeMap::new();
    for size in fixture.asked().into_iter().flat_map(|(_, sizes, _)| sizes) {
        *renders.entry(size).or_default() += 1;
    }
    renders
}

/// A change of the settings has each of these sizes rendered once for each of two files.
#[track_caller]
fn check(fixture: &Fixture, change: impl Fn(&mut Settings), sizes: &[u32]) {
    run(&fixture.reopened(change));
    assert_eq!(renders(fixture), sizes.iter().map(|size| (*size, 2)).collect());
    run(&fixture.library);
    fixture.asked();
}

fn sizes(sizes: &[u32]) -> impl Fn(&mut Settings) {
    move |settings| settings.thumbnails.sizes = sizes.to_vec()
}

#[test]
fn a_changed_recipe_makes_only_what_differs() {
    let fixture = Fixture::new();
    fixture.files(&["one", "two"]);
    fixture.run(job());
    fixture.asked();
    check(&fixture, sizes(&[128, 256, 512, 1024]), &[1024]);
    check(&fixture, sizes(&[128, 256, 512, 1024]), &[]);
    check(&fixture, sizes(&[256]), &[]);
    check(&fixture, sizes(&[64, 512]), &[64]);
    check(&fixture, |settings| settings.jobs.batch_size = 1, &[]);
    check(&fixture, |settings| settings.thumbnails.quality = 70, &[128, 256, 512]);
    *fixture.renderer.engine.lock().unwrap() = "b".into();
    check(&fixture, |_| {}, &[128, 256, 512]);
}

/// A library with one thumbnail of each size, and the same with settings of which all have another recipe.
fn changed(text: &str) -> (Fixture, CasId, Library) {
    let fixture = Fixture::on_disk();
    let (_, cas_id) = fixture.file(text);
    fixture.run(job());
    assert!(!fixture.library.thumbnail_info(&cas_id, 256).unwrap().unwrap().stale);
    fixture.asked();
    let library = fixture.reopened(|settings| settings.thumbnails.quality = 70);
    (fixture, cas_id, library)
}

/// What is served at one size, and whether it is said to be old.
#[track_caller]
fn check_served(library: &Library, cas_id: &CasId, text: &str, stale: bool) {
    let bytes = library.get_thumbnail(cas_id, 256).unwrap().unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), text);
    assert!(library.has_thumbnail(cas_id, 256).unwrap());
    assert_eq!(library.thumbnail_info(cas_id, 256).unwrap().unwrap().stale, stale);
}

#[test]
fn the_old_one_is_served_until_the_new_one_is_there() {
    let (fixture, cas_id, library) = changed("slow");
    check_served(&library, &cas_id, "slow at 256 q85", true);
    let handle = library.generate_thumbnails(job(), Priority::Bulk).unwrap();
    let _runner = start(&library);
    until(&handle, |_| !fixture.renderer.asked.lock().unwrap().is_empty());
    check_served(&library, &cas_id, "slow at 256 q85", true);
    until(&handle, |update| update.status == JobStatus::Completed);
    check_served(&library, &cas_id, "slow at 256 q70", false);
}

#[test]
fn when_the_new_one_fails_the_old_one_stays_and_is_said_to_be_old() {
    let (fixture, cas_id, library) = changed("turning bad");
    fixture.renderer.turned_bad.store(true, Ordering::Relaxed);
    run(&library);
    check_served(&library, &cas_id, "turning bad at 256 q85", true);
    assert_eq!(library.failure_of(&cas_id).unwrap().unwrap().reason, "corrupt");
    assert!(library.plan_clean().unwrap().why.is_empty(), "old, but all there is");
    fixture.asked();
    run(&library);
    assert_eq!(renders(&fixture), BTreeMap::new(), "noted, and not tried again");
    assert_eq!(fixture.check_consistent(), 3);
}

#[test]
fn a_kill_between_putting_in_place_and_recording_loses_nothing() {
    for is_cancelled in [false, true] {
        let (fixture, cas_id, library) = changed("one");
        let handle = library.generate_thumbnails(job(), Priority::Bulk).unwrap();
        // As if the process had died when the new files were in their places, and none of it was written down yet.
        fixture.note_rendition(&handle, (&cas_id, "one"), 70, |staged, _| {
            fixture.store.publish(std::slice::from_ref(staged)).unwrap();
        });
        check_served(&library, &cas_id, "one at 256 q70", true);
        assert_eq!(library.verify(|finding| panic!("{finding:?}")).unwrap().sound, 3);
        assert_eq!(library.clean().unwrap().bytes, 0);
        if is_cancelled {
            handle.cancel().unwrap();
        }
        run(&library);
        assert_eq!(renders(&fixture), BTreeMap::new(), "nothing is made twice");
        check_served(&library, &cas_id, "one at 256 q70", false);
        assert_eq!(fixture.check_consistent(), 3);
    }
}

#[test]
fn a_file_that_changes_while_its_rendition_is_published_is_rendered_again() {
    let (fixture, cas_id, library) = changed("one");
    let (other, id) = (fixture.reopened(|_| {}), cas_id.clone());
    *fixture.store.after_publishing.lock().unwrap() = Some(Box::new(move || {
        let catalogue = other.catalogue();
        let content = catalogue.read(|rows| rows.content_by_cas_id(id.as_str())).unwrap().unwrap().id;
        catalogue.write(|rows| rows.set_stale(content)).unwrap();
    }));
    run(&library);
    check_served(&library, &cas_id, "one at 256 q70", true);
    assert_eq!(fixture.check_consistent(), 3);
    fixture.asked();
    run(&library);
    assert_eq!(renders(&fixture), [(128, 1), (256, 1), (512, 1)].into());
    check_served(&library, &cas_id, "one at 256 q70", false);
}
