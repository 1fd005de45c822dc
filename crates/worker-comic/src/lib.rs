//! Comic books in RAR and 7z archives (CBR, CB7) by the system's libarchive: the first page, as of those in ZIP.
//! Knows nothing of jails or pipes, nor which entry is the first page, nor what is in it.
//!
//! The library is found when the program starts and not when it is built, so that the workspace builds, and its
//! other tests pass, on machines that have none.

mod libarchive;

use libarchive::{Budget, Library};
use std::sync::OnceLock;
use tintype_media::formats::pages::{self, Pages};
use tintype_media::formats::{Format, Kind, Order, Signature};
use tintype_media::{Fault, Picture, Reason, Source};
use tintype_worker::system_library;

/// The table of this worker. Any RAR or 7z archive is one: only files that are called comics come here.
pub static FORMATS: &[&Format] = &[&CBR, &CB7];

static CBR: Format = Format {
    name: "CBR",
    mime_types: &["application/vnd.comicbook-rar", "application/x-cbr"],
    extensions: &["cbr"],
    kind: Kind::Document,
    // Of versions up to 4, and from 5 on.
    signature: Signature::Magic(&[&[(0, b"Rar!\x1a\x07\0")], &[(0, b"Rar!\x1a\x07\x01\0")]]),
    decode: |source, order| decode("CBR", source, order),
};

static CB7: Format = Format {
    name: "CB7",
    mime_types: &["application/x-cb7"],
    extensions: &["cb7"],
    kind: Kind::Document,
    signature: Signature::Magic(&[&[(0, b"7z\xbc\xaf\x27\x1c")]]),
    decode: |source, order| decode("CB7", source, order),
};

/// A hundred times what the thickest omnibus has; an archive can have as many as its bytes allow.
const MOST_ENTRIES: u32 = 100_000;

/// To get from one entry of a solid archive to the next, what lies between is unpacked: so many times the memory limit at
/// most, which takes some seconds, and is more than comics have.
const MOST_UNPACKED: u64 = 4;

/// The library, once it is found: a table's functions have nowhere else to keep it.
static LIBRARY: OnceLock<Library> = OnceLock::new();

/// Finds the library. To be called before the jail closes: afterwards no file can be opened.
///
/// The words of a failure name what to install.
pub fn load() -> Result<(), String> {
    system_library::once(&LIBRARY, Library::find).map(|_| ())
}

fn decode(name: &str, source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let named = |Fault { reason, detail }: Fault| reason.says(format!("{name}: {detail}"));
    let library = LIBRARY.get().ok_or_else(|| Reason::Unsupported.says("libarchive was not loaded"))?;
    let comic = Comic { library, source, order };
    let (found, seen) = comic.pages();
    let unseen = match seen {
        // What a disk does not give now it may give later, and a page before these.
        Err(fault) if fault.reason == Reason::Io || found.first().is_none() => return Err(named(fault)),
        seen => seen.err(),
    };
    let first = found.first().ok_or_else(|| pages::no_page(name))?;
    let mut picture = found.picture(&comic.read(*first).map_err(named)?, order)?;
    if let Some(Fault { detail, .. }) = unseen {
        picture.warnings.push(format!("not all pages were counted: {detail}"));
    }
    Ok(picture)
}

/// One file on its way to a picture.
struct Comic<'a> {
    library: &'static Library,
    source: &'a Source<'a>,
    order: &'a Order<'a>,
}

impl Comic<'_> {
    /// The pages, by the number of their entry, and whether all of the archive was seen. Where it is damaged, what comes
    /// before may be whole.
    fn pages(&self) -> (Pages<u32>, Result<(), Fault>) {
        let mut pages = Pages::none();
        let seen = self.walk(&mut pages);
        (pages, seen)
    }

    fn walk(&self, pages: &mut Pages<u32>) -> Result<(), Fault> {
        let mut budget = self.budget();
        let mut archive = self.library.open(self.source, &mut budget)?;
        let most = self.order.limits.max_memory.saturating_mul(MOST_UNPACKED);
        let mut unpacked = 0_u64;
        for place in 0..MOST_ENTRIES {
            let Some(entry) = archive.next()? else { return Ok(()) };
            if entry.is_file() {
                entry.with_name(|name| pages.meet(name, place));
            }
            unpacked = unpacked.saturating_add(entry.size());
            if unpacked > most {
                let words = "it unpacks to more bytes than limits.worker_memory_mib allows";
                return Err(Reason::TooLarge.says(format!("{words}: {most}")));
            }
        }
        Err(Reason::Unsupported.says(format!("it has more than {MOST_ENTRIES} entries")))
    }

    /// The bytes of the entry of this number.
    fn read(&self, place: u32) -> Result<Vec<u8>, Fault> {
        let mut budget = self.budget();
        let mut archive = self.library.open(self.source, &mut budget)?;
        for _ in 0..place {
            archive.next()?;
        }
        let entry = archive.next()?.ok_or_else(|| Reason::Corrupt.says("the first page is gone"))?;
        if entry.is_encrypted() {
            return Err(Reason::Encrypted.says("the first page needs a password"));
        }
        archive.read(pages::most_bytes(self.order.limits))
    }

    /// A quarter of the memory limit is the file's: it bounds here what is read of the file, though never all at once.
    fn budget(&self) -> Budget {
        Budget::of(self.order.limits.max_memory / 4)
    }
}
