//! Pages written here: what they would cost, and what is on them.
//! Knows how a PDF is put together, and the public interface only.

use super::render;
use std::fmt::Write as _;
use tintype_media::Reason;

/// Objects numbered from one, and a table that says where they are not: readers have to look for them.
fn file(objects: &[String]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.7\n");
    for (place, object) in objects.iter().enumerate() {
        write!(file, "{} 0 obj\n{object}\nendobj\n", place + 1).unwrap();
    }
    file.push_str("trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
    file.into_bytes()
}

/// A page of 90 × 90 points with this content and further keys; further objects are numbered from 5.
fn page(content: &str, keys: &str, more: &[String]) -> Vec<u8> {
    let start = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]/Contents 4 0 R{keys}>>"),
        stream(content, ""),
    ];
    file(&[start.as_slice(), more].concat())
}

fn stream(content: &str, keys: &str) -> String {
    format!("<<{keys}/Length {}>>stream\n{content}\nendstream", content.len())
}

fn form(content: &str, resources: &str) -> String {
    stream(content, &format!("/Type/XObject/Subtype/Form/BBox[0 0 90 90]/Resources<<{resources}>>"))
}

/// So many objects from number 5 on, each of which draws the next one twice.
fn doubling(count: usize) -> Vec<String> {
    doubling_from(5, count)
}

fn doubling_from(first: usize, count: usize) -> Vec<String> {
    let next = |place| format!("/XObject<</X {} 0 R>>", place + 1);
    (first..first + count).map(|place| form("/X Do /X Do", &next(place))).collect()
}

/// A font whose letters `a` are drawn as this.
fn font(program: &str, resources: &str) -> [String; 2] {
    let keys = "/Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97/Widths[1]\
                /Encoding<</Differences[97/a]>>";
    [format!("<<{keys}/CharProcs<</a 6 0 R>>/Resources<<{resources}>>>>"), stream(program, "")]
}

mod cost {
    use super::*;

    #[track_caller]
    fn check(file: &[u8], expected: Result<(), Reason>) {
        let got = render(file, &[64]).map(|_| ()).map_err(|fault| fault.reason);
        assert_eq!(got, expected);
    }

    #[test]
    fn drawings_within_drawings_are_counted_wherever_they_begin() {
        let [many, one] = [doubling(40), doubling(1)];
        let on_a_page = |forms: &[String]| page("/X Do", "/Resources<</XObject<</X 5 0 R>>>>", forms);
        check(&on_a_page(&one), Ok(()));
        check(&on_a_page(&many), Err(Reason::TooLarge));
        let note = |look: &str, forms: &[String]| {
            page("", &format!("/Annots[<</Subtype/Stamp/Rect[0 0 90 90]/AS/On/AP<</N {look}>>>>]"), forms)
        };
        check(&note("5 0 R", &one), Ok(()));
        check(&note("5 0 R", &many), Err(Reason::TooLarge));
        check(&note("<</On 5 0 R>>", &many), Err(Reason::TooLarge));
    }

    #[test]
    fn letters_that_are_drawings_are_counted() {
        let resources = "/Resources<</Font<</F 5 0 R>>/ExtGState<</G<</Font[5 0 R 9]>>>>>>";
        let written = |content: &str, font: [String; 2]| page(content, resources, &font);
        let steps = "0 0 m 1 1 l S ".repeat(1000);
        let text = |count: usize| format!("BT /F 9 Tf ({}) Tj ET", "a".repeat(count));
        let plain = || font(&format!("1 0 d0 {steps}"), "");
        check(&written(&text(10), plain()), Ok(()));
        check(&written(&text(2000), plain()), Err(Reason::TooLarge));
        // Another letter costs nothing.
        check(&written(&text(2000).replace('a', "b"), plain()), Ok(()));
        let by_state = text(2000).replace("/F 9 Tf", "/G gs");
        check(&written(&by_state, plain()), Err(Reason::TooLarge));
        let after = text(2000).replace("Tf", "Tf q Q");
        check(&written(&after, plain()), Err(Reason::TooLarge));
        let array = text(2000).replace('(', "[(").replace(") Tj", ")] TJ");
        check(&written(&array, plain()), Err(Reason::TooLarge));
        let [font, program] = font("1 0 d0 /X Do", "/XObject<</X 7 0 R>>");
        let forms = doubling_from(7, 40);
        check(
            &page(&text(1), resources, &[[font, program].as_slice(), &forms].concat()),
            Err(Reason::TooLarge),
        );
    }
}
