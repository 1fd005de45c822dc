//! ARCHITECTURE.md and the repository agree: it names every crate, and nothing that does not exist.
//! Looks at words in backticks only; whether the prose is true it cannot tell.

use super::manifests;
use crate::tree::Tree;

const DOCUMENT: &str = "ARCHITECTURE.md";

/// Crates of ours begin with this; so a name in backticks that does must be one.
const OURS: &str = "tintype-";

/// Paths in backticks that begin with one of these must exist.
const FOLDERS: &[&str] = &["crates/", "xtask/", "samples/", ".ci/"];

pub(super) fn find(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text(DOCUMENT) else { return vec![format!("{DOCUMENT} is missing")] };
    let (crates, _) = manifests::crates(tree);
    let names: Vec<_> = crates.iter().map(|one| &*one.name).collect();
    let quoted: Vec<_> = quoted(text).collect();
    let unnamed = names.iter().filter(|name| !quoted.iter().any(|(word, _)| word == *name));
    let mut findings: Vec<_> =
        unnamed.map(|name| format!("{DOCUMENT}: does not name the crate `{name}`")).collect();
    let ghosts = quoted.iter().filter(|(word, _)| is_ghost(word, &names, tree));
    findings.extend(ghosts.map(|(word, line)| format!("{DOCUMENT}:{line}: there is no `{word}`")));
    findings
}

fn is_ghost(word: &str, names: &[&str], tree: &Tree) -> bool {
    let is_crate = word.starts_with(OURS) && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let is_path = FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.contains(['*', ' ', '<']);
    (is_crate && !names.contains(&word)) || (is_path && !word.starts_with('.') && !tree.has(word))
}

/// Every word in backticks with its line.
fn quoted(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.lines()
        .zip(1..)
        .flat_map(|(line, number)| line.split('`').skip(1).step_by(2).map(move |word| (word, number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check;

    #[track_caller]
    fn check_with(document: &str, expected: &[&str]) {
        check(find, &[("crates/a/Cargo.toml", "package.name = 'tintype-a'"), (DOCUMENT, document)], expected);
    }

    #[test]
    fn every_crate_is_named_and_nothing_else() {
        check_with("`tintype-a` lies in `crates/a`.", &[]);
        check_with("tintype-a without backticks", &["does not name the crate `tintype-a`"]);
        check_with("`tintype-a`\nuses `tintype-ghost`", &["ARCHITECTURE.md:2: there is no `tintype-ghost`"]);
        check_with("`tintype-a` in `crates/b/src`", &["there is no `crates/b/src`"]);
        check_with("`cargo tree -p tintype-a` and `tintype-a`, `crates/*`", &[]);
        check(find, &[], &["ARCHITECTURE.md is missing"]);
    }
}
