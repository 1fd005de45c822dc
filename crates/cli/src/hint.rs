//! What a file seems to be by its name, as the workers' own tables have it: nobody has looked into it yet.
//! Knows extensions; opens nothing.

use std::{collections::BTreeMap, path::Path};
use tintype_core::render::PoolRenderer;

/// What is said of a name that tells nothing. The main worker looks into everything.
const UNKNOWN: &str = "application/octet-stream";

/// MIME types by extension.
pub(crate) struct Hints(BTreeMap<String, String>);

impl Hints {
    /// From what the workers say they open. Starts them.
    pub(crate) fn of(renderer: &PoolRenderer) -> Self {
        let mut types = BTreeMap::new();
        for format in renderer
            .workers()
            .into_iter()
            .filter_map(|worker| worker.capabilities.ok())
            .flat_map(|can| can.formats)
        {
            for extension in &format.extensions {
                if let Some(mime_type) = format.mime_types.first() {
                    types.entry(extension.clone()).or_insert_with(|| mime_type.clone());
                }
            }
        }
        Self(types)
    }

    pub(crate) fn mime_type(&self, path: &Path) -> &str {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        self.0.get(&extension.to_ascii_lowercase()).map_or(UNKNOWN, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, mime_type: &str) {
        let hints = Hints([("tif".to_owned(), "image/tiff".to_owned())].into());
        assert_eq!(hints.mime_type(Path::new(name)), mime_type);
    }

    #[test]
    fn names_tell_what_files_seem_to_be() {
        check("a/b.TIF", "image/tiff");
        check("a/b.jpg", UNKNOWN);
        check("a.tif/b", UNKNOWN);
    }
}
