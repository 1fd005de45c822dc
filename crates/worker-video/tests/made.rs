//! A film in every container that FFmpeg's program can write, with each of the rarer codecs: four colours, each in its
//! corner.
//! Knows the program's arguments; nothing of how films are read.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::path::Path;
use std::process::Command;
use tintype_media::{Engine, Fonts, Limits, Rendition, Source, Wanted};

const LIMITS: Limits = Limits { max_pixels: 1 << 22, max_memory: 256 << 20 };

/// Left and right above, left and right below: far apart in every space of colours, and inside what each codec has.
const CORNERS: [[u8; 3]; 4] = [[190, 40, 40], [40, 160, 60], [50, 60, 180], [210, 200, 90]];
/// What the oldest codecs make of a plain corner: they keep a sixth of the colours.
const NEAR: u8 = 26;

/// Twenty-five pictures of the corners.
const PICTURES: &str = "nullsrc=s=352x288:r=25:d=1,format=gbrp,geq=\
r='if(lt(Y,144),if(lt(X,176),190,40),if(lt(X,176),50,210))':\
g='if(lt(Y,144),if(lt(X,176),40,160),if(lt(X,176),60,200))':\
b='if(lt(Y,144),if(lt(X,176),40,60),if(lt(X,176),180,90))'";

/// What a film is called, how the corners are changed before, and how it is written.
type Row = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const FILMS: &[Row] = &[
    ("a.mxf", "null", &["-c:v", "mpeg2video", "-q:v", "2"]),
    ("a.dv", "scale=720:576", &["-c:v", "dvvideo", "-pix_fmt", "yuv420p"]),
    ("ntsc.dv", "scale=720:480,fps=30000/1001", &["-c:v", "dvvideo", "-pix_fmt", "yuv411p"]),
    ("a.wtv", "null", &["-c:v", "mpeg2video", "-q:v", "2"]),
    ("mpeg4.avi", "null", &["-c:v", "mpeg4", "-q:v", "2"]),
    ("raw.avi", "null", &["-c:v", "rawvideo", "-pix_fmt", "bgr24"]),
    ("cinepak.avi", "fps=5", &["-c:v", "cinepak"]),
    ("msvideo1.avi", "null", &["-c:v", "msvideo1"]),
    ("huffyuv.avi", "null", &["-c:v", "huffyuv"]),
    ("utvideo.avi", "null", &["-c:v", "utvideo", "-pix_fmt", "gbrp"]),
    ("amv.avi", "null", &["-c:v", "msmpeg4v2", "-q:v", "2"]),
    ("a.rm", "null", &["-c:v", "rv20", "-q:v", "2"]),
    ("a.nut", "null", &["-c:v", "mpeg4", "-q:v", "2"]),
    ("ffv1.nut", "null", &["-c:v", "ffv1", "-pix_fmt", "yuv444p16le"]),
    ("a.ogv", "null", &["-c:v", "libtheora", "-q:v", "9"]),
    ("a.flv", "null", &["-c:v", "flv", "-q:v", "2"]),
    ("flashsv.flv", "null", &["-c:v", "flashsv"]),
    ("a.ivf", "null", &["-c:v", "libvpx", "-b:v", "2M"]),
    ("a.y4m", "null", &["-pix_fmt", "yuv422p", "-strict", "-1"]),
    ("a.asf", "null", &["-c:v", "wmv1", "-q:v", "2"]),
    ("a.3gp", "null", &["-c:v", "h263", "-q:v", "2"]),
    ("rle.mov", "null", &["-c:v", "qtrle"]),
    ("dnxhd.mov", "scale=1280:720", &["-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p"]),
    ("raw.mov", "null", &["-c:v", "rawvideo", "-pix_fmt", "uyvy422"]),
    ("jpeg2000.mkv", "fps=5", &["-c:v", "jpeg2000", "-pix_fmt", "yuv420p"]),
    ("live.mkv", "null", &["-c:v", "mpeg4", "-q:v", "2", "-live", "1"]),
    ("a.m4v", "null", &["-c:v", "mpeg4", "-q:v", "2", "-f", "m4v"]),
    ("a.m1v", "null", &["-c:v", "mpeg1video", "-q:v", "2", "-f", "mpeg1video"]),
    ("a.vob", "null", &["-c:v", "mpeg2video", "-q:v", "2"]),
    ("a.m2ts", "null", &["-c:v", "mpeg2video", "-q:v", "2"]),
    ("a.h264", "null", &["-c:v", "libx264"]),
    ("a.hevc", "null", &["-c:v", "libx265", "-x265-params", "log-level=none"]),
    ("fragments.mp4", "null", &["-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov+default_base_moof+global_sidx"]),
    // One key frame, and that is black; longer so than a search of key frames helps.
    ("black-first.mp4", "tpad=start=75:color=black,format=yuv420p", &["-c:v", "libx264", "-g", "999", "-x264-params", "scenecut=0"]),
];

fn made((name, filter, arguments): &Row) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("made");
    std::fs::create_dir_all(&folder).unwrap();
    let to = folder.join(name);
    let pictures = format!("{PICTURES},{filter}");
    let mut program = Command::new("ffmpeg");
    program.args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &pictures]).args(*arguments).arg(&to);
    let output = program.output();
    let output =
        output.unwrap_or_else(|error| panic!("ffmpeg is missing (`deps.sh test` installs it): {error}"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(to).unwrap()
}

fn check(row: &Row) -> Result<(), String> {
    let file = made(row);
    let engine = Engine { formats: tintype_worker_video::load(), limits: LIMITS, fonts: &Fonts::none() };
    let wanted = Wanted::new(&[96], 95);
    let rendition = engine.render(&Source::from_bytes(&file.as_slice()), &wanted, &mut |_| ());
    let got = corners(&rendition.map_err(|fault| fault.to_string())?);
    let levels = got.as_flattened().iter().zip(CORNERS.as_flattened());
    let alike = levels.into_iter().all(|(got, wanted)| got.abs_diff(*wanted) <= NEAR);
    if alike { Ok(()) } else { Err(format!("{got:?}, not {CORNERS:?}")) }
}

fn corners(rendition: &Rendition) -> [[u8; 3]; 4] {
    let picture = image::load_from_memory(&rendition.thumbnails[0].webp).unwrap().into_rgb8();
    let (width, height) = picture.dimensions();
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| picture.get_pixel(x * width / 4, y * height / 4).0)
}

#[test]
fn every_container_and_the_rarer_codecs_show_their_colours() {
    let wrong = FILMS.iter().filter_map(|row| check(row).err().map(|words| format!("{}: {words}", row.0)));
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), FILMS.len(), wrong.join("\n"));
}
