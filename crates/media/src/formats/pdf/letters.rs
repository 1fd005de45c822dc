//! Which font writes what a PDF leaves to its reader: one of the machine's where it is named or where its script asks for
//! one, else one of the fourteen that every reader has, which come with hayro.
//! Knows names and scripts; nothing of pages.

use crate::{FontFile, Fonts};
use hayro::hayro_interpret::font::{FallbackFontQuery, FontQuery};
use hayro::hayro_interpret::hayro_cmap::CidFamily;
use resvg::usvg::fontdb::{Database, FaceInfo, Source, Weight};
use skrifa::{FontRef, MetadataProvider};
use std::sync::Arc;

type Resolver = Arc<dyn Fn(&FontQuery) -> Option<(FontFile, u32)> + Send + Sync>;

pub(super) fn resolver(fonts: &Fonts) -> Resolver {
    let database = fonts.database();
    Arc::new(move |query| match query {
        // The same on every machine.
        FontQuery::Standard(font) => Some(font.get_font_data()),
        FontQuery::Fallback(wanted) => {
            let found = named(&database, wanted).or_else(|| of_its_script(&database, wanted));
            Some(found.unwrap_or_else(|| wanted.pick_standard_font().get_font_data()))
        }
    })
}

/// The very font, if the machine has it.
fn named(database: &Database, wanted: &FallbackFontQuery) -> Option<(FontFile, u32)> {
    let name = wanted.post_script_name.as_ref()?;
    Some(file_of(database.faces().find(|face| face.post_script_name == *name)?))
}

/// The first font with a letter that only fonts of that script have. A font may have the letters of one of these and not
/// of another, or shapes that another would find wrong.
fn of_its_script(database: &Database, wanted: &FallbackFontQuery) -> Option<(FontFile, u32)> {
    let letter = match wanted.character_collection.as_ref()?.family {
        CidFamily::AdobeJapan1 => 'の',
        CidFamily::AdobeGB1 => '这',
        CidFamily::AdobeCNS1 => '這',
        CidFamily::AdobeKorea1 => '한',
        CidFamily::AdobeIdentity | CidFamily::Custom { .. } => return None,
    };
    let faces: Vec<_> = database.faces().filter(|face| has(database, face, letter)).collect();
    let fitting = faces.iter().find(|face| (face.weight >= Weight::SEMIBOLD) == wanted.is_bold);
    Some(file_of(fitting.or(faces.first())?))
}

fn has(database: &Database, face: &FaceInfo, letter: char) -> bool {
    let look = |data: &[u8], index| FontRef::from_index(data, index).ok()?.charmap().map(letter);
    database.with_face_data(face.id, look).flatten().is_some()
}

/// Fonts are mapped before the jail closes; the database knows none by a path.
fn file_of(face: &FaceInfo) -> (FontFile, u32) {
    let Source::Binary(file) = &face.source;
    (Arc::clone(file), face.index)
}
