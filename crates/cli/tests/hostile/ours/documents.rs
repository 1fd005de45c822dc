//! PDFs that draw without end, archives that unpack to more than there is, tags that announce what is not there.
//! Knows how these files are put together; nothing of pictures.

use super::Case;
use std::fmt::Write as _;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "form-in-itself.pdf", make: |_| pdf("/X Do", "/XObject<</X 5 0 R>>", &[form("/X Do /X Do", "/XObject<</X 5 0 R>>")]) },
    Case { name: "pattern-in-itself.pdf", make: |_| pdf(&painted("P"), "/Pattern<</P 5 0 R>>", &[pattern(&painted("P").repeat(2))]) },
    Case { name: "forms-double.pdf", make: |_| doubling_forms(40) },
    Case { name: "mask-of-itself.pdf", make: |_| pdf("/G gs 0 0 9 9 re f", "/ExtGState<</G<</SMask<</S/Alpha/G 5 0 R>>>>>>", &[form("/G gs /G gs 0 0 9 9 re f", "/ExtGState<</G<</SMask<</S/Alpha/G 5 0 R>>>>>>")]) },
    Case { name: "widths-of-all-letters.pdf", make: |_| pdf("BT /F 9 Tf <0041> Tj ET", "/Font<</F 5 0 R>>", &["<</Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]>>".into(), "<</Subtype/CIDFontType2/BaseFont/X/W[0 4294967295 500]>>".into()]) },
    Case { name: "giant-page.pdf", make: |_| page_of("0 0 99999999999 99999999999", "") },
    Case { name: "no-page-at-all.pdf", make: |_| page_of("0 0 0 0", "") },
    Case { name: "page-inside-out.pdf", make: |_| page_of("900 900 -900 -900", "/CropBox[1e30 1e30 -1e30 -1e30]") },
    Case { name: "giant-image.pdf", make: |_| pdf("9 0 0 9 0 0 cm /I Do", "/XObject<</I 5 0 R>>", &[image(100_000, 100_000)]) },
    Case { name: "image-of-minus-one.pdf", make: |_| pdf("9 0 0 9 0 0 cm /I Do", "/XObject<</I 5 0 R>>", &[image(-1, i64::MAX)]) },
    Case { name: "pages-in-themselves.pdf", make: |_| objects(&["<</Type/Catalog/Pages 2 0 R>>".into(), "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>".into()]) },
    Case { name: "deep-pages.pdf", make: |_| deep_pages(20_000) },
    Case { name: "deep-array.pdf", make: |_| pdf(&"[".repeat(2_000_000), "", &[]) },
    Case { name: "deep-dictionary.pdf", make: |_| page_of("0 0 9 9", &format!("/A{}", "<</A".repeat(1_000_000))) },
    Case { name: "saved-states.pdf", make: |_| pdf(&"q ".repeat(2_000_000), "", &[]) },
    Case { name: "many-lines.pdf", make: |_| pdf(&"0 0 m 90 90 l S ".repeat(100_000), "", &[]) },
    Case { name: "fine-dashes.pdf", make: |_| pdf("[1e-9] 0 d 0 0 m 1e9 1e9 l S", "", &[]) },
    Case { name: "length-of-everything.pdf", make: |_| objects(&["<</Type/Catalog/Pages 2 0 R>>".into(), "<</Type/Pages/Kids[3 0 R]>>".into(), "<</Length 18446744073709551615>>stream\n".into()]) },
    Case { name: "nothing-but-the-mark.pdf", make: |_| b"%PDF-1.7\n".to_vec() },
    Case { name: "way-out.cbz", make: |_| zip(&[("../../../../canary/page1.png", super::magenta(40, 30).as_slice()), ("/etc/passwd.png", b"x".as_slice())]) },
    Case { name: "directory-of-gigabytes.cbz", make: |_| end_of_zip(0xFFFF_FFF0, 0) },
    Case { name: "directory-of-nowhere.cbz", make: |_| end_of_zip(10, 0xFFFF_FFF0) },
    Case { name: "entries-without-end.cbz", make: |_| zip(&vec![("a.png", b"".as_slice()); 60_000]) },
    Case { name: "book-in-itself.epub", make: |_| book("<package><manifest><item id='a' href='../book.opf' media-type='image/png' properties='cover-image'/></manifest></package>") },
    Case { name: "laughing.epub", make: |_| book(&laughing()) },
    Case { name: "deep.epub", make: |_| book(&"<a>".repeat(500_000)) },
    Case { name: "cover-outside.epub", make: |bait| book(&format!("<package><manifest><item id='a' href='file://{0}/canary.png' media-type='image/png' properties='cover-image'/><item id='b' href='../../../../../../..{0}/canary.png' media-type='image/png'/></manifest><metadata><meta name='cover' content='b'/></metadata></package>", bait.folder.display())) },
    Case { name: "tag-of-256-megabytes.mp3", make: |_| [b"ID3\x03\0\0\x7f\x7f\x7f\x7fAPIC\x0f\xff\xff\xff\0\0".as_slice(), &[0; 2000]].concat() },
    Case { name: "picture-of-a-gigabyte.mp3", make: |_| squeezed_picture(1 << 30) },
    Case { name: "picture-of-16-megabytes.flac", make: |_| [b"fLaC\0\0\0\x22".as_slice(), &[0; 34], b"\x86\xff\xff\xff\0\0\0\x03\xff\xff\xff\xff"].concat() },
    Case { name: "tracks-without-end.m4a", make: |_| [b"\0\0\0\x14ftypM4A \0\0\0\0M4A ".as_slice(), b"\0\0\0\x08moov".repeat(50_000).as_slice()].concat() },
    Case { name: "unpacks-to-gigabytes.woff", make: |_| woff(0xFFFF_FFF0) },
    Case { name: "tables-of-nowhere.ttf", make: |_| [b"\0\x01\0\0\0\x20\0\0\0\0\0\0".as_slice(), b"glyf\xff\xff\xff\xff\xff\xff\xff\xf0\xff\xff\xff\xf0".repeat(32).as_slice()].concat() },
    Case { name: "one-long-line.txt", make: |_| b"word ".repeat(1_000_000) },
    Case { name: "marks-on-marks.txt", make: |_| format!("a{}", "\u{301}".repeat(15_000)).into_bytes() },
    Case { name: "turned-around.txt", make: |_| "\u{202e}\u{2067}a".repeat(5_000).into_bytes() },
];

/// Numbered from one, and a table that says where they are not: readers have to look for them.
fn objects(objects: &[String]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.7\n");
    for (place, object) in objects.iter().enumerate() {
        write!(file, "{} 0 obj\n{object}\nendobj\n", place + 1).unwrap();
    }
    file.push_str("trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
    file.into_bytes()
}

/// A page of this content; further objects are numbered from 5.
fn pdf(content: &str, resources: &str, more: &[String]) -> Vec<u8> {
    let start = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]/Contents 4 0 R/Resources<<{resources}>>>>"),
        stream(content, ""),
    ];
    objects(&[start.as_slice(), more].concat())
}

fn page_of(media_box: &str, more: &str) -> Vec<u8> {
    objects(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[{media_box}]/Contents 4 0 R{more}>>"),
        stream("0 0 9 9 re f", ""),
    ])
}

fn stream(content: &str, keys: &str) -> String {
    format!("<<{keys}/Length {}>>stream\n{content}\nendstream", content.len())
}

fn form(content: &str, resources: &str) -> String {
    stream(content, &format!("/Type/XObject/Subtype/Form/BBox[0 0 90 90]/Resources<<{resources}>>"))
}

fn painted(pattern: &str) -> String {
    format!("/Pattern cs /{pattern} scn 0 0 90 90 re f ")
}

fn pattern(content: &str) -> String {
    let keys = "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 1/YStep 1";
    stream(content, &format!("{keys}/Resources<</Pattern<</P 5 0 R>>>>"))
}

fn image(width: i64, height: i64) -> String {
    stream(
        "x",
        &format!("/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8/ColorSpace/DeviceRGB"),
    )
}

/// Each form draws the next one twice.
fn doubling_forms(count: usize) -> Vec<u8> {
    let forms: Vec<_> =
        (0..count).map(|place| form("/X Do /X Do", &format!("/XObject<</X {} 0 R>>", place + 6))).collect();
    pdf("/X Do", "/XObject<</X 5 0 R>>", &forms)
}

fn deep_pages(count: usize) -> Vec<u8> {
    let mut all = vec!["<</Type/Catalog/Pages 2 0 R>>".to_owned()];
    all.extend((0..count).map(|place| format!("<</Type/Pages/Kids[{} 0 R]/Count 1>>", place + 3)));
    all.push("<</Type/Page/MediaBox[0 0 90 90]>>".to_owned());
    objects(&all)
}

/// Entries as they are, without checksums: nobody here asks for them.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let lengths = [(bytes.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat();
        let name_len = (name.len() as u16).to_le_bytes();
        directory
            .extend([b"PK\x01\x02\x14\0\x14\0".as_slice(), &[0; 12], &lengths, &name_len, &[0; 12]].concat());
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend(
            [b"PK\x03\x04\x14\0".as_slice(), &[0; 12], &lengths, &name_len, &[0; 2], name.as_bytes(), bytes]
                .concat(),
        );
    }
    let count = (entries.len() as u16).to_le_bytes();
    let place = [(directory.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes()].concat();
    [file, directory, [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &place, &[0; 2]].concat()].concat()
}

fn end_of_zip(len: u32, start: u32) -> Vec<u8> {
    let first = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.png";
    [first.as_slice(), b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &len.to_le_bytes(), &start.to_le_bytes(), &[0; 2]]
        .concat()
}

/// A tag with a picture that is compressed and unfolds to so many bytes.
fn squeezed_picture(len: usize) -> Vec<u8> {
    let picture = super::bits::gzip_bomb(b"\0image/jpeg\0\x03\0\xff", len);
    let frame = [b"\0\0\x10\0\x78\x9c".as_slice(), &picture[10..]].concat();
    let seven_bits = |len: usize| [21, 14, 7, 0].map(|bits| (len >> bits & 0x7f) as u8);
    let header = [b"APIC".as_slice(), &(frame.len() as u32).to_be_bytes(), b"\0\x80"].concat();
    [b"ID3\x03\0\0".as_slice(), &seven_bits(header.len() + frame.len()), &header, &frame].concat()
}

fn book(package: &str) -> Vec<u8> {
    let container = b"<container><rootfile full-path='book.opf'/></container>";
    zip(&[
        ("mimetype", b"application/epub+zip".as_slice()),
        ("META-INF/container.xml", container.as_slice()),
        ("book.opf", package.as_bytes()),
    ])
}

fn laughing() -> String {
    let mut doctype = String::from("<!DOCTYPE package [<!ENTITY a0 'ha'>");
    for level in 1..30 {
        let below = format!("&a{};", level - 1);
        write!(doctype, "<!ENTITY a{level} '{}'>", below.repeat(10)).unwrap();
    }
    format!("{doctype}]><package>&a29;</package>")
}

/// One table that says it unpacks to so much.
fn woff(len: u32) -> Vec<u8> {
    let header = [b"wOFF\0\x01\0\0\0\0\0\x60\0\x01\0\0".as_slice(), &len.to_be_bytes(), &[0; 24]].concat();
    let table = [b"glyf\0\0\0\x40\0\0\0\x08".as_slice(), &len.to_be_bytes(), &[0; 4]].concat();
    [header, table, vec![0; 32]].concat()
}
