//! Pictures made of pictures: whether what one is made of ever comes to an end.
//! Knows the index; nothing of what becomes of the parts.

use tintype_media::formats::isobmff::Meta;
use tintype_media::{Fault, Reason};

/// A grid of pictures that are turned, with a gain map, is four deep. libheif 1.15 follows a circle until its stack is
/// full.
const MAX_DEPTH: u32 = 16;

/// The tiles of the largest grid there can be, and as many of its alpha.
const MAX_PARTS: u32 = 2 * 256 * 256;

/// Refuses a picture that is made of itself, or of more parts than one can be made of.
pub(crate) fn admit(meta: &Meta<'_>, id: u32) -> Result<(), Fault> {
    let mut parts = 0;
    count(meta, (id, 0), &mut parts)
}

/// Counts every part as often as it is decoded.
fn count(meta: &Meta<'_>, (id, depth): (u32, u32), parts: &mut u32) -> Result<(), Fault> {
    *parts += 1;
    if depth > MAX_DEPTH || *parts > MAX_PARTS {
        return Err(Reason::Corrupt.says("a picture made of itself, or of parts without number"));
    }
    meta.referred(b"dimg", id).try_for_each(|part| count(meta, (part, depth + 1), parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind, content].concat()
    }

    /// An index in which each of these is made of those.
    #[track_caller]
    fn check(made_of: &[(u16, &[u16])], is_fine: bool) {
        let references = made_of.iter().flat_map(|(from, to)| {
            let to_bytes: Vec<u8> = to.iter().flat_map(|id| id.to_be_bytes()).collect();
            boxed(
                b"dimg",
                &[&from.to_be_bytes(), &(to.len() as u16).to_be_bytes(), to_bytes.as_slice()].concat(),
            )
        });
        let iref = boxed(b"iref", &[vec![0; 4], references.collect()].concat());
        let infe = |id: u8| boxed(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], b"grid\0".as_slice()].concat());
        let infes: Vec<u8> = (1..40).flat_map(infe).collect();
        let iinf = boxed(b"iinf", &[&[0, 0, 0, 0, 0, 39], infes.as_slice()].concat());
        let pitm = boxed(b"pitm", &[0, 0, 0, 0, 0, 1]);
        let file = boxed(b"meta", &[vec![0; 4], pitm, iinf, iref].concat());
        let meta = Meta::of(&file).unwrap();
        let is_there = made_of
            .first()
            .is_none_or(|(from, to)| meta.referred(b"dimg", (*from).into()).count() == to.len());
        assert!(is_there, "the index is not read");
        assert_eq!(admit(&meta, 1).is_ok(), is_fine, "{made_of:?}");
    }

    #[test]
    fn what_is_made_of_itself_is_refused() {
        check(&[], true);
        check(&[(1, &[2, 2, 3, 4])], true);
        check(&[(1, &[2, 2]), (2, &[3, 3])], true);
        check(&[(1, &[1])], false);
        check(&[(1, &[2, 3]), (3, &[4]), (4, &[1])], false);
    }

    #[test]
    fn what_doubles_again_and_again_is_refused() {
        let levels: Vec<(u16, [u16; 64])> = (1..10).map(|level| (level, [level + 1; 64])).collect();
        let levels: Vec<(u16, &[u16])> =
            levels.iter().map(|(level, parts)| (*level, parts.as_slice())).collect();
        check(&levels[..2], true);
        check(&levels, false);
    }
}
