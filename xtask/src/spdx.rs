//! Whether a licence expression can be satisfied from a list of licences.
//! Knows SPDX's grammar: OR, AND, WITH, parentheses, and the `/` that old crates write for OR. Knows no law.

/// Whether `expression` offers a way to use only licences of `allowed`. An expression that cannot be read
/// offers none.
pub(crate) fn is_satisfied(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = Words { left: spaced.split_whitespace().collect(), allowed };
    words.left.reverse();
    words.any_of() == Some(true) && words.left.is_empty()
}

/// The words still to be read, the next one last.
struct Words<'a> {
    left: Vec<&'a str>,
    allowed: &'a [&'a str],
}

impl Words<'_> {
    fn take(&mut self, word: &str) -> bool {
        let is_next = self.left.last() == Some(&word);
        if is_next {
            self.left.pop();
        }
        is_next
    }

    fn any_of(&mut self) -> Option<bool> {
        let mut satisfied = self.all_of()?;
        while self.take("OR") {
            satisfied |= self.all_of()?;
        }
        Some(satisfied)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut satisfied = self.one()?;
        while self.take("AND") {
            satisfied &= self.one()?;
        }
        Some(satisfied)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let satisfied = self.any_of()?;
            return self.take(")").then_some(satisfied);
        }
        let licence = self.left.pop().filter(|word| !["OR", "AND", "WITH", ")"].contains(word))?;
        if self.take("WITH") {
            let with = format!("{licence} WITH {}", self.left.pop()?);
            return Some(self.allowed.contains(&&*with));
        }
        Some(self.allowed.contains(&licence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: bool) {
        let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"];
        assert_eq!(is_satisfied(expression, &allowed), expected, "{expression}");
    }

    #[test]
    fn one_way_is_enough() {
        check("MIT", true);
        check("GPL-3.0", false);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0/MIT", true);
        check("GPL-3.0 / LGPL-2.1", false);
        check("MIT AND GPL-3.0", false);
        check("MIT AND Zlib", true);
        check("(MIT OR GPL-3.0) AND Zlib", true);
        check("(MIT OR GPL-3.0) AND GPL-2.0", false);
        check("GPL-3.0 OR MIT AND Zlib", true);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("Apache-2.0", false);
        check("GPL-3.0 WITH LLVM-exception", false);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for broken in ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT MIT", "MIT WITH", "AND"] {
            check(broken, false);
        }
    }
}
