//! Which crate may use which: the edges between crates equal this table.
//! Knows only crates of the workspace; what else a crate must not contain stands in `absences`.

use super::manifests;
use crate::tree::Tree;

/// Each crate and the crates of ours that it uses. A new edge is a line here, so that somebody reads it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("tintype-media", &[]),
    ("tintype-sandbox", &[]),
    ("tintype-worker", &["tintype-media", "tintype-sandbox"]),
    ("tintype-worker-raw", &["tintype-media", "tintype-worker"]),
    ("tintype-worker-tiff", &["tintype-media", "tintype-worker"]),
    ("tintype-worker-heif", &["tintype-media", "tintype-worker"]),
    ("tintype-worker-comic", &["tintype-media", "tintype-worker"]),
    ("tintype-worker-video", &["tintype-media", "tintype-worker"]),
    ("tintype-core", &["tintype-sandbox"]),
    // The program uses the sandbox for `tintype doctor` and `tintype thumbnail`, and to put the parts together.
    ("tintype", &["tintype-core", "tintype-sandbox"]),
    // Measures media from inside and the program from outside, as an executable; the contact sheet asks the pool.
    ("tintype-bench", &["tintype-media", "tintype-core"]),
    // Its own workspace; holds every crate that parses to what it promises.
    (
        "tintype-fuzz",
        &[
            "tintype-media",
            "tintype-sandbox",
            "tintype-worker-comic",
            "tintype-worker-heif",
            "tintype-worker-tiff",
            "tintype-worker-video",
            "tintype-core",
        ],
    ),
    ("xtask", &[]),
];

pub(super) fn find(tree: &Tree) -> Vec<String> {
    against(tree, MAY_USE)
}

fn against(tree: &Tree, table: &[(&str, &[&str])]) -> Vec<String> {
    let (crates, mut findings) = manifests::crates(tree);
    let names: Vec<_> = crates.iter().map(|one| &*one.name).collect();
    for one in &crates {
        let Some((_, allowed)) = table.iter().find(|(name, _)| *name == one.name) else {
            findings.push(format!("{}/Cargo.toml: {} has no row in MAY_USE", one.folder, one.name));
            continue;
        };
        let used: Vec<_> = one.dependencies().into_iter().filter(|name| names.contains(name)).collect();
        let stray = used.iter().filter(|name| !allowed.contains(name));
        findings
            .extend(stray.map(|name| format!("{}/Cargo.toml: {} may not use {name}", one.folder, one.name)));
        let idle = allowed.iter().filter(|name| !used.contains(name));
        findings.extend(idle.map(|name| format!("MAY_USE: {} does not use {name} any more", one.name)));
    }
    let gone = table.iter().filter(|(name, _)| !names.contains(name));
    findings.extend(gone.map(|(name, _)| format!("MAY_USE: there is no crate {name}")));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check;

    const TABLE: &[(&str, &[&str])] = &[("low", &[]), ("high", &["low"])];
    const LOW: (&str, &str) = ("crates/low/Cargo.toml", "package.name = 'low'\ndependencies.serde = '1'");
    const HIGH: (&str, &str) =
        ("crates/high/Cargo.toml", "package.name = 'high'\ndependencies.low.path = '../low'");

    fn small(tree: &Tree) -> Vec<String> {
        against(tree, TABLE)
    }

    #[test]
    fn edges_equal_the_table() {
        check(small, &[LOW, HIGH], &[]);
        let up = (LOW.0, "package.name = 'low'\ndependencies.high.path = '../high'");
        check(small, &[up, HIGH], &["low may not use high"]);
        check(small, &[LOW, (HIGH.0, "package.name = 'high'")], &["high does not use low"]);
        check(small, &[LOW, HIGH, ("new/Cargo.toml", "package.name = 'new'")], &["new has no row"]);
        check(small, &[LOW], &["there is no crate high"]);
        let in_tests = (LOW.0, "package.name = 'low'\ndev-dependencies.high.path = '../high'");
        check(small, &[in_tests, HIGH], &[]);
    }
}
