//! Shipped migrations never change: libraries of users have run them already.
//! Knows hashes. Knows nothing of SQL.

use crate::tree::Tree;

const FOLDER: &str = "crates/core/src/catalogue/migrations/";

/// One line for each migration, as `b3sum` prints it: hash, two blanks, file name.
const SHIPPED: &str = "crates/core/src/catalogue/migrations/shipped.blake3";

pub(super) fn find(tree: &Tree) -> Vec<String> {
    let listed: Vec<_> =
        tree.text(SHIPPED).unwrap_or_default().lines().filter_map(|line| line.split_once("  ")).collect();
    let mut findings: Vec<_> = tree
        .with_extension("sql")
        .filter_map(|(path, text)| Some((path.strip_prefix(FOLDER)?, text)))
        .filter_map(|(name, text)| fault(name, text, &listed))
        .collect();
    let gone = listed.iter().filter(|(_, name)| !tree.has(&format!("{FOLDER}{name}")));
    findings.extend(
        gone.map(|(_, name)| format!("{SHIPPED}: {name} is listed and gone; a migration stays for ever")),
    );
    findings
}

fn fault(name: &str, text: &str, listed: &[(&str, &str)]) -> Option<String> {
    let hash = blake3::hash(text.as_bytes()).to_hex();
    match listed.iter().find(|(_, listed_name)| *listed_name == name) {
        Some((expected, _)) if *expected == hash.as_str() => None,
        Some(_) => Some(format!(
            "{FOLDER}{name}: changed; write a new migration (only if no release has it yet, list it as {hash})"
        )),
        None => Some(format!("{FOLDER}{name}: not listed; add the line `{hash}  {name}` to {SHIPPED}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check;

    const SQL: &str = "crates/core/src/catalogue/migrations/0001_first.sql";

    #[track_caller]
    fn check_with(sql: &[(&str, &str)], shipped: &str, expected: &[&str]) {
        check(find, &[sql, &[(SHIPPED, shipped)]].concat(), expected);
    }

    #[test]
    fn a_shipped_migration_never_changes() {
        let line = format!("{}  0001_first.sql\n", blake3::hash(b"one").to_hex());
        check_with(&[(SQL, "one")], &line, &[]);
        check_with(&[(SQL, "two")], &line, &["0001_first.sql: changed"]);
        check_with(&[], &line, &["0001_first.sql is listed and gone"]);
        check_with(&[(SQL, "one")], "", &["not listed; add the line `"]);
        check_with(&[("elsewhere/x.sql", "one")], "", &[]);
    }
}
