//! Whether a file is an SVG: by its root element, whatever stands before it.
//! Knows as much of XML as comes before a root element; nothing of what is in it.

use super::text;
use crate::Source;

/// How far a root element is looked for when comments fill the head: licences have stood there.
const FAR: usize = 64 << 10;

pub(super) fn right(source: &Source<'_>) -> bool {
    match root_of(source.head()) {
        Root::Svg => true,
        Root::Other => false,
        Root::Further => source.front(FAR).is_ok_and(|front| root_of(&front) == Root::Svg),
    }
}

/// What the root element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Svg,
    Other,
    /// It is not among these bytes, which so far could be an SVG's.
    Further,
}

fn root_of(head: &[u8]) -> Root {
    let text = text::front(head);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    if !rest.starts_with('<') {
        return Root::Other;
    }
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => rest.split_once("?>"),
            _ if rest.starts_with("<!--") => rest.split_once("-->"),
            _ if rest.starts_with("<!DOCTYPE") => behind_doctype(rest),
            _ => return root_element(rest),
        };
        match end {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return Root::Further,
        }
    }
}

/// A document type may have declarations of its own in brackets, each of which ends like it.
fn behind_doctype(doctype: &str) -> Option<(&str, &str)> {
    let (before, behind) = doctype.split_once('>')?;
    if before.contains('[') { doctype.split_once(']')?.1.split_once('>') } else { Some((before, behind)) }
}

fn root_element(rest: &str) -> Root {
    let Some(tag) = rest.strip_prefix('<') else {
        return if rest.is_empty() { Root::Further } else { Root::Other };
    };
    let name = tag.split(|end: char| end.is_ascii_whitespace() || matches!(end, '>' | '/')).next();
    let name = name.unwrap_or_default();
    let local = name.split_once(':').map_or(name, |(_, local)| local);
    if local == "svg" && tag.len() > name.len() { Root::Svg } else { Root::Other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::svg::text::tests::gzipped;

    #[track_caller]
    fn check(file: impl AsRef<[u8]>, wanted: bool) {
        assert_eq!(right(&Source::from_bytes(&file.as_ref())), wanted);
    }

    #[test]
    fn the_root_element_decides() {
        check("<svg xmlns='http://www.w3.org/2000/svg'/>", true);
        check("\u{feff}  <?xml version='1.0'?>\n<!-- <html> --><svg>", true);
        check("<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/svg11.dtd'><svg\n>", true);
        check("<!DOCTYPE svg [<!ENTITY a 'b'> <!ENTITY c 'd'>]> <s:svg xmlns:s='x'>", true);
        check("<html><body><svg></svg>", false);
        check("<!DOCTYPE html><html><svg>", false);
        check("<svgish>", false);
        check("<svg", false);
        check("", false);
        check("an <svg>", false);
        check("<?xml version='1.0'?>", false);
        check(format!("<!-- {} --><svg>", "so it is written. ".repeat(1000)), true);
        check(format!("<!-- {} --><svg>", "so it is written. ".repeat(10_000)), false);
    }

    #[test]
    fn other_encodings_and_packed_ones_are_looked_into() {
        let svg = "<?xml version='1.0' encoding='UTF-16'?><svg>";
        let little: Vec<u8> = svg.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = format!("\u{feff}{svg}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&little, true);
        check(&big, true);
        check(b"<!-- caf\xe9 --><svg>", true);
        check(gzipped("<svg>"), true);
        check(gzipped("<html>"), false);
        check(&gzipped("<svg>")[..12], false);
    }
}
