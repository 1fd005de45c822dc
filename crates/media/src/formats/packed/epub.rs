//! E-books: the picture that the package names as its cover.
//! Knows the package's XML as far as the cover goes; nothing of pages.

use super::archive::{Archive, Entry};
use super::{declared, is_archive, picture};
use crate::formats::{Order, svg};
use crate::{Fault, Limits, Picture, Reason, Source};
use resvg::usvg::roxmltree::{Document, Node, ParsingOptions};

const MIME_TYPE: &[u8] = b"application/epub+zip";
/// Where the package is.
const CONTAINER: &str = "META-INF/container.xml";

/// A package of a thousand chapters has some hundred KiB, a page around a cover one.
const MOST_XML: u64 = 4 << 20;
/// The parser takes some 100 bytes for each: a small part of what is allowed for the file.
const MOST_NODES: u32 = 200_000;
const MOST_PAGE: u64 = 256 << 10;

pub(super) fn looks_right(source: &Source<'_>) -> bool {
    // What old tools made does not begin as it should.
    const LIMITS: Limits = Limits { max_pixels: 0, max_memory: 64 << 20 };
    is_archive(source)
        && (declared(source.head()).is_some_and(|declared| declared.starts_with(MIME_TYPE))
            || Archive::open(source, &LIMITS).is_ok_and(|archive| archive.find(CONTAINER).is_some()))
}

pub(super) fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let archive = Archive::open(source, order.limits)?;
    let cover = cover(&archive)?.ok_or_else(|| Reason::NoPicture.says("EPUB: no cover picture in it"))?;
    picture(&archive, &cover, order)
}

/// In the order of how sure each way is.
fn cover<'a>(archive: &'a Archive<'_>) -> Result<Option<Entry<'a>>, Fault> {
    let container = xml(archive, CONTAINER, MOST_XML)?;
    let path = with(&container, |container| {
        let mut roots = elements(container.root(), "rootfile");
        roots.find_map(|root| root.attribute("full-path")).map(str::to_owned)
    })?;
    let path = path.ok_or_else(|| Reason::Corrupt.says("EPUB: names no package"))?;
    let text = xml(archive, &path, MOST_XML)?;
    let candidates =
        with(&text, |package| Some(Package { package, path: &path }.candidates()))?.unwrap_or_default();
    for candidate in candidates {
        let found = match candidate {
            Candidate::Picture(path) => archive.find(&path),
            Candidate::Page(path) => picture_of_page(archive, &path),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// What may lead to the cover, by path.
enum Candidate {
    Picture(String),
    /// A page that should hold nothing but the cover.
    Page(String),
}

struct Package<'a> {
    package: &'a Document<'a>,
    path: &'a str,
}

impl Package<'_> {
    fn candidates(&self) -> Vec<Candidate> {
        let declared = self.items().find(|item| has_word(*item, "properties", "cover-image"));
        let meta = elements(self.package.root(), "meta").find(|meta| meta.attribute("name") == Some("cover"));
        let named = meta.and_then(|meta| meta.attribute("content"));
        // Some name the file where they should name its line.
        let by_meta = named.and_then(|name| {
            self.items()
                .find(|item| item.attribute("id") == Some(name) || item.attribute("href") == Some(name))
        });
        let by_name = self.items().find(|item| {
            let of =
                |name| item.attribute(name).is_some_and(|value| value.to_ascii_lowercase().contains("cover"));
            is_picture(*item) && (of("id") || of("href"))
        });
        let guide =
            elements(self.package.root(), "reference").find(|page| page.attribute("type") == Some("cover"));
        let first = elements(self.package.root(), "itemref").find_map(|item| item.attribute("idref"));
        let first = self.items().find(|item| first.is_some() && item.attribute("id") == first);
        let pictures = [declared, by_meta, by_name];
        let pages = [guide, first];
        pictures.into_iter().chain(pages).flatten().filter_map(|item| self.candidate(item)).collect()
    }

    fn items(&self) -> impl Iterator<Item = Node<'_, '_>> {
        elements(self.package.root(), "item")
    }

    fn candidate(&self, item: Node<'_, '_>) -> Option<Candidate> {
        let path = beside(self.path, item.attribute("href")?);
        Some(if is_picture(item) { Candidate::Picture(path) } else { Candidate::Page(path) })
    }
}

fn is_picture(item: Node<'_, '_>) -> bool {
    item.attribute("media-type").is_some_and(|kind| kind.starts_with("image/"))
}

fn has_word(node: Node<'_, '_>, attribute: &str, wanted: &str) -> bool {
    node.attribute(attribute).is_some_and(|words| words.split_ascii_whitespace().any(|word| word == wanted))
}

/// Elements by their name, whatever name space their writer thought right.
fn elements<'a, 'b>(root: Node<'a, 'b>, name: &'static str) -> impl Iterator<Item = Node<'a, 'b>> {
    root.descendants().filter(move |node| node.is_element() && node.tag_name().name() == name)
}

/// The only picture of a page, if the page says little else: a title page with words is no cover.
fn picture_of_page<'a>(archive: &'a Archive<'_>, path: &str) -> Option<Entry<'a>> {
    const MOST_WORDS: usize = 200;
    let text = xml(archive, path, MOST_PAGE).ok()?;
    let picture = with(&text, |page| {
        let body = elements(page.root(), "body").next()?;
        let letters: usize =
            body.descendants().filter_map(|node| node.text()).map(|text| text.trim().len()).sum();
        let pictures = body.descendants().filter_map(|node| match node.tag_name().name() {
            "img" => node.attribute("src"),
            // By its name alone: in XLink's name space or in none.
            "image" => {
                node.attributes().find(|attribute| attribute.name() == "href").map(|href| href.value())
            }
            _ => None,
        });
        let pictures: Vec<_> = pictures.take(2).collect();
        match pictures.as_slice() {
            [only] if letters <= MOST_WORDS => Some(beside(path, only)),
            _ => None,
        }
    });
    archive.find(&picture.ok()??)
}

/// A path that is given relative to another's folder, with its escapes undone. What leads out of the archive names
/// nothing in it.
fn beside(path: &str, href: &str) -> String {
    let href = unescaped(href.split(['#', '?']).next().unwrap_or_default());
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let start = if href.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(href.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn unescaped(href: &str) -> String {
    let mut bytes = Vec::with_capacity(href.len());
    let mut rest = href.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let digits =
            behind.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn xml(archive: &Archive<'_>, path: &str, most: u64) -> Result<String, Fault> {
    let entry = archive.find(path).ok_or_else(|| Reason::Corrupt.says(format!("EPUB: {path} is missing")))?;
    let bytes = archive.read(&entry, most)?;
    Ok(svg::xml_text(&bytes).into_owned())
}

/// Asks parsed XML. No entities of its own are unfolded beyond the parser's limits, none is fetched.
fn with<T>(text: &str, ask: impl FnOnce(&Document<'_>) -> Option<T>) -> Result<Option<T>, Fault> {
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options);
    Ok(ask(&document.map_err(|error| Reason::Corrupt.says(format!("EPUB: {error}")))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        for (path, href, wanted) in [
            ("OEBPS/content.opf", "images/a%20b.jpg", "OEBPS/images/a b.jpg"),
            ("content.opf", "./cover.png#top", "cover.png"),
            ("a/b/c.xhtml", "../d.jpg", "a/d.jpg"),
            ("a/b.opf", "../../../etc/passwd", "etc/passwd"),
            ("a/b.opf", "/c.jpg", "c.jpg"),
            ("a/b.opf", "%zz%4", "a/%zz%4"),
        ] {
            assert_eq!(beside(path, href), wanted);
        }
    }
}
