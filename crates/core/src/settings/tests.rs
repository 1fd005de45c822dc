//! Rows for what `library.toml` may and may not say.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;

const ID: &str = "id = \"0193a5b0-0000-7000-8000-000000000000\"\n";

#[track_caller]
fn check_refused(text: &str, words: &str) {
    let message = Settings::parse(&format!("{ID}{text}")).unwrap_err();
    assert!(message.contains(words), "{message}");
}

#[track_caller]
fn check_read(text: &str, expected: impl FnOnce(&mut Settings)) {
    let mut settings = Settings { id: ID[6..42].parse().unwrap(), ..Settings::new("") };
    expected(&mut settings);
    assert_eq!(Settings::parse(&format!("{ID}{text}")).unwrap(), settings);
}

#[test]
fn what_is_left_out_has_its_default() {
    check_read("", |_| ());
    check_read("name = \"Pictures\"", |s| s.name = "Pictures".to_owned());
    check_read("cas = \"full\"", |s| s.cas = Cas::Full);
    check_read("[thumbnails]\nquality = 70", |s| s.thumbnails.quality = 70);
    check_read("[thumbnails]\nsizes = [512, 64, 512]", |s| s.thumbnails.sizes = vec![64, 512]);
    check_read("[jobs]\norder = \"newest-first\"\nworkers = 3", |s| {
        s.jobs.order = BulkOrder::NewestFirst;
        s.jobs.workers = 3;
    });
    check_read("[limits]\nwall_seconds = 5", |s| s.limits.wall_seconds = 5);
    check_read("[index]\nfollow_symlinks = true", |s| s.index.follow_symlinks = true);
    check_read("[gentle]\nio_class = \"idle\"\nquiet_hours = \"22:00-7:00\"", |s| {
        s.gentle.io_class = tintype_sandbox::IoClass::Idle;
        s.gentle.quiet_hours = "22:00-07:00".parse().unwrap();
    });
}

#[test]
fn unknown_keys_are_refused_with_a_hint() {
    check_refused("[thumbnails]\nqualty = 70", "unknown key `thumbnails.qualty`; did you mean `quality`?");
    check_refused("quality = 70", "`quality` belongs into [thumbnails]");
    check_refused("[jobs]\ncas = \"full\"", "above the first section");
    check_refused("[thumbnail]\nquality = 70", "did you mean [thumbnails]?");
    check_refused("[jobs]\nbatchsize = 3", "did you mean `batch_size`?");
    check_refused("[wallpaper]", "unknown section [wallpaper]; remove it");
    check_refused("zzzzzzzz = 1", "unknown key `zzzzzzzz`; remove it");
    check_refused("jobs = 3", "write `[jobs]` on a line of its own");
}

#[test]
fn illegal_values_are_refused_with_what_to_write() {
    check_refused("[thumbnails]\nquality = 0", "a number from 1 to 100; write `quality = 85`");
    check_refused("[thumbnails]\nquality = \"high\"", "write `quality = 85`");
    check_refused("[thumbnails]\nquality = 8.5", "write `quality = 85`");
    check_refused("[thumbnails]\nsizes = []", "write `sizes = [128, 256, 512]`");
    check_refused("[thumbnails]\nsizes = [8]", "numbers from 16 to 4096");
    check_refused("[thumbnails]\nsizes = 128", "a list of 1 to 16 numbers");
    check_refused("[limits]\nmax_megapixels = -1", "`limits.max_megapixels` is -1");
    check_refused("[limits]\nwall_seconds = 99999999999", "write `wall_seconds = 60`");
    check_refused("[jobs]\norder = \"oldest\"", "one of largest-first, newest-first");
    check_refused("[index]\nfollow_symlinks = 1", "true or false");
    check_refused("[gentle]\nnice = 20", "a number from 0 to 19; write `nice = 10`");
    check_refused("[gentle]\nio_class = \"last\"", "one of none, best-effort, idle");
    check_refused("[gentle]\nquiet_hours = \"22-7\"", "hours like \"22:00-07:00\"");
    check_refused("cas = \"md5\"", "one of sampled, full");
    check_refused("name = 3", "a text in quotes");
}

#[test]
fn a_missing_or_broken_id_is_refused_with_a_new_one() {
    let message = Settings::parse("name = \"x\"").unwrap_err();
    assert!(message.contains("`id` is missing; write `id = \"0"), "{message}");
    assert!(Settings::parse("id = \"x\"").unwrap_err().contains("a UUID"));
}

#[test]
fn broken_toml_is_refused_with_its_line() {
    check_refused("[jobs]\nworkers = ", "line 3");
    check_refused("name = \"a\"\nname = \"b\"", "line 3");
}

#[test]
fn settings_survive_being_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.toml");
    let mut settings = Settings::new("Pictures of \"us\"\nand \\ them");
    settings.cas = Cas::Full;
    settings.thumbnails.sizes = vec![100, 2000];
    settings.jobs.order = BulkOrder::NewestFirst;
    settings.save(&path).unwrap();
    assert_eq!(Settings::load(&path).unwrap(), settings);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn every_key_is_explained_in_the_file() {
    let text = keys::write(&Settings::new("Pictures"));
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in
        lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
    {
        assert!(lines[number - 1].starts_with("# "), "{line}");
    }
    let table: toml::Table = toml::from_str(&text).unwrap();
    let typed = toml::Table::try_from(Settings::new("Pictures")).unwrap();
    assert_eq!(
        shape(&table),
        shape(&typed),
        "a field of Settings lacks its row in KEYS, or the other way round"
    );
}

fn shape(table: &toml::Table) -> Vec<String> {
    let mut keys: Vec<String> = table
        .iter()
        .flat_map(|(name, value)| match value {
            toml::Value::Table(section) => section.keys().map(|key| format!("{name}.{key}")).collect(),
            _ => vec![name.clone()],
        })
        .collect();
    keys.sort();
    keys
}

#[test]
fn illegal_settings_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.toml");
    let mut settings = Settings::new("Pictures");
    settings.thumbnails.quality = 0;
    assert!(matches!(settings.save(&path), Err(Error::Settings { .. })));
    assert!(!path.exists());
}

#[test]
fn a_missing_file_and_one_that_is_no_text_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.toml");
    assert!(matches!(Settings::load(&path), Err(Error::Io { action: "read", .. })));
    fs::write(&path, b"name = \"\xff\"").unwrap();
    assert!(Settings::load(&path).unwrap_err().to_string().contains("UTF-8"));
}
