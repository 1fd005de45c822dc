//! The crates of the workspace as their manifests describe them.
//! Knows Cargo.toml. Judges nothing.

use crate::tree::Tree;
use toml::{Table, Value};

/// One crate of the workspace.
pub(super) struct Crate {
    /// The package's name: `tintype-core`.
    pub(super) name: String,
    /// Its folder: `crates/core`.
    pub(super) folder: String,
    manifest: Table,
}

/// Every package of the tree, by folder; and which manifests cannot be read.
pub(super) fn crates(tree: &Tree) -> (Vec<Crate>, Vec<String>) {
    let mut crates = Vec::new();
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("toml") {
        let Some(folder) = path.strip_suffix("/Cargo.toml") else { continue };
        match text.parse::<Table>() {
            Ok(manifest) => crates.extend(package(folder, manifest)),
            Err(error) => findings.push(format!("{path}: {}", error.message())),
        }
    }
    (crates, findings)
}

fn package(folder: &str, manifest: Table) -> Option<Crate> {
    let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
    Some(Crate { name, folder: folder.to_owned(), manifest })
}

impl Crate {
    /// Names of everything that the built crate depends on, on any system. What only its tests use does not count.
    pub(super) fn dependencies(&self) -> Vec<&str> {
        let per_system = self.manifest.get("target").and_then(Value::as_table);
        let systems = per_system.into_iter().flat_map(|systems| systems.values()).filter_map(Value::as_table);
        std::iter::once(&self.manifest)
            .chain(systems)
            .flat_map(|table| [table.get("dependencies"), table.get("build-dependencies")])
            .filter_map(|dependencies| dependencies?.as_table())
            .flat_map(|dependencies| dependencies.iter().map(|(key, value)| renamed(value).unwrap_or(key)))
            .collect()
    }
}

/// The true name of a dependency that goes by another.
fn renamed(dependency: &Value) -> Option<&str> {
    dependency.get("package")?.as_str()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_every_kind_but_tests_count() {
        let manifest = "package.name = 'x'\ndependencies.a = '1'\nbuild-dependencies.b = '1'\n\
            dev-dependencies.c = '1'\n[target.'cfg(unix)'.dependencies]\nd = '1'\ne = { package = 'f', path = '.' }";
        let tree = Tree::of(&[("crates/x/Cargo.toml", manifest), ("Cargo.toml", "workspace = {}")]);
        let (crates, findings) = crates(&tree);
        assert_eq!((crates.len(), findings.len()), (1, 0));
        assert_eq!(crates[0].dependencies(), ["a", "b", "d", "f"]);
        assert_eq!(crates[0].folder, "crates/x");
    }

    #[test]
    fn a_broken_manifest_is_named() {
        let (_, findings) = crates(&Tree::of(&[("crates/x/Cargo.toml", "package = ")]));
        assert!(findings[0].starts_with("crates/x/Cargo.toml: "), "{findings:?}");
    }
}
