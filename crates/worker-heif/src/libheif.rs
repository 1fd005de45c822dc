//! The few functions of libheif that a thumbnail needs, with their promises kept.
//! Knows C; knows nothing of thumbnails.
#![allow(unsafe_code, reason = "a C library is called; every block says why it may be")]

use std::error::Error;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use tintype_media::planes::{Coding, Colors, Plane, Planes};
use tintype_media::{CodePoints, Fault, Reason};
use tintype_worker::system_library;

/// What the library is called where.
const NAMES: &[&str] = &["libheif.so.1", "libheif.1.dylib", "libheif.dylib", "heif.dll"];

/// What to do when it is under none of those names.
const ADVICE: &str = "install libheif1 (Debian, Ubuntu), libheif (Fedora, Arch, Homebrew)";

/// Version 1.15. Before it, one that is told to decode tiles without threads of its own crashes.
const OLDEST: u32 = 0x010f_0000;

/// `heif_compression_format`.
const HEVC: c_int = 1;
const AV1: c_int = 4;

/// `heif_colorspace` and `heif_chroma`: what the file has.
const UNDEFINED: c_int = 99;
const YCBCR: c_int = 0;
const RGB: c_int = 1;
const MONOCHROME: c_int = 2;

/// `heif_channel`: luma and two chromas, red and green and blue, alpha.
const LUMA: [c_int; 3] = [0, 1, 2];
const LIGHT: [c_int; 3] = [3, 4, 5];
const ALPHA: c_int = 6;

/// `heif_error_code`.
const UNSUPPORTED_FILE: c_int = 3;
const UNSUPPORTED_FEATURE: c_int = 4;
const NO_MEMORY: c_int = 6;
/// `heif_suberror_code`: a limit of the library's own.
const SECURITY_LIMIT: c_int = 1000;

/// Things of the library's, which only it looks into.
#[repr(C)]
struct Context {
    _private: [u8; 0],
}
#[repr(C)]
struct Handle {
    _private: [u8; 0],
}
#[repr(C)]
struct Decoded {
    _private: [u8; 0],
}

/// `heif_error`, returned by value.
#[repr(C)]
struct Status {
    code: c_int,
    detail: c_int,
    message: *const c_char,
}

/// `heif_color_profile_nclx`, as far as it is read. The library makes them, so that it may be longer.
#[repr(C)]
struct Nclx {
    version: u8,
    primaries: c_int,
    transfer: c_int,
    matrix: c_int,
    full_range: u8,
}

/// `heif_decoding_options`. The library makes them, and says in `version` how far they go.
#[repr(C)]
struct Options {
    version: u8,
    ignore_transformations: u8,
    progress: [Option<unsafe extern "C" fn()>; 3],
    progress_data: *mut c_void,
    convert_to_8_bits: u8,
    strict: u8,
    decoder: *const c_char,
    conversion: Conversion,
    cancel: Option<unsafe extern "C" fn()>,
    more_conversion: *mut c_void,
    ignore_edits: c_int,
    output: *mut Nclx,
    library_threads: c_int,
    codec_threads: c_int,
    autocorrect: u8,
    keep_nclx: u8,
}

/// `heif_color_conversion_options`, which will never grow.
#[repr(C)]
struct Conversion {
    version: u8,
    downsampling: c_int,
    upsampling: c_int,
    only_these: u8,
}

/// glibc's name for the setting that fills memory as it is handed out, in its `malloc.h`.
const M_PERTURB: c_int = -6;

/// Given to that setting, new memory is filled with the complement: 128, which is grey in planes of 8 bits.
const FILLED_GREY: c_int = 0x7f;

/// The version of [`Options`] from which on there is `output`, and the one with `keep_nclx`.
const WITH_OUTPUT: u8 = 8;
const WITH_KEEP_NCLX: u8 = 10;

/// Has new memory filled. Where a file is damaged, decoders leave parts of their planes unwritten, and what stood in that
/// memory before is of other pictures. Systems without this setting are left as they are.
#[cfg(unix)]
fn have_memory_filled() {
    let process = libloading::os::unix::Library::this();
    // SAFETY: glibc's function of this name has these types; it sets a number that later reservations read.
    unsafe {
        if let Ok(set) = process.get::<unsafe extern "C" fn(c_int, c_int) -> c_int>(b"mallopt") {
            set(M_PERTURB, FILLED_GREY);
        }
    }
}

#[cfg(not(unix))]
fn have_memory_filled() {}

/// The library, loaded.
pub(crate) struct Library {
    new_context: unsafe extern "C" fn() -> *mut Context,
    free_context: unsafe extern "C" fn(*mut Context),
    read: unsafe extern "C" fn(*mut Context, *const c_void, usize, *const c_void) -> Status,
    set_threads: unsafe extern "C" fn(*mut Context, c_int),
    primary: unsafe extern "C" fn(*mut Context, *mut *mut Handle) -> Status,
    free_handle: unsafe extern "C" fn(*mut Handle),
    new_options: unsafe extern "C" fn() -> *mut Options,
    free_options: unsafe extern "C" fn(*mut Options),
    decode: unsafe extern "C" fn(*const Handle, *mut *mut Decoded, c_int, c_int, *const Options) -> Status,
    free_image: unsafe extern "C" fn(*mut Decoded),
    color_space: unsafe extern "C" fn(*const Decoded) -> c_int,
    has_channel: unsafe extern "C" fn(*const Decoded, c_int) -> c_int,
    width: unsafe extern "C" fn(*const Decoded, c_int) -> c_int,
    height: unsafe extern "C" fn(*const Decoded, c_int) -> c_int,
    bits: unsafe extern "C" fn(*const Decoded, c_int) -> c_int,
    plane: unsafe extern "C" fn(*const Decoded, c_int, *mut c_int) -> *const u8,
    nclx: unsafe extern "C" fn(*const Decoded, *mut *mut Nclx) -> Status,
    new_nclx: unsafe extern "C" fn() -> *mut Nclx,
    free_nclx: unsafe extern "C" fn(*mut Nclx),
    premultiplied: unsafe extern "C" fn(*const Decoded) -> c_int,
    has_decoder: unsafe extern "C" fn(c_int) -> c_int,
    /// Keeps the functions above where they are.
    _loaded: libloading::Library,
}

impl Library {
    /// The system's library, under any of its names.
    pub(crate) fn find() -> Result<Self, String> {
        Self::find_one_of(NAMES)
    }

    fn find_one_of(names: &[&str]) -> Result<Self, String> {
        // SAFETY: libheif and what it depends on run nothing when they are loaded but their own set-up.
        unsafe { system_library::load("libheif", names, ADVICE, Self::with) }
    }

    fn with(library: libloading::Library) -> Result<Self, Box<dyn Error>> {
        // SAFETY: takes and changes nothing, in any version.
        let version = unsafe {
            library.get::<unsafe extern "C" fn() -> u32>("heif_get_version_number").map(|get| get())?
        };
        if version < OLDEST {
            return Err(format!(
                "version {}.{} is too old: 1.15 is needed",
                version >> 24,
                version >> 16 & 255
            )
            .into());
        }
        have_memory_filled();
        // SAFETY: the types are those of heif.h (versions 1.15 to 1.23), and the functions live as long as `_loaded`
        // beside them. `heif_init` takes no arguments that are needed, and loads the plugins for codecs.
        unsafe {
            if let Ok(init) = library.get::<unsafe extern "C" fn(*const c_void) -> Status>("heif_init") {
                init(ptr::null());
            }
            Ok(Self {
                new_context: *library.get("heif_context_alloc")?,
                free_context: *library.get("heif_context_free")?,
                read: *library.get("heif_context_read_from_memory_without_copy")?,
                set_threads: *library.get("heif_context_set_max_decoding_threads")?,
                primary: *library.get("heif_context_get_primary_image_handle")?,
                free_handle: *library.get("heif_image_handle_release")?,
                new_options: *library.get("heif_decoding_options_alloc")?,
                free_options: *library.get("heif_decoding_options_free")?,
                decode: *library.get("heif_decode_image")?,
                free_image: *library.get("heif_image_release")?,
                color_space: *library.get("heif_image_get_colorspace")?,
                has_channel: *library.get("heif_image_has_channel")?,
                width: *library.get("heif_image_get_width")?,
                height: *library.get("heif_image_get_height")?,
                bits: *library.get("heif_image_get_bits_per_pixel_range")?,
                plane: *library.get("heif_image_get_plane_readonly")?,
                nclx: *library.get("heif_image_get_nclx_color_profile")?,
                new_nclx: *library.get("heif_nclx_color_profile_alloc")?,
                free_nclx: *library.get("heif_nclx_color_profile_free")?,
                premultiplied: *library.get("heif_image_is_premultiplied_alpha")?,
                has_decoder: *library.get("heif_have_decoder_for_format")?,
                _loaded: library,
            })
        }
    }

    /// Whether pictures coded by HEVC can be decoded.
    pub(crate) fn has_hevc(&self) -> bool {
        // SAFETY: any number may be asked for.
        unsafe { (self.has_decoder)(HEVC) != 0 }
    }

    /// Whether pictures coded by AV1 can be decoded.
    pub(crate) fn has_av1(&self) -> bool {
        // SAFETY: any number may be asked for.
        unsafe { (self.has_decoder)(AV1) != 0 }
    }

    /// The primary picture of a file in memory, as stored: no transformation is applied. `coded` is what its file says
    /// of its colours, where it does.
    pub(crate) fn decode<'a>(&'a self, file: &'a [u8], coded: Option<Coded>) -> Result<Image<'a>, Fault> {
        // SAFETY: takes nothing, and gives a context or null.
        let context = NonNull::new(unsafe { (self.new_context)() })
            .ok_or_else(|| Reason::OutOfMemory.says("no memory for libheif"))?;
        let context = Owned { thing: context, free: self.free_context };
        // SAFETY: the bytes outlive the context, which ends with the image; options may be null.
        status(unsafe { (self.read)(context.get(), file.as_ptr().cast(), file.len(), ptr::null()) })?;
        // SAFETY: the context is alive. Zero means: no threads beside the caller.
        unsafe { (self.set_threads)(context.get(), 0) };
        let handle = self.primary(&context)?;
        let options = self.options(coded)?;
        let mut image = ptr::null_mut();
        // SAFETY: all are alive; the library stores an image if it says that it did.
        status(unsafe { (self.decode)(handle.get(), &raw mut image, UNDEFINED, UNDEFINED, options.get()) })?;
        let thing = NonNull::new(image).ok_or_else(|| Reason::Corrupt.says("libheif gives no picture"))?;
        let decoded = Owned { thing, free: self.free_image };
        Ok(Image { library: self, decoded, _context: context, _file: PhantomData })
    }

    fn primary(&self, context: &Owned<Context>) -> Result<Owned<Handle>, Fault> {
        let mut handle = ptr::null_mut();
        // SAFETY: the context is alive, and the library stores a handle if it says that it did.
        status(unsafe { (self.primary)(context.get(), &raw mut handle) })?;
        let thing =
            NonNull::new(handle).ok_or_else(|| Reason::Corrupt.says("no picture is the primary one"))?;
        Ok(Owned { thing, free: self.free_handle })
    }

    /// Options that leave the picture as it was coded.
    fn options(&self, coded: Option<Coded>) -> Result<Settings<'_>, Fault> {
        let no_memory = || Reason::OutOfMemory.says("no memory for libheif");
        // SAFETY: takes nothing, and gives options or null.
        let options = NonNull::new(unsafe { (self.new_options)() }).ok_or_else(no_memory)?;
        let mut settings = Settings { library: self, options, output: None };
        // SAFETY: the library has set every field up to the version that it tells.
        let version = unsafe { (*options.as_ptr()).version };
        // SAFETY: version 1 has this field.
        unsafe { (*options.as_ptr()).ignore_transformations = 1 };
        if version >= WITH_KEEP_NCLX {
            // SAFETY: this version has the field.
            unsafe { (*options.as_ptr()).keep_nclx = 1 };
        } else if let Some(coded) = coded.filter(|_| version >= WITH_OUTPUT) {
            // Else these versions convert to sRGB's own kind of planes, needlessly.
            // SAFETY: takes nothing, and gives a description or null.
            let output = NonNull::new(unsafe { (self.new_nclx)() }).ok_or_else(no_memory)?;
            // SAFETY: the description is alive and has these fields since its first version; it is freed with the
            // settings, after the options that point to it.
            unsafe {
                let fields = output.as_ptr();
                (*fields).primaries = coded.points.primaries.into();
                (*fields).transfer = coded.points.transfer.into();
                (*fields).matrix = coded.matrix.into();
                (*fields).full_range = coded.full_range.into();
                (*options.as_ptr()).output = fields;
            }
            settings.output = Some(output);
        }
        Ok(settings)
    }
}

/// What a file says of its colours by numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coded {
    /// Primaries and transfer.
    pub(crate) points: CodePoints,
    /// How RGB was turned into planes.
    pub(crate) matrix: u8,
    /// Whether black is 0.
    pub(crate) full_range: bool,
}

/// Something of the library's that is freed at the end.
struct Owned<T> {
    thing: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    fn get(&self) -> *mut T {
        self.thing.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: it is alive, and nobody else frees it.
        unsafe { (self.free)(self.get()) };
    }
}

/// Options and what they point to.
struct Settings<'library> {
    library: &'library Library,
    options: NonNull<Options>,
    output: Option<NonNull<Nclx>>,
}

impl Settings<'_> {
    fn get(&self) -> *const Options {
        self.options.as_ptr()
    }
}

impl Drop for Settings<'_> {
    fn drop(&mut self) {
        // SAFETY: both are alive, and nobody else frees them.
        unsafe {
            (self.library.free_options)(self.options.as_ptr());
            if let Some(output) = self.output {
                (self.library.free_nclx)(output.as_ptr());
            }
        }
    }
}

/// A decoded picture.
pub(crate) struct Image<'a> {
    library: &'a Library,
    decoded: Owned<Decoded>,
    /// Freed after the image: newer versions count the memory of both together.
    _context: Owned<Context>,
    _file: PhantomData<&'a [u8]>,
}

impl Image<'_> {
    /// Its planes, and primaries and transfer as the bit stream or the file gives them.
    pub(crate) fn planes(&self) -> Result<(Planes<'_>, Option<CodePoints>), Fault> {
        // SAFETY: the image is alive.
        let space = unsafe { (self.library.color_space)(self.decoded.get()) };
        let all = |channels: [c_int; 3]| {
            let [first, second, third] = channels.map(|channel| self.plane(channel));
            Ok([first?, second?, third?])
        };
        let colors = match space {
            YCBCR => Colors::YCbCr(all(LUMA)?),
            RGB => Colors::Rgb(all(LIGHT)?),
            MONOCHROME => Colors::Grey(self.plane(LUMA[0])?),
            other => return Err(Reason::Unsupported.says(format!("libheif gives colours of kind {other}"))),
        };
        // SAFETY: the image is alive, and any channel may be asked for.
        let has_alpha = unsafe { (self.library.has_channel)(self.decoded.get(), ALPHA) } != 0;
        let alpha = if has_alpha { Some(self.plane(ALPHA)?) } else { None };
        // SAFETY: the image is alive.
        let premultiplied = unsafe { (self.library.premultiplied)(self.decoded.get()) } != 0;
        let (coding, points) = self.coding();
        Ok((Planes { colors, alpha, premultiplied, coding }, points))
    }

    fn plane(&self, channel: c_int) -> Result<Plane<'_>, Fault> {
        let wrong = || Reason::Corrupt.says("libheif gives no such plane");
        let image = self.decoded.get();
        let mut stride = 0;
        // SAFETY: the image is alive; for a channel that it lacks the answers are null and below zero.
        let (start, width, height, bits) = unsafe {
            (
                (self.library.plane)(image, channel, &raw mut stride),
                (self.library.width)(image, channel),
                (self.library.height)(image, channel),
                (self.library.bits)(image, channel),
            )
        };
        let positive =
            |number: c_int| u32::try_from(number).ok().filter(|number| *number > 0).ok_or_else(wrong);
        let (width, height, bits) = (positive(width)?, positive(height)?, positive(bits)?);
        let stride = positive(stride)? as usize;
        let row = width as usize * if bits > 8 { 2 } else { 1 };
        if start.is_null() || bits > 16 || row > stride {
            return Err(wrong());
        }
        let len =
            stride.checked_mul(height as usize - 1).and_then(|len| len.checked_add(row)).ok_or_else(wrong)?;
        // SAFETY: the plane has that many rows of that many samples, `stride` bytes apart, and lives as long as the
        // image, which `self` borrows.
        let bytes = unsafe { std::slice::from_raw_parts(start, len) };
        Ok(Plane { bytes, stride, width, height, bits })
    }

    /// How RGB is made of the planes. Who says nothing means BT.601 in full range (ISO/IEC 23000-22, 7.3.6.4).
    fn coding(&self) -> (Coding, Option<CodePoints>) {
        let mut found = ptr::null_mut();
        // SAFETY: the image is alive, and the library stores a description if it says that it did.
        let told = unsafe { (self.library.nclx)(self.decoded.get(), &raw mut found) };
        let Some(found) = NonNull::new(found).filter(|_| told.code == 0) else {
            return (Coding { matrix: 6, primaries: 1, full_range: true }, None);
        };
        let found = Owned { thing: found, free: self.library.free_nclx };
        // SAFETY: it is alive, and has these fields since its first version.
        let Nclx { primaries, transfer, matrix, full_range, .. } = unsafe { ptr::read(found.get()) };
        let number = |number: c_int| u8::try_from(number).unwrap_or(UNSPECIFIED);
        let points = CodePoints { primaries: number(primaries), transfer: number(transfer) };
        let coding =
            Coding { matrix: number(matrix), primaries: points.primaries, full_range: full_range != 0 };
        (coding, Some(points))
    }
}

/// H.273's number for what nobody says.
pub(crate) const UNSPECIFIED: u8 = 2;

/// What the library says of a call.
#[allow(clippy::needless_pass_by_value, reason = "an answer is there to be taken")]
fn status(status: Status) -> Result<(), Fault> {
    if status.code == 0 {
        return Ok(());
    }
    let words = if status.message.is_null() {
        "no words".into()
    } else {
        // SAFETY: the library's messages are never null and end with a zero; the thing they belong to is alive.
        unsafe { CStr::from_ptr(status.message) }.to_string_lossy()
    };
    let reason = match (status.code, status.detail) {
        (NO_MEMORY, SECURITY_LIMIT) => Reason::TooLarge,
        (NO_MEMORY, _) => Reason::OutOfMemory,
        (UNSUPPORTED_FILE | UNSUPPORTED_FEATURE, _) => Reason::Unsupported,
        _ => Reason::Corrupt,
    };
    Err(reason.says(format!("libheif: {words}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named_with_its_package() {
        let words = Library::find_one_of(&["libnowhere.so.9"]).err().unwrap_or_default();
        assert!(words.contains("install libheif1") && words.contains("libnowhere.so.9"), "{words}");
    }

    #[track_caller]
    fn check(code: c_int, detail: c_int, wanted: Option<Reason>) {
        let got = status(Status { code, detail, message: c"why".as_ptr() });
        assert_eq!(got.as_ref().err().map(|fault| fault.reason), wanted);
        assert!(got.is_ok_and(|()| wanted.is_none()) || wanted.is_some());
    }

    #[test]
    fn answers_have_reasons() {
        check(0, 0, None);
        check(2, 0, Some(Reason::Corrupt));
        check(UNSUPPORTED_FEATURE, 0, Some(Reason::Unsupported));
        check(NO_MEMORY, 0, Some(Reason::OutOfMemory));
        check(NO_MEMORY, SECURITY_LIMIT, Some(Reason::TooLarge));
    }
}
