//! Which face writes a text: the family that it names, its twin, or one of its kind.
//! Knows names of families; the database knows which of them there are.

use resvg::usvg::fontdb::{Database, Family, ID, Query, Stretch, Style, Weight};
use resvg::usvg::{Font, FontFamily, FontResolver, FontStretch, FontStyle};
use std::sync::Arc;

/// Families that few machines have and many drawings name, and what has letters of the same width or at least the same
/// look. Lower case.
#[rustfmt::skip]
const TWINS: &[(&str, &[&str])] = &[
    ("arial", &["Liberation Sans", "Arimo", "Nimbus Sans", "Helvetica"]),
    ("helvetica", &["Liberation Sans", "Arimo", "Nimbus Sans", "Arial"]),
    ("helvetica neue", &["Liberation Sans", "Arimo", "Nimbus Sans", "Arial"]),
    ("times new roman", &["Liberation Serif", "Tinos", "Nimbus Roman", "Times"]),
    ("times", &["Liberation Serif", "Tinos", "Nimbus Roman", "Times New Roman"]),
    ("courier new", &["Liberation Mono", "Cousine", "Nimbus Mono PS", "Courier"]),
    ("courier", &["Liberation Mono", "Cousine", "Nimbus Mono PS", "Courier New"]),
    ("calibri", &["Carlito"]),
    ("cambria", &["Caladea"]),
    ("georgia", &["Gelasio"]),
    ("verdana", &["DejaVu Sans"]),
    ("bitstream vera sans", &["DejaVu Sans"]),
    ("palatino", &["P052"]),
    ("palatino linotype", &["P052"]),
];

/// Parts of names that tell what kind of letters they are, the first that is found counts.
const KINDS: &[(&str, Family<'static>)] = &[
    ("mono", Family::Monospace),
    ("courier", Family::Monospace),
    ("console", Family::Monospace),
    ("consolas", Family::Monospace),
    ("sans", Family::SansSerif),
    ("serif", Family::Serif),
    ("times", Family::Serif),
    ("roman", Family::Serif),
    ("georgia", Family::Serif),
    ("garamond", Family::Serif),
    ("cambria", Family::Serif),
    ("palatino", Family::Serif),
];

pub(super) fn resolver() -> FontResolver<'static> {
    FontResolver {
        select_font: Box::new(|font, database| select(font, database)),
        select_fallback: FontResolver::default_fallback_selector(),
    }
}

fn select(font: &Font, database: &Arc<Database>) -> Option<ID> {
    let mut families: Vec<Family<'_>> = Vec::new();
    for family in font.families() {
        families.extend(candidates(family));
    }
    // What nobody named well enough is most likely a label.
    families.push(font.families().first().map_or(Family::Serif, kind));
    database.query(&Query {
        families: &families,
        weight: Weight(font.weight()),
        stretch: stretch(font.stretch()),
        style: style(font.style()),
    })
}

/// The family itself and those that may stand in for it.
fn candidates(family: &FontFamily) -> Vec<Family<'_>> {
    let FontFamily::Named(name) = family else { return vec![kind(family)] };
    let lower = name.to_lowercase();
    let twins = TWINS.iter().filter(|(known, _)| *known == lower).flat_map(|(_, twins)| *twins);
    [Family::Name(name)].into_iter().chain(twins.map(|twin| Family::Name(twin))).collect()
}

fn kind(family: &FontFamily) -> Family<'_> {
    match family {
        FontFamily::Serif => Family::Serif,
        FontFamily::SansSerif => Family::SansSerif,
        FontFamily::Cursive => Family::Cursive,
        FontFamily::Fantasy => Family::Fantasy,
        FontFamily::Monospace => Family::Monospace,
        FontFamily::Named(name) => {
            let lower = name.to_lowercase();
            let found = KINDS.iter().find(|(part, _)| lower.contains(part));
            found.map_or(Family::SansSerif, |(_, kind)| *kind)
        }
    }
}

fn style(style: FontStyle) -> Style {
    match style {
        FontStyle::Normal => Style::Normal,
        FontStyle::Italic => Style::Italic,
        FontStyle::Oblique => Style::Oblique,
    }
}

fn stretch(stretch: FontStretch) -> Stretch {
    match stretch {
        FontStretch::UltraCondensed => Stretch::UltraCondensed,
        FontStretch::ExtraCondensed => Stretch::ExtraCondensed,
        FontStretch::Condensed => Stretch::Condensed,
        FontStretch::SemiCondensed => Stretch::SemiCondensed,
        FontStretch::Normal => Stretch::Normal,
        FontStretch::SemiExpanded => Stretch::SemiExpanded,
        FontStretch::Expanded => Stretch::Expanded,
        FontStretch::ExtraExpanded => Stretch::ExtraExpanded,
        FontStretch::UltraExpanded => Stretch::UltraExpanded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, twin: Option<&str>, like: Family<'_>) {
        let family = FontFamily::Named(name.to_owned());
        let found = candidates(&family);
        assert_eq!(found.first(), Some(&Family::Name(name)));
        assert_eq!(found.get(1), twin.map(Family::Name).as_ref());
        assert_eq!(kind(&family), like);
    }

    #[test]
    fn a_family_that_is_not_there_has_a_twin_or_a_kind() {
        check("Arial", Some("Liberation Sans"), Family::SansSerif);
        check("Times New Roman", Some("Liberation Serif"), Family::Serif);
        check("COURIER", Some("Liberation Mono"), Family::Monospace);
        check("Fira Mono", None, Family::Monospace);
        check("Noto Sans Mono", None, Family::Monospace);
        check("PT Serif", None, Family::Serif);
        check("Open Sans", None, Family::SansSerif);
        check("Whatever", None, Family::SansSerif);
    }
}
