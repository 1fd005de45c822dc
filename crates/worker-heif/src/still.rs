//! One picture of a file as its index describes it: size, transformations, colours, and what decoding it will cost.
//! Knows the index; nothing of libheif or of pixels.

use crate::libheif::Coded;
use crate::upright::after;
use tintype_media::formats::isobmff::{Meta, Property, Transformation};
use tintype_media::planes::Part;
use tintype_media::{Fault, Limits, Orientation, Reason};

/// What the URN of alpha's auxiliary picture is, for AVIF and for HEIC.
const ALPHA: &[&[u8]] = &[b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// One picture, not yet decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Still<'a> {
    /// Its number.
    pub(crate) id: u32,
    /// What is done to it once it is decoded.
    pub(crate) steps: Vec<Transformation>,
    /// Its ICC profile.
    pub(crate) profile: Option<&'a [u8]>,
    /// Its colours by numbers.
    pub(crate) coded: Option<Coded>,
    /// Columns and rows as decoded.
    pub(crate) size: (u32, u32),
    samples: Samples,
}

/// What a pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Samples {
    /// Halves of a sample for each pixel: 3 for luma and chroma at half size both ways.
    halves: u64,
    /// Bytes of a sample.
    bytes: u64,
    alpha: bool,
}

impl<'a> Still<'a> {
    /// The picture of this number.
    pub(crate) fn of(meta: &Meta<'a>, id: u32) -> Result<Self, Fault> {
        let properties = || meta.properties(id);
        let size = properties().find_map(|property| match property {
            Property::Size(width, height) if *width > 0 && *height > 0 => Some((*width, *height)),
            _ => None,
        });
        let size = size.ok_or_else(|| Reason::Corrupt.says("its picture has no size"))?;
        let steps = properties().filter_map(|property| match property {
            Property::Transformation(step) => Some(*step),
            _ => None,
        });
        let mut still =
            Self { id, steps: steps.collect(), profile: None, coded: None, size, samples: samples(meta, id) };
        // A grid may leave it to its tiles to say what their colours are.
        for property in
            properties().chain(first_tile(meta, id).into_iter().flat_map(|tile| meta.properties(tile)))
        {
            match property {
                Property::Profile(profile) if !profile.is_empty() => {
                    still.profile = still.profile.or(Some(profile));
                }
                Property::Coded { points, matrix, full_range } => {
                    let coded = Coded { points: *points, matrix: *matrix, full_range: *full_range };
                    still.coded = still.coded.or(Some(coded));
                }
                _ => {}
            }
        }
        Ok(still)
    }

    /// The thumbnails that stand for this one: turned the same way, of the same shape within a pixel, with the same
    /// colours. The largest first.
    pub(crate) fn thumbnails(&self, meta: &Meta<'a>) -> Vec<Self> {
        let all = meta.referring(b"thmb", self.id).filter_map(|id| Self::of(meta, id).ok());
        let mut fit: Vec<_> = all.filter(|thumbnail| thumbnail.stands_for(self)).collect();
        fit.sort_by_key(|thumbnail| std::cmp::Reverse(thumbnail.long_edge()));
        fit
    }

    fn stands_for(&self, main: &Self) -> bool {
        let cropped = main.steps.iter().any(|step| matches!(step, Transformation::Crop(_)));
        let same_colors = self.profile == main.profile
            && self.coded.map(|coded| coded.points) == main.coded.map(|coded| coded.points);
        !cropped && self.steps == main.steps && same_colors && is_like(self.size, main.size)
    }

    /// Whether its alpha is said to be turned by itself.
    pub(crate) fn has_turned_alpha(&self, meta: &Meta<'_>) -> bool {
        let is_turn = |property: &Property<'_>| matches!(property, Property::Transformation(Transformation::Rotation(quarters)) if *quarters != 0);
        meta.referring(b"auxl", self.id).any(|aux| meta.properties(aux).any(is_turn))
    }

    /// The part that is shown, and how it is turned.
    pub(crate) fn shown(&self) -> (Part, Orientation) {
        self.shown_of(self.size)
    }

    /// The same, of a picture that turned out to be of another size.
    pub(crate) fn shown_of(&self, size: (u32, u32)) -> (Part, Orientation) {
        after(self.steps.iter().copied(), size)
    }

    /// The longer side of what is shown.
    pub(crate) fn long_edge(&self) -> u32 {
        let (width, height) = self.shown().0.size();
        width.max(height)
    }

    /// Refuses the picture if decoding it goes over a limit.
    pub(crate) fn admit(&self, limits: &Limits) -> Result<(), Fault> {
        limits.admit(self.size.0, self.size.1)?;
        let pixels = u64::from(self.size.0).saturating_mul(self.size.1.into());
        let Samples { halves, bytes, alpha } = self.samples;
        let (alpha_halves, channels) = if alpha { (2, 4) } else { (0, 3) };
        let planes = pixels.saturating_mul(halves + alpha_halves).saturating_mul(bytes) / 2;
        let pixels = pixels.saturating_mul(channels).saturating_mul(bytes);
        // The decoder's planes and libheif's copy of them, or the RGB that old versions make; then our pixels.
        limits.admit_bytes(planes.saturating_mul(2).max(pixels).saturating_add(pixels))
    }
}

/// Whether a small picture has the shape of a large one, give or take a pixel.
fn is_like(small: (u32, u32), large: (u32, u32)) -> bool {
    let scaled = |side: u32, by: (u32, u32)| f64::from(side) * f64::from(by.0) / f64::from(by.1);
    let near = |side: u32, wanted: f64| (f64::from(side) - wanted).abs() <= 1.0;
    near(small.0, scaled(large.0, (small.1, large.1))) || near(small.1, scaled(large.1, (small.0, large.0)))
}

/// The picture of which a grid is made, and the others.
fn first_tile(meta: &Meta<'_>, id: u32) -> Option<u32> {
    meta.item(id).filter(|item| item.kind == *b"grid").and_then(|_| meta.referred(b"dimg", id).next())
}

/// What a pixel is made of, by the configuration of the codec; the most there can be where it says nothing.
fn samples(meta: &Meta<'_>, id: u32) -> Samples {
    let coded = first_tile(meta, id).unwrap_or(id);
    let (halves, bits) = meta.properties(coded).find_map(configuration).unwrap_or((6, 16));
    let is_alpha = |aux: u32| {
        meta.properties(aux)
            .any(|property| matches!(property, Property::Auxiliary(urn) if ALPHA.contains(urn)))
    };
    let alpha = meta.referring(b"auxl", id).any(is_alpha) || meta.referring(b"auxl", coded).any(is_alpha);
    Samples { halves, bytes: if bits > 8 { 2 } else { 1 }, alpha }
}

/// Halves of samples for each pixel, and bits.
fn configuration(property: &Property<'_>) -> Option<(u64, u8)> {
    let Property::Other(kind, body) = property else { return None };
    match kind {
        // ISO/IEC 14496-15, 8.3.2.1: format of chroma, and bits beyond eight.
        b"hvcC" => {
            let halves = match body.get(16)? & 3 {
                0 => 2,
                1 => 3,
                2 => 4,
                _ => 6,
            };
            Some((halves, 8 + (body.get(17)? & 7)))
        }
        // AV1's ISOBMFF binding, 2.3.3: high_bitdepth, twelve_bit, monochrome, chroma subsampled in x and in y.
        b"av1C" => {
            let flags = body.get(2)?;
            let bits = if flags & 0x40 == 0 { 8 } else { 10 + (flags >> 4 & 2) };
            let halves = match (flags & 0x10 != 0, flags >> 2 & 3) {
                (true, _) => 2,
                (false, 3) => 3,
                (false, 2) => 4,
                (false, _) => 6,
            };
            Some((halves, bits))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_agree_within_a_pixel() {
        assert!(is_like((320, 240), (4032, 3024)));
        assert!(is_like((384, 512), (12240, 16320)));
        assert!(is_like((100, 67), (3000, 2001)));
        assert!(!is_like((64, 64), (128, 100)));
        assert!(!is_like((160, 120), (4000, 2250)));
        assert!(!is_like((120, 160), (4032, 3024)));
    }

    #[test]
    fn configurations_tell_samples() {
        let hevc = |chroma: u8, depth: u8| [[0; 16].as_slice(), &[0xfc | chroma, 0xf8 | depth]].concat();
        assert_eq!(configuration(&Property::Other(*b"hvcC", &hevc(1, 0))), Some((3, 8)));
        assert_eq!(configuration(&Property::Other(*b"hvcC", &hevc(3, 2))), Some((6, 10)));
        assert_eq!(configuration(&Property::Other(*b"av1C", &[0x81, 0, 0x0c])), Some((3, 8)));
        assert_eq!(configuration(&Property::Other(*b"av1C", &[0x81, 0x40, 0x70])), Some((2, 12)));
        assert_eq!(configuration(&Property::Other(*b"av1C", &[0x81, 0x20, 0x40])), Some((6, 10)));
        assert_eq!(configuration(&Property::Other(*b"av1C", &[0x81])), None);
    }

    /// Twelve megapixels as most telephones take them fit into 72 megabytes; with less they are refused.
    #[test]
    fn cost_is_known_beforehand() {
        let samples = Samples { halves: 3, bytes: 1, alpha: false };
        let still =
            Still { id: 1, steps: Vec::new(), profile: None, coded: None, size: (4000, 3000), samples };
        let admitted = |max_pixels, max_memory| still.admit(&Limits { max_pixels, max_memory }).is_ok();
        assert!(admitted(12_000_000, 96_000_000));
        assert!(!admitted(11_999_999, 96_000_000));
        assert!(!admitted(12_000_000, 95_000_000));
    }
}
