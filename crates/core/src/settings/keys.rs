//! Every key of `library.toml` in one table: what it means, what is legal, and what it is set to.
//! Knows nothing of files.

use super::{
    Settings,
    legal::{Legal, nearest},
};
use toml::{Table, Value};

struct Key {
    /// The `[section]`, empty for the keys above the first.
    section: &'static str,
    name: &'static str,
    /// For people, above the key in the file.
    meaning: &'static str,
    legal: Legal,
    /// What it is set to; in the defaults, an example of what to write.
    value: fn(&Settings) -> Value,
}

/// In the order they are written. A new setting is its field and its row here.
#[rustfmt::skip]
const KEYS: &[Key] = &[
    Key { section: "", name: "id", legal: Legal::Uuid,
        meaning: "Names this library wherever it is moved. Do not change it.",
        value: |s| s.id.to_string().into() },
    Key { section: "", name: "name", legal: Legal::Text,
        meaning: "What you call it.",
        value: |s| s.name.clone().into() },
    Key { section: "", name: "cas", legal: Legal::Word(&["sampled", "full"]),
        meaning: "How files are recognised: \"sampled\" reads parts of large files, \"full\" all of them.\n\
                  Chosen when the library is made; changing it means that everything is made again.",
        value: |s| word(&s.cas) },
    Key { section: "thumbnails", name: "sizes", legal: Legal::Numbers(16, 4096),
        meaning: "Longest edges in pixels. Nothing is enlarged.",
        value: |s| s.thumbnails.sizes.iter().map(|&size| Value::from(size)).collect::<Vec<_>>().into() },
    Key { section: "thumbnails", name: "quality", legal: Legal::Number(1, 100),
        meaning: "WebP quality, 1 to 100.",
        value: |s| i64::from(s.thumbnails.quality).into() },
    Key { section: "thumbnails", name: "scrub_frames", legal: Legal::Number(0, 200),
        meaning: "How many pictures the scrub sheet of a film has at most, for previews under a pointer; 0 means no sheet.",
        value: |s| s.thumbnails.scrub_frames.into() },
    Key { section: "thumbnails", name: "scrub_size", legal: Legal::Number(32, 320),
        meaning: "Longest edge of each of them in pixels.",
        value: |s| s.thumbnails.scrub_size.into() },
    Key { section: "thumbnails", name: "waveform", legal: Legal::Flag,
        meaning: "Whether sound without a cover shows how loud it is instead. Needs FFmpeg's libraries.",
        value: |s| s.thumbnails.waveform.into() },
    Key { section: "limits", name: "max_megapixels", legal: Legal::Number(1, 10_000),
        meaning: "Larger pictures are not decoded.",
        value: |s| s.limits.max_megapixels.into() },
    Key { section: "limits", name: "worker_memory_mib", legal: Legal::Number(128, 1_048_576),
        meaning: "Memory of one worker process, in MiB.",
        value: |s| s.limits.worker_memory_mib.into() },
    Key { section: "limits", name: "cpu_seconds", legal: Legal::Number(1, 86_400),
        meaning: "Processor time for one file.",
        value: |s| s.limits.cpu_seconds.into() },
    Key { section: "limits", name: "wall_seconds", legal: Legal::Number(1, 86_400),
        meaning: "Time by the clock for one file.",
        value: |s| s.limits.wall_seconds.into() },
    Key { section: "jobs", name: "workers", legal: Legal::Number(0, 1024),
        meaning: "How many files are worked on at once; 0 means one per core.",
        value: |s| s.jobs.workers.into() },
    Key { section: "jobs", name: "order", legal: Legal::Word(&["largest-first", "newest-first"]),
        meaning: "What comes first: \"largest-first\" or \"newest-first\".",
        value: |s| word(&s.jobs.order) },
    Key { section: "jobs", name: "batch_size", legal: Legal::Number(1, 10_000),
        meaning: "Files per batch. A batch is what a power cut may cost.",
        value: |s| s.jobs.batch_size.into() },
    Key { section: "index", name: "follow_symlinks", legal: Legal::Flag,
        meaning: "Whether links to files and folders are followed.",
        value: |s| s.index.follow_symlinks.into() },
    Key { section: "gentle", name: "nice", legal: Legal::Number(0, 19),
        meaning: "How far workers that do bulk work stand back from the processor, 0 to 19. What a person asked for or\n\
                  looks at does not stand back; this holds for the whole section.",
        value: |s| i64::from(s.gentle.nice).into() },
    Key { section: "gentle", name: "io_class", legal: Legal::Word(&["none", "best-effort", "idle"]),
        meaning: "The same at the disk: \"none\" as usual, \"best-effort\" served last, \"idle\" only when nobody else is.",
        value: |s| word(&s.gentle.io_class) },
    Key { section: "gentle", name: "pressure", legal: Legal::Number(0, 100),
        meaning: "Bulk work waits while memory or disk hold everybody up for so many percent of the time; 0 means never.",
        value: |s| i64::from(s.gentle.pressure).into() },
    Key { section: "gentle", name: "pause_on_battery", legal: Legal::Flag,
        meaning: "Whether bulk work waits while the machine runs on its battery.",
        value: |s| s.gentle.pause_on_battery.into() },
    Key { section: "gentle", name: "quiet_hours", legal: Legal::Hours,
        meaning: "Hours at which bulk work waits, like \"22:00-07:00\", by the clock on the wall; \"\" means none.",
        value: |s| s.gentle.quiet_hours.to_string().into() },
];

const TITLE: &str = "# A tintype library. What is left out has its default; unknown keys are refused.\n";

/// The settings as text for people.
pub(super) fn write(settings: &Settings) -> String {
    let mut text = TITLE.to_owned();
    let mut section = "";
    for key in KEYS {
        if key.section != section {
            section = key.section;
            text.extend(["\n[", section, "]"]);
        }
        text.push('\n');
        for line in key.meaning.lines() {
            text.extend(["# ", line.trim(), "\n"]);
        }
        text.extend([key.name, " = ", &(key.value)(settings).to_string(), "\n"]);
    }
    text
}

/// Refuses unknown keys and illegal values, saying what to write instead.
pub(super) fn check(table: &Table) -> Result<(), String> {
    if !table.contains_key("id") {
        return Err(format!("`id` is missing; write `id = \"{}\"` on top", uuid::Uuid::now_v7()));
    }
    for (name, value) in table {
        if KEYS.iter().any(|key| key.section == name) {
            let Value::Table(section) = value else {
                return Err(format!("`{name}` is a section; write `[{name}]` on a line of its own"));
            };
            section.iter().try_for_each(|(key, value)| check_key(name, key, value))?;
        } else {
            check_key("", name, value)?;
        }
    }
    Ok(())
}

fn check_key(section: &str, name: &str, value: &Value) -> Result<(), String> {
    let Some(key) = KEYS.iter().find(|key| key.section == section && key.name == name) else {
        return Err(unknown(section, name, value));
    };
    key.legal.check(value).map_err(|wanted| {
        let example = (key.value)(&Settings::new("Pictures"));
        format!("`{}` is {value}, but has to be {wanted}; write `{name} = {example}`", path(section, name))
    })
}

fn unknown(section: &str, name: &str, value: &Value) -> String {
    let unknown = path(section, name);
    if value.is_table() {
        let sections = KEYS.iter().map(|key| key.section).filter(|section| !section.is_empty());
        return match nearest(name, sections) {
            Some(near) => format!("unknown section [{unknown}]; did you mean [{near}]?"),
            None => format!("unknown section [{unknown}]; remove it"),
        };
    }
    if let Some(elsewhere) = KEYS.iter().find(|key| key.name == name) {
        return match elsewhere.section {
            "" => format!("`{name}` does not belong into [{section}]; write it above the first section"),
            right => format!("`{name}` belongs into [{right}]; write it below that line"),
        };
    }
    let here = KEYS.iter().filter(|key| key.section == section).map(|key| key.name);
    let everywhere = KEYS.iter().map(|key| key.name);
    match nearest(name, here).or_else(|| nearest(name, everywhere)) {
        Some(near) => format!("unknown key `{unknown}`; did you mean `{near}`?"),
        None => format!("unknown key `{unknown}`; remove it"),
    }
}

fn path(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

/// The word an enum is written as.
fn word(value: &impl serde::Serialize) -> Value {
    Value::try_from(value).expect("an enum without fields is a string")
}
