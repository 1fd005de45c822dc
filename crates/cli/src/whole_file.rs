//! Writes a file whole or not at all.
//! Knows nothing of what is in it.

use anyhow::{Context, Result, anyhow};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process,
};

/// Writes `bytes` to `path`: under another name first, so that whoever reads `path` sees the old file or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().ok_or_else(|| anyhow!("{} is no name for a file", path.display()))?;
    if path.is_dir() {
        return Err(anyhow!("{} is a folder; give the file a name in it", path.display()));
    }
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", process::id()));
    let hidden = path.with_file_name(hidden);
    let written = write_new(&hidden, bytes).and_then(|()| fs::rename(&hidden, path));
    if written.is_err() {
        let _ = fs::remove_file(&hidden); // what matters is the first error
    }
    written.with_context(|| format!("write {}", path.display()))
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
