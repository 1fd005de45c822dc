//! What style sheets make elements refer to.
//! Knows of CSS what it takes never to reckon too little: the last part of a selector, and declarations with `url(`.

use super::weight::{Times, declared};
use resvg::usvg::roxmltree::{Document, Node};
use std::collections::HashMap;

/// References by what an element must have to be meant: `.class`, `#id`, a tag's name, or nothing at all.
pub(super) struct Sheet<'a>(HashMap<&'a str, Vec<(Times, &'a str)>>);

/// The key of what is meant for every element.
const ALL: &str = "*";

impl<'a> Sheet<'a> {
    pub(super) fn of(xml: &'a Document<'_>) -> Self {
        let mut references: HashMap<&str, Vec<_>> = HashMap::new();
        let sheets = xml.descendants().filter(|node| node.tag_name().name() == "style");
        for rule in sheets.filter_map(|node| node.text()).flat_map(|text| text.split('}')) {
            let Some((selectors, declarations)) = rule.rsplit_once('{') else { continue };
            let found: Vec<_> = declared(declarations).collect();
            for selector in selectors.split(',').filter(|_| !found.is_empty()) {
                references.entry(key(selector)).or_default().extend(&found);
            }
        }
        Self(references)
    }

    /// What is meant for this element.
    pub(super) fn references(&self, node: Node<'_, '_>) -> Vec<(Times, &'a str)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let classes = node.attribute("class").unwrap_or_default().split_ascii_whitespace();
        let mut keys: Vec<String> = classes.map(|class| format!(".{class}")).collect();
        keys.extend(node.attribute("id").map(|id| format!("#{id}")));
        keys.extend([node.tag_name().name().to_owned(), ALL.to_owned()]);
        keys.iter().filter_map(|key| self.0.get(key.as_str())).flatten().copied().collect()
    }
}

/// What the element must have that a selector speaks of in the end. Whatever is not understood means all elements.
fn key(selector: &str) -> &str {
    let last = selector.rsplit(|between: char| between.is_whitespace() || "/>+~".contains(between));
    let last = last.map(str::trim).find(|part| !part.is_empty()).unwrap_or(ALL);
    let plain = |part: &str| part.chars().all(|letter| letter.is_alphanumeric() || "-_".contains(letter));
    match last.strip_prefix(['.', '#']) {
        Some(name) if plain(name) => last,
        None if plain(last) => last,
        _ => ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, wanted: &str) {
        assert_eq!(key(selector), wanted);
    }

    #[test]
    fn the_last_part_of_a_selector_tells_who_is_meant() {
        check(".cls-1", ".cls-1");
        check(" g > .a ", ".a");
        check("#name", "#name");
        check("path", "path");
        check("a.b", ALL);
        check("path:hover", ALL);
        check("*", ALL);
        check("", ALL);
    }
}
