//! What nobody may touch: files outside of the tree that it points to, a port that it names, and a picture that must
//! not appear in any thumbnail.
//! Knows the traps of the script; nothing of the program.

use crate::support::thumbnails;
use rustix::{fs::inotify, io::Errno};
use std::{
    fs,
    io::ErrorKind,
    mem::MaybeUninit,
    net::TcpListener,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

/// Some traps of the script name this folder, whatever it is told.
const FIXED_FOLDER: &str = "/tmp/thumb-canary";

/// The secret picture is magenta all over, and a quarter of a thumbnail is more than bitten pictures of the corpus have
/// by chance. Smaller ones than this edge have: a palette of four colours on six by six pixels.
const MAGENTA_SHARE: usize = 4;
const LEAST_EDGE: u32 = 32;

pub(crate) struct Canaries {
    folder: PathBuf,
    listener: TcpListener,
    openings: OwnedFd,
}

impl Canaries {
    /// From now on a connection to the port is noticed.
    pub(crate) fn listen(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let openings = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC).unwrap();
        Self { folder, listener, openings }
    }

    /// From now on it is noticed who opens what is secret. To be called once the script has written it.
    pub(crate) fn watch(&self) {
        let flags = inotify::WatchFlags::OPEN | inotify::WatchFlags::ACCESS | inotify::WatchFlags::CREATE;
        inotify::add_watch(&self.openings, &self.folder, flags).unwrap();
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Nothing was opened, written, called or shown. `own` is the secret picture's name as a content: the tree itself
    /// holds it, and where it is meant to be seen it may be.
    #[track_caller]
    pub(crate) fn assert_quiet(&self, library: &Path, own: &str) {
        let opened = self.opened();
        assert!(opened.is_empty(), "somebody opened {opened:?}");
        let called = self.listener.accept().map(|(_, from)| from).map_err(|error| error.kind());
        assert_eq!(called, Err(ErrorKind::WouldBlock), "somebody called the canary's port");
        for folder in [&self.folder, Path::new(FIXED_FOLDER)] {
            let items = fs::read_dir(folder).into_iter().flatten().flatten().map(|item| item.file_name());
            let tripped: Vec<_> =
                items.filter(|name| name.as_encoded_bytes().starts_with(b"PWNED")).collect();
            assert!(tripped.is_empty(), "{tripped:?} in {}", folder.display());
        }
        let (meant, shown): (Vec<_>, Vec<_>) =
            magenta(library).into_iter().partition(|thumbnail| thumbnail.to_string_lossy().contains(own));
        assert_eq!(meant.len(), 1, "the picture that may be seen is not: this test is blind");
        assert!(shown.is_empty(), "the secret picture is in thumbnails of other files: {shown:?}");
    }

    /// The files that somebody opened or made beside the canaries. (This very test looks into the folder: that is an
    /// event without a name.)
    fn opened(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = inotify::Reader::new(&self.openings, &mut buffer);
        loop {
            match events.next() {
                Ok(event) => names.extend(event.file_name().map(|name| name.to_string_lossy().into_owned())),
                Err(Errno::AGAIN) => return names,
                Err(error) => panic!("read inotify events: {error}"),
            }
        }
    }
}

/// The smallest thumbnails that show the secret picture's colour where they should not.
fn magenta(library: &Path) -> Vec<PathBuf> {
    let mut found = thumbnails(library);
    found.retain(|name, webp| name.to_string_lossy().ends_with("_128.webp") && is_magenta(webp));
    found.into_keys().collect()
}

fn is_magenta(webp: &[u8]) -> bool {
    let picture = image::load_from_memory_with_format(webp, image::ImageFormat::WebP).unwrap().to_rgba8();
    let pixels = picture.pixels();
    let count = pixels.len();
    let hits = pixels.filter(|image::Rgba([red, green, blue, alpha])| {
        *red > 225 && *green < 30 && *blue > 225 && *alpha > 127
    });
    picture.width().min(picture.height()) >= LEAST_EDGE && hits.count() * MAGENTA_SHARE > count
}
