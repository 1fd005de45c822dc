//! Where a worker's executable is.
//! Knows nothing of what it does.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::{env, fmt};

/// The environment variable that names the folder of the workers, before every other place.
const FOLDER_VARIABLE: &str = "TINTYPE_WORKER_DIR";

/// No worker of that name anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerNotFound {
    name: String,
    looked_in: Vec<PathBuf>,
}

impl WorkerNotFound {
    /// Where it would be found if it were there.
    pub fn expected_at(&self) -> PathBuf {
        let folder = self.looked_in.first().map_or(Path::new(""), PathBuf::as_path);
        folder.join(&self.name)
    }
}

impl fmt::Display for WorkerNotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folders: Vec<_> = self.looked_in.iter().map(|folder| folder.display().to_string()).collect();
        write!(
            f,
            "no executable {} in {}: install it beside this program, or set {FOLDER_VARIABLE} to its folder",
            self.name,
            folders.join(", ")
        )
    }
}

impl std::error::Error for WorkerNotFound {}

/// Where the worker `name` is: in the folder that `TINTYPE_WORKER_DIR` names, else beside this program, else in
/// the folder above (where Cargo puts executables when this program is a test), else on the search path.
pub fn find_worker(name: &str) -> Result<PathBuf, WorkerNotFound> {
    find_in(
        name,
        folders(
            env::var_os(FOLDER_VARIABLE),
            env::current_exe().ok().as_deref(),
            env::var_os("PATH").as_deref(),
        ),
    )
}

/// The folders to look in. When somebody names one, no other will do: a second choice would hide the mistake.
fn folders(named: Option<OsString>, program: Option<&Path>, search: Option<&OsStr>) -> Vec<PathBuf> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return vec![named.into()];
    }
    let beside = program.and_then(Path::parent);
    let above = beside.and_then(Path::parent);
    let on_path = search.map(env::split_paths).into_iter().flatten();
    beside.into_iter().chain(above).map(Path::to_owned).chain(on_path).collect()
}

fn find_in(name: &str, looked_in: Vec<PathBuf>) -> Result<PathBuf, WorkerNotFound> {
    let found = looked_in.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| WorkerNotFound { name: name.to_owned(), looked_in })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[track_caller]
    fn check(named: Option<&str>, program: Option<&str>, search: Option<&str>, expected: &[&str]) {
        let folders = folders(named.map(Into::into), program.map(Path::new), search.map(OsStr::new));
        assert_eq!(folders, expected.iter().map(PathBuf::from).collect::<Vec<_>>());
    }

    #[test]
    fn a_named_folder_is_the_only_one() {
        check(Some("/named"), Some("/a/b/tintype"), Some("/bin"), &["/named"]);
        check(Some(""), None, Some("/bin"), &["/bin"]);
    }

    #[test]
    fn beside_then_above_then_the_search_path() {
        check(None, Some("/a/b/tintype"), Some("/usr/bin:/bin"), &["/a/b", "/a", "/usr/bin", "/bin"]);
        check(None, None, None, &[]);
    }

    #[test]
    fn who_finds_nothing_says_where_it_looked() {
        let error = find_in("tintype-worker", vec!["/nowhere".into(), "/nor/here".into()]).unwrap_err();
        let expected = "no executable tintype-worker in /nowhere, /nor/here: install it beside this program, or set \
                        TINTYPE_WORKER_DIR to its folder";
        assert_eq!(error.to_string(), expected);
    }
}
