//! Drawings: what is in the file is drawn, nothing outside it is looked at, and what would never end is refused.
//! Knows the public interface only.

use super::{LIMITS, corpus, unpacked};
use image::{Rgba, RgbaImage};
use std::sync::Arc;
use tintype_media::{Effort, Engine, Fault, Fonts, Limits, Reason, Rendition, Source, Wanted, formats};

const HEAD: &str = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'";

fn render_by(engine: &Engine<'_>, file: &str, size: u32, effort: Effort) -> Result<Rendition, Fault> {
    let wanted = Wanted { effort, ..Wanted::new(&[size], 100) };
    engine.render(&Source::from_bytes(&file.as_bytes()), &wanted, &mut |_| ())
}

fn render(file: &str, size: u32) -> Result<Rendition, Fault> {
    render_by(
        &Engine { formats: formats::ALL, limits: LIMITS, fonts: &Fonts::none() },
        file,
        size,
        Effort::Full,
    )
}

/// A drawing of 20 × 20 with this in it, and what was remarked.
#[track_caller]
fn drawn(content: &str) -> (RgbaImage, Vec<String>) {
    let rendition = render(&format!("{HEAD} width='20' height='20'>{content}</svg>"), 64).unwrap();
    (unpacked(&rendition.thumbnails[0]), rendition.facts.warnings)
}

/// The colour in the middle.
#[track_caller]
fn check(content: &str, [red, green, blue, alpha]: [u8; 4]) {
    let (picture, warnings) = drawn(content);
    let Rgba(got) = *picture.get_pixel(10, 10);
    let near = got.iter().zip([red, green, blue, alpha]).all(|(got, wanted)| got.abs_diff(wanted) <= 3);
    assert!(near && warnings.is_empty(), "{got:?} {warnings:?}");
}

#[test]
fn shapes_styles_alpha_and_entities_are_drawn() {
    check("<rect width='20' height='20' fill='#f80'/>", [255, 136, 0, 255]);
    check("<rect width='20' height='20' fill='#00f' opacity='.5'/>", [0, 0, 255, 128]);
    check("<style>.a{fill:lime}</style><rect class='a' width='20' height='20'/>", [0, 255, 0, 255]);
    check("", [0, 0, 0, 0]);
    let file = format!(
        "<!DOCTYPE svg [<!ENTITY c 'red'>]>{HEAD} width='9' height='9'><path fill='&c;' d='M0 0h9v9H0z'/></svg>"
    );
    assert_eq!(unpacked(&render(&file, 9).unwrap().thumbnails[0]).get_pixel(4, 4).0, [255, 0, 0, 255]);
}

#[test]
fn an_image_within_is_drawn_and_so_is_a_drawing() {
    let red = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'%3E%3Cpath fill='red' d='M0 0h9v9H0z'/%3E%3C/svg%3E";
    check(&format!("<image width='20' height='20' href=\"{red}\"/>"), [255, 0, 0, 255]);
    // One pixel of GIF, blue, under the wrong name: its content decides.
    let gif = "data:image/png;base64,R0lGODlhAQABAIAAAAAA/wAA/ywAAAAAAQABAAACAkQBADs=";
    check(&format!("<image width='20' height='20' href='{gif}'/>"), [0, 0, 255, 255]);
}

/// Nothing may come of it: what is outside is red, and a shape without its paint is black at most.
#[track_caller]
fn check_outside(content: &str) {
    let (picture, _) = drawn(content);
    assert!(picture.pixels().all(|pixel| pixel.0[0] == 0), "something red was drawn: {content}");
}

#[test]
fn nothing_outside_the_file_is_looked_at() {
    let folder = std::env::temp_dir().join(format!("tintype-outside-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let outside = folder.join("outside.svg");
    let red = format!("{HEAD} width='20' height='20'><rect id='r' width='20' height='20' fill='red'/></svg>");
    std::fs::write(&outside, &red).unwrap();
    let path = outside.display().to_string();
    for href in [path.clone(), format!("file://{path}"), "http://localhost/outside.svg".to_owned()] {
        check_outside(&format!("<image width='20' height='20' href='{href}'/>"));
        check_outside(&format!("<image width='20' height='20' xlink:href='{href}#r'/>"));
        check_outside(&format!("<use href='{href}#r'/>"));
        check_outside(&format!(
            "<filter id='f'><feImage href='{href}'/></filter><g filter='url(#f)'><path d='M0 0h1'/></g>"
        ));
        check_outside(&format!("<path d='M0 0h20v20H0z' fill='url({href}#r)'/>"));
        check_outside(&format!("<style>@import url('{href}'); @import '{href}';</style>"));
        check_outside(&format!(
            "<style>@font-face {{ font-family: x; src: url('{href}') }}</style><text y='15' font-family='x'>X</text>"
        ));
    }
    let (_, warnings) = drawn(&format!("<image width='20' height='20' href='{path}'/>"));
    assert!(warnings[0].contains("outside the file"), "{warnings:?}");
    // An entity that is elsewhere is not there: whoever uses it has no sound document.
    let file =
        format!("<!DOCTYPE svg [<!ENTITY e SYSTEM 'file://{path}'>]>{HEAD} width='9' height='9'>&e;</svg>");
    assert!(
        render(&file, 9)
            .map_or(true, |made| unpacked(&made.thumbnails[0]).pixels().all(|pixel| pixel.0[3] == 0))
    );
    // A whole drawing within, which refers to one outside.
    let inner = format!(
        "%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'%3E%3Cimage width='9' height='9' href='{path}'/%3E%3C/svg%3E"
    );
    check_outside(&format!("<image width='20' height='20' href=\"data:image/svg+xml,{inner}\"/>"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[track_caller]
fn check_size(attributes: &str, facts: (u32, u32), thumbnail: (u32, u32)) {
    let made = render(&format!("{HEAD} {attributes}><path d='M0 0h9v9z'/></svg>"), 256).unwrap();
    assert_eq!((made.facts.width, made.facts.height), facts);
    assert_eq!((made.thumbnails[0].width, made.thumbnails[0].height), thumbnail);
}

#[test]
fn a_drawing_is_as_large_as_it_says_and_no_larger() {
    check_size("width='48' height='24'", (48, 24), (48, 24));
    check_size("width='4800' height='2400'", (4800, 2400), (256, 128));
    check_size("width='1in' height='1in'", (96, 96), (96, 96));
    check_size("width='40' viewBox='0 0 20 10'", (40, 20), (40, 20));
    check_size("viewBox='0 0 300 150'", (300, 150), (256, 128));
    // Coordinates are no size.
    check_size("viewBox='0 0 3 2'", (128, 85), (128, 85));
    check_size("width='100%' height='100%' viewBox='0 0 24 24'", (128, 128), (128, 128));
    check_size("width='1e9' height='1'", (1_000_000_000, 1), (256, 1));
}

fn noto() -> Fonts {
    Fonts::new(vec![Arc::new(corpus("fonts/NotoSans-Regular.ttf"))])
}

/// How much ink there is.
fn ink(picture: &RgbaImage) -> u64 {
    picture.pixels().map(|pixel| u64::from(pixel.0[3])).sum()
}

#[test]
fn text_is_written_with_the_fonts_that_there_are() {
    let fonts = noto();
    let write = |family: &str, words: &str| {
        let engine = Engine { formats: formats::ALL, limits: LIMITS, fonts: &fonts };
        let file = format!(
            "{HEAD} width='60' height='20'><text y='15' font-size='16' font-family='{family}'>{words}</text></svg>"
        );
        let made = render_by(&engine, &file, 60, Effort::Full).unwrap();
        assert!(made.facts.warnings.is_empty(), "{:?}", made.facts.warnings);
        unpacked(&made.thumbnails[0])
    };
    let known = write("Noto Sans", "Äb");
    assert!(ink(&known) > 10_000);
    // Whatever is asked for, the only font there is writes it.
    for family in ["sans-serif", "serif", "monospace", "Arial", "Nobody\u{2019}s Own", ""] {
        assert_eq!(write(family, "Äb"), known, "{family}");
    }
    assert_ne!(write("Noto Sans", "Äx"), known);
    assert_eq!(ink(&write("Noto Sans", " ")), 0);
}

#[test]
fn without_fonts_a_drawing_loses_its_text_and_says_so() {
    let (picture, warnings) = drawn("<text y='15'>X</text>");
    assert!(ink(&picture) == 0 && warnings[0].contains("no fonts"), "{warnings:?}");
}

#[test]
fn the_cheap_way_leaves_filters_out() {
    let file = format!(
        "{HEAD} width='20' height='20'><filter id='f'><feFlood flood-color='red'/></filter><rect width='20' height='20' fill='blue' filter='url(#f)'/></svg>"
    );
    let engine = Engine { formats: formats::ALL, limits: LIMITS, fonts: &Fonts::none() };
    let color = |effort| {
        let made = render_by(&engine, &file, 20, effort).unwrap();
        (unpacked(&made.thumbnails[0]).get_pixel(10, 10).0, made.facts.warnings.len())
    };
    assert_eq!(color(Effort::Full), ([255, 0, 0, 255], 0));
    assert_eq!(color(Effort::Reduced), ([0, 0, 255, 255], 1));
}

/// Refused as too large, and at once.
#[track_caller]
fn check_refused(content: &str) {
    let made = render(&format!("{HEAD} width='600' height='600'>{content}</svg>"), 512);
    let fault = made.map(drop).unwrap_err();
    assert_eq!(fault.reason, Reason::TooLarge, "{fault}");
}

#[test]
fn what_would_never_end_is_refused_before_it_begins() {
    let shape = "<path id='s' d='M-3000-3000h9000v9000z'/>";
    let uses = |from: &str| {
        let level = |n: u32| format!("<g id='u{n}'>{}</g>", format!("<use href='#u{}'/>", n - 1).repeat(10));
        format!("<g id='u0'>{from}</g>{}", (1..9).map(level).collect::<String>())
    };
    check_refused(&uses(shape));
    check_refused(&format!("{}{}", "<g>".repeat(300), "</g>".repeat(300)));
    let link = |n: u32| format!("<g id='u{n}'><use href='#u{}'/></g>", n - 1);
    let chain: String = (1..300).map(link).collect();
    check_refused(&format!("<g id='u0'>{shape}</g>{chain}"));
    check_refused(&format!("{}{shape}{}", "<g opacity='.9'>".repeat(150), "</g>".repeat(150)));
    let filtered = |steps: &str| format!("<filter id='f'>{steps}</filter><g filter='url(#f)'>{shape}</g>");
    check_refused(&filtered("<feMorphology radius='300'/>"));
    check_refused(&filtered(&"<feTurbulence baseFrequency='.1' numOctaves='9'/>".repeat(200)));
    check_refused(
        "<pattern id='p' width='1e5' height='1e5' patternUnits='userSpaceOnUse'><path d='M0 0h9v9z'/></pattern><path fill='url(#p)' d='M0 0h9v9z'/>",
    );
    check_refused(&format!(
        "<marker id='m'>{}</marker><path marker-mid='url(#m)' d='M0 0{}'/>",
        shape.repeat(100),
        "h1v1".repeat(9000)
    ));
    check_refused(&format!(
        "<style>path{{mask:url(#m)}}</style><mask id='m'>{}</mask>{}",
        "<rect/>".repeat(1000),
        shape.repeat(1000)
    ));
    check_refused(&"<path d='M0 0h600v600H0z' stroke='red' stroke-dasharray='.001'/>".repeat(200));
}

#[test]
fn memory_is_bounded_by_the_limit_and_not_by_the_drawing() {
    let limits = Limits { max_memory: 1 << 20, ..LIMITS };
    let engine = Engine { formats: formats::ALL, limits, fonts: &Fonts::none() };
    let file = format!("{HEAD} width='600' height='600'>{}</svg>", "<rect/>".repeat(1000));
    let fault = render_by(&engine, &file, 64, Effort::Full).unwrap_err();
    assert!(fault.reason == Reason::TooLarge && fault.detail.contains("limits.worker_memory_mib"), "{fault}");
}
