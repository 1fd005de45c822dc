//! Arguments of the commands about what a library holds: add, index, verify, locations.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use tintype_core::Cas;

/// Index a folder and make its thumbnails
///
/// Makes the library if there is none. The same folder again looks for changes and goes on with what was unfinished.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype add ~/Pictures
  tintype add ~/Pictures --detach       returns at once; `tintype jobs` shows how far it is
  tintype add ~/Pictures --now          waits neither for the mains nor for quiet hours
  tintype --library /data/thumbs add /data/photos")]
pub(crate) struct AddArgs {
    /// The folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,
    /// Return at once; the work goes on in the background
    #[arg(long)]
    pub(crate) detach: bool,
    /// Do not wait for quiet hours to end, for the mains or for a busy machine
    #[arg(long)]
    pub(crate) now: bool,
    /// How contents are told apart; only when the library is made
    #[arg(long, value_name = "HOW")]
    pub(crate) cas: Option<CasChoice>,
}

/// How contents are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CasChoice {
    /// By size and samples of large files: fast [default]
    Sampled,
    /// By the whole content: reads every byte
    Full,
}

impl From<CasChoice> for Cas {
    fn from(choice: CasChoice) -> Self {
        match choice {
            CasChoice::Sampled => Self::Sampled,
            CasChoice::Full => Self::Full,
        }
    }
}

/// Look for new, changed, moved and gone files
///
/// Makes no thumbnails; `tintype generate` does, and `tintype add FOLDER` does both.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype index                         all locations
  tintype index 2                       the location with this number: see `tintype locations`
  tintype index ~/Pictures/2026         only what is below this folder")]
pub(crate) struct IndexArgs {
    /// Numbers or folders of locations; all when none is given
    #[arg(value_name = "LOCATION", value_hint = ValueHint::DirPath)]
    pub(crate) locations: Vec<PathBuf>,
    /// Return at once; the work goes on in the background
    #[arg(long)]
    pub(crate) detach: bool,
}

/// Check that every thumbnail is there, whole, and as it was written
///
/// Safe at any time. With --json one document per finding, and then one with the numbers.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype verify
  tintype verify --repair               makes damaged thumbnails again
  tintype verify --strict || echo 'something is damaged'")]
pub(crate) struct VerifyArgs {
    /// Make damaged and missing thumbnails again, move misplaced ones, remove foreign ones; other files stay
    #[arg(long)]
    pub(crate) repair: bool,
}

/// The folders that the library indexes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tintype locations
  tintype locations remove ~/Pictures   forgets it; your files are not touched
  tintype locations relink 2 /media/disk/Pictures")]
pub(crate) struct LocationsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<LocationsAction>,
}

/// What to do with locations.
#[derive(Debug, Subcommand)]
pub(crate) enum LocationsAction {
    /// List them; this is what happens without an action
    List,
    /// Forget a location and its entries; its files are untouched, its thumbnails stay until `tintype clean`
    Remove {
        /// Number or folder of the location
        #[arg(value_name = "ID|PATH", value_hint = ValueHint::DirPath)]
        location: PathBuf,
    },
    /// Say where a location is now, after it was moved or mounted elsewhere
    Relink {
        /// Number or old folder of the location
        #[arg(value_name = "ID|PATH")]
        location: PathBuf,
        /// Where it is now
        #[arg(value_hint = ValueHint::DirPath)]
        new_path: PathBuf,
    },
}
