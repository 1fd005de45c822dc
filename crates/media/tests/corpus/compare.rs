//! Two pictures, ours and somebody else's, brought to one small size and compared.
//! Knows pixels and the reference's pipe; knows nothing of the corpus.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Both are compared at this edge: large enough that a mirrored, shifted or wrongly coloured picture differs,
/// small enough that it does not matter which filter anybody resized with.
const EDGE: u32 = 64;
/// How far apart two pictures may be.
#[derive(Clone, Copy)]
pub(crate) struct Tolerance {
    /// What is compared.
    pub(crate) what: &'static str,
    /// Levels on average.
    pub(crate) mean: f64,
    /// Levels by which the mean of any block of 8 × 8 may differ, or of the whole picture where it is smaller.
    pub(crate) block: f64,
    /// The least SSIMULACRA2, where pictures are large enough for one. Each is some points below the least that was
    /// measured over the corpus; the middle is 100 in decoding and 80 to 90 in the thumbnail.
    pub(crate) score: f64,
}

/// Two decoders of one file, everything after them being the same. They agree within a level; the reference cuts 16
/// bits down to 8 and applies a PNG's gamma to 8 bits, where we round and keep 16, and L*a*b* costs as much.
pub(crate) const DECODING: Tolerance = Tolerance { what: "decoding", mean: 3.0, block: 5.5, score: 72.0 };

/// The same where ours shrinks while it decodes, leaves out scans, or upsamples chroma otherwise (JPEG, WebP): a
/// sharp, busy photograph loses this much light in its busiest block, because shrinking happens on numbers, not light.
pub(crate) const SHRUNK: Tolerance =
    Tolerance { what: "decoding smaller", mean: 4.5, block: 12.0, score: 60.0 };

/// Covers and previews, which somebody else's program takes out of their file and decodes. Measured: 0.7 on average, 0.9 in
/// a block, and a score of 91.
pub(crate) const COVERS: Tolerance =
    Tolerance { what: "decoding a cover", mean: 1.2, block: 1.5, score: 85.0 };

/// The same as kept. Measured: 3.2 on average, 7.0 in a block, and a score of 55.9.
pub(crate) const COVERS_AS_STORED: Tolerance =
    Tolerance { what: "the cover", mean: 4.5, block: 9.0, score: 45.0 };

/// Pages of two programs that write: each puts letters onto pixels in its own way, which the score is all about.
/// Measured: 3.6 on average, 12.5 in a block; of half the pages less than 0.3 and 1.5.
pub(crate) const PAGES: Tolerance =
    Tolerance { what: "drawing a page", mean: 4.5, block: 13.5, score: f64::NEG_INFINITY };

/// What storing a page adds to that, in levels on average and in a block.
const STORING: f64 = 1.5;

impl Tolerance {
    /// The same of a page as it is kept.
    pub(crate) fn as_stored(self) -> Self {
        Self { what: "the page", mean: self.mean + STORING, block: self.block + STORING, ..self }
    }
}

/// A thumbnail as it is kept, against the whole picture. WebP at quality 85 stores chroma at half size: photographs
/// lose 2 to 4 levels, test cards of pure colours twice that.
pub(crate) const WHOLE: Tolerance = Tolerance { what: "the thumbnail", mean: 8.0, block: 18.0, score: 25.0 };

/// The short edge from which on the whole way is compared: in smaller pictures the encoder's loss is all that shows.
pub(crate) const LARGE: u32 = 256;

/// Transparent pictures are compared over this, neither of the colours that people make pictures of.
const GROUND: f64 = 127.0;

/// RGBA of 8 bits, straight.
#[derive(Clone)]
pub(crate) struct Rgba {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: Vec<u8>,
}

/// RGB over the ground at the size of comparison.
pub(crate) struct Small {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) levels: Vec<f64>,
}

impl Rgba {
    /// As a file that needs no decoder to speak of.
    pub(crate) fn as_pam(&self) -> Vec<u8> {
        let (width, height) = (self.width, self.height);
        let header =
            format!("P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n");
        [header.as_bytes(), &self.pixels].concat()
    }

    /// Averaged as light and by alpha, pixel area by pixel area, to at most [`EDGE`]; to exactly `size` if given.
    pub(crate) fn small(&self, size: Option<(u32, u32)>) -> Small {
        let edge = self.width.max(self.height).max(1);
        let fit = |side: u32| {
            (f64::from(side) * f64::from(EDGE.min(edge)) / f64::from(edge)).round().max(1.0) as u32
        };
        let (width, height) = size.unwrap_or((fit(self.width), fit(self.height)));
        let light: Vec<f64> = (0..=255).map(|level| to_light(f64::from(level) / 255.0)).collect();
        let mut levels = Vec::with_capacity((width * height * 3) as usize);
        for y in 0..height {
            for x in 0..width {
                levels.extend(self.average(cell(x, width, self.width), cell(y, height, self.height), &light));
            }
        }
        Small { width, height, levels }
    }

    fn average(&self, columns: (f64, f64), rows: (f64, f64), light: &[f64]) -> [f64; 3] {
        let mut sum = [0.0; 4];
        let mut area = 0.0;
        for (y, tall) in covered(rows, self.height) {
            for (x, wide) in covered(columns, self.width) {
                let at = (y as usize * self.width as usize + x as usize) * 4;
                let alpha = f64::from(self.pixels[at + 3]) / 255.0;
                for channel in 0..3 {
                    sum[channel] += light[self.pixels[at + channel] as usize] * alpha * tall * wide;
                }
                sum[3] += alpha * tall * wide;
                area += tall * wide;
            }
        }
        let alpha = sum[3] / area;
        [0, 1, 2].map(|channel| {
            let straight = if sum[3] > 0.0 { from_light(sum[channel] / sum[3]) * 255.0 } else { 0.0 };
            straight * alpha + GROUND * (1.0 - alpha)
        })
    }
}

fn cell(at: u32, cells: u32, length: u32) -> (f64, f64) {
    let scale = f64::from(length) / f64::from(cells);
    (f64::from(at) * scale, f64::from(at + 1) * scale)
}

fn covered((from, to): (f64, f64), length: u32) -> impl Iterator<Item = (u32, f64)> + Clone {
    let last = (to.ceil() as u32).min(length);
    (from.floor() as u32..last).map(move |place| {
        let left = f64::from(place).max(from);
        let right = f64::from(place + 1).min(to);
        (place, (right - left).max(1e-9))
    })
}

fn to_light(number: f64) -> f64 {
    if number <= 0.04045 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) }
}

fn from_light(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// How far two pictures are apart: on average, and in the worst block.
pub(crate) fn distance(got: &Small, wanted: &Small) -> (f64, f64) {
    let differences: Vec<f64> =
        got.levels.iter().zip(&wanted.levels).map(|(got, wanted)| got - wanted).collect();
    let mean = differences.iter().map(|difference| difference.abs()).sum::<f64>() / differences.len() as f64;
    let mut worst: f64 = 0.0;
    for top in (0..got.height).step_by(8) {
        for left in (0..got.width).step_by(8) {
            worst = worst.max(block(&differences, got, (left, top)));
        }
    }
    (mean, worst)
}

fn block(differences: &[f64], size: &Small, (left, top): (u32, u32)) -> f64 {
    let (right, bottom) = ((left + 8).min(size.width), (top + 8).min(size.height));
    let mut sum = [0.0; 3];
    for y in top..bottom {
        for x in left..right {
            for (channel, sum) in sum.iter_mut().enumerate() {
                *sum += differences[((y * size.width + x) * 3) as usize + channel];
            }
        }
    }
    let count = f64::from((right - left) * (bottom - top));
    sum.into_iter().map(|sum| (sum / count).abs()).fold(0.0, f64::max)
}

/// Writes got, wanted and their difference where somebody can look at them.
pub(crate) fn keep(folder: &Path, name: &str, got: &Small, wanted: &Small) {
    std::fs::create_dir_all(folder).unwrap();
    let name = name.replace(['/', ' '], "_");
    let difference = Small {
        width: got.width,
        height: got.height,
        levels: got
            .levels
            .iter()
            .zip(&wanted.levels)
            .map(|(got, wanted)| GROUND + (got - wanted) * 2.0)
            .collect(),
    };
    for (kind, small) in [("got", got), ("expected", wanted), ("difference", &difference)] {
        let bytes = small.levels.iter().map(|level| level.round() as u8).collect();
        let image = image::RgbImage::from_raw(small.width, small.height, bytes).unwrap();
        image.save(folder.join(format!("{name}.{kind}.png"))).unwrap();
    }
}

/// What the reference starts, and the package of Debian's that has it.
const PROGRAMS: &[(&str, &str)] = &[
    ("avifdec", "libavif-bin"),
    ("convert", "imagemagick"),
    ("djxl", "libjxl-tools"),
    ("ffmpeg", "ffmpeg"),
    ("ffprobe", "ffmpeg"),
    ("heif-convert", "libheif-examples"),
    ("pdftoppm", "poppler-utils"),
    ("rsvg-convert", "librsvg2-bin"),
    ("vips", "libvips-tools"),
];

/// The other decoders, in a process of their own.
pub(crate) struct Reference {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reference {
    /// Starts them. Without Python, Pillow and the others there is no test, so that is a failure.
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/tests/reference.py");
        // Debian's own Python, which has Debian's Pillow; another one first on the path may have none.
        let python = std::env::var("TINTYPE_PYTHON").unwrap_or_else(|_| "/usr/bin/python3".to_owned());
        let found = Command::new(&python).args(["-c", "from PIL import Image, ImageCms"]).status();
        assert!(
            found.is_ok_and(|status| status.success()),
            "{python} has no Pillow: install python3-pil, or set TINTYPE_PYTHON to a Python that has it"
        );
        for (program, package) in PROGRAMS {
            let found =
                Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert!(found.is_ok(), "no {program}: install {package}");
        }
        let mut child = Command::new(&python)
            // Python would leave the compiled modules of the script beside it.
            .arg("-B")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (questions, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, questions, answers: BufReader::new(answers) }
    }

    /// The picture in a file, or what they say instead.
    pub(crate) fn picture(&mut self, file: &Path) -> Result<Rgba, String> {
        writeln!(self.questions, "{}", file.display()).unwrap();
        let mut head = String::new();
        self.answers.read_line(&mut head).unwrap();
        let mut words = head.split_ascii_whitespace();
        let mut side = || words.next().and_then(|word| word.parse::<u32>().ok());
        let (Some(width), Some(height)) = (side(), side()) else { return Err(head.trim().to_owned()) };
        let mut pixels = vec![0; width as usize * height as usize * 4];
        self.answers.read_exact(&mut pixels).unwrap();
        Ok(Rgba { width, height, pixels })
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // It ends with its input; a decoder that hangs must not keep the test from ending.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
