//! What must not be in a crate's tree of dependencies, however it comes in.
//! Asks Cargo, for every system at once. Knows names only.

use anyhow::{Context, ensure};
use std::path::Path;

/// A package, crates that may not be anywhere below it, and why: invariants 1 and 2 of ARCHITECTURE.md.
struct Absence {
    package: &'static str,
    why: &'static str,
    names: &'static [&'static str],
}

const CODECS: &[&str] = &[
    "tintype-media",
    "tintype-worker",
    "image",
    "turbojpeg",
    "turbojpeg-sys",
    "mozjpeg",
    "mozjpeg-sys",
    "jpeg-decoder",
    "zune-jpeg",
    "zune-core",
    "libwebp-sys",
    "webp",
    "webpx",
    "image-webp",
    "png",
    "gif",
    "tiff",
    "libtiff-sys",
    "exr",
    "qoi",
    "jxl",
    "jxl-oxide",
    "libheif-rs",
    "libheif-sys",
    "heifer",
    "dav1d",
    "re_rav1d",
    "rawler",
    "resvg",
    "usvg",
    "hayro",
    "pdfium-render",
    "ffmpeg-the-third",
    "ffmpeg-next",
    "symphonia",
    "lofty",
    "fast_image_resize",
    "moxcms",
    "lcms2",
    "kamadak-exif",
];

const REACHES_OUT: &[&str] = &[
    "tintype-core",
    "rusqlite",
    "libsqlite3-sys",
    "sqlx",
    "diesel",
    "hyper",
    "h2",
    "reqwest",
    "ureq",
    "curl",
    "axum",
    "tungstenite",
    "rustls",
    "openssl",
    "native-tls",
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
];

const ABSENCES: &[Absence] = &[
    Absence { package: "tintype", why: "the program never decodes", names: CODECS },
    Absence { package: "tintype-core", why: "a library never decodes", names: CODECS },
    Absence { package: "tintype-worker", why: "a decoder can reach nothing", names: REACHES_OUT },
    Absence { package: "tintype-media", why: "a decoder can reach nothing", names: REACHES_OUT },
];

pub(super) fn find(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for absence in ABSENCES {
        findings.extend(present(absence, &tree_of(root, absence.package)?));
    }
    Ok(findings)
}

fn present(absence: &Absence, tree: &str) -> Vec<String> {
    let found = absence.names.iter().filter(|name| tree.lines().any(|line| line.trim() == **name));
    found.map(|name| format!("{} contains {name}: {}", absence.package, absence.why)).collect()
}

/// Every package below `package`, a name on each line.
fn tree_of(root: &Path, package: &str) -> anyhow::Result<String> {
    let output = crate::cargo(root)
        .args(["tree", "--package", package, "--edges", "normal", "--target", "all"])
        .args(["--prefix", "none", "--format", "{p}", "--no-dedupe"])
        .output()
        .context("run cargo tree")?;
    ensure!(
        output.status.success(),
        "cargo tree -p {package}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let text = String::from_utf8(output.stdout).context("read cargo tree")?;
    Ok(text.lines().filter_map(|line| line.split(' ').next()).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[test]
    fn a_codec_in_the_program_is_found() {
        let program = &ABSENCES[0];
        assert_eq!(present(program, "tintype\nserde\nimages"), [""; 0]);
        assert_eq!(present(program, "serde\npng"), ["tintype contains png: the program never decodes"]);
    }

    /// Names change; a list that finds nothing where there is something would be a check that cannot fail.
    #[test]
    fn the_lists_find_what_is_there() {
        let codecs = tree_of(&crate::repository(), "tintype-media").unwrap();
        let found = present(&Absence { package: "", why: "", names: CODECS }, &codecs);
        assert!(found.len() >= 5, "{found:?}");
        let core = tree_of(&crate::repository(), "tintype-core").unwrap();
        let found = present(&Absence { package: "", why: "", names: REACHES_OUT }, &core);
        assert!(found.len() >= 3, "{found:?}");
    }
}
