//! Who is measured: the floor, tintype, and what people use today.
//! Knows how each is started; knows nothing of rounds and ratios.

use crate::child::{self, Cost};
use anyhow::{Context, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One row of the comparison.
pub(super) struct Contender {
    pub(super) letter: char,
    pub(super) name: &'static str,
    /// How many copies of each photograph it gets in a round; `None` is all of them.
    pub(super) copies: Option<usize>,
    /// The most that tintype's time may be of this one's.
    pub(super) target: Option<f64>,
    pub(super) run: fn(&Place, &Path, &[PathBuf]) -> anyhow::Result<Cost>,
}

/// Tintype's place in the table.
pub(super) const TINTYPE: usize = 1;

/// The slow ones get fewer files: a round of everything should take a minute or two, not ten.
pub(super) const CONTENDERS: &[Contender] = &[
    Contender { letter: 'a', name: "floor", copies: None, target: Some(1.20), run: floor },
    Contender { letter: 'b', name: "tintype add", copies: None, target: None, run: tintype },
    Contender { letter: 'c', name: "vipsthumbnail", copies: Some(6), target: Some(0.40), run: vips },
    Contender { letter: 'd', name: "obvious way", copies: Some(1), target: Some(0.10), run: obvious },
];

/// What tintype makes by default, and so everybody else too.
const SIZES: [u32; 3] = [512, 256, 128];
const QUALITY: u8 = 85;

/// Where the programs are, and where they may write.
pub(super) struct Place {
    bench: PathBuf,
    obvious: PathBuf,
    pub(super) tintype: PathBuf,
    pub(super) scratch: PathBuf,
}

impl Place {
    /// Programs lie beside this one unless told otherwise; what is written lies in a folder of our own in `folder`.
    pub(super) fn new(tintype: Option<PathBuf>, folder: &Path) -> anyhow::Result<Self> {
        let bench = std::env::current_exe().context("find this program")?;
        let beside = |name: &str| bench.with_file_name(name);
        let (obvious, tintype) = (beside("bench-obvious"), tintype.unwrap_or_else(|| beside("tintype")));
        for program in [&obvious, &tintype] {
            ensure!(program.exists(), "{}: not built; `make bench` builds everything", program.display());
        }
        let scratch = std::path::absolute(folder)?.join("scratch");
        Ok(Self { bench, obvious, tintype, scratch })
    }

    /// An empty folder, made anew.
    fn fresh(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.scratch.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(folder)
    }
}

fn floor(place: &Place, _: &Path, files: &[PathBuf]) -> anyhow::Result<Cost> {
    Ok(child::run(Command::new(&place.bench).arg("floor").args(files))?.0)
}

/// A fresh library each time: index, thumbnails, catalogue, syncs. A run that left something out does not count.
fn tintype(place: &Place, folder: &Path, files: &[PathBuf]) -> anyhow::Result<Cost> {
    let library = place.fresh("library")?;
    let mut command = Command::new(&place.tintype);
    command.args(["--quiet", "--strict", "--library"]).arg(&library).arg("add").arg(folder);
    let (cost, _) = child::run(&mut command)?;
    let made = thumbnails_below(&library.join("thumbnails"))?;
    let wanted = files.len() * SIZES.len();
    ensure!(made == wanted, "tintype made {made} thumbnails of {wanted}");
    Ok(cost)
}

fn thumbnails_below(folder: &Path) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            count += thumbnails_below(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "webp") {
            count += 1;
        }
    }
    Ok(count)
}

/// One process per size over all files, one thread each.
fn vips(place: &Place, _: &Path, files: &[PathBuf]) -> anyhow::Result<Cost> {
    let output = place.fresh("vips")?;
    let mut cost = Cost::default();
    for size in SIZES {
        let mut command = Command::new("vipsthumbnail");
        command.env("VIPS_CONCURRENCY", "1").args(["--size", &format!("{size}x{size}"), "-o"]);
        command.arg(format!("{}/%s_{size}.webp[Q={QUALITY},strip]", output.display())).args(files);
        cost += child::run(&mut command).context("vipsthumbnail is in the package libvips-tools")?.0;
    }
    let (made, wanted) = (thumbnails_below(&output)?, files.len() * SIZES.len());
    ensure!(made == wanted, "vipsthumbnail made {made} thumbnails of {wanted}");
    Ok(cost)
}

fn obvious(place: &Place, _: &Path, files: &[PathBuf]) -> anyhow::Result<Cost> {
    Ok(child::run(Command::new(&place.obvious).args(files))?.0)
}
