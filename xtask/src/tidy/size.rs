//! How large functions and files are. Prints and never judges: split by idea, not by length.
//! Knows lines.

use crate::source::{self, Function};
use crate::tree::Tree;
use std::cmp::Reverse;
use std::fmt::Write;

/// A function longer than this does not fit a screen (STYLE, S13).
const SCREEN: usize = 70;

/// A file longer than this is worth a thought.
const FILE: usize = 500;

const SHOWN: usize = 5;

/// The share of code in long functions, the longest functions, the longest files.
pub(super) fn report(tree: &Tree) -> String {
    let mut functions = all_functions(tree);
    functions.sort_by_key(|(_, function)| Reverse(function.len()));
    let mut text = format!(
        "size: {} % of the code is in functions over {SCREEN} lines; the longest:\n",
        share(&functions)
    );
    for (path, function) in functions.iter().take(SHOWN) {
        let _ = writeln!(text, "  {:4} {path}:{} {}", function.len(), function.first_line, function.name);
    }
    let long_files = tree.with_extension("rs").map(|(path, text)| (text.lines().count(), path));
    for (lines, path) in long_files.filter(|(lines, _)| *lines > FILE) {
        let _ = writeln!(text, "size: {path} has {lines} lines");
    }
    text
}

/// Outer functions only: what is nested is counted with what holds it.
fn all_functions(tree: &Tree) -> Vec<(&str, Function)> {
    let files = tree.with_extension("rs");
    files.flat_map(|(path, text)| outer(text).into_iter().map(move |function| (path, function))).collect()
}

fn outer(text: &str) -> Vec<Function> {
    let mut seen_to = 0;
    let mut outer = source::functions(&source::words(text).unwrap_or_default());
    outer.retain(|function| {
        let is_outer = function.first_line > seen_to || function.last_line > seen_to;
        seen_to = seen_to.max(function.last_line);
        is_outer
    });
    outer
}

fn share(functions: &[(&str, Function)]) -> usize {
    let lines =
        |least: usize| -> usize { functions.iter().map(|(_, f)| f.len()).filter(|len| *len > least).sum() };
    (100 * lines(SCREEN)).checked_div(lines(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_functions_are_counted_once_and_named() {
        let long = format!("fn long() {{\n fn inner() {{ }}{}}}\n", "\n".repeat(88));
        let text = format!("//! A.\n{long}fn short() {{{}}}\n", "\n".repeat(9));
        let report = report(&Tree::of(&[("a.rs", &text)]));
        assert!(report.contains("size: 90 % of the code"), "{report}");
        assert!(report.contains("  90 a.rs:2 long") && report.contains("  10 a.rs:92 short"), "{report}");
        assert!(!report.contains("inner"), "{report}");
    }

    #[test]
    fn nothing_at_all_is_no_division_by_zero() {
        assert!(report(&Tree::of(&[])).starts_with("size: 0 %"));
    }
}
