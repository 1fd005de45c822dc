//! Renders one file and says where the CPU time went: `render FILE OUTDIR [--repeat N] [--sizes 512,256,128]`.
//! Knows the command line and a clock; everything else is the library's.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a tool for engineers: a panic is its error message

use std::time::Duration;
use tintype_media::{
    Effort, Engine, Extras, Fonts, Limits, ReadAt, Rendition, Source, Stage, Wanted, formats,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option =
        |name: &str| arguments.iter().position(|part| part == name).and_then(|at| arguments.get(at + 1));
    let (Some(file), Some(folder)) = (arguments.first(), arguments.get(1)) else {
        panic!("usage: render FILE OUTDIR [--repeat N] [--sizes 512,256,128]")
    };
    let sizes = option("--sizes").map_or("512,256,128", String::as_str);
    let wanted = Wanted {
        sizes: sizes.split(',').map(|size| size.parse().unwrap()).collect(),
        quality: option("--quality").map_or(85, |quality| quality.parse().unwrap()),
        effort: Effort::Full,
        extras: Extras::NONE,
    };
    let repeat: usize = option("--repeat").map_or(1, |count| count.parse().unwrap());
    let mut best: Option<[Duration; 4]> = None;
    for _ in 0..repeat {
        let (rendition, times) = timed(file, &wanted);
        let total = |times: &[Duration; 4]| times.iter().sum::<Duration>();
        best = Some(best.map_or(times, |best| if total(&times) < total(&best) { times } else { best }));
        keep(&rendition, file, folder);
    }
    let [read, decode, resize, encode] = best.unwrap().map(|time| time.as_secs_f64() * 1000.0);
    let total = read + decode + resize + encode;
    println!(
        "ms: read {read:.1} decode {decode:.1} resize {resize:.1} encode {encode:.1} total {total:.1}  {file}"
    );
}

fn timed(file: &str, wanted: &Wanted) -> (Rendition, [Duration; 4]) {
    let limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };
    let engine = Engine { formats: formats::ALL, limits, fonts: &Fonts::none() };
    let mut times = [Duration::ZERO; 4];
    let mut since = cpu();
    let mut stage = 0;
    let mut enter = |next: usize| {
        let now = cpu();
        times[stage] += now.saturating_sub(since);
        (stage, since) = (next, now);
    };
    let bytes = std::fs::read(file).unwrap();
    let reader: &dyn ReadAt = &bytes.as_slice();
    let source = Source::new(reader, bytes.len() as u64).unwrap();
    let rendition = engine.render(&source, wanted, &mut |stage| {
        enter(match stage {
            Stage::Decode => 1,
            Stage::Resize => 2,
            Stage::Encode => 3,
        });
    });
    enter(0);
    (rendition.unwrap(), times)
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

fn keep(rendition: &Rendition, file: &str, folder: &str) {
    let name = std::path::Path::new(file).file_stem().unwrap().to_string_lossy().replace(' ', "_");
    for thumbnail in &rendition.thumbnails {
        let path = format!("{folder}/{name}_{}.webp", thumbnail.size);
        std::fs::write(path, &thumbnail.webp).unwrap();
    }
    if !rendition.facts.warnings.is_empty() {
        println!("warnings: {:?}", rendition.facts.warnings);
    }
}
