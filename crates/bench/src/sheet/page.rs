//! The sheet as one HTML page with the thumbnails as files beside it: no script, nothing from anywhere else.
//! Knows HTML; knows nothing of how thumbnails are made.

use super::shot::{Outcome, Shot};
use super::{PAGE, Sheet};
use anyhow::Context;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Squares behind transparent pictures, as image editors draw them.
const STYLE: &str = "\
body{font:13px/1.35 system-ui,sans-serif;margin:1rem;background:#ddd;color:#111}
h2{margin:1.5rem 0 .5rem}pre{background:#eee;padding:.5rem}
.all{display:flex;flex-wrap:wrap;gap:.5rem;align-items:flex-start}
figure{margin:0;padding:.4rem;background:#fff;width:272px;overflow-wrap:anywhere}
img{display:block;max-width:100%;background:repeating-conic-gradient(#bbb 0 25%,#eee 0 50%) 0/16px 16px}
.none{min-height:3rem;padding:.5rem;background:#f3d9d4}
.say{color:#a40}small{color:#555}";

pub(super) fn write(sheet: &Sheet<'_>, to: &Path) -> anyhow::Result<()> {
    for shot in sheet.shots() {
        if let Outcome::Picture(picture) = &shot.outcome {
            let file = to.join(shot.file_name());
            fs::write(&file, &picture.webp).with_context(|| file.display().to_string())?;
        }
    }
    let file = to.join(PAGE);
    fs::write(&file, html(sheet)).with_context(|| file.display().to_string())
}

fn html(sheet: &Sheet<'_>) -> String {
    let title = escaped(&sheet.title);
    let mut page = format!(
        "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{title}: contact sheet</title>\
         <style>{STYLE}</style><h1>{title}</h1><pre>{}</pre><p>",
        escaped(&sheet.totals())
    );
    for folder in sheet.folders.keys() {
        let name = escaped(&folder.to_string_lossy());
        let _ = write!(page, "<a href=\"#{name}\">{name}</a> ");
    }
    for (folder, shots) in &sheet.folders {
        let name = escaped(&folder.to_string_lossy());
        let _ =
            writeln!(page, "<h2 id=\"{name}\">{name} <small>({})</small></h2><div class=all>", shots.len());
        for (at, shot) in (1..).zip(shots) {
            page += &figure(at, shot);
        }
        page += "</div>";
    }
    page
}

/// Its number is the one that the mosaic of the folder has.
fn figure(at: usize, shot: &Shot) -> String {
    let name = escaped(&shot.path.file_name().unwrap_or_default().to_string_lossy());
    match &shot.outcome {
        Outcome::Picture(picture) => {
            let facts = &picture.facts;
            let warnings = facts.warnings.iter().fold(String::new(), |page, warning| {
                page + "<br><span class=say>" + &escaped(warning) + "</span>"
            });
            format!(
                "<figure><img loading=lazy src=\"{}\" alt=\"\"><figcaption><b>{at}</b> {name}<br><small>{} {} × {}, \
                 {:.1} ms</small>{warnings}</figcaption></figure>\n",
                shot.file_name(),
                escaped(&facts.format),
                facts.width,
                facts.height,
                picture.cpu_ms
            )
        }
        Outcome::None { reason, detail } => format!(
            "<figure><div class=none>{}: {}</div><figcaption><b>{at}</b> {name}<br><small>{:.1} ms</small></figcaption></figure>\n",
            escaped(reason),
            escaped(detail),
            shot.wall_ms
        ),
    }
}

/// Names of files and what decoders say of them may hold anything.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '&' => safe += "&amp;",
            '"' => safe += "&quot;",
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_write_the_page() {
        assert_eq!(escaped("<b>&\"x\"é"), "&lt;b&gt;&amp;&quot;x&quot;é");
    }
}
