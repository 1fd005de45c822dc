//! Renders films and says what each took: `films OUTDIR SIZE FILE…`.
//! Knows the command line and a clock; everything else is the library's.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for engineers: a panic is its error message"
)]

use std::path::Path;
use std::time::Duration;
use tintype_media::{Engine, Fonts, Limits, ReadAt, Source, Stage, Wanted};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, size, files @ ..] = arguments.as_slice() else { panic!("usage: films OUTDIR SIZE FILE…") };
    let limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };
    let engine = Engine { formats: tintype_worker_video::load(), limits, fonts: &Fonts::none() };
    let wanted = Wanted::new(&[size.parse().unwrap()], 85);
    for (number, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let reader: &dyn ReadAt = &bytes.as_slice();
        let source = Source::new(reader, bytes.len() as u64).unwrap();
        let (begun, mut decoded, mut resized) = (cpu(), None, None);
        let answer = engine.render(&source, &wanted, &mut |stage| match stage {
            Stage::Decode => {}
            Stage::Resize => decoded = decoded.or(Some(cpu())),
            Stage::Encode => resized = resized.or(Some(cpu())),
        });
        let ms = |from: Duration, to: Duration| to.saturating_sub(from).as_secs_f64() * 1000.0;
        let (end, name) = (cpu(), Path::new(file).file_name().unwrap().to_string_lossy());
        match answer {
            Ok(rendition) => {
                let path = Path::new(folder).join(format!("{number:03}-{name}.webp"));
                std::fs::write(path, &rendition.thumbnails[0].webp).unwrap();
                let (decoded, resized) = (decoded.unwrap_or(end), resized.unwrap_or(end));
                let facts = rendition.facts;
                println!(
                    "{:6.1} ms ({:.1} + {:.1} + {:.1})  {}×{} {:?} ms {:?} {}  {name}",
                    ms(begun, end),
                    ms(begun, decoded),
                    ms(decoded, resized),
                    ms(resized, end),
                    facts.width,
                    facts.height,
                    facts.duration_ms.unwrap_or_default(),
                    facts.film,
                    facts.format
                );
            }
            Err(fault) => println!("{:6.1} ms {fault}  {name}", ms(begun, end)),
        }
    }
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}
