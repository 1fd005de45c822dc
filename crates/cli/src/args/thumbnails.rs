//! Arguments of the commands that make and show thumbnails: generate, get, thumbnail, estimate.

use clap::{Args, ValueHint, value_parser};
use std::path::PathBuf;

/// Make missing thumbnails
///
/// Files must be indexed: see `tintype add` and `tintype index`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype generate                              everything that is missing
  tintype generate ~/Pictures/2026 --sizes 1024 other sizes, for one folder
  tintype generate a.jpg --regenerate           again, though it is there or failed")]
pub(crate) struct GenerateArgs {
    /// Files or folders; the whole library when none is given
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Longest edges in pixels [default: the library's]
    #[arg(long, value_name = "PX,PX,…", value_delimiter = ',', value_parser = value_parser!(u32).range(16..=4096))]
    pub(crate) sizes: Vec<u32>,
    /// WebP quality, 1 to 100 [default: the library's]
    #[arg(long, value_name = "N", value_parser = value_parser!(u8).range(1..=100))]
    pub(crate) quality: Option<u8>,
    /// Make those again that are there, and try again what failed
    #[arg(long)]
    pub(crate) regenerate: bool,
    /// Files that are recorded together: what a power cut may cost [default: the library's]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1000))]
    pub(crate) batch_size: Option<u32>,
    /// Files at once, if the jobs run in this process [default: the library's]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,
    /// Return at once; the work goes on in the background
    #[arg(long, conflicts_with = "workers")]
    pub(crate) detach: bool,
}

/// Print where the thumbnail of a file is, or its bytes with -o
///
/// Makes it first when the file is indexed and its thumbnail is not made yet.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype get ~/Pictures/a.jpg                   prints a path
  tintype get ~/Pictures/a.jpg --size 512 -o a.webp
  tintype get cc2104c68d62617f -o - | display
  tintype get film.mp4 --scrub -o film.webp      the scrub sheet, and film.vtt beside it")]
pub(crate) struct GetArgs {
    /// The file, or the CAS ID of its content
    #[arg(value_name = "PATH|CAS_ID", value_hint = ValueHint::FilePath)]
    pub(crate) what: PathBuf,
    /// Longest edge in pixels [default: 256, or what is nearest of the library's sizes]
    #[arg(long, value_name = "PX", value_parser = value_parser!(u32).range(16..=4096))]
    pub(crate) size: Option<u32>,
    /// The scrub sheet of a film instead; with -o its WebVTT index is written beside it
    #[arg(long, conflicts_with = "size")]
    pub(crate) scrub: bool,
    /// Write its bytes here instead; - is stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

/// Make the thumbnail of one file, without a library
///
/// The thumbnail is WebP, whatever OUT is called.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype thumbnail a.jpg a.webp
  tintype thumbnail a.tiff - --size 128 --quality 70 > a.webp
  tintype thumbnail film.mp4 film.webp --scrub 25 --size 160    many pictures in one, and film.vtt")]
pub(crate) struct ThumbnailArgs {
    /// The picture
    #[arg(value_name = "IN", value_hint = ValueHint::FilePath)]
    pub(crate) input: PathBuf,
    /// Where the thumbnail goes; - is stdout
    #[arg(value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Longest edge in pixels
    #[arg(long, value_name = "PX", default_value = "256", value_parser = value_parser!(u32).range(16..=4096))]
    pub(crate) size: u32,
    /// WebP quality, 1 to 100
    #[arg(long, value_name = "N", default_value = "85", value_parser = value_parser!(u8).range(1..=100))]
    pub(crate) quality: u8,
    /// The scrub sheet of a film instead: at most so many pictures side by side, and their WebVTT index beside OUT
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=200))]
    pub(crate) scrub: Option<u32>,
}

/// How long, how many bytes and how much memory it would take, before it starts
///
/// Makes the thumbnails of a few files of every format, keeps none, and reckons from what they cost on this machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype estimate ~/Pictures
  tintype estimate                               what is still missing in the library
  tintype estimate /data --json | jq '.seconds'")]
pub(crate) struct EstimateArgs {
    /// A file or folder; what is missing in the library when none is given
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) path: Option<PathBuf>,
    /// Files that are tried of every format
    #[arg(long, value_name = "N", default_value = "12", value_parser = value_parser!(u16).range(1..=1000))]
    pub(crate) samples: u16,
}
