//! What the work would cost: a few files of every format are tried, the rest is reckoned from them.
//! Finds and tries files; the reckoning is the core's.

mod gather;
mod trial;

pub(crate) use gather::{below, pending};
pub(crate) use trial::{Conditions, try_all};

use std::{collections::BTreeMap, path::PathBuf};
use tintype_core::forecast::{FormatWork, Sample, Work};

/// Files that are likely to cost alike.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// A MIME type, or an extension.
    pub(crate) name: String,
    /// Whether the name is a MIME type.
    pub(crate) is_mime: bool,
    /// How much there is.
    pub(crate) work: Work,
    /// Those that are tried, spread over all lengths.
    pub(crate) samples: Vec<PathBuf>,
}

/// One file that was tried.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trial {
    /// What it is, by what it holds.
    pub(crate) mime_type: String,
    pub(crate) sample: Sample,
}

/// Groups with their trials, as formats. A group by extension is of the format that most of its trials are; an extension
/// without any stays one.
pub(crate) fn by_format(groups: Vec<Group>, trials: Vec<Vec<Trial>>) -> Vec<FormatWork> {
    let mut formats: BTreeMap<String, FormatWork> = BTreeMap::new();
    for (group, trials) in groups.into_iter().zip(trials) {
        let name = if group.is_mime { group.name } else { most_common(&trials).unwrap_or(group.name) };
        let format =
            formats.entry(name.clone()).or_insert_with(|| FormatWork { name, ..FormatWork::default() });
        format.work = format.work.plus(&group.work);
        format.samples.extend(trials.into_iter().map(|trial| trial.sample));
    }
    formats.into_values().collect()
}

fn most_common(trials: &[Trial]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for trial in trials {
        *counts.entry(&trial.mime_type).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, is_mime: bool, files: u64) -> Group {
        let mut work = Work::default();
        (0..files).for_each(|_| work.add(10));
        Group { name: name.to_owned(), is_mime, work, samples: Vec::new() }
    }

    fn trial(mime_type: &str) -> Trial {
        let sample = Sample { bytes: 10, seconds: 1.0, thumbnails: Vec::new(), peak_memory: 0 };
        Trial { mime_type: mime_type.to_owned(), sample }
    }

    /// Name, files and trials of each format.
    #[track_caller]
    fn check(groups: Vec<Group>, trials: &[&[&str]], expected: &[(&str, u64, usize)]) {
        let trials = trials.iter().map(|types| types.iter().map(|name| trial(name)).collect()).collect();
        let formats = by_format(groups, trials);
        let seen: Vec<_> =
            formats.iter().map(|of| (of.name.as_str(), of.work.files, of.samples.len())).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn extensions_become_formats() {
        check(
            vec![group("jpg", false, 5), group("jpeg", false, 3), group("dat", false, 2)],
            &[&["image/jpeg", "image/png", "image/jpeg"], &["image/jpeg"], &[]],
            &[("dat", 2, 0), ("image/jpeg", 8, 4)],
        );
        check(vec![group("image/x-tga", true, 1)], &[&["image/png"]], &[("image/x-tga", 1, 1)]);
        check(vec![], &[], &[]);
    }
}
