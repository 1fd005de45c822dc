//! The machine's fonts, as whoever holds the engine found them, in a database that is built when the first text asks.
//! Knows font files by their bytes; knows nothing of paths, nor of what is written with them.

use resvg::usvg::fontdb::{Database, Family, Query, Source};
use std::sync::{Arc, OnceLock};

/// The bytes of one font file. They are asked for at the first text, and most of them never: a file that is mapped
/// costs little.
pub type FontFile = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Fonts for text: given to an [`Engine`](crate::Engine) once, for all its files.
pub struct Fonts {
    files: Vec<FontFile>,
    database: OnceLock<Arc<Database>>,
}

/// For a family that CSS only names by its kind: families of that kind, those first that letters of most scripts are in.
struct Generic {
    families: &'static [&'static str],
    set: fn(&mut Database, &str),
}

#[rustfmt::skip]
const SANS: &[&str] = &["DejaVu Sans", "Noto Sans", "Liberation Sans", "Helvetica Neue", "Arial", "Cantarell", "Ubuntu"];
const SERIF: &[&str] =
    &["DejaVu Serif", "Noto Serif", "Liberation Serif", "Times New Roman", "Times", "Nimbus Roman"];
const MONO: &[&str] =
    &["DejaVu Sans Mono", "Noto Sans Mono", "Liberation Mono", "Menlo", "Courier New", "Nimbus Mono PS"];
const CURSIVE: &[&str] = &["Comic Sans MS", "Comic Neue", "Apple Chancery", "Z003", "URW Chancery L"];
const FANTASY: &[&str] = &["Impact", "Papyrus", "Anton"];

const GENERIC: &[Generic] = &[
    Generic { families: SANS, set: |database, name| database.set_sans_serif_family(name) },
    Generic { families: SERIF, set: |database, name| database.set_serif_family(name) },
    Generic { families: MONO, set: |database, name| database.set_monospace_family(name) },
    Generic { families: CURSIVE, set: |database, name| database.set_cursive_family(name) },
    Generic { families: FANTASY, set: |database, name| database.set_fantasy_family(name) },
];

impl Fonts {
    /// No fonts at all: text is left out of pictures, with a warning.
    pub const fn none() -> Self {
        Self::new(Vec::new())
    }

    /// These files, the most useful first: whatever nobody names is looked for in this order.
    pub const fn new(files: Vec<FontFile>) -> Self {
        Self { files, database: OnceLock::new() }
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether nothing can be written.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Every face of every file. Reads a page or two of each file, once.
    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(self.database.get_or_init(|| Arc::new(database_of(&self.files))))
    }
}

fn database_of(files: &[FontFile]) -> Database {
    let mut database = Database::new();
    for file in files {
        database.load_font_source(Source::Binary(Arc::clone(file)));
    }
    let first = database.faces().next().and_then(|face| Some(face.families.first()?.0.clone()));
    for Generic { families, set } in GENERIC {
        let found = families.iter().find(|name| has(&database, name));
        if let Some(name) = found.map(|name| (*name).to_owned()).or_else(|| first.clone()) {
            set(&mut database, &name);
        }
    }
    database
}

fn has(database: &Database, name: &str) -> bool {
    database.query(&Query { families: &[Family::Name(name)], ..Query::default() }).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_that_css_names_by_its_kind_is_one_that_exists() {
        let file = std::fs::read(crate::formats::testing::corpus("fonts/NotoSans-Regular.ttf")).unwrap();
        let database = Fonts::new(vec![Arc::new(file)]).database();
        for family in [Family::SansSerif, Family::Serif, Family::Monospace, Family::Cursive, Family::Fantasy]
        {
            assert_eq!(database.family_name(&family), "Noto Sans");
        }
    }

    #[test]
    fn what_is_no_font_is_left_out() {
        let fonts = Fonts::new(vec![Arc::new(b"no font".to_vec()), Arc::new(Vec::new())]);
        assert_eq!(fonts.database().len(), 0);
        assert!(Fonts::none().is_empty() && !fonts.is_empty());
    }
}
