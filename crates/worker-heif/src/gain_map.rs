//! The rendition for ordinary screens that the author of an HDR picture left in it, as a map of gains (ISO 21496-1).
//! Knows arithmetic: light, and by how much each place of it is to be brighter or darker. Knows nothing of files.
//!
//! A picture whose base is for ordinary screens is shown as it is; only one whose base is HDR needs this. The formula is
//! the standard's, at the one headroom that a thumbnail has: none.

use tintype_media::{CodePoints, Pixels};

/// PQ (SMPTE ST 2084), by its number in H.273. Bases in HLG are left to tone mapping: nobody writes them.
pub(crate) const PQ: u8 = 16;
/// sRGB's curve, by its number.
const SRGB: u8 = 13;

/// The light of white on an ordinary screen, in candela per square metre (ITU-R BT.2408): what 1 means here.
const WHITE: f32 = 203.0;

/// How the map is to be read: what the `tmap` item holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recipe {
    /// Whether the gains are of light in the base's primaries, not in the alternate's.
    pub(crate) in_base_colors: bool,
    /// How many times the light of white the base is for, as a power of two.
    base_headroom: f32,
    /// The same of the alternate.
    other_headroom: f32,
    channels: [Channel; 3],
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Channel {
    least: f32,
    most: f32,
    gamma: f32,
    base_offset: f32,
    other_offset: f32,
}

impl Recipe {
    /// What the item's bytes say, if they are sound and of a version that is known.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut words = Words(bytes);
        // The version of the item, the least version of a reader, and that of the writer.
        let [0, 0, 0, _, _, flags] = words.take()? else { return None };
        let (base_headroom, other_headroom) = (words.positive()?, words.positive()?);
        let mut channels = [Channel::default(); 3];
        let count = if flags & 0x80 == 0 { 1 } else { 3 };
        for channel in channels.iter_mut().take(count) {
            *channel = Channel {
                least: words.signed()?,
                most: words.signed()?,
                gamma: words.positive().filter(|gamma| *gamma > 0.0)?,
                base_offset: words.signed()?,
                other_offset: words.signed()?,
            };
        }
        if count == 1 {
            channels = [channels[0]; 3];
        }
        let sound = channels.iter().all(|channel| channel.least <= channel.most);
        sound.then_some(Self { in_base_colors: flags & 0x40 != 0, base_headroom, other_headroom, channels })
    }

    /// Whether the alternate is the one for ordinary screens.
    pub(crate) fn leads_to_sdr(&self) -> bool {
        self.base_headroom > 0.0 && self.other_headroom == 0.0
    }
}

/// The rest of the item's bytes.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn positive(&mut self) -> Option<f32> {
        let (numerator, denominator) = (u32::from_be_bytes(self.take()?), u32::from_be_bytes(self.take()?));
        (denominator != 0).then(|| numerator as f32 / denominator as f32)
    }

    fn signed(&mut self) -> Option<f32> {
        let (numerator, denominator) = (i32::from_be_bytes(self.take()?), u32::from_be_bytes(self.take()?));
        (denominator != 0).then(|| numerator as f32 / denominator as f32)
    }
}

/// The gains of all places, as stored.
pub(crate) struct Map {
    /// Columns and rows.
    pub(crate) size: (u32, u32),
    /// One pixel for each.
    pub(crate) pixels: Pixels,
}

impl Map {
    /// The number between 0 and 1 at a place.
    fn at(&self, column: u32, row: u32) -> [f32; 3] {
        let place = row as usize * self.size.0 as usize + column as usize;
        let bytes = |pixel: Option<&[u8]>| {
            std::array::from_fn(|at| pixel.map_or(0.0, |pixel| f32::from(pixel[at]) / 255.0))
        };
        let words = |pixel: Option<&[u16]>| {
            std::array::from_fn(|at| pixel.map_or(0.0, |pixel| f32::from(pixel[at]) / 65535.0))
        };
        match &self.pixels {
            Pixels::Rgb8(samples) => bytes(samples.get(place * 3..place * 3 + 3)),
            Pixels::Rgba8(samples) | Pixels::Cmyk8(samples) => bytes(samples.get(place * 4..place * 4 + 3)),
            Pixels::Rgb16(samples) => words(samples.get(place * 3..place * 3 + 3)),
            Pixels::Rgba16(samples) => words(samples.get(place * 4..place * 4 + 3)),
        }
    }

    /// The same for a place in a picture of any size, between the four nearest.
    fn between(&self, (x, y): (u32, u32), of: (u32, u32)) -> [f32; 3] {
        let (left, right, across) = neighbours(x, of.0, self.size.0);
        let (above, below, down) = neighbours(y, of.1, self.size.1);
        let mixed = |one: [f32; 3], other: [f32; 3], share: f32| {
            std::array::from_fn(|at| one[at] + (other[at] - one[at]) * share)
        };
        if (across, down) == (0.0, 0.0) {
            return self.at(left, above);
        }
        let upper = mixed(self.at(left, above), self.at(right, above), across);
        mixed(upper, mixed(self.at(left, below), self.at(right, below), across), down)
    }
}

/// The two samples between whose middles a place lies, and how far towards the second.
fn neighbours(at: u32, of: u32, samples: u32) -> (u32, u32, f32) {
    let last = samples.saturating_sub(1);
    let place = (at as f32 + 0.5) * samples as f32 / of as f32 - 0.5;
    let place = place.clamp(0.0, last as f32);
    let first = place as u32;
    (first, (first + 1).min(last), place - first as f32)
}

/// What the base, whose pixels are all of a picture as stored, becomes for an ordinary screen, and how its colours are
/// given from then on. A base that is not what the recipe is for is left.
pub(crate) fn applied(
    (mut pixels, (width, height)): (Pixels, (u32, u32)),
    points: CodePoints,
    recipe: &Recipe,
    map: &Map,
) -> (Pixels, CodePoints) {
    let (levels, channels) = match &mut pixels {
        Pixels::Rgb16(levels) => (levels, 3),
        Pixels::Rgba16(levels) => (levels, 4),
        Pixels::Rgb8(_) | Pixels::Rgba8(_) | Pixels::Cmyk8(_) => return (pixels, points),
    };
    if points.transfer != PQ || !recipe.leads_to_sdr() {
        return (pixels, points);
    }
    let light: Vec<f32> = (0..=u16::MAX).map(|level| light_of_pq(f32::from(level) / 65535.0)).collect();
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    for (pixel, place) in levels.chunks_exact_mut(channels).zip(places) {
        let gains = map.between(place, (width, height));
        for ((level, gain), channel) in pixel.iter_mut().zip(gains).zip(&recipe.channels) {
            let power = channel.least + (channel.most - channel.least) * gain.powf(1.0 / channel.gamma);
            // Towards less headroom the gain is taken back: hence the sign.
            let shown =
                (light[usize::from(*level)] + channel.base_offset) * (-power).exp2() - channel.other_offset;
            *level = (srgb(shown.clamp(0.0, 1.0)) * 65535.0 + 0.5) as u16;
        }
    }
    (pixels, CodePoints { transfer: SRGB, ..points })
}

/// PQ's curve: light in units of white.
fn light_of_pq(number: f32) -> f32 {
    let (m1, m2) = (0.159_301_76, 78.84375);
    let (c1, c2, c3) = (0.835_937_5, 18.851_563, 18.6875);
    let power = number.powf(1.0 / m2);
    let light = ((power - c1).max(0.0) / (c2 - c3 * power)).powf(1.0 / m1);
    light * 10_000.0 / WHITE
}

fn srgb(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: CodePoints = CodePoints { primaries: 1, transfer: PQ };

    fn words(numbers: &[(i32, u32)]) -> Vec<u8> {
        numbers.iter().flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()]).flatten().collect()
    }

    /// An item of one channel: up to `most` stops from a base with two stops of headroom.
    fn item(most: i32) -> Vec<u8> {
        let channel = [(0, 1), (most, 1), (1, 1), (0, 1), (0, 1)];
        [&[0, 0, 0, 0, 0, 0x40][..], &words(&[(2, 1), (0, 1)]), &words(&channel)].concat()
    }

    #[test]
    fn a_recipe_is_read() {
        let recipe = Recipe::read(&item(3)).unwrap();
        assert!(recipe.in_base_colors && recipe.leads_to_sdr());
        assert_eq!((recipe.channels[2].least, recipe.channels[2].most), (0.0, 3.0));
    }

    #[test]
    fn what_is_cut_unknown_or_senseless_is_none() {
        let item = item(3);
        for len in 0..item.len() {
            assert_eq!(Recipe::read(&item[..len]), None, "{len} bytes");
        }
        let with = |at: usize, byte: u8| Recipe::read(&[&item[..at], &[byte], &item[at + 1..]].concat());
        assert_eq!(with(2, 1), None, "for later readers");
        assert_eq!(with(13, 0), None, "a denominator of zero");
        assert_eq!(with(41, 0), None, "a gamma of zero");
        assert_eq!(with(30, 0x80), None, "the most is below the least");
        assert!(with(21, 1).is_some_and(|recipe| recipe.leads_to_sdr()));
    }

    /// One grey pixel of a base of `nits`, by a map of one number.
    #[track_caller]
    fn check(nits: f32, gain: u8, wanted: u8) {
        let level = (0..=u16::MAX).find(|level| light_of_pq(f32::from(*level) / 65535.0) * WHITE >= nits);
        let base = (Pixels::Rgb16(vec![level.unwrap(); 3]), (1, 1));
        let map = Map { size: (1, 1), pixels: Pixels::Rgb8(vec![gain; 3]) };
        let (pixels, points) = applied(base, BASE, &Recipe::read(&item(2)).unwrap(), &map);
        let Pixels::Rgb16(levels) = pixels else { panic!("{pixels:?}") };
        assert!((levels[0] / 257).abs_diff(wanted.into()) <= 1, "{}, not {wanted}", levels[0] / 257);
        assert_eq!(points.transfer, SRGB);
    }

    #[test]
    fn gains_are_taken_back() {
        check(203.0, 0, 255);
        check(812.0, 255, 255);
        check(203.0, 255, 137);
        check(0.0, 0, 0);
        check(10_000.0, 0, 255);
    }

    #[test]
    fn a_small_map_serves_a_large_picture() {
        let map = Map { size: (2, 1), pixels: Pixels::Rgb8(vec![0, 0, 0, 255, 255, 255]) };
        let row: Vec<_> = (0..4).map(|x| map.between((x, 0), (4, 1))[0]).collect();
        assert_eq!(row, [0.0, 0.25, 0.75, 1.0]);
    }

    #[test]
    fn other_bases_are_left() {
        let (recipe, map) =
            (Recipe::read(&item(2)).unwrap(), Map { size: (1, 1), pixels: Pixels::Rgb8(vec![0; 3]) });
        let sdr = CodePoints { primaries: 1, transfer: SRGB };
        for (base, points) in [(Pixels::Rgb16(vec![9; 3]), sdr), (Pixels::Rgb8(vec![9; 3]), BASE)] {
            assert_eq!(applied((base.clone(), (1, 1)), points, &recipe, &map), (base, points));
        }
    }
}
