//! SQL stands only in the catalogue of the core crate.
//! Looks at strings of what is built, not at tests, which may look into a database from outside.

use crate::source;
use crate::tree::Tree;

const CATALOGUE: [&str; 2] = ["crates/core/src/catalogue/", "crates/core/src/catalogue.rs"];

/// How a string of SQL begins.
const OPENINGS: &[&str] = &[
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE FROM ",
    "REPLACE INTO ",
    "WITH RECURSIVE ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "CREATE UNIQUE ",
    "CREATE TRIGGER ",
    "CREATE VIEW ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    "EXPLAIN QUERY",
];

pub(super) fn find(tree: &Tree) -> Vec<String> {
    let files = tree.with_extension("rs").filter(|(path, _)| {
        path.starts_with("crates/")
            && path.contains("/src/")
            && !CATALOGUE.iter().any(|place| path.starts_with(place))
    });
    files.flat_map(|(path, text)| sql_in(path, text)).collect()
}

fn sql_in(path: &str, text: &str) -> Vec<String> {
    let words = source::words(text).unwrap_or_default();
    let found = source::strings(&words).filter(|(string, _)| is_sql(string));
    found
        .map(|(string, line)| format!("{path}:{line}: SQL outside the catalogue: {}", first_words(string)))
        .collect()
}

fn is_sql(string: &str) -> bool {
    // A string may open with an escaped line break: `"\` and the statement on the next line.
    let string = string.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
    OPENINGS.iter().any(|opening| string.starts_with(opening))
}

fn first_words(string: &str) -> String {
    string.split_whitespace().take(4).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check;

    #[track_caller]
    fn check_at(path: &str, text: &str, expected: &[&str]) {
        check(find, &[(path, text)], expected);
    }

    #[test]
    fn sql_stays_in_the_catalogue() {
        let query = "fn f() {\n g(\"SELECT 1 FROM jobs\") }";
        check_at("crates/core/src/catalogue/jobs.rs", query, &[]);
        check_at(
            "crates/core/src/jobs.rs",
            query,
            &["crates/core/src/jobs.rs:2: SQL outside the catalogue: SELECT 1"],
        );
        check_at("crates/cli/tests/kill.rs", query, &[]);
        check_at(
            "crates/cli/src/a.rs",
            "const A: &str = r#\"\n  PRAGMA user_version\"#;",
            &["PRAGMA user_version"],
        );
        check_at("crates/cli/src/a.rs", "const A: &str = \"\\\n  UPDATE jobs\";", &["UPDATE jobs"]);
        check_at(
            "crates/cli/src/a.rs",
            "/// SELECT 1\n const A: &str = \"Select a file\"; // \"SELECT 1\"",
            &[],
        );
    }
}
