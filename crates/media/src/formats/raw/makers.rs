//! Who made a RAW file, and where its maker hides a preview in the maker note.
//! Knows names and numbers of tags; knows nothing of previews themselves.

/// A maker's files: the `Make` tag in capitals begins with this, and they have that MIME type.
pub(super) const MIME_TYPES: &[(&str, &str)] = &[
    ("CANON", "image/x-canon-cr2"),
    ("NIKON", "image/x-nikon-nef"),
    ("SONY", "image/x-sony-arw"),
    ("PENTAX", "image/x-pentax-pef"),
    ("RICOH", "image/x-pentax-pef"),
    ("ASAHI", "image/x-pentax-pef"),
    ("SAMSUNG", "image/x-samsung-srw"),
    ("OLYMPUS", OLYMPUS),
    ("OM DIGITAL", OLYMPUS),
    ("PANASONIC", PANASONIC),
    ("LEICA", PANASONIC),
    ("SEIKO EPSON", "image/x-epson-erf"),
    ("HASSELBLAD", "image/x-hasselblad-3fr"),
    ("PHASE ONE", "image/x-phaseone-iiq"),
    ("LEAF", "image/x-leaf-mos"),
    ("MAMIYA", "image/x-mamiya-mef"),
    ("KODAK", "image/x-kodak-dcr"),
    ("EASTMAN KODAK", "image/x-kodak-dcr"),
];

pub(super) const DNG: &str = "image/x-adobe-dng";
pub(super) const OLYMPUS: &str = "image/x-olympus-orf";
pub(super) const PANASONIC: &str = "image/x-panasonic-rw2";
/// Of a maker that has no row.
pub(super) const OTHER: &str = "image/x-dcraw";

/// The MIME type of what a maker of this name makes.
pub(super) fn mime_type(make: &str) -> &'static str {
    let make = make.to_ascii_uppercase();
    MIME_TYPES.iter().find(|(prefix, _)| make.starts_with(prefix)).map_or(OTHER, |row| row.1)
}

/// What offsets in a maker note count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The TIFF around the note.
    File,
    /// The note's own first byte, whose byte order is told by these letters in it.
    Note {
        /// Where `II` or `MM` stands.
        order_at: u64,
    },
    /// A whole TIFF that begins here in the note.
    Inside(u64),
}

/// One kind of maker note.
pub(super) struct Note {
    /// Its first bytes.
    pub(super) opening: &'static [u8],
    /// Where its directory is.
    pub(super) directory_at: u64,
    pub(super) base: Base,
}

/// Every kind with an opening of its own. All other notes are a bare directory.
pub(super) const NOTES: &[Note] = &[
    Note { opening: b"Nikon\0\x02", directory_at: 0, base: Base::Inside(10) },
    Note { opening: b"OLYMPUS\0", directory_at: 12, base: Base::Note { order_at: 8 } },
    Note { opening: b"OM SYSTEM\0", directory_at: 16, base: Base::Note { order_at: 12 } },
    Note { opening: b"OLYMP\0", directory_at: 8, base: Base::File },
    Note { opening: b"EPSON\0", directory_at: 8, base: Base::File },
    Note { opening: b"PENTAX \0", directory_at: 10, base: Base::Note { order_at: 8 } },
    Note { opening: b"AOC\0", directory_at: 6, base: Base::File },
    Note { opening: b"SONY DSC ", directory_at: 12, base: Base::File },
];

pub(super) const BARE: Note = Note { opening: b"", directory_at: 0, base: Base::File };

/// Tags that point at a directory with a preview: Nikon, Olympus, Samsung.
pub(super) const DIRECTORIES: &[u16] = &[0x0011, 0x2020, 0x0035];

/// Pairs of tags that tell a preview's place and length: those of TIFF, which all use below [`DIRECTORIES`] but Olympus;
/// Olympus; Minolta and old Olympus; Pentax.
pub(super) const PLACES: &[(u16, u16)] =
    &[(0x0201, 0x0202), (0x0101, 0x0102), (0x0088, 0x0089), (0x0004, 0x0003)];

/// Tags whose own bytes are a preview: Minolta's, Olympus', Epson's, Sony's.
pub(super) const PREVIEWS: &[u16] = &[0x0081, 0x0100, 0x0280, 0x2001];
