//! Drawings that cost more than they show: by nesting, by references to themselves, by filters, by sheer size.
//! Knows SVG.
#![allow(clippy::format_collect, reason = "once in a test")]

use super::{Case, bits::gzip_bomb};
use std::fmt::Write;

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "laughs.svg", make: |_| laughs(10, 10) },
    Case { name: "quadratic-entity.svg", make: |_| quadratic() },
    Case { name: "nested-groups.svg", make: |_| nested("<g>", "</g>", 100_000) },
    Case { name: "nested-clips.svg", make: |_| nested("<g clip-path='url(#c)'>", "</g>", 1000) },
    Case { name: "nested-opacity.svg", make: |_| nested("<g opacity='.5'>", "</g>", 900) },
    Case { name: "nested-svg.svg", make: |_| nested("<svg viewBox='0 0 9 9'>", "</svg>", 5000) },
    Case { name: "nested-text.svg", make: |_| nested("<text><tspan>", "</tspan></text>", 2000) },
    Case { name: "use-doubles.svg", make: |_| use_doubles(30) },
    Case { name: "use-itself.svg", make: |_| drawing("<g id='a'><use href='#a'/></g><use href='#a'/>") },
    Case { name: "use-each-other.svg", make: |_| drawing("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>") },
    Case { name: "pattern-itself.svg", make: |_| drawing("<pattern id='a' width='1' height='1'><rect width='9' height='9' fill='url(#a)'/></pattern><rect width='99' height='99' fill='url(#a)'/>") },
    Case { name: "pattern-chain.svg", make: |_| chain("pattern", "width='1' height='1'", "href") },
    Case { name: "gradient-chain.svg", make: |_| chain("linearGradient", "", "href") },
    Case { name: "mask-itself.svg", make: |_| drawing("<mask id='a' mask='url(#a)'><rect mask='url(#a)' width='99' height='99'/></mask><rect mask='url(#a)' width='99' height='99'/>") },
    Case { name: "mask-each-other.svg", make: |_| drawing("<mask id='a' mask='url(#b)'/><mask id='b' mask='url(#a)'/><rect mask='url(#a)' width='99' height='99'/>") },
    Case { name: "clip-itself.svg", make: |_| drawing("<clipPath id='a' clip-path='url(#a)'><rect clip-path='url(#a)' width='9' height='9'/></clipPath><rect clip-path='url(#a)' width='99' height='99'/>") },
    Case { name: "marker-itself.svg", make: |_| drawing("<marker id='a'><path d='M0 0L9 9' marker-start='url(#a)'/></marker><path d='M0 0L9 9' marker-start='url(#a)'/>") },
    Case { name: "filter-of-itself.svg", make: |_| drawing("<filter id='a'><feImage href='#b'/></filter><rect id='b' filter='url(#a)' width='99' height='99'/>") },
    Case { name: "filter-region.svg", make: |_| filter("x='-100000000%' y='-100000000%' width='900000000%' height='900000000%'", "<feGaussianBlur stdDeviation='3'/>") },
    Case { name: "filter-blur.svg", make: |_| filter("", "<feGaussianBlur stdDeviation='1e9'/>") },
    Case { name: "filter-blurs.svg", make: |_| filter("", &"<feGaussianBlur stdDeviation='50'/>".repeat(3000)) },
    Case { name: "filter-octaves.svg", make: |_| filter("", "<feTurbulence baseFrequency='.1' numOctaves='1000000000'/>") },
    Case { name: "filter-morphology.svg", make: |_| filter("", "<feMorphology operator='dilate' radius='100000'/>") },
    Case { name: "filter-matrix.svg", make: |_| filter("", &format!("<feConvolveMatrix order='300' kernelMatrix='{}'/>", "1 ".repeat(90_000))) },
    Case { name: "filter-lights.svg", make: |_| filter("", &"<feSpecularLighting specularExponent='128'><fePointLight x='1e30' y='1' z='1'/></feSpecularLighting>".repeat(500)) },
    Case { name: "dashes.svg", make: |_| drawing("<path d='M0 0H100000000' stroke='red' stroke-width='5' stroke-dasharray='0.0001'/>") },
    Case { name: "dashes-tiny.svg", make: |_| drawing("<circle r='1e8' stroke='red' stroke-dasharray='1e-9 1e-9'/>") },
    Case { name: "many-segments.svg", make: |_| drawing(&format!("<path stroke='red' stroke-linejoin='round' d='M0 0{}'/>", "l3 1 2 -7 q 1 2 3 4".repeat(150_000))) },
    Case { name: "many-elements.svg", make: |_| drawing(&"<circle cx='50' cy='50' r='60' fill-opacity='.1'/>".repeat(15_000)) },
    Case { name: "many-styles.svg", make: |_| many_styles() },
    Case { name: "many-attributes.svg", make: |_| many_attributes() },
    Case { name: "far-coordinates.svg", make: |_| drawing("<path stroke='red' d='M-1e38 -1e38L1e38 1e38C1e39 nan 0 0 1e308 1'/>") },
    Case { name: "transforms.svg", make: |_| drawing(&format!("<g transform='{}'><rect width='9' height='9'/></g>", "scale(10)".repeat(1000))) },
    Case { name: "wide-as-the-sea.svg", make: |_| sized("width='1000000000' height='1000000000'") },
    Case { name: "thread.svg", make: |_| sized("width='1000000000' height='1'") },
    Case { name: "no-width.svg", make: |_| sized("width='0' height='100'") },
    Case { name: "negative.svg", make: |_| sized("width='-5' height='1e400'") },
    Case { name: "view-box.svg", make: |_| sized("viewBox='0 0 1e-30 1e30'") },
    Case { name: "much-text.svg", make: |_| drawing(&format!("<text font-size='9'>{}</text>", "woven ".repeat(4000))) },
    Case { name: "large-text.svg", make: |_| drawing("<text font-size='1e9' stroke='red' stroke-width='1e8'>Large</text>") },
    Case { name: "text-on-path.svg", make: |_| drawing(&format!("<path id='p' d='M0 0{}'/><text><textPath href='#p'>{}</textPath></text>", "q1 2 3 4".repeat(20_000), "along ".repeat(20_000))) },
    Case { name: "pattern-of-dust.svg", make: |_| drawing("<pattern id='a' width='1e-7' height='1e-7'><circle r='1e-8'/></pattern><rect width='100' height='100' fill='url(#a)'/>") },
    Case { name: "pattern-of-mountains.svg", make: |_| drawing("<pattern id='a' patternUnits='userSpaceOnUse' width='1e6' height='1e6'><circle r='1e6'/></pattern><rect width='100' height='100' fill='url(#a)'/>") },
    Case { name: "picture-in-itself.svg", make: |_| matryoshka() },
    Case { name: "huge-picture-within.svg", make: |_| with_data("image/png", &super::old::png_of(60_000, 60_000)) },
    Case { name: "bomb-within.svg", make: |_| with_data("image/svg+xml", &gzip_bomb(b"<svg xmlns='http://www.w3.org/2000/svg'> ", 200 << 20)) },
    Case { name: "bomb.svgz", make: |_| gzip_bomb(b"<svg xmlns='http://www.w3.org/2000/svg'> ", 800 << 20) },
    Case { name: "bomb-called-svg.svg", make: |_| gzip_bomb(b"<svg xmlns='http://www.w3.org/2000/svg'><!-- ", 400 << 20) },
    Case { name: "deep-bomb.svgz", make: |_| gzip_bomb(b"<svg xmlns='http://www.w3.org/2000/svg'><g><g><g", 100 << 20) },
    Case { name: "style-bomb.svg", make: |_| drawing(&format!("<style>{}</style><rect/>", "*".repeat(300_000))) },
];

pub(super) fn drawing(inner: &str) -> Vec<u8> {
    let names = "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'";
    format!("<svg {names} width='100' height='100'>{inner}</svg>").into_bytes()
}

fn sized(size: &str) -> Vec<u8> {
    let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' {size}><rect width='50' height='50'/></svg>");
    svg.into_bytes()
}

/// Each entity is ten times the one before.
fn laughs(levels: u32, times: usize) -> Vec<u8> {
    let mut svg = "<!DOCTYPE svg [<!ENTITY e0 'ha'>".to_owned();
    for level in 1..levels {
        let _ = write!(svg, "<!ENTITY e{level} '{}'>", format!("&e{};", level - 1).repeat(times));
    }
    let _ = write!(svg, "]><svg xmlns='http://www.w3.org/2000/svg'><text>&e{};</text></svg>", levels - 1);
    svg.into_bytes()
}

fn quadratic() -> Vec<u8> {
    let (entity, uses) = ("<g/>".repeat(20_000), "&e;".repeat(20_000));
    format!("<!DOCTYPE svg [<!ENTITY e '{entity}'>]><svg xmlns='http://www.w3.org/2000/svg'>{uses}</svg>")
        .into_bytes()
}

fn nested(open: &str, close: &str, depth: usize) -> Vec<u8> {
    let clip = "<clipPath id='c'><circle cx='50' cy='50' r='50'/></clipPath>";
    let rect = "<rect width='90' height='90'/>";
    drawing(&format!("{clip}{}{rect}{}", open.repeat(depth), close.repeat(depth)))
}

fn use_doubles(levels: u32) -> Vec<u8> {
    let mut inner = "<rect id='u0' width='9' height='9'/>".to_owned();
    for level in 1..levels {
        let before = level - 1;
        let _ = write!(inner, "<g id='u{level}'><use href='#u{before}'/><use href='#u{before}' x='1'/></g>");
    }
    drawing(&inner)
}

/// Thousands that each refer to the next, the last to the first.
fn chain(element: &str, attributes: &str, reference: &str) -> Vec<u8> {
    const LENGTH: u32 = 20_000;
    let mut inner = String::new();
    for place in 0..LENGTH {
        let next = (place + 1) % LENGTH;
        let _ = write!(inner, "<{element} id='n{place}' {attributes} {reference}='#n{next}'/>");
    }
    drawing(&format!("{inner}<rect width='99' height='99' fill='url(#n0)'/>"))
}

fn filter(region: &str, inner: &str) -> Vec<u8> {
    drawing(&format!(
        "<filter id='f' {region}>{inner}</filter><rect width='99' height='99' fill='red' filter='url(#f)'/>"
    ))
}

fn many_styles() -> Vec<u8> {
    let rules: String =
        (0..3000).map(|rule| format!("g > g rect.c{rule}:first-child {{fill:red}}")).collect();
    let shapes: String = (0..3000).map(|shape| format!("<g><rect class='c{shape}'/></g>")).collect();
    drawing(&format!("<style>{rules}</style>{shapes}"))
}

fn many_attributes() -> Vec<u8> {
    let attributes: String = (0..20_000).map(|attribute| format!("a{attribute}='1' ")).collect();
    drawing(&format!("<rect {attributes}/>"))
}

/// A drawing that holds a drawing that holds a drawing, each as data in an address. Each level is a third larger.
fn matryoshka() -> Vec<u8> {
    (0..24).fold(drawing("<rect width='9' height='9'/>"), |inner, _| with_data("image/svg+xml", &inner))
}

fn with_data(mime_type: &str, data: &[u8]) -> Vec<u8> {
    let data = base64(data);
    drawing(&format!("<image width='100' height='100' xlink:href='data:{mime_type};base64,{data}'/>"))
}

fn base64(data: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(data.len() * 4 / 3 + 4);
    for chunk in data.chunks(3) {
        let bytes = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let word = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        for place in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * place) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}
