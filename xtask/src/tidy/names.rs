//! No module has a name under which anything could be put.
//! Knows names of files and of modules. Knows nothing of what is in them.

use crate::source;
use crate::tree::Tree;

/// If one of these seems right, the boundary is wrong (STYLE, S10).
const SAY_NOTHING: &[&str] = &[
    "util",
    "utils",
    "utility",
    "utilities",
    "helper",
    "helpers",
    "common",
    "misc",
    "manager",
    "stuff",
    "types",
];

pub(super) fn find(tree: &Tree) -> Vec<String> {
    tree.with_extension("rs").flat_map(|(path, text)| [in_path(path), in_text(path, text)].concat()).collect()
}

fn in_path(path: &str) -> Vec<String> {
    let parts = path.trim_end_matches(".rs").split('/').filter(|part| SAY_NOTHING.contains(part));
    parts.map(|part| format!("{path}: a module named {part} says nothing")).collect()
}

fn in_text(path: &str, text: &str) -> Vec<String> {
    let words = source::words(text).unwrap_or_default();
    let modules = words.windows(3).filter(|three| three[0].text == "mod" && three[2].text == "{");
    let named = modules.map(|three| &three[1]).filter(|name| SAY_NOTHING.contains(&&*name.text));
    named.map(|name| format!("{path}:{}: a module named {} says nothing", name.line, name.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check;

    #[test]
    fn a_name_says_something() {
        check(find, &[("crates/a/src/resize.rs", "mod tests {}")], &[]);
        check(find, &[("crates/a/src/util.rs", "")], &["util.rs: a module named util"]);
        check(find, &[("crates/a/tests/common/mod.rs", "")], &["named common"]);
        check(
            find,
            &[("crates/a/src/lib.rs", "//! A.\nmod helpers { }")],
            &["lib.rs:2: a module named helpers"],
        );
        check(find, &[("crates/a/src/lib.rs", "//! mod util {}\nfn common() {}")], &[]);
    }
}
