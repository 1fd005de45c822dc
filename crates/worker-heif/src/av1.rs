//! AV1's units (OBUs): enough to have a decoder that gives one picture give a later one, and no more.
//! Knows headers of units and the front of the sequence's; nothing of what is coded, or of boxes. (AV1 specification, 5.)

/// Types of units.
const SEQUENCE: u8 = 1;
const FRAME_HEADER: u8 = 3;
const TILES: u8 = 4;
const FRAME: u8 = 6;
const HEADER_AGAIN: u8 = 7;

/// The operating point of two spatial layers: one bit for layers in time, two for those in space.
const TWO_LAYERS: u16 = 0x301;
/// Its bits.
const POINT_BITS: usize = 12;

/// One unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit<'a> {
    kind: u8,
    payload: &'a [u8],
}

/// A still picture that looks like the last of these samples, which begin with one that needs no other: all of them as
/// one picture in two layers, and what came before is the lower one. Decoders give the upper.
pub(crate) fn last_of(samples: &[&[u8]]) -> Option<Vec<u8>> {
    let (last, before) = samples.split_last()?;
    let mut still = Vec::new();
    let layers = before.iter().map(|sample| (*sample, 0)).chain([(*last, 1)]);
    let mut has_layers = false;
    for (sample, layer) in layers {
        for unit in units(sample)? {
            match unit.kind {
                SEQUENCE => {
                    has_layers = true;
                    write(&mut still, &[SEQUENCE << 3 | HAS_SIZE], &in_two_layers(unit.payload)?);
                }
                kind @ (FRAME_HEADER | TILES | FRAME | HEADER_AGAIN) => {
                    write(&mut still, &[kind << 3 | EXTENDED | HAS_SIZE, layer << 3], unit.payload);
                }
                // What parts samples, and what is only told.
                _ => {}
            }
        }
    }
    has_layers.then_some(still)
}

const EXTENDED: u8 = 4;
const HAS_SIZE: u8 = 2;

/// The units of a sample, all of them whole.
fn units(mut rest: &[u8]) -> Option<Vec<Unit<'_>>> {
    let mut found = Vec::new();
    while let Some((header, after)) = rest.split_first() {
        let after = if header & EXTENDED == 0 { after } else { after.get(1..)? };
        let (len, after) = if header & HAS_SIZE == 0 { (after.len(), after) } else { size(after)? };
        let (payload, after) = after.split_at_checked(len)?;
        found.push(Unit { kind: header >> 3 & 15, payload });
        rest = after;
    }
    Some(found)
}

/// A length of up to eight groups of seven bits, the lowest first; and what follows it.
fn size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let len = bytes.iter().take(8).position(|byte| byte & 0x80 == 0)? + 1;
    let (groups, rest) = bytes.split_at_checked(len)?;
    let size = groups.iter().rev().fold(0, |size, group| size << 7 | u64::from(group & 0x7f));
    Some((usize::try_from(size).ok()?, rest))
}

fn write(to: &mut Vec<u8>, header: &[u8], payload: &[u8]) {
    to.extend(header);
    let mut len = payload.len();
    while len > 0x7f {
        to.push(len as u8 & 0x7f | 0x80);
        len >>= 7;
    }
    to.push(len as u8);
    to.extend(payload);
}

/// The header of a sequence that has no layers, saying that it has two. Its front: three bits of profile; whether it is
/// a still picture, in two bits; whether times are told; whether delays are; five bits of how many operating points there
/// are; the first of them.
fn in_two_layers(header: &[u8]) -> Option<Vec<u8>> {
    const TOLD: u8 = 0b0001_1100;
    const POINT: usize = 3 + 2 + 1 + 1 + 5;
    // With times the rest would stand elsewhere; those who write pictures tell none.
    (header.first()? & TOLD == 0).then_some(())?;
    let mut front = u32::from_be_bytes(*header.first_chunk()?);
    let shift = u32::BITS as usize - POINT - POINT_BITS;
    // Layers it has already are not ours to change.
    (front >> shift & ((1 << POINT_BITS) - 1) == 0).then_some(())?;
    front |= u32::from(TWO_LAYERS) << shift;
    let mut changed = header.to_vec();
    changed.get_mut(..4)?.copy_from_slice(&front.to_be_bytes());
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence's header: nothing told, one operating point without layers, and what follows.
    const PLAIN: &[u8] = &[1 << 3 | HAS_SIZE, 5, 0, 0, 0, 0x7f, 9];
    const LAYERED: &[u8] = &[1 << 3 | HAS_SIZE, 5, 0, 0x03, 0x01, 0x7f, 9];

    #[track_caller]
    fn check(samples: &[&[u8]], wanted: Option<&[&[u8]]>) {
        assert_eq!(last_of(samples), wanted.map(<[_]>::concat));
    }

    #[test]
    fn samples_become_layers() {
        let (delimiter, told) = ([2 << 3 | HAS_SIZE, 0], [5 << 3 | HAS_SIZE, 1, 1]);
        let key = [&delimiter, PLAIN, &told, &[6 << 3 | HAS_SIZE, 2, 7, 8]].concat();
        let header = [3 << 3 | HAS_SIZE | EXTENDED, 0x20, 1, 5];
        let next = [&header[..], &[4 << 3, 6, 7, 8]].concat();
        check(
            &[&key, &next, &[6 << 3, 9]],
            Some(&[
                LAYERED,
                &[6 << 3 | HAS_SIZE | EXTENDED, 0, 2, 7, 8],
                &[3 << 3 | HAS_SIZE | EXTENDED, 0, 1, 5],
                &[4 << 3 | HAS_SIZE | EXTENDED, 0, 3, 6, 7, 8],
                &[6 << 3 | HAS_SIZE | EXTENDED, 8, 1, 9],
            ]),
        );
    }

    #[test]
    fn what_cannot_be_layered_is_left() {
        let frame: &[u8] = &[6 << 3 | HAS_SIZE, 2, 7, 8];
        check(&[], None);
        check(&[frame, frame], None);
        check(&[LAYERED, frame], None);
        check(&[PLAIN, &frame[..3]], None);
        for told in [0x10, 0x08, 0x04] {
            check(&[&[1 << 3, told, 0, 0, 0x7f, 9], frame], None);
        }
        check(&[&[1 << 3, 0, 0, 0], frame], None);
    }

    #[test]
    fn sizes_go_there_and_back() {
        for len in [0, 1, 127, 128, 16_383, 16_384, 100_000] {
            let mut written = Vec::new();
            write(&mut written, &[6 << 3 | HAS_SIZE], &vec![1; len]);
            assert_eq!(units(&written).unwrap(), [Unit { kind: FRAME, payload: &vec![1; len] }]);
        }
        assert_eq!(size(&[0xff; 9]), None);
    }
}
