//! The few functions of libtiff that a thumbnail needs, with their promises kept.
//! Knows C; knows nothing of thumbnails.
#![allow(unsafe_code, reason = "a C library is called; every block says why it may be")]

use libloading::Symbol;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use tintype_media::{Fault, Reason};
use tintype_worker::system_library;

/// What the library is called where, the newest first. Versions 4.5 and on are number 6; what is called here has not
/// changed since 3.9, long before number 5.
const NAMES: &[&str] =
    &["libtiff.so.6", "libtiff.so.5", "libtiff.6.dylib", "libtiff.5.dylib", "libtiff.dylib", "tiff.dll"];

/// What to do when it is under none of those names.
const ADVICE: &str = "install libtiff6 (Debian, Ubuntu), libtiff (Fedora, Arch, Homebrew)";

const TAG_WIDTH: u32 = 256;
const TAG_LENGTH: u32 = 257;
/// The length of the buffer that `TIFFRGBAImageOK` writes its words to, by its documentation.
const MESSAGE_LEN: usize = 1024;

/// The library's handle to an open file, which only it looks into.
#[repr(C)]
struct Tiff {
    _private: [u8; 0],
}

type Read = extern "C" fn(*mut c_void, *mut c_void, isize) -> isize;
type Seek = extern "C" fn(*mut c_void, u64, c_int) -> u64;
type Close = extern "C" fn(*mut c_void) -> c_int;
type Size = extern "C" fn(*mut c_void) -> u64;
type Map = extern "C" fn(*mut c_void, *mut *mut c_void, *mut u64) -> c_int;
type Unmap = extern "C" fn(*mut c_void, *mut c_void, u64);

type ClientOpen = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *mut c_void,
    Read,
    Read,
    Seek,
    Close,
    Size,
    Map,
    Unmap,
) -> *mut Tiff;
type ReadRgba = unsafe extern "C" fn(*mut Tiff, u32, u32, *mut u32, c_int, c_int) -> c_int;
type SetHandler = unsafe extern "C" fn(Option<unsafe extern "C" fn()>) -> Option<unsafe extern "C" fn()>;

/// The library, loaded.
pub(crate) struct Library {
    client_open: ClientOpen,
    close: unsafe extern "C" fn(*mut Tiff),
    set_sub_directory: unsafe extern "C" fn(*mut Tiff, u64) -> c_int,
    get_field: unsafe extern "C" fn(*mut Tiff, u32, ...) -> c_int,
    rgba_ok: unsafe extern "C" fn(*mut Tiff, *mut c_char) -> c_int,
    read_rgba: ReadRgba,
    /// Keeps the functions above where they are.
    _loaded: libloading::Library,
}

impl Library {
    /// The system's library, under any of its names.
    pub(crate) fn find() -> Result<Self, String> {
        Self::find_one_of(NAMES)
    }

    fn find_one_of(names: &[&str]) -> Result<Self, String> {
        // SAFETY: libtiff and what it depends on run nothing when they are loaded but their own set-up.
        unsafe { system_library::load("libtiff", names, ADVICE, Self::with) }
    }

    fn with(library: libloading::Library) -> Result<Self, libloading::Error> {
        // SAFETY: the types are those of tiffio.h (versions 4.0 to 4.7), and the functions live as long as
        // `_loaded` beside them.
        unsafe {
            // Its complaints would go to stderr, a line per damaged strip: the answer says what matters.
            for name in ["TIFFSetErrorHandler", "TIFFSetWarningHandler"] {
                let set_handler: Symbol<'_, SetHandler> = library.get(name)?;
                set_handler(None);
            }
            Ok(Self {
                client_open: *library.get("TIFFClientOpen")?,
                close: *library.get("TIFFClose")?,
                set_sub_directory: *library.get("TIFFSetSubDirectory")?,
                get_field: *library.get("TIFFGetField")?,
                rgba_ok: *library.get("TIFFRGBAImageOK")?,
                read_rgba: *library.get("TIFFReadRGBAImageOriented")?,
                _loaded: library,
            })
        }
    }

    /// Opens the directory at `offset` of a file in memory.
    pub(crate) fn open<'a>(&'a self, file: &'a [u8], offset: u64) -> Result<Image<'a, 'a>, Fault> {
        let memory = Box::into_raw(Box::new(Memory { bytes: file.as_ptr(), len: file.len(), at: 0 }));
        // SAFETY: the callbacks fit their types, and `memory` lives until the image that owns it is dropped.
        let tiff = unsafe {
            (self.client_open)(
                c"tiff".as_ptr(),
                c"r".as_ptr(),
                memory.cast(),
                read,
                write,
                seek,
                close,
                size,
                map,
                unmap,
            )
        };
        let image = Image { library: self, tiff: NonNull::new(tiff), memory, file: PhantomData };
        // SAFETY: the handle is open; any offset is legal and is checked by the library.
        let found =
            image.tiff.is_some_and(|tiff| unsafe { (self.set_sub_directory)(tiff.as_ptr(), offset) } != 0);
        if found { Ok(image) } else { Err(Reason::Corrupt.says("TIFF: libtiff finds no directory")) }
    }
}

/// One directory of an open file.
pub(crate) struct Image<'library, 'file> {
    library: &'library Library,
    tiff: Option<NonNull<Tiff>>,
    memory: *mut Memory,
    file: PhantomData<&'file [u8]>,
}

impl Image<'_, '_> {
    /// Columns and rows, as the library sees them.
    pub(crate) fn size(&self) -> Result<(u32, u32), Fault> {
        let number = |tag: u32| {
            let mut number = 0_u32;
            // SAFETY: both tags store exactly one u32 where the pointer says.
            let found = unsafe { (self.library.get_field)(self.handle(), tag, ptr::from_mut(&mut number)) };
            (found == 1 && number > 0).then_some(number)
        };
        number(TAG_WIDTH).zip(number(TAG_LENGTH)).ok_or_else(|| Reason::Corrupt.says("TIFF: no size"))
    }

    /// All pixels as stored, or a fault at the first damaged place.
    pub(crate) fn read_strictly(&mut self, size: (u32, u32), orientation: u8) -> Result<Vec<u32>, Fault> {
        self.check()?;
        self.read(size, (orientation, 1))
    }

    /// All pixels that can be had, as stored.
    pub(crate) fn read_leniently(&mut self, size: (u32, u32), orientation: u8) -> Result<Vec<u32>, Fault> {
        self.read(size, (orientation, 0))
    }

    /// Whether the library knows how to make RGBA of it, or why not.
    fn check(&self) -> Result<(), Fault> {
        let mut message = [0 as c_char; MESSAGE_LEN];
        // SAFETY: the buffer is as long as documented, and the library ends its words with a zero.
        if unsafe { (self.library.rgba_ok)(self.handle(), message.as_mut_ptr()) } != 0 {
            return Ok(());
        }
        *message.last_mut().expect("it has a length") = 0;
        // SAFETY: the last place is zero, so the words end within the buffer.
        let words = unsafe { CStr::from_ptr(message.as_ptr()) }.to_string_lossy().into_owned();
        Err(Reason::Unsupported.says(format!("TIFF: {words}")))
    }

    fn read(
        &mut self,
        (width, height): (u32, u32),
        (orientation, stop): (u8, c_int),
    ) -> Result<Vec<u32>, Fault> {
        let len = (width as usize)
            .checked_mul(height as usize)
            .ok_or_else(|| Reason::TooLarge.says("TIFF: more pixels than addresses"))?;
        let mut raster = Vec::new();
        raster
            .try_reserve_exact(len)
            .map_err(|_| Reason::OutOfMemory.says(format!("no memory for {len} pixels")))?;
        raster.resize(len, 0_u32);
        // SAFETY: the raster has width times height places, and the size is the library's own: it writes beyond a
        // raster that is lower than the picture.
        let read = unsafe {
            (self.library.read_rgba)(
                self.handle(),
                width,
                height,
                raster.as_mut_ptr(),
                c_int::from(orientation),
                stop,
            )
        };
        let painted = raster.iter().any(|pixel| *pixel != 0);
        if read == 0 && (stop == 1 || !painted) {
            return Err(Reason::Corrupt.says("TIFF: libtiff cannot decode it"));
        }
        Ok(raster)
    }

    fn handle(&self) -> *mut Tiff {
        self.tiff.map_or(ptr::null_mut(), NonNull::as_ptr)
    }
}

impl Drop for Image<'_, '_> {
    fn drop(&mut self) {
        if let Some(tiff) = self.tiff {
            // SAFETY: the handle is open and nobody else closes it.
            unsafe { (self.library.close)(tiff.as_ptr()) };
        }
        // SAFETY: it came out of a box in `open`, and the library has let go of it.
        drop(unsafe { Box::from_raw(self.memory) });
    }
}

/// A file in memory, as the callbacks see it. Its bytes outlive it: `Image` borrows them.
struct Memory {
    bytes: *const u8,
    len: usize,
    at: u64,
}

/// What the library hands back to each callback.
fn memory<'a>(handle: *mut c_void) -> &'a mut Memory {
    // SAFETY: the handle is the one from `open`, alive until the image is dropped, and the library calls from one
    // thread at a time.
    unsafe { &mut *handle.cast::<Memory>() }
}

extern "C" fn read(handle: *mut c_void, buffer: *mut c_void, count: isize) -> isize {
    let memory = memory(handle);
    let at = usize::try_from(memory.at).unwrap_or(usize::MAX).min(memory.len);
    let count = usize::try_from(count).unwrap_or(0).min(memory.len - at);
    // SAFETY: `count` bytes from `at` on are within the file, and the library's buffer is as long as it asked for.
    unsafe { ptr::copy_nonoverlapping(memory.bytes.add(at), buffer.cast(), count) };
    memory.at = (at + count) as u64;
    count as isize
}

extern "C" fn write(_: *mut c_void, _: *mut c_void, _: isize) -> isize {
    0
}

extern "C" fn seek(handle: *mut c_void, offset: u64, from: c_int) -> u64 {
    let memory = memory(handle);
    let base = match from {
        1 => memory.at,
        2 => memory.len as u64,
        _ => 0,
    };
    memory.at = base.wrapping_add(offset);
    memory.at
}

extern "C" fn close(_: *mut c_void) -> c_int {
    0
}

extern "C" fn size(handle: *mut c_void) -> u64 {
    memory(handle).len as u64
}

/// The library reads straight from the file's bytes; opened for reading, it never writes to them.
extern "C" fn map(handle: *mut c_void, base: *mut *mut c_void, len: *mut u64) -> c_int {
    let memory = memory(handle);
    // SAFETY: both pointers are the library's own variables.
    unsafe {
        *base = memory.bytes.cast_mut().cast();
        *len = memory.len as u64;
    }
    1
}

extern "C" fn unmap(_: *mut c_void, _: *mut c_void, _: u64) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named_with_its_package() {
        let words = Library::find_one_of(&["libnowhere.so.9"]).err().unwrap_or_default();
        assert!(words.contains("install libtiff6") && words.contains("libnowhere.so.9"), "{words}");
    }

    #[test]
    fn reads_and_seeks_stay_within_the_file() {
        let bytes = [1_u8, 2, 3];
        let mut file = Memory { bytes: bytes.as_ptr(), len: bytes.len(), at: 0 };
        let handle: *mut c_void = ptr::from_mut(&mut file).cast();
        let mut buffer = [0_u8; 8];
        assert_eq!(seek(handle, 1, 0), 1);
        assert_eq!(read(handle, buffer.as_mut_ptr().cast(), 8), 2);
        assert_eq!(buffer, [2, 3, 0, 0, 0, 0, 0, 0]);
        assert_eq!(seek(handle, u64::MAX, 0), u64::MAX);
        assert_eq!(read(handle, buffer.as_mut_ptr().cast(), 8), 0);
        assert_eq!(read(handle, buffer.as_mut_ptr().cast(), -1), 0);
    }
}
