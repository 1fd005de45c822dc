//! The few functions of libarchive that a comic needs, with their promises kept.
//! Knows C; knows nothing of comics.
#![allow(unsafe_code, reason = "a C library is called; every block says why it may be")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use tintype_media::{Fault, Reason, Source};
use tintype_worker::system_library;

/// What the library is called where. Number 13 since version 3.1; RAR 5 came with 3.4.
const NAMES: &[&str] = &[
    "libarchive.so.13",
    "libarchive.13.dylib",
    // Homebrew keeps its own apart from the one that macOS has.
    "/opt/homebrew/opt/libarchive/lib/libarchive.13.dylib",
    "/usr/local/opt/libarchive/lib/libarchive.13.dylib",
];

/// What to do when it is under none of those names.
const ADVICE: &str =
    "install libarchive13t64 or libarchive13 (Debian, Ubuntu), libarchive (Fedora, Arch, Homebrew)";

/// What the functions return, by archive.h.
const OK: c_int = 0;
const END: c_int = 1;
const WARNING: c_int = -20;
const FATAL: c_int = -30;

/// Regular files, by `archive_entry.h`: kind of the entry, as in `st_mode`.
const REGULAR_FILE: u32 = 0o100_000;

/// Out of memory, on every Unix.
const ENOMEM: c_int = 12;

/// How much is read at a time. Headers are small and lie far apart; more would be read for each in vain.
const BLOCK: usize = 16 << 10;

/// How much of a page is unpacked at a time.
const PIECE: usize = 64 << 10;

/// A category of the C library's settings: what bytes of a text are letters.
#[cfg(target_os = "macos")]
const LC_CTYPE: c_int = 2;
#[cfg(not(target_os = "macos"))]
const LC_CTYPE: c_int = 0;

unsafe extern "C" {
    fn setlocale(category: c_int, locale: *const c_char) -> *mut c_char;
}

/// Lets names have letters beyond ASCII. The library tells them in the letters of the process, which begins with no more
/// than those: of other names it would tell nothing. Where there is none of these settings it stays so.
fn know_letters() {
    for locale in [c"C.UTF-8", c"en_US.UTF-8"] {
        // SAFETY: the name ends with a zero. The program has one thread yet, and nothing in it asks for the locale.
        if !unsafe { setlocale(LC_CTYPE, locale.as_ptr()) }.is_null() {
            return;
        }
    }
}

/// The library's handles, which only it looks into.
#[repr(C)]
struct RawArchive {
    _private: [u8; 0],
}
#[repr(C)]
struct RawEntry {
    _private: [u8; 0],
}

type OnArchive = unsafe extern "C" fn(*mut RawArchive) -> c_int;
type ReadCallback = extern "C" fn(*mut RawArchive, *mut c_void, *mut *const c_void) -> isize;
type SkipCallback = extern "C" fn(*mut RawArchive, *mut c_void, i64) -> i64;
type SeekCallback = extern "C" fn(*mut RawArchive, *mut c_void, i64, c_int) -> i64;

/// The library, loaded.
pub(crate) struct Library {
    new: unsafe extern "C" fn() -> *mut RawArchive,
    support: [OnArchive; 3],
    set_data: unsafe extern "C" fn(*mut RawArchive, *mut c_void) -> c_int,
    set_read: unsafe extern "C" fn(*mut RawArchive, ReadCallback) -> c_int,
    set_skip: unsafe extern "C" fn(*mut RawArchive, SkipCallback) -> c_int,
    set_seek: unsafe extern "C" fn(*mut RawArchive, SeekCallback) -> c_int,
    open: OnArchive,
    next_header: unsafe extern "C" fn(*mut RawArchive, *mut *mut RawEntry) -> c_int,
    read_data: unsafe extern "C" fn(*mut RawArchive, *mut c_void, usize) -> isize,
    has_encrypted: OnArchive,
    errno: OnArchive,
    error_string: unsafe extern "C" fn(*mut RawArchive) -> *const c_char,
    free: OnArchive,
    name_utf8: unsafe extern "C" fn(*mut RawEntry) -> *const c_char,
    name: unsafe extern "C" fn(*mut RawEntry) -> *const c_char,
    size: unsafe extern "C" fn(*mut RawEntry) -> i64,
    filetype: unsafe extern "C" fn(*mut RawEntry) -> u32,
    is_encrypted: unsafe extern "C" fn(*mut RawEntry) -> c_int,
    /// Keeps the functions above where they are.
    _loaded: libloading::Library,
}

impl Library {
    /// The system's library, under any of its names.
    pub(crate) fn find() -> Result<Self, String> {
        know_letters();
        Self::find_one_of(NAMES)
    }

    fn find_one_of(names: &[&str]) -> Result<Self, String> {
        // SAFETY: libarchive and what it depends on run nothing when they are loaded but their own set-up.
        unsafe { system_library::load("libarchive", names, ADVICE, Self::with) }
    }

    fn with(library: libloading::Library) -> Result<Self, libloading::Error> {
        // SAFETY: the types are those of archive.h and archive_entry.h (versions 3.4 to 3.8), and the functions live as
        // long as `_loaded` beside them.
        unsafe {
            Ok(Self {
                new: *library.get("archive_read_new")?,
                support: [
                    *library.get("archive_read_support_format_rar")?,
                    *library.get("archive_read_support_format_rar5")?,
                    *library.get("archive_read_support_format_7zip")?,
                ],
                set_data: *library.get("archive_read_set_callback_data")?,
                set_read: *library.get("archive_read_set_read_callback")?,
                set_skip: *library.get("archive_read_set_skip_callback")?,
                set_seek: *library.get("archive_read_set_seek_callback")?,
                open: *library.get("archive_read_open1")?,
                next_header: *library.get("archive_read_next_header")?,
                read_data: *library.get("archive_read_data")?,
                has_encrypted: *library.get("archive_read_has_encrypted_entries")?,
                errno: *library.get("archive_errno")?,
                error_string: *library.get("archive_error_string")?,
                free: *library.get("archive_read_free")?,
                name_utf8: *library.get("archive_entry_pathname_utf8")?,
                name: *library.get("archive_entry_pathname")?,
                size: *library.get("archive_entry_size")?,
                filetype: *library.get("archive_entry_filetype")?,
                is_encrypted: *library.get("archive_entry_is_encrypted")?,
                _loaded: library,
            })
        }
    }

    /// Opens an archive, of which no more is read than `budget` allows. No other format is looked for, and nothing that
    /// an archive may be packed into.
    pub(crate) fn open<'a>(
        &'a self,
        source: &'a Source<'a>,
        budget: &'a mut Budget,
    ) -> Result<Archive<'a>, Fault> {
        // SAFETY: takes nothing.
        let raw = NonNull::new(unsafe { (self.new)() }).ok_or_else(no_memory)?;
        let file = File { source, at: 0, budget, io: None, block: vec![0; BLOCK] };
        let archive = Archive { library: self, raw, file: Box::into_raw(Box::new(file)), life: PhantomData };
        // SAFETY: the handle is open; the callbacks fit their types, and what they are given lives until the archive
        // that owns it is dropped.
        let opened = unsafe {
            for support in self.support {
                // A warning here says that a program would be run for what the library cannot do: it has none for these.
                support(raw.as_ptr());
            }
            (self.set_data)(raw.as_ptr(), archive.file.cast());
            (self.set_read)(raw.as_ptr(), read);
            (self.set_skip)(raw.as_ptr(), skip);
            (self.set_seek)(raw.as_ptr(), seek);
            (self.open)(raw.as_ptr())
        };
        if opened == OK { Ok(archive) } else { Err(archive.fault()) }
    }
}

/// How many bytes may still be read of a file.
pub(crate) struct Budget {
    left: u64,
    spent: bool,
}

impl Budget {
    pub(crate) fn of(bytes: u64) -> Self {
        Self { left: bytes, spent: false }
    }
}

/// An open archive, before one of its entries.
pub(crate) struct Archive<'a> {
    library: &'a Library,
    raw: NonNull<RawArchive>,
    file: *mut File<'a>,
    life: PhantomData<&'a mut File<'a>>,
}

impl Archive<'_> {
    /// The next entry, or none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Entry<'_>>, Fault> {
        let mut entry = ptr::null_mut();
        // SAFETY: the handle is open; the entry is the library's, and stays as it is until the next call.
        let got = unsafe { (self.library.next_header)(self.raw.as_ptr(), &raw mut entry) };
        match (got, NonNull::new(entry)) {
            (END, _) => Ok(None),
            (WARNING..=OK, Some(raw)) => Ok(Some(Entry { library: self.library, raw, life: PhantomData })),
            _ => Err(self.fault()),
        }
    }

    /// The bytes of the entry, of which there may be `most`, whatever its header says of their number.
    pub(crate) fn read(&mut self, most: u64) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        loop {
            let len = bytes.len();
            bytes.try_reserve(PIECE).map_err(|_| no_memory())?;
            bytes.resize(len + PIECE, 0);
            // SAFETY: the handle is open, and the library writes no more than the piece is long.
            let got = unsafe {
                (self.library.read_data)(self.raw.as_ptr(), bytes[len..].as_mut_ptr().cast(), PIECE)
            };
            bytes.truncate(len + usize::try_from(got).unwrap_or(0).min(PIECE));
            if bytes.len() as u64 > most {
                let words = "the first page has more bytes than limits.worker_memory_mib allows";
                return Err(Reason::TooLarge.says(format!("{words}: {most}")));
            }
            match got {
                0 => return Ok(bytes),
                1.. => {}
                // What is cut short may still be a picture.
                _ if !bytes.is_empty() => return Ok(bytes),
                _ => return Err(self.fault()),
            }
        }
    }

    /// What went wrong, by the library's own words and by what happened to the file.
    fn fault(&self) -> Fault {
        // SAFETY: the file lives as long as the archive, and the library is not running.
        let file = unsafe { &mut *self.file };
        if let Some(error) = file.io.take() {
            return Reason::Io.says(format!("read at {}: {error}", file.at));
        }
        if file.budget.spent {
            let words =
                "more of it would have to be unpacked to get there than limits.worker_memory_mib allows";
            return Reason::TooLarge.says(words);
        }
        // SAFETY: the handle is open; the words are the library's until it is used again, and end with a zero.
        let (number, words, encrypted) = unsafe {
            let raw = self.raw.as_ptr();
            let words = (self.library.error_string)(raw);
            let words = if words.is_null() { c"damaged or cut short" } else { CStr::from_ptr(words) };
            ((self.library.errno)(raw), words.to_string_lossy(), (self.library.has_encrypted)(raw))
        };
        let words = words.trim_end_matches('.');
        match reason(number, words, encrypted == 1) {
            Reason::TooLarge => {
                let what = "unpacking takes more memory than limits.worker_memory_mib allows";
                Reason::TooLarge.says(format!("{what}: {words}"))
            }
            reason => reason.says(words),
        }
    }
}

/// The library has words only for what went wrong. They have not changed since version 3.4, but for the better.
fn reason(number: c_int, words: &str, encrypted: bool) -> Reason {
    let says = |any: &[&str]| any.iter().any(|part| words.to_lowercase().contains(part));
    match number {
        ENOMEM => Reason::TooLarge,
        _ if encrypted || says(&["encrypt", "crypto"]) => Reason::Encrypted,
        _ if says(&["memory"]) => Reason::TooLarge,
        _ if says(&["support", "unavailable"]) => Reason::Unsupported,
        _ => Reason::Corrupt,
    }
}

fn no_memory() -> Fault {
    Reason::OutOfMemory.says("no memory to unpack")
}

impl Drop for Archive<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is open and nobody else closes it; the file came out of a box in `open`, and the library
        // lets go of it first.
        unsafe {
            (self.library.free)(self.raw.as_ptr());
            drop(Box::from_raw(self.file));
        }
    }
}

/// What an archive says of one entry.
pub(crate) struct Entry<'a> {
    library: &'a Library,
    raw: NonNull<RawEntry>,
    life: PhantomData<&'a ()>,
}

impl Entry<'_> {
    /// Neither a folder nor a link.
    pub(crate) fn is_file(&self) -> bool {
        // SAFETY: the entry is the archive's current one, as the lifetime says.
        unsafe { (self.library.filetype)(self.raw.as_ptr()) == REGULAR_FILE }
    }

    /// How many bytes it unpacks to, as its header says.
    pub(crate) fn size(&self) -> u64 {
        // SAFETY: as above.
        u64::try_from(unsafe { (self.library.size)(self.raw.as_ptr()) }).unwrap_or(0)
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        // SAFETY: as above.
        unsafe { (self.library.is_encrypted)(self.raw.as_ptr()) != 0 }
    }

    /// Shows its name, in UTF-8 if it can be had. One that cannot be told at all is nobody's page.
    pub(crate) fn with_name(&self, show: impl FnOnce(&[u8])) {
        for name in [self.library.name_utf8, self.library.name] {
            // SAFETY: as above; names end with a zero and live as long as the entry is not changed.
            let name = unsafe { name(self.raw.as_ptr()) };
            if !name.is_null() {
                // SAFETY: it is there, as just seen.
                return show(unsafe { CStr::from_ptr(name) }.to_bytes());
            }
        }
    }
}

/// The file, as the callbacks see it.
struct File<'a> {
    source: &'a Source<'a>,
    at: u64,
    budget: &'a mut Budget,
    io: Option<io::Error>,
    /// What was read last: the library looks at it until it asks again.
    block: Vec<u8>,
}

impl File<'_> {
    /// Reads on; none where that has to end.
    fn read(&mut self) -> Option<usize> {
        let got = loop {
            match self.source.read_at(&mut self.block, self.at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.io = Some(error);
                    return None;
                }
                Ok(got) => break got,
            }
        };
        let Some(left) = self.budget.left.checked_sub(got as u64) else {
            self.budget.spent = true;
            return None;
        };
        self.budget.left = left;
        self.at = self.at.saturating_add(got as u64);
        Some(got)
    }

    /// Goes somewhere else, even beyond the end, where nothing is read.
    fn seek(&mut self, by: i64, from: c_int) -> i64 {
        let base = match from {
            1 => self.at,
            2 => self.source.len(),
            _ => 0,
        };
        match base.checked_add_signed(by).and_then(|at| i64::try_from(at).ok()) {
            Some(at) => {
                self.at = at.unsigned_abs();
                at
            }
            None => FATAL.into(),
        }
    }
}

/// What the library hands back to each callback.
fn file<'a>(data: *mut c_void) -> &'a mut File<'a> {
    // SAFETY: it is the one from `open`, alive until the archive is dropped, and the library calls from one thread at a
    // time and never from within a callback.
    unsafe { &mut *data.cast::<File<'_>>() }
}

extern "C" fn read(_: *mut RawArchive, data: *mut c_void, block: *mut *const c_void) -> isize {
    let file = file(data);
    let got = file.read();
    // SAFETY: the pointer is the library's own variable.
    unsafe { *block = file.block.as_ptr().cast() };
    got.map_or(FATAL as isize, |got| got as isize)
}

extern "C" fn skip(_: *mut RawArchive, data: *mut c_void, count: i64) -> i64 {
    let file = file(data);
    let rest = file.source.len().saturating_sub(file.at);
    let count = u64::try_from(count).unwrap_or(0).min(rest);
    file.at = file.at.saturating_add(count);
    count as i64
}

extern "C" fn seek(_: *mut RawArchive, data: *mut c_void, by: i64, from: c_int) -> i64 {
    file(data).seek(by, from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named_with_its_package() {
        let words = Library::find_one_of(&["libnowhere.so.9"]).err().unwrap_or_default();
        assert!(words.contains("install libarchive13") && words.contains("libnowhere.so.9"), "{words}");
    }

    #[test]
    fn reads_and_seeks_stay_within_the_file_and_the_budget() {
        let bytes: &[u8] = &[1, 2, 3];
        let source = Source::from_bytes(&bytes);
        let mut budget = Budget::of(4);
        let mut file = File { source: &source, at: 0, budget: &mut budget, io: None, block: vec![0; 2] };
        assert_eq!((file.read(), file.block[..].to_vec()), (Some(2), vec![1, 2]));
        assert_eq!((file.read(), file.read()), (Some(1), Some(0)));
        assert_eq!(
            (file.seek(-2, 2), file.seek(-2, 1), file.seek(i64::MAX, 1)),
            (1, FATAL.into(), FATAL.into())
        );
        assert_eq!((file.read(), file.budget.spent), (None, true));
        assert_eq!((file.seek(100, 0), file.at), (100, 100));
    }

    #[test]
    fn the_librarys_words_are_understood() {
        assert_eq!(reason(ENOMEM, "Can't allocate data", false), Reason::TooLarge);
        assert_eq!(reason(84, "RAR encryption support unavailable.", false), Reason::Encrypted);
        assert_eq!(reason(84, "Crypto codec not supported yet (ID: 0x6F10701)", false), Reason::Encrypted);
        assert_eq!(reason(84, "RAR solid archive support unavailable.", false), Reason::Unsupported);
        assert_eq!(reason(84, "Declared dictionary size is not supported.", false), Reason::Unsupported);
        assert_eq!(reason(84, "Truncated RAR file header", false), Reason::Corrupt);
        assert_eq!(reason(84, "Truncated RAR file header", true), Reason::Encrypted);
    }
}
