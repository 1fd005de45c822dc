//! Which of a TIFF's pictures to show, and what its tags say besides pixels.
//! Knows nothing of how pixels are coded.

use super::fields::{Dialect, Field, Fields, MOST_ENTRIES};
use crate::exif::color_named;
use crate::{ColorSpace, Fault, Orientation, Picture, Reason};
use std::collections::HashSet;
use std::ops::Range;

/// More pages than this are not counted: a chain of directories costs little to write and much to follow.
const MOST_PAGES: usize = 10_000;
/// A pyramid has a dozen levels; each is half as large as the one before.
const MOST_LEVELS: usize = 32;
/// Indices of 16 bits have this many colours, of three levels each.
const MOST_LEVELS_OF_COLOR: usize = 3 << 16;
/// The tags that the `tiff` crate reads: of each all values, at 32 bytes each, and it reserves room for as many as are
/// announced, though it want but one.
const READ_BY_CRATE: &[u16] =
    &[256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 338, 339, 347, 530];
/// Strips or tiles of a picture of 100 megapixels in tiles of 16 × 16 are less than half as many.
const MOST_VALUES: u64 = 1 << 20;

/// One picture in the file.
#[allow(clippy::struct_excessive_bools, reason = "four independent yes-or-no tags, and no state machine")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Its place in the main chain, or nothing if it hangs below another one.
    pub index: Option<usize>,
    /// Where in the file it begins.
    pub offset: u64,
    /// Columns, as stored.
    pub width: u32,
    /// Rows, as stored.
    pub height: u32,
    /// How to turn it upright.
    pub orientation: Orientation,
    /// Bits of a sample.
    pub bits: u32,
    /// Samples of a pixel.
    pub samples: u32,
    /// Whether samples are whole numbers without a sign, and not floats or what else there is.
    pub unsigned: bool,
    /// What the samples mean: 0 and 1 grey, 2 RGB, 3 palette, 5 inks, 6 luminance and chroma, 8 and 9 CIE Lab.
    pub photometric: u32,
    /// What the first extra sample means: 1 alpha that colours are multiplied by, 2 straight alpha.
    pub extra: Option<u32>,
    /// Whether each sample has a plane of its own.
    pub planar: bool,
    /// Whether each byte is stored lowest bit first, which the decoder would not notice.
    pub(super) bits_reversed: bool,
    pub(super) photometric_at: Option<usize>,
    /// 1 if there is none.
    pub(super) compression: u32,
    /// What a sample's bits are: 1 a whole number, 2 a signed one, 3 a float.
    pub(super) format: u32,
    /// Where its strips lie, if it has any.
    pub(super) strips: Option<Field>,
    pub(super) rows_per_strip: u32,
    /// Where its colours lie. They are read for the chosen directory only: thousands may share one palette.
    palette: Option<Field>,
    profile: Option<Range<usize>>,
    /// What EXIF says of the colours, for want of a profile.
    named: ColorSpace,
    /// Whether a tag announces more values than there are, or than anybody writes.
    pub(super) overstated: bool,
    reduced: bool,
    mask: bool,
    below: Vec<u64>,
}

/// What the directory of EXIF that `pointer` leads to says of the colours.
fn color_in_exif(dialect: Dialect, file: &[u8], pointer: &Field) -> ColorSpace {
    let fields_at = |pointer: &Field| {
        let offset = *dialect.numbers(file, pointer, 1).first()?;
        Some(dialect.fields(file, offset)?.list)
    };
    let Some(exif) = fields_at(pointer) else { return ColorSpace::Srgb };
    let field = |tag: u16| exif.iter().find(|field| field.tag == tag);
    let space = field(0xA001).and_then(|field| Some(*dialect.numbers(file, field, 1).first()? as u32));
    let others = field(0xA005).and_then(fields_at).unwrap_or_default();
    let index = others.iter().find(|field| field.tag == 1);
    color_named(space, index.and_then(|field| file.get(field.range.clone())))
}

impl Directory {
    fn read(dialect: Dialect, file: &[u8], offset: u64, index: Option<usize>) -> Option<(Self, u64)> {
        let Fields { list, next } = dialect.fields(file, offset)?;
        let field = |tag: u16| list.iter().find(|field| field.tag == tag);
        let numbers = |field: Option<&Field>, most| {
            field.map(|field| dialect.numbers(file, field, most)).unwrap_or_default()
        };
        let number = |tag: u16, default: u32| {
            numbers(field(tag), 1)
                .first()
                .map_or(default, |number| u32::try_from(*number).unwrap_or(u32::MAX))
        };
        let (subfile, old_subfile) = (number(254, 0), number(255, 0));
        let directory = Self {
            index,
            offset,
            width: number(256, 0),
            height: number(257, 0),
            orientation: Orientation::from_exif(number(274, 1)),
            bits: number(258, 1),
            samples: number(277, 1),
            unsigned: number(339, 1) == 1,
            photometric: number(262, 1),
            extra: field(338).and_then(|field| Some(*dialect.numbers(file, field, 1).first()? as u32)),
            planar: number(284, 1) == 2,
            bits_reversed: number(266, 1) == 2,
            photometric_at: field(262).map(|field| field.range.start),
            compression: number(259, 1),
            format: number(339, 1),
            strips: field(273).cloned(),
            rows_per_strip: number(278, u32::MAX),
            palette: field(320).cloned(),
            profile: field(34675).map(|field| field.range.clone()),
            named: field(34665).map_or(ColorSpace::Srgb, |field| color_in_exif(dialect, file, field)),
            overstated: list.len() >= MOST_ENTRIES || list.iter().any(|field| is_overstated(field, file)),
            reduced: subfile & 1 != 0 || old_subfile == 2,
            mask: subfile & 4 != 0,
            below: numbers(field(330), MOST_LEVELS),
        };
        Some((directory, next))
    }

    /// What its numbers mean, where they are still those of the file.
    pub fn color(&self, file: &[u8]) -> ColorSpace {
        self.profile(file).map_or_else(|| self.named.clone(), |profile| ColorSpace::Icc(profile.to_vec()))
    }

    /// The ICC profile, if it lies within the file.
    pub fn profile<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        file.get(self.profile.clone()?).filter(|profile| !profile.is_empty())
    }

    /// Bytes of a pixel as a decoder keeps it.
    pub(super) fn bytes_per_pixel(&self) -> u64 {
        u64::from(self.samples).saturating_mul(u64::from(self.bits.div_ceil(8)))
    }

    fn long_edge(&self) -> u32 {
        self.width.max(self.height)
    }

    /// Whether this is the other one made smaller: its sides are rounded to whole pixels, up or down.
    fn has_shape_of(&self, other: &Self) -> bool {
        let product = |one: u32, another: u32| u64::from(one).saturating_mul(another.into());
        let difference = product(self.width, other.height).abs_diff(product(self.height, other.width));
        difference <= u64::from(other.long_edge())
    }
}

/// Of a tag that is there twice, the crate may take the other one: each is looked at.
fn is_overstated(field: &Field, file: &[u8]) -> bool {
    READ_BY_CRATE.contains(&field.tag) && (field.count > MOST_VALUES || field.range.end > file.len())
}

/// What the directories say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    full: Directory,
    level: Option<Directory>,
    pages: u32,
    pub(super) dialect: Dialect,
    /// Of the first directory, which the `tiff` crate reads whichever is chosen.
    first_overstated: bool,
}

impl Layout {
    /// Follows the chain of directories and chooses the first page, or the smallest level of its pyramid whose long
    /// edge is at least `least_edge`.
    pub fn read(file: &[u8], least_edge: u32) -> Result<Self, Fault> {
        let corrupt = || Reason::Corrupt.says("TIFF: no directory");
        let (dialect, first) = Dialect::read(file).ok_or_else(corrupt)?;
        let chain = chain(dialect, file, first);
        let is_page = |directory: &&Directory| !directory.reduced && !directory.mask;
        let pages = chain.iter().filter(is_page).count().max(1) as u32;
        let full = chain.iter().find(is_page).or_else(|| chain.first()).ok_or_else(corrupt)?;
        let below = full.below.iter().filter_map(|offset| Directory::read(dialect, file, *offset, None));
        let below: Vec<_> = below.map(|(directory, _)| directory).collect();
        let serves = |level: &&Directory| {
            level.reduced
                && !level.mask
                && level.long_edge() >= least_edge.max(1)
                && level.long_edge() < full.long_edge()
                && level.has_shape_of(full)
        };
        let level = chain.iter().chain(&below).filter(serves).min_by_key(|level| level.long_edge());
        let first_overstated = chain.first().is_some_and(|first| first.overstated);
        Ok(Self { full: full.clone(), level: level.cloned(), pages, dialect, first_overstated })
    }

    /// Whether the `tiff` crate would reserve memory on the word of a tag.
    pub(super) fn is_overstated(&self) -> bool {
        self.first_overstated || self.chosen_in_chain().overstated
    }

    /// The picture to decode.
    pub fn chosen(&self) -> &Directory {
        self.level.as_ref().unwrap_or(&self.full)
    }

    /// The best picture that has a place in the main chain.
    pub fn chosen_in_chain(&self) -> &Directory {
        self.level.as_ref().filter(|level| level.index.is_some()).unwrap_or(&self.full)
    }

    /// The colours of a palette: all reds, then all greens, then all blues.
    pub(super) fn palette(&self, directory: &Directory, file: &[u8]) -> Vec<u16> {
        let levels =
            directory.palette.as_ref().map(|field| self.dialect.numbers(file, field, MOST_LEVELS_OF_COLOR));
        levels.unwrap_or_default().into_iter().map(|level| level as u16).collect()
    }

    /// Writes down what concerns the whole file.
    pub fn describe(&self, picture: &mut Picture) {
        picture.orientation = self.full.orientation;
        picture.full_size = (self.full.width, self.full.height);
        picture.pages = Some(self.pages);
    }
}

/// The main chain, until it ends, comes back to where it was, or is too long to be true.
fn chain(dialect: Dialect, file: &[u8], first: u64) -> Vec<Directory> {
    let mut seen = HashSet::new();
    let mut next = first;
    let mut directories = Vec::new();
    while next != 0 && directories.len() < MOST_PAGES && seen.insert(next) {
        let Some((directory, after)) = Directory::read(dialect, file, next, Some(directories.len())) else {
            break;
        };
        directories.push(directory);
        next = after;
    }
    directories
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A chain of little-endian directories, each with a subfile type, a width and a height.
    fn file(directories: &[(u32, u32, u32)]) -> Vec<u8> {
        const LEN: usize = 2 + 3 * 12 + 4;
        let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
        for (place, (subfile, width, height)) in directories.iter().enumerate() {
            file.extend(3_u16.to_le_bytes());
            for (tag, value) in [(254_u16, *subfile), (256, *width), (257, *height)] {
                file.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
                file.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
            }
            let next = if place + 1 < directories.len() { 8 + LEN * (place + 1) } else { 0 };
            file.extend((next as u32).to_le_bytes());
        }
        file
    }

    #[track_caller]
    fn check(directories: &[(u32, u32, u32)], least_edge: u32, wanted: (u32, u32)) {
        let layout = Layout::read(&file(directories), least_edge).unwrap();
        assert_eq!((layout.chosen().width, layout.pages), wanted);
    }

    #[test]
    fn the_first_page_or_the_least_level_that_serves() {
        check(&[(0, 100, 50), (0, 200, 100)], 10, (100, 2));
        check(&[(1, 10, 5), (0, 100, 50)], 20, (100, 1));
        check(&[(0, 100, 50), (1, 50, 25), (1, 25, 12)], 20, (25, 1));
        check(&[(0, 100, 50), (1, 50, 25), (1, 25, 12)], 26, (50, 1));
        check(&[(0, 100, 50), (1, 50, 50)], 26, (100, 1));
        check(&[(1, 100, 50)], 26, (100, 1));
    }

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        let mut file = file(&[(0, 100, 50)]);
        let end = file.len();
        file.splice(end - 4.., 8_u32.to_le_bytes());
        assert_eq!(Layout::read(&file, 1).unwrap().pages, 1);
    }

    /// A thousand directories, each of which says that the rest of the file is its palette.
    #[test]
    fn a_palette_that_thousands_share_is_not_kept_by_each() {
        const LEN: usize = 2 + 2 * 12 + 4;
        let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
        for place in 1..=1000 {
            file.extend(2_u16.to_le_bytes());
            for (tag, kind, count, value) in [(256_u16, 4_u16, 1_u32, 100_u32), (320, 3, 3 << 16, 8)] {
                file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
                file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
            }
            let next = if place < 1000 { 8 + LEN * place } else { 0 };
            file.extend((next as u32).to_le_bytes());
        }
        file.resize(8 + (6 << 16), 1);
        let before = most_memory();
        let layout = Layout::read(&file, 1).unwrap();
        assert_eq!(layout.pages, 1000);
        assert_eq!(layout.palette(layout.chosen(), &file).len(), 3 << 16);
        let grown = most_memory() - before;
        assert!(grown < 100_000, "{grown} kB for a file of 393 kB");
    }

    /// The most memory this process has ever had, in kB, where the system tells.
    fn most_memory() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(dialect in 0..4_usize, rest in prop::collection::vec(any::<u8>(), 0..300)) {
            let magic: [&[u8]; 4] = [b"II\x2a\0\x08\0\0\0", b"MM\0\x2a\0\0\0\x08", b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0", b"MM\0\x2b"];
            let _ = Layout::read(&[magic[dialect], &rest].concat(), 10);
        }
    }
}
