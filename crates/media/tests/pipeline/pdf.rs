//! Pages written here: what they would cost, and what is on them.
//! Knows how a PDF is put together, and the public interface only.

use super::{LIMITS, corpus, distance, picture, render, unpacked};
use image::RgbaImage;
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
    fn widths_of_more_letters_than_there_are_are_refused() {
        let written = |resources: &str, widths: &str| {
            let font = "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]>>";
            let letters = format!("<</Type/Font/Subtype/CIDFontType2/BaseFont/X/DW 500{widths}>>");
            page("BT /F 9 Tf <0041> Tj ET", resources, &[font.to_owned(), letters])
        };
        let by_name = "/Resources<</Font<</F 5 0 R>>>>";
        check(&written(by_name, "/W[0 1000 500 1001[1 2 3]]"), Ok(()));
        check(&written(by_name, "/W[0 4294967295 500]"), Err(Reason::TooLarge));
        check(&written(by_name, "/W[1[9 9]3 4 9 5 9000000 500]"), Err(Reason::TooLarge));
        check(&written(by_name, "/W2[0 4294967295 -1000 500 880]"), Err(Reason::TooLarge));
        check(&written(by_name, "/W2[0 9 -1000 500 880 10 4294967295 -1000 500 880]"), Err(Reason::TooLarge));
        check(&written(by_name, &format!("/W[{}]", "0 65535 500 ".repeat(65))), Err(Reason::TooLarge));
        let by_state = "/Resources<</ExtGState<</G<</Font[5 0 R 9]>>>>>>";
        check(&written(by_state, "/W[0 4294967295 500]"), Err(Reason::TooLarge));
        // Fonts that are no objects of their own, the second of them.
        let inside = |widths: &str| {
            let letters = format!("<</Type/Font/Subtype/CIDFontType2/BaseFont/X/W[{widths}]>>");
            format!("<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[{letters}]>>")
        };
        let fonts = format!("/E{}/F{}", inside("0 9 500"), inside("0 4294967295 500"));
        check(&written(&format!("/Resources<</Font<<{fonts}>>>>"), ""), Err(Reason::TooLarge));
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

/// A page of 90 × 90 points, a pixel each; further keys and objects as for `page`.
#[track_caller]
fn drawn(content: &str, keys: &str, more: &[String]) -> RgbaImage {
    picture(&page(content, keys, more), 512)
}

mod notes {
    use super::*;

    const WHITE: [u8; 3] = [255; 3];

    /// What is at these places of a page with this annotation, counted from the upper left.
    #[track_caller]
    fn check(note: &str, expected: &[([u32; 2], [u8; 3])]) {
        check_on("", "", note, expected);
    }

    #[track_caller]
    fn check_on(content: &str, keys: &str, note: &str, expected: &[([u32; 2], [u8; 3])]) {
        let page = drawn(content, &format!("{keys}/Annots[<<{note}>>]"), &[]);
        for ([x, y], color) in expected {
            let got = &page.get_pixel(*x, *y).0[..3];
            let apart = got.iter().zip(color).map(|(got, color)| got.abs_diff(*color)).max().unwrap();
            assert!(apart < 70, "{got:?} instead of {color:?} at {x}, {y} of {note}");
        }
    }

    #[test]
    fn text_is_marked() {
        let quad = "/Rect[20 30 70 60]/QuadPoints[20 60 70 60 20 30 70 30]";
        let black = "0 g 40 0 10 90 re f";
        let yellow = [([30, 45], [255, 255, 0]), ([45, 45], [0, 0, 0]), ([30, 20], WHITE), ([75, 45], WHITE)];
        check_on(black, "", &format!("/Subtype/Highlight/C[1 1 0]{quad}"), &yellow);
        check_on(black, "", &format!("/Subtype/Highlight{quad}"), &yellow);
        let red = [255, 0, 0];
        check(&format!("/Subtype/Underline/C[1 0 0]{quad}"), &[([45, 57], red), ([45, 45], WHITE)]);
        check(&format!("/Subtype/Squiggly/C[1 0 0]{quad}"), &[([45, 57], red), ([45, 45], WHITE)]);
        check(&format!("/Subtype/StrikeOut/C[1 0 0]{quad}"), &[([45, 46], red), ([45, 57], WHITE)]);
    }

    #[test]
    fn shapes_are_drawn() {
        let [red, blue, black] = [[255, 0, 0], [0, 0, 255], [0; 3]];
        let looks = "/Rect[10 10 80 80]/C[1 0 0]/IC[0 0 1]/BS<</W 8>>";
        check(&format!("/Subtype/Square{looks}"), &[([45, 45], blue), ([14, 14], red), ([5, 45], WHITE)]);
        check(&format!("/Subtype/Circle{looks}"), &[([45, 45], blue), ([14, 45], red), ([14, 14], WHITE)]);
        let line = "/Rect[0 0 90 90]/Border[0 0 6]/C[1 0 0]";
        check(&format!("/Subtype/Line/L[10 10 80 10]{line}"), &[([45, 80], red), ([45, 10], WHITE)]);
        let corner = [([45, 80], red), ([80, 45], red), ([45, 45], WHITE)];
        check(&format!("/Subtype/PolyLine/Vertices[10 10 80 10 80 80]{line}"), &corner);
        check(
            &format!("/Subtype/Polygon/Vertices[10 10 80 10 80 80]{line}"),
            &[([45, 45], red), ([45, 80], red)],
        );
        check(&format!("/Subtype/Ink/InkList[[10 10 80 10][80 20 80 80]]{line}"), &corner);
        check("/Subtype/Square/Rect[10 10 80 80]/BS<</W 8>>", &[([14, 14], black), ([45, 45], WHITE)]);
        check("/Subtype/Text/Rect[10 60 30 80]/C[0 0 1]", &[([15, 20], blue), ([45, 45], WHITE)]);
        let words =
            "/Subtype/FreeText/Rect[10 10 80 80]/Contents(a)/DA(1 0 0 rg /F 9 Tf)/C[0 0 1]/BS<</W 8>>";
        check(words, &[([14, 45], red), ([60, 60], blue), ([5, 45], WHITE)]);
        check(&format!("/Subtype/Square/CA .5{looks}"), &[([45, 45], [127, 127, 255])]);
    }

    #[test]
    fn what_is_hidden_or_has_a_drawing_is_not_drawn_again() {
        let looks = "/Subtype/Square/Rect[10 10 80 80]/IC[0 0 1]";
        check(&format!("{looks}/F 2"), &[([45, 45], WHITE)]);
        check(&format!("{looks}/F 32"), &[([45, 45], WHITE)]);
        check(&format!("{looks}/AP<</N 4 0 R>>"), &[([45, 45], WHITE)]);
        check("/Subtype/Popup/Rect[10 10 80 80]/C[0 0 1]", &[([45, 45], WHITE)]);
        check("/Subtype/Square/Rect[10 10 80 80]/C[]", &[([10, 10], WHITE), ([45, 45], WHITE)]);
        check("/Subtype/Circle/Rect[80 80 10 x]", &[([45, 45], WHITE)]);
    }

    #[test]
    fn pages_that_are_cut_or_turned_have_them_in_place() {
        let looks = "/Subtype/Square/Rect[40 60 60 80]/C[]/IC[0 0 1]";
        // Cut, the upper left corner of the page is at 30, 90.
        check_on("", "/CropBox[30 30 90 90]", looks, &[([20, 20], [0, 0, 255]), ([40, 20], WHITE)]);
        check_on("", "/Rotate 90", looks, &[([70, 50], [0, 0, 255]), ([50, 20], WHITE)]);
    }

    /// How much darker than paper a part of the page is, in levels.
    #[track_caller]
    fn ink(page: &RgbaImage, [left, top, right, foot]: [u32; 4]) -> u32 {
        let pixels = (left..right).flat_map(|x| (top..foot).map(move |y| (x, y)));
        pixels.map(|(x, y)| 255 - u32::from(page.get_pixel(x, y).0[1])).sum()
    }

    #[track_caller]
    fn is_written(field: &str, more: &[String], expected: bool) {
        let page = drawn("", &format!("/Annots[<<{field}>>]"), more);
        assert_eq!(ink(&page, [12, 12, 78, 78]) > 2000, expected, "{field}");
    }

    #[test]
    fn fields_say_what_was_filled_in() {
        let field = "/Subtype/Widget/FT/Tx/Rect[10 30 80 60]/DA(/Helv 12 Tf 0 g)";
        is_written(&format!("{field}/V(Tintype)"), &[], true);
        is_written(&format!("{field}/V<FEFF00540069006E>"), &[], true);
        is_written(&format!("{field}/V()"), &[], false);
        is_written(&format!("{field}/V(Tintype)/Ff 8192"), &[], false);
        is_written(&format!("{field}/V(Tintype)/F 2"), &[], false);
        is_written(&format!("{field}/V(Tintype of many words)/Ff 4096"), &[], true);
        is_written("/Subtype/Widget/FT/Tx/Rect[10 30 80 60]/V(Tintype)", &[], false);
        is_written(
            "/Subtype/Widget/Rect[10 30 80 60]/Parent 5 0 R",
            &["<</FT/Ch/V(Tin)/DA(/F 0 Tf)>>".to_owned()],
            true,
        );
        is_written(
            "/Subtype/Widget/Rect[10 30 80 60]/Parent 5 0 R",
            &["<</FT/Tx/Parent 5 0 R>>".to_owned()],
            false,
        );
        is_written("/Subtype/FreeText/Rect[10 30 80 60]/Contents(Tintype)/DA(0 g /F 9 Tf)", &[], true);
        is_written("/Subtype/Widget/FT/Btn/Rect[10 30 80 60]/MK<</BG[0 0 1]>>", &[], true);
    }

    #[test]
    fn fields_with_drawings_show_them() {
        let field = "/Subtype/Widget/FT/Tx/Rect[10 30 80 60]/V(x)/DA(/Helv 12 Tf 0 g)/AP<</N 5 0 R>>";
        let drawing = form("0 0 1 rg 0 0 90 90 re f", "");
        let page = drawn("", &format!("/Annots[<<{field}>>]"), &[drawing]);
        assert_eq!(page.get_pixel(45, 45).0[..3], [0, 0, 255]);
    }

    /// Whether there are letters in a field whose drawing is this, in a form with these words.
    #[track_caller]
    fn check_stale(form_keys: &str, drawing: &str, is_written: bool) {
        let field = "<</Subtype/Widget/FT/Tx/Rect[10 30 80 60]/V(Tintype)/DA(/H 12 Tf 0 g)/AP<</N 5 0 R>>>>";
        let pdf = file(&[
            format!("<</Type/Catalog/Pages 2 0 R/AcroForm<<{form_keys}>>>>"),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]/Contents 4 0 R/Annots[{field}]>>"),
            stream("", ""),
            form(drawing, ""),
        ]);
        let page = picture(&pdf, 90);
        let darkest = page.pixels().map(|pixel| pixel.0[0]).min().unwrap();
        assert_eq!(darkest < 100, is_written, "{form_keys} {drawing}: {darkest}");
    }

    #[test]
    fn fields_of_a_form_that_asks_for_it_are_drawn_anew() {
        check_stale("/NeedAppearances true", ".8 g 0 0 70 30 re f", true);
        check_stale("/NeedAppearances true", "", true);
        check_stale("/NeedAppearances false", ".8 g 0 0 70 30 re f", false);
        check_stale("", ".8 g 0 0 70 30 re f", false);
        // What is written already is not written twice.
        check_stale("/NeedAppearances true", "BT 1 g (x) Tj ET", false);
    }

    #[test]
    fn one_that_is_named_a_million_times_ends() {
        let strokes = "/InkList[[".to_owned() + &"1 1 80 80 ".repeat(1000) + "]]";
        let note = format!("<</Subtype/Ink/Rect[0 0 90 90]{strokes}>>");
        let page = drawn("", &format!("/Annots[{}]", "5 0 R ".repeat(10_000)), &[note]);
        assert_eq!(page.dimensions(), (90, 90));
    }
}

mod circles {
    use super::*;

    /// A page that is drawn though its drawings go round in circles: what it draws beside them is there.
    #[track_caller]
    fn check(content: &str, keys: &str, more: &[String]) {
        let content = format!("{content} 0 0 1 rg 30 30 30 30 re f");
        let page = drawn(&content, keys, more);
        assert_eq!(page.get_pixel(45, 45).0[..3], [0, 0, 255], "{keys}");
    }

    fn drawing(number: usize) -> String {
        form("/X Do", &format!("/XObject<</X {number} 0 R>>"))
    }

    #[test]
    fn drawings_that_draw_themselves_or_each_other_end() {
        let resources = "/Resources<</XObject<</X 5 0 R>>>>";
        check("/X Do", resources, &[drawing(5)]);
        check("/X Do", resources, &[drawing(6), drawing(5)]);
        let twice = |number| form("/X Do /X Do", &format!("/XObject<</X {number} 0 R>>"));
        check("/X Do", resources, &[twice(5)]);
        check("/X Do", resources, &[twice(6), twice(5)]);
        let note = "/Annots[<</Subtype/Stamp/Rect[0 0 20 20]/AP<</N 5 0 R>>>>]";
        check("", note, &[drawing(5)]);
        check("", note, &[drawing(6), drawing(5)]);
    }

    #[test]
    fn letters_patterns_and_masks_that_draw_themselves_end() {
        let resources = "/Font<</F 5 0 R>>";
        let text = "BT /F 9 Tf (a) Tj ET";
        check(text, &format!("/Resources<<{resources}>>"), &font(&format!("1 0 d0 {text}"), resources));
        let tiles = stream(
            "/Pattern cs /P scn 0 0 9 9 re f",
            "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<</Pattern<</P 5 0 R>>>>",
        );
        check("/Pattern cs /P scn 0 0 20 20 re f", "/Resources<</Pattern<</P 5 0 R>>>>", &[tiles]);
        let state = "/ExtGState<</G<</SMask<</S/Luminosity/G 5 0 R>>>>>>";
        let mask = stream(
            "/G gs 0 0 20 20 re f",
            &format!(
                "/Subtype/Form/BBox[0 0 90 90]/Group<</S/Transparency/CS/DeviceGray>>/Resources<<{state}>>"
            ),
        );
        check("q /G gs 0 0 20 20 re f Q", &format!("/Resources<<{state}>>"), &[mask]);
    }
}

mod letters {
    use super::*;
    use std::sync::Arc;
    use tintype_media::{Engine, Fonts, Source, Wanted, formats};

    /// A font with Chinese and Japanese letters: Debian's fonts-droid-fallback, or what `TINTYPE_CJK_FONT` names.
    #[track_caller]
    fn eastern() -> Fonts {
        let place = std::env::var_os("TINTYPE_CJK_FONT")
            .unwrap_or_else(|| "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf".into());
        let font = std::fs::read(&place).unwrap_or_else(|error| {
            panic!("{}: {error}; TINTYPE_CJK_FONT may name another font with such letters", place.display())
        });
        Fonts::new(vec![Arc::new(font)])
    }

    fn written(fonts: &Fonts, file: &[u8]) -> RgbaImage {
        let engine = Engine { formats: formats::ALL, limits: LIMITS, fonts };
        let wanted = Wanted::new(&[512], 100);
        let rendition = engine.render(&Source::from_bytes(&file), &wanted, &mut |_| ()).unwrap();
        unpacked(&rendition.thumbnails[0])
    }

    /// A page with one letter in a font that it names and does not bring.
    fn one(font: &str, encoding: &str, collection: &str, letter: &str) -> Vec<u8> {
        let below = format!(
            "<</Type/Font/Subtype/CIDFontType0/BaseFont/{font}/DW 1000\
             /CIDSystemInfo<</Registry(Adobe)/Ordering({collection})/Supplement 2>>\
             /FontDescriptor<</Type/FontDescriptor/FontName/{font}/Flags 6>>>>"
        );
        let font = format!(
            "<</Type/Font/Subtype/Type0/BaseFont/{font}/Encoding/{encoding}/DescendantFonts[6 0 R]>>"
        );
        let content = format!("BT /F 80 Tf 5 15 Td <{letter}> Tj ET");
        page(&content, "/Resources<</Font<</F 5 0 R>>>>", &[font, below])
    }

    /// The same two letters by every one of the tables that the standard names; without a font there is a page still.
    #[test]
    fn chinese_and_japanese_without_a_font_in_the_file_are_written_with_the_machines() {
        let fonts = eastern();
        let all = [
            ("STSong-Light", "UniGB-UCS2-H", "GB1", "65E5", "6708"),
            ("STSong-Light", "GBK-EUC-H", "GB1", "C8D5", "D4C2"),
            ("HeiseiMin-W3", "UniJIS-UCS2-H", "Japan1", "65E5", "6708"),
            ("HeiseiKakuGo-W5", "90ms-RKSJ-H", "Japan1", "93FA", "8C8E"),
            ("MSung-Light", "ETen-B5-H", "CNS1", "A4E9", "A4EB"),
        ];
        let [mut suns, mut moons] = [Vec::new(), Vec::new()];
        for (font, encoding, collection, sun, moon) in all {
            suns.push(written(&fonts, &one(font, encoding, collection, sun)));
            moons.push(written(&fonts, &one(font, encoding, collection, moon)));
            assert_eq!(written(&Fonts::none(), &one(font, encoding, collection, sun)).dimensions(), (90, 90));
        }
        for (of_all, first) in [(&suns, &suns[0]), (&moons, &moons[0])] {
            for (letter, row) in of_all.iter().zip(all) {
                assert!(distance(letter, first) < 1.0, "{row:?}");
            }
        }
        assert!(distance(&suns[0], &moons[0]) > 10.0);
        // The sun is two boxes, one above the other, with nothing in them.
        let is_dark = |x, y| suns[0].get_pixel(x, y).0[0] < 128;
        let bars = (1..90).filter(|y| is_dark(45, *y) && !is_dark(45, y - 1)).count();
        assert_eq!(bars, 3);
    }

    /// What has no letters of its own: a font with many, by its name and by the numbers it has for them; else one of those
    /// that come along, by its kind.
    #[test]
    fn other_fonts_are_the_machines_or_stood_for() {
        let fonts = || Fonts::new(vec![Arc::new(corpus("fonts/AdobeVFPrototype.ttf"))]);
        let named = |name: &str| one(name, "Identity-H", "Identity", "00200021");
        let [with, without] =
            [fonts(), Fonts::none()].map(|fonts| written(&fonts, &named("AdobeVFPrototype-Default")));
        assert!(distance(&with, &without) > 3.0);
        assert_eq!(written(&fonts(), &named("Nobody")), without);
        let simple = |flags: u32| {
            let font = format!(
                "<</Type/Font/Subtype/TrueType/BaseFont/Nobody/Encoding/WinAnsiEncoding/FirstChar 97/LastChar 98\
                 /Widths[600 600]/FontDescriptor<</Type/FontDescriptor/FontName/Nobody/Flags {flags}>>>>"
            );
            picture(&page("BT /F 60 Tf 5 15 Td (ab) Tj ET", "/Resources<</Font<</F 5 0 R>>>>", &[font]), 512)
        };
        let [sans, serif] = [32, 34].map(simple);
        let blank = picture(&page("", "", &[]), 512);
        assert!(
            distance(&sans, &blank) > 3.0 && distance(&serif, &blank) > 3.0 && distance(&sans, &serif) > 3.0
        );
    }
}
