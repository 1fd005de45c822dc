//! `cargo xtask tidy`: what a reader of the source relies on and no compiler checks.
//! Knows the list of checks. Each check is a file; each rule is a row of its table.

mod absences;
mod architecture;
mod edges;
mod headers;
mod manifests;
mod migrations;
mod names;
mod size;
mod sql;
mod unsafety;

use crate::tree::Tree;
use std::path::Path;

/// What is wrong with a tree, each finding naming file and line.
type Find = fn(&Tree) -> Vec<String>;

/// The checks that need only the text.
const CHECKS: &[(&str, Find)] = &[
    ("headers", headers::find),
    ("crate edges", edges::find),
    ("unsafe", unsafety::find),
    ("migrations", migrations::find),
    ("architecture", architecture::find),
    ("sql", sql::find),
    ("names", names::find),
];

/// Runs every check and prints what it finds; true if there is nothing.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::load(root)?;
    let mut clean = true;
    for (name, find) in CHECKS {
        clean &= report(name, &find(&tree));
    }
    clean &= report("absences", &absences::find(root)?);
    print!("{}", size::report(&tree));
    Ok(clean)
}

fn report(name: &str, findings: &[String]) -> bool {
    println!("tidy: {name:<13} {}", if findings.is_empty() { "ok" } else { "WRONG" });
    for finding in findings {
        println!("  {finding}");
    }
    findings.is_empty()
}

/// For tests of checks: the tree of these files gives exactly one finding for each of `expected`, in order, that
/// contains it.
#[cfg(test)]
#[track_caller]
fn check(find: Find, files: &[(&str, &str)], expected: &[&str]) {
    let found = find(&Tree::of(files));
    let fits =
        found.len() == expected.len() && found.iter().zip(expected).all(|(got, want)| got.contains(want));
    assert!(fits, "found {found:#?}, expected {expected:#?}");
}
