//! Every source file opens with its purpose, as `//!`.
//! Cannot tell a good header from a bad one.

use crate::source;
use crate::tree::Tree;

pub(super) fn find(tree: &Tree) -> Vec<String> {
    tree.with_extension("rs").filter_map(|(path, text)| Some(format!("{path}:1: {}", fault(text)?))).collect()
}

fn fault(text: &str) -> Option<String> {
    let header = text.lines().next().and_then(|line| line.strip_prefix("//!"));
    if header.is_none_or(|words| words.trim().is_empty()) {
        return Some("does not open with `//!` and what the file is for".into());
    }
    source::words(text).err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check;

    #[test]
    fn a_file_opens_with_its_purpose() {
        check(find, &[("a.rs", "//! Adds.\nfn a() {}")], &[]);
        check(find, &[("a.rs", "fn a() {}\n//! Late.")], &["a.rs:1: does not open"]);
        check(find, &[("a.rs", "//!\nfn a() {}")], &["a.rs:1: does not open"]);
        check(find, &[("a.rs", "// Not doc.\n")], &["a.rs:1"]);
        check(find, &[("a.rs", "")], &["a.rs:1"]);
        check(find, &[("a.rs", "//! Adds.\nfn a( {")], &["is no Rust"]);
        check(find, &[("a.md", "Hello")], &[]);
    }
}
