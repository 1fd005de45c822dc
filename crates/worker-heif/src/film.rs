//! The frames of an AVIF sequence, each as the still picture of the file that it is in: libheif decodes stills only.
//! Knows tracks and where their samples are; what samples hold is known next door. Knows nothing of pixels.

use crate::{av1, repair};
use tintype_media::formats::isobmff::{Atom, FourCc, Meta, find};

/// So many frames are looked at, as in all formats with frames.
const MOST_FRAMES: usize = 10;

/// A sequence whose first frame is the primary picture, or might be.
pub(crate) struct Film<'a> {
    file: &'a [u8],
    /// The items in whose place frames are put, with their tracks.
    tracks: Vec<(u32, Track<'a>)>,
}

/// The first samples of a track.
#[derive(Debug, PartialEq, Eq)]
struct Track<'a> {
    samples: Vec<Sample<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sample<'a> {
    bytes: &'a [u8],
    /// Whether it can be decoded without those before it.
    is_key: bool,
}

impl<'a> Film<'a> {
    /// The track of pictures that are as large as the primary one, and that of its alpha.
    pub(crate) fn of(file: &'a [u8], meta: &Meta<'_>, size: (u32, u32)) -> Option<Self> {
        let primary = meta.primary();
        let coded_by_av1 = |id: &u32| meta.item(*id).is_some_and(|item| item.kind == *b"av01");
        let color = Track::of(file, *b"pict", size).filter(|_| coded_by_av1(&primary))?;
        let mut tracks = vec![(primary, color)];
        if let Some(alpha) = meta.referring(b"auxl", primary).find(coded_by_av1) {
            tracks.push((alpha, Track::of(file, *b"auxv", size)?));
        }
        Some(Self { file, tracks })
    }

    /// Files that show the second frame, the third, and so on.
    pub(crate) fn frames(&self) -> impl Iterator<Item = Vec<u8>> {
        (1..MOST_FRAMES).map_while(|place| {
            let mut file = self.file.to_vec();
            for (item, track) in &self.tracks {
                file = repair::with_bytes(file, *item, &track.still(place)?)?;
            }
            Some(file)
        })
    }
}

impl<'a> Track<'a> {
    /// The first track of that kind, whose pictures are of that size.
    fn of(file: &'a [u8], kind: FourCc, size: (u32, u32)) -> Option<Self> {
        let index = find(file, b"moov")?;
        let mut media = index.atoms().filter_map(|atom| find(atom.body, b"mdia"));
        let is_wanted = |media: &Atom<'_>| {
            let handler = find(media.body, b"hdlr").and_then(|atom| atom.body.get(8..12));
            handler == Some(&kind[..])
        };
        let media = media.find(is_wanted)?;
        let table = find(find(media.body, b"minf")?.body, b"stbl")?.body;
        (size_of(table)? == size).then_some(Self { samples: samples(file, table)? })
    }

    /// A sample's bytes as those of a still picture.
    fn still(&self, place: usize) -> Option<Vec<u8>> {
        let wanted = self.samples.get(..=place)?;
        let key = wanted.iter().rposition(|sample| sample.is_key)?;
        if key == place {
            return Some(wanted[key].bytes.to_vec());
        }
        let since: Vec<_> = wanted[key..].iter().map(|sample| sample.bytes).collect();
        av1::last_of(&since)
    }
}

/// Columns and rows, of the first description of samples. ISO/IEC 14496-12, 12.1.3.
fn size_of(table: &[u8]) -> Option<(u32, u32)> {
    let (_, _, list) = find(table, b"stsd")?.versioned()?;
    let entry = find(list.get(4..)?, b"av01")?;
    let side = |at: usize| Some(u32::from(u16::from_be_bytes(entry.body.get(at..at + 2)?.try_into().ok()?)));
    Some((side(24)?, side(26)?))
}

/// The first samples, as far as they lie within the file. ISO/IEC 14496-12, 8.6.2 and 8.7.
fn samples<'a>(file: &'a [u8], table: &[u8]) -> Option<Vec<Sample<'a>>> {
    let sizes = numbers(table, *b"stsz")?;
    // Where nothing is said of keys, all are.
    let keys = numbers(table, *b"stss");
    let is_key = |place: usize| {
        keys.as_ref().is_none_or(|keys| keys.iter().skip(1).any(|key| *key as usize == place + 1))
    };
    let len = |place: usize| match sizes.split_first_chunk()? {
        ([0, _], each) => each.get(place).copied(),
        ([alike, count], _) => (place < *count as usize).then_some(*alike),
    };
    let mut found: Vec<Sample<'_>> = Vec::new();
    for (mut at, count) in chunks(table)? {
        for _ in 0..count {
            let place = found.len();
            let Some(len) = len(place).filter(|_| place < MOST_FRAMES) else { return Some(found) };
            let end = at.checked_add(len as usize)?;
            found.push(Sample { bytes: file.get(at..end)?, is_key: is_key(place) });
            at = end;
        }
    }
    Some(found)
}

/// Where the first chunks of samples start, and how many samples they have.
fn chunks(table: &[u8]) -> Option<impl Iterator<Item = (usize, u32)>> {
    let places: Vec<u64> = if let Some(list) = numbers(table, *b"stco") {
        list.get(1..)?.iter().map(|place| (*place).into()).collect()
    } else {
        let list = numbers(table, *b"co64")?;
        let (pairs, _) = list.get(1..)?.as_chunks();
        pairs.iter().map(|[high, low]| u64::from(*high) << 32 | u64::from(*low)).collect()
    };
    let runs = numbers(table, *b"stsc")?;
    let count = move |chunk: u32| {
        let (runs, _) = runs.get(1..)?.as_chunks::<3>();
        runs.iter().take_while(|[first, ..]| *first <= chunk).last().map(|[_, count, _]| *count)
    };
    let places = (1..).zip(places).take(MOST_FRAMES);
    Some(places.map_while(move |(chunk, place)| Some((usize::try_from(place).ok()?, count(chunk)?))))
}

/// The first of the numbers in a box, behind its version: all of them that the first frames need. The longest list has
/// three numbers for each.
fn numbers(table: &[u8], kind: FourCc) -> Option<Vec<u32>> {
    let (_, _, body) = find(table, &kind)?.versioned()?;
    let (words, _) = body.as_chunks();
    Some(words.iter().take(2 + 3 * MOST_FRAMES).map(|word| u32::from_be_bytes(*word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: FourCc, numbers: &[u32]) -> Vec<u8> {
        let body = [0].iter().chain(numbers).flat_map(|number| number.to_be_bytes());
        [&(numbers.len() as u32 * 4 + 12).to_be_bytes(), kind.as_slice(), &body.collect::<Vec<_>>()].concat()
    }

    /// The samples of a file of twenty bytes that count from zero.
    #[track_caller]
    fn check(boxes: &[(&FourCc, &[u32])], wanted: Option<&[(&[u8], bool)]>) {
        let file: Vec<u8> = (0..20).collect();
        let table: Vec<u8> = boxes.iter().flat_map(|(kind, numbers)| boxed(**kind, numbers)).collect();
        let found = samples(&file, &table);
        let found: Option<Vec<_>> =
            found.map(|found| found.iter().map(|sample| (sample.bytes, sample.is_key)).collect());
        assert_eq!(found.as_deref(), wanted);
    }

    #[test]
    fn samples_lie_in_chunks() {
        let one_run: (&FourCc, &[u32]) = (b"stsc", &[1, 1, 2, 1]);
        let sizes: (&FourCc, &[u32]) = (b"stsz", &[0, 3, 1, 2, 3]);
        let keys: (&FourCc, &[u32]) = (b"stss", &[1, 1]);
        let wanted: &[(&[u8], bool)] = &[(&[4], true), (&[5, 6], false), (&[9, 10, 11], false)];
        check(&[one_run, sizes, keys, (b"stco", &[2, 4, 9])], Some(wanted));
        check(&[one_run, sizes, keys, (b"co64", &[2, 0, 4, 0, 9])], Some(wanted));
        check(&[one_run, sizes, keys, (b"stco", &[1, 4])], Some(&wanted[..2]));
        check(&[one_run, sizes, keys, (b"stco", &[2, 4, 18])], None);
        check(&[one_run, sizes, (b"stco", &[1, 4])], Some(&[(&[4], true), (&[5, 6], true)]));
        check(&[one_run, (b"stsz", &[3, 1]), (b"stco", &[1, 4])], Some(&[(&[4, 5, 6], true)]));
        let two_runs: (&FourCc, &[u32]) = (b"stsc", &[2, 1, 0, 1, 2, 1, 1]);
        check(&[two_runs, (b"stsz", &[1, 9]), (b"stco", &[3, 2, 4, 9])], Some(&[(&[4], true), (&[9], true)]));
    }

    #[test]
    fn only_the_first_samples_count() {
        let sizes: (&FourCc, &[u32]) = (b"stsz", &[1, u32::MAX]);
        let ten: Vec<[u8; 1]> = (2..12).map(|byte| [byte]).collect();
        let ten: Vec<(&[u8], bool)> = ten.iter().map(|byte| (byte.as_slice(), true)).collect();
        check(&[sizes, (b"stsc", &[1, 1, u32::MAX, 1]), (b"stco", &[1, 2])], Some(&ten));
        check(&[sizes, (b"stsc", &[1, 1, 0, 1]), (b"stco", &[1, 2])], Some(&[]));
        check(&[sizes, (b"stco", &[1, 2])], None);
    }
}
