//! Drawings that reach for what is outside of them: files, programs, the network.
//! Knows SVG, CSS and XML's entities.

use super::{Bait, Case, svg::drawing};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { name: "reach-image-url.svg", make: |bait| image(&format!("file://{}/canary.png", bait.folder.display())) },
    Case { name: "reach-image-path.svg", make: |bait| image(&format!("{}/canary.png", bait.folder.display())) },
    Case { name: "reach-image-relative.svg", make: |_| image("../../canary/canary.png") },
    Case { name: "reach-image-beside.svg", make: |_| image("../canary.png") },
    Case { name: "reach-image-svg.svg", make: |bait| image(&format!("{}/canary.svg", bait.folder.display())) },
    Case { name: "reach-image-http.svg", make: |bait| image(&format!("http://127.0.0.1:{}/a.png", bait.port)) },
    Case { name: "reach-image-no-scheme.svg", make: |bait| image(&format!("//127.0.0.1:{}/a.png", bait.port)) },
    Case { name: "reach-image-device.svg", make: |_| image("/dev/zero") },
    Case { name: "reach-image-proc.svg", make: |_| image("/proc/self/fd/0") },
    Case { name: "reach-use.svg", make: |bait| drawing(&format!("<use href='file://{0}/canary.svg#a'/><use xlink:href='{0}/canary.svg#a'/>", bait.folder.display())) },
    Case { name: "reach-filter.svg", make: |bait| drawing(&format!("<filter id='f'><feImage href='{}/canary.png'/></filter><rect width='99' height='99' filter='url(#f)'/>", bait.folder.display())) },
    Case { name: "reach-paint.svg", make: |bait| drawing(&format!("<rect width='99' height='99' fill='url({}/canary.svg#a)' mask='url({0}/canary.svg#a)'/>", bait.folder.display())) },
    Case { name: "reach-style.svg", make: style },
    Case { name: "reach-stylesheet.svg", make: |bait| prologue(&format!("<?xml-stylesheet type='text/css' href='file://{}/secret.txt'?>", bait.folder.display())) },
    Case { name: "reach-entity.svg", make: |bait| prologue(&format!("<!DOCTYPE svg [<!ENTITY e SYSTEM 'file://{}/secret.txt'>]>", bait.folder.display())) },
    Case { name: "reach-entity-http.svg", make: |bait| prologue(&format!("<!DOCTYPE svg [<!ENTITY e SYSTEM 'http://127.0.0.1:{}/'>]>", bait.port)) },
    Case { name: "reach-parameter-entity.svg", make: |bait| prologue(&format!("<!DOCTYPE svg [<!ENTITY % p SYSTEM 'file://{}/secret.txt'> %p; <!ENTITY e 'x'>]>", bait.folder.display())) },
    Case { name: "reach-doctype.svg", make: |bait| prologue(&format!("<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://127.0.0.1:{}/svg11.dtd' [<!ENTITY e 'x'>]>", bait.port)) },
    Case { name: "reach-include.svg", make: |bait| drawing(&format!("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{}/secret.txt' parse='text'/>", bait.folder.display())) },
    Case { name: "reach-script.svg", make: |bait| drawing(&format!("<script>fetch('http://127.0.0.1:{}/')</script><script href='file://{}/secret.txt'/>", bait.port, bait.folder.display())) },
    Case { name: "reach-foreign.svg", make: |bait| drawing(&format!("<foreignObject width='99' height='99'><iframe xmlns='http://www.w3.org/1999/xhtml' src='file://{}/secret.txt'/></foreignObject>", bait.folder.display())) },
    Case { name: "reach-animation.svg", make: |bait| drawing(&format!("<image width='99' height='99'><set attributeName='href' to='{}/canary.png'/></image>", bait.folder.display())) },
];

fn image(address: &str) -> Vec<u8> {
    drawing(&format!("<image width='100' height='100' href='{address}' xlink:href='{address}'/>"))
}

fn style(bait: &Bait<'_>) -> Vec<u8> {
    let (folder, port) = (bait.folder.display(), bait.port);
    drawing(&format!(
        "<style>@import url('file://{folder}/secret.txt'); @import 'http://127.0.0.1:{port}/a.css';
         @font-face {{font-family: f; src: url('file://{folder}/secret.txt'), url('http://127.0.0.1:{port}/f')}}
         rect {{fill: url('file://{folder}/canary.svg#a'); background: url('{folder}/canary.png')}}
         text {{font-family: f}}</style><rect width='99' height='99'/><text y='50'>f</text>"
    ))
}

fn prologue(words: &str) -> Vec<u8> {
    let svg = format!(
        "{words}<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text y='9'>&e;</text></svg>"
    );
    svg.into_bytes()
}
