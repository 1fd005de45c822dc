//! Which files there are and which of them are tried: below a folder by extension, in a library by MIME type.
//! Reads names and sizes; opens nothing.

use super::Group;
use crate::stop::Stop;
use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tintype_core::Library;

/// How many groups are tried; what is rarer goes together. Folders full of numbered extensions exist.
const GROUPS: usize = 30;

/// What has no extension, and what is too rare to be tried apart.
const REST: &str = "other";

/// What is still missing in a library.
pub(crate) fn pending(library: &Library, samples: usize) -> Result<Vec<Group>> {
    let types = library.pending_by_type(samples)?;
    let group = |of: tintype_core::PendingType| Group {
        name: of.mime_type,
        files: of.contents,
        bytes: of.bytes,
        samples: of.samples,
    };
    Ok(types.into_iter().map(group).collect())
}

/// What lies at or below `path`. Links are not followed; what cannot be read is left out.
pub(crate) fn below(path: &Path, samples: usize, stop: &Stop) -> Result<Vec<Group>> {
    let mut urn = Urn { chance: Chance(1), samples, groups: BTreeMap::new() };
    let first = fs::metadata(path).with_context(|| format!("open {}", path.display()))?;
    if first.is_file() {
        urn.add(path, first.len());
        return Ok(urn.finish());
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(items) = fs::read_dir(&folder) else { continue };
        for item in items.flatten() {
            let Ok(facts) = item.metadata() else { continue };
            if facts.is_dir() {
                folders.push(item.path());
            } else if facts.is_file() && facts.len() > 0 {
                urn.add(&item.path(), facts.len());
            }
        }
        if stop.asked() {
            break;
        }
    }
    Ok(urn.finish())
}

struct Urn {
    chance: Chance,
    samples: usize,
    groups: BTreeMap<String, Group>,
}

impl Urn {
    /// Counts a file. After n files each had the same chance to be among the samples.
    fn add(&mut self, path: &Path, bytes: u64) {
        let name = name_of(path);
        let group = self.groups.entry(name.clone()).or_insert_with(|| Group { name, ..Group::default() });
        group.files += 1;
        group.bytes += bytes;
        if group.samples.len() < self.samples {
            group.samples.push(path.to_owned());
            return;
        }
        let place = self.chance.below(group.files) as usize;
        if let Some(sample) = group.samples.get_mut(place) {
            path.clone_into(sample);
        }
    }

    /// The largest groups, and one of all others.
    fn finish(self) -> Vec<Group> {
        let mut groups: Vec<_> = self.groups.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.files));
        if groups.len() > GROUPS {
            let mut rest = Group { name: REST.to_owned(), ..Group::default() };
            for group in groups.split_off(GROUPS) {
                rest.files += group.files;
                rest.bytes += group.bytes;
                rest.samples.extend(group.samples);
            }
            self::thin(&mut rest.samples, self.samples);
            groups.push(rest);
        }
        groups
    }
}

/// Keeps `most`, evenly spread.
fn thin(samples: &mut Vec<PathBuf>, most: usize) {
    let stride = samples.len().div_ceil(most.max(1)).max(1);
    let mut index = 0;
    samples.retain(|_| {
        index += 1;
        (index - 1) % stride == 0
    });
}

fn name_of(path: &Path) -> String {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.map_or_else(|| REST.to_owned(), str::to_ascii_lowercase)
}

/// Numbers by chance (xorshift). The same in every run, so that the same folder gives the same samples.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urn(samples: usize) -> Urn {
        Urn { chance: Chance(1), samples, groups: BTreeMap::new() }
    }

    #[test]
    fn samples_are_few_and_spread() {
        let mut urn = urn(12);
        for number in 0..10_000 {
            urn.add(Path::new(&format!("{number}.JPG")), 2);
        }
        let groups = urn.finish();
        let [group] = groups.as_slice() else { panic!("one extension, one group") };
        assert_eq!(
            (group.name.as_str(), group.files, group.bytes, group.samples.len()),
            ("jpg", 10_000, 20_000, 12)
        );
        let late = group.samples.iter().filter(|path| path.as_os_str().len() == "5000.JPG".len()).count();
        assert!(late > 6, "only {late} of 12 samples are from the last nine tenths");
    }

    #[test]
    fn rare_extensions_go_together() {
        let mut urn = urn(5);
        for number in 0..100 {
            urn.add(Path::new(&format!("a.{number}")), 1);
        }
        let groups = urn.finish();
        assert_eq!(groups.len(), GROUPS + 1);
        let rest = groups.last().map(|rest| (rest.name.as_str(), rest.files, rest.samples.len() <= 5));
        assert_eq!(rest, Some((REST, 70, true)));
    }
}
