//! `cargo xtask licences`: every dependency is of an allowed licence, from a known source, and not banned.
//! Reads the same deny.toml as cargo-deny, which takes minutes to build and is therefore no part of `make test`.
//! Knows nothing of security advisories: those change from day to day and need the network (`make deny`).

use crate::spdx;
use anyhow::{Context, ensure};
use serde_json::Value as Json;
use std::path::Path;
use toml::Table;

/// How Cargo writes the source of a crate from a registry.
const REGISTRY: &str = "registry+";

/// The lists of deny.toml.
struct Rules<'a> {
    licences: Vec<&'a str>,
    registries: Vec<&'a str>,
    /// Crates that may have one more licence each, where their executable may.
    exceptions: Vec<(&'a str, Vec<&'a str>)>,
    banned: Vec<(&'a str, &'a str)>,
}

/// Checks every package of the lock file and prints what is wrong; true if nothing is.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let table: Table = std::fs::read_to_string(root.join("deny.toml"))?.parse().context("read deny.toml")?;
    let rules =
        rules(&table).context("deny.toml lacks licenses.allow, sources.allow-registry or bans.deny")?;
    let metadata = metadata(root)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let findings: Vec<_> = packages.iter().flat_map(|package| faults(package, &rules)).collect();
    for finding in &findings {
        println!("  {finding}");
    }
    println!("licences: {} packages, {} against the rules of deny.toml", packages.len(), findings.len());
    Ok(findings.is_empty())
}

fn rules(table: &Table) -> Option<Rules<'_>> {
    let strings = |section: &str, key: &str| -> Option<Vec<_>> {
        table.get(section)?.get(key)?.as_array()?.iter().map(|item| item.as_str()).collect()
    };
    let bans = table.get("bans")?.get("deny")?.as_array()?;
    Some(Rules {
        licences: strings("licenses", "allow")?,
        registries: strings("sources", "allow-registry")?,
        exceptions: exceptions(table)?,
        banned: bans
            .iter()
            .map(|ban| Some((ban.get("crate")?.as_str()?, ban.get("reason")?.as_str()?)))
            .collect::<Option<_>>()?,
    })
}

/// The list may be missing, but not be of another shape.
fn exceptions(table: &Table) -> Option<Vec<(&str, Vec<&str>)>> {
    let Some(list) = table.get("licenses")?.get("exceptions") else { return Some(Vec::new()) };
    list.as_array()?
        .iter()
        .map(|row| {
            let allowed =
                row.get("allow")?.as_array()?.iter().map(|item| item.as_str()).collect::<Option<_>>()?;
            Some((row.get("crate")?.as_str()?, allowed))
        })
        .collect()
}

fn metadata(root: &Path) -> anyhow::Result<Json> {
    let output = crate::cargo(root)
        .args(["metadata", "--format-version", "1", "--all-features"])
        .output()
        .context("run cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    serde_json::from_slice(&output.stdout).context("read cargo metadata")
}

fn faults(package: &Json, rules: &Rules<'_>) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let licence = package["license"].as_str().unwrap_or_default();
    // A crate of this repository has no source.
    let registry = package["source"].as_str().map(|source| source.strip_prefix(REGISTRY).unwrap_or(source));
    let mut faults = Vec::new();
    let excepted =
        rules.exceptions.iter().filter(|(known, _)| *known == name).flat_map(|(_, allowed)| allowed);
    let allowed: Vec<_> = rules.licences.iter().chain(excepted).copied().collect();
    if !spdx::is_satisfied(licence, &allowed) {
        faults.push(format!("{name}: licence {licence:?} is not on the list"));
    }
    if let Some(source) = registry.filter(|source| !rules.registries.contains(source)) {
        faults.push(format!("{name}: comes from {source}"));
    }
    if let Some((_, reason)) = rules.banned.iter().find(|(banned, _)| *banned == name) {
        faults.push(format!("{name}: banned: {reason}"));
    }
    faults
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    const RULES: &str = "licenses.allow = ['MIT']\nsources.allow-registry = ['https://r']\n\
        licenses.exceptions = [{ crate = 'alone', allow = ['LGPL-2.1'] }]\n\
        bans.deny = [{ crate = 'bad', reason = 'it clashes' }]";

    #[track_caller]
    fn check(package: &str, expected: &[&str]) {
        let table: Table = RULES.parse().unwrap();
        let found = faults(&serde_json::from_str(package).unwrap(), &rules(&table).unwrap());
        assert_eq!(found, expected);
    }

    #[test]
    fn licence_source_and_name_are_judged() {
        check(r#"{"name": "a", "license": "MIT", "source": null}"#, &[]);
        check(r#"{"name": "a", "license": "MIT", "source": "registry+https://r"}"#, &[]);
        check(r#"{"name": "a", "license": "GPL-3.0"}"#, &[r#"a: licence "GPL-3.0" is not on the list"#]);
        check(r#"{"name": "alone", "license": "LGPL-2.1"}"#, &[]);
        check(r#"{"name": "a", "license": "LGPL-2.1"}"#, &[r#"a: licence "LGPL-2.1" is not on the list"#]);
        check(r#"{"name": "a", "license": null}"#, &[r#"a: licence "" is not on the list"#]);
        check(
            r#"{"name": "a", "license": "MIT", "source": "git+https://g"}"#,
            &["a: comes from git+https://g"],
        );
        check(r#"{"name": "bad", "license": "MIT"}"#, &["bad: banned: it clashes"]);
    }

    #[test]
    fn rules_without_a_list_are_no_rules() {
        assert!(rules(&"licenses.allow = ['MIT']".parse().unwrap()).is_none());
    }
}
