//! The text files of the repository, in memory, so that every check is a function and every test a few strings.
//! Knows nothing of what they should contain.

use anyhow::Context;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What checks look at. Pictures and other binary files only count by name.
const TEXT: &[&str] = &["rs", "toml", "md", "sql", "blake3"];

/// Files by their path below the root, always with `/`.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Everything below `root` but what begins with a dot and what Cargo built.
    pub(crate) fn load(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.load_folder(root, "")?;
        Ok(tree)
    }

    fn load_folder(&mut self, root: &Path, below: &str) -> anyhow::Result<()> {
        let folder = root.join(below);
        for entry in fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            if name.starts_with('.') {
                continue;
            }
            if !entry.file_type()?.is_dir() {
                self.load_file(root, path)?;
            } else if !is_built(&entry.path(), &path) {
                self.load_folder(root, &path)?;
            }
        }
        Ok(())
    }

    fn load_file(&mut self, root: &Path, path: String) -> anyhow::Result<()> {
        let is_text = TEXT.iter().any(|known| extension(&path) == *known);
        let text = if is_text {
            fs::read(root.join(&path)).with_context(|| format!("read {path}"))?
        } else {
            Vec::new()
        };
        self.files.insert(path, String::from_utf8_lossy(&text).into_owned());
        Ok(())
    }

    /// A tree of these paths and contents.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect() }
    }

    /// The text at `path`.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is a file or a folder of that name.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&format!("{path}/")))
    }

    /// Paths and texts of all files with this extension.
    pub(crate) fn with_extension(&self, wanted: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |(path, _)| extension(path) == wanted)
            .map(|(path, text)| (&**path, &**text))
    }
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Cargo marks its target directories, whatever they are called; `target` itself may hold only other things.
fn is_built(folder: &Path, path: &str) -> bool {
    path == "target" || folder.join("CACHEDIR.TAG").exists()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[test]
    fn its_own_repository_is_found_without_what_was_built() {
        let tree = Tree::load(&crate::repository()).unwrap();
        assert!(tree.has("xtask/src/tree.rs") && tree.has("xtask/src") && tree.has("xtask/"));
        assert!(!tree.has("target") && !tree.has(".git") && !tree.has("xtask/sr"));
    }

    #[test]
    fn files_are_chosen_by_extension() {
        let tree = Tree::of(&[("a.rs", "1"), ("b.md", "2"), ("rs", "3")]);
        assert_eq!(tree.with_extension("rs").collect::<Vec<_>>(), [("a.rs", "1")]);
        assert_eq!(tree.text("b.md"), Some("2"));
    }
}
