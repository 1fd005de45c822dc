//! The composite's rows, plane after plane, unpacked: raw, `PackBits`, or deflated with or without prediction.
//! Knows bytes; knows nothing of colours. Whatever the file's length, it keeps a row and two windows.

use super::sections::Sections;
use crate::formats::raster::filled;
use crate::source::Stream;
use crate::{Fault, Reason, Source};
use flate2::bufread::ZlibDecoder;
use std::io::{BufRead, BufReader, ErrorKind, Read};

/// How much is read at once: a call for a whole track of rows, and nothing beside the pixels.
const WINDOW: usize = 128 << 10;

type Bytes<'a> = BufReader<Stream<'a>>;

/// Rows one after the other.
pub(super) struct Rows<'a> {
    coding: Coding<'a>,
    depth: u16,
    /// A row as it lies in the file, unpacked.
    row: Vec<u8>,
    /// A row as it lies in the file, packed; or one bit a byte.
    other: Vec<u8>,
    /// Whether a row was shorter than it should be.
    pub(super) damaged: bool,
}

enum Coding<'a> {
    Raw(Bytes<'a>),
    Packed { lengths: Bytes<'a>, long: bool, packets: Bytes<'a> },
    Deflated { inflated: Box<ZlibDecoder<Bytes<'a>>>, predicted: bool },
}

/// How a row came.
enum Came {
    Whole,
    /// With nothing where it should go on.
    Damaged,
    /// Nothing does any more.
    Not,
}

impl<'a> Rows<'a> {
    /// Ready for the first row. None if the file ends before.
    pub(super) fn of(source: &'a Source<'_>, sections: &Sections) -> Result<Option<Self>, Fault> {
        let Some(at) = sections.composite_at() else { return Ok(None) };
        let mut kind = [0; 2];
        if source.read(&mut kind, at)? < kind.len() {
            return Ok(None);
        }
        let at = at.saturating_add(2);
        let bytes = |at| BufReader::with_capacity(WINDOW, source.stream(at));
        let coding = match u16::from_be_bytes(kind) {
            0 => Coding::Raw(bytes(at)),
            1 => {
                let entry: u64 = if sections.large { 4 } else { 2 };
                let rows = u64::from(sections.channels).saturating_mul(sections.height.into());
                let packets = bytes(at.saturating_add(rows.saturating_mul(entry)));
                Coding::Packed { lengths: bytes(at), long: sections.large, packets }
            }
            2 => Coding::Deflated { inflated: Box::new(ZlibDecoder::new(bytes(at))), predicted: false },
            3 => Coding::Deflated { inflated: Box::new(ZlibDecoder::new(bytes(at))), predicted: true },
            other => return Err(Reason::Unsupported.says(format!("PSD: compression {other}"))),
        };
        let bits = u64::from(sections.width).saturating_mul(sections.depth.into());
        let row = filled(0, bits.div_ceil(8) as usize)?;
        Ok(Some(Self { coding, depth: sections.depth, row, other: Vec::new(), damaged: false }))
    }

    /// The next row, in whole bytes for each sample. None when there are no more.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Fault> {
        let (row, other) = (&mut self.row, &mut self.other);
        let came = match &mut self.coding {
            Coding::Raw(bytes) => read(bytes, row)?,
            Coding::Packed { lengths, long, packets } => match next_length(lengths, *long)? {
                Some(len) => {
                    let came = read_packed(packets, len, other, row.len())?;
                    if matches!(came, Came::Not) {
                        Came::Not
                    } else if unpack(other, row) < row.len() {
                        Came::Damaged
                    } else {
                        came
                    }
                }
                None => Came::Not,
            },
            Coding::Deflated { inflated, predicted } => {
                let came = read(inflated, row)?;
                if *predicted {
                    sum(row, self.depth, other)?;
                }
                came
            }
        };
        match came {
            Came::Not => return Ok(None),
            Came::Damaged => self.damaged = true,
            Came::Whole => {}
        }
        if self.depth == 1 {
            spread(row, other);
            return Ok(Some(other));
        }
        Ok(Some(row))
    }
}

/// Fills a row, or says that there is not so much left.
fn read(bytes: &mut impl Read, row: &mut [u8]) -> Result<Came, Fault> {
    match bytes.read_exact(row) {
        Ok(()) => Ok(Came::Whole),
        Err(error) => match error.kind() {
            // So the inflater calls what it cannot inflate.
            ErrorKind::UnexpectedEof | ErrorKind::InvalidInput | ErrorKind::InvalidData => Ok(Came::Not),
            _ => Err(Reason::Io.says(format!("read a row: {error}"))),
        },
    }
}

fn next_length(lengths: &mut impl Read, long: bool) -> Result<Option<u64>, Fault> {
    let mut entry = [0; 4];
    let bytes = if long { &mut entry[..] } else { &mut entry[2..] };
    Ok(match read(lengths, bytes)? {
        Came::Whole => Some(u32::from_be_bytes(entry).into()),
        Came::Damaged | Came::Not => None,
    })
}

/// A packed row of `len` bytes. However badly it was packed, what makes `unpacked` bytes is no longer than twice that.
fn read_packed(
    packets: &mut Bytes<'_>,
    len: u64,
    packed: &mut Vec<u8>,
    unpacked: usize,
) -> Result<Came, Fault> {
    let used = len.min((unpacked as u64).saturating_mul(2));
    packed.clear();
    let fault = |error| Reason::Io.says(format!("read a row: {error}"));
    let got = packets.by_ref().take(used).read_to_end(packed).map_err(fault)?;
    let mut rest = len.saturating_sub(used);
    while rest > 0 {
        let there = packets.fill_buf().map_err(fault)?.len();
        if there == 0 {
            break;
        }
        let skipped = (there as u64).min(rest);
        packets.consume(skipped as usize);
        rest = rest.saturating_sub(skipped);
    }
    Ok(if (got as u64) < used { Came::Not } else { Came::Whole })
}

/// `PackBits`: a count, then so many bytes as they are, or one byte so many times. Returns how much of the row there was;
/// the rest is 0.
fn unpack(packed: &[u8], row: &mut [u8]) -> usize {
    let (mut from, mut done) = (packed, 0_usize);
    while let (Some((count, rest)), true) = (from.split_first(), done < row.len()) {
        let to = row.get_mut(done..).unwrap_or_default();
        let len = match count {
            0..=127 => {
                let len = usize::from(*count).saturating_add(1).min(rest.len());
                let (literal, rest) = rest.split_at_checked(len).unwrap_or_default();
                to.iter_mut().zip(literal).for_each(|(to, from)| *to = *from);
                from = rest;
                len
            }
            // Nothing, by which some writers fill up.
            128 => {
                from = rest;
                0
            }
            129.. => {
                let Some((value, rest)) = rest.split_first() else { break };
                let len = 257_usize.saturating_sub(usize::from(*count));
                to.iter_mut().take(len).for_each(|to| *to = *value);
                from = rest;
                len
            }
        };
        done = done.saturating_add(len);
    }
    row.get_mut(done..).unwrap_or_default().fill(0);
    done
}

/// Undoes prediction: each sample was stored as what it differs from the one before. Of floats it is the bytes that were,
/// after all first bytes of a row were put in front, then all second ones, and so on.
fn sum(row: &mut [u8], depth: u16, floats: &mut Vec<u8>) -> Result<(), Fault> {
    if depth == 16 {
        let mut before = 0_u16;
        for pair in row.as_chunks_mut::<2>().0 {
            before = before.wrapping_add(u16::from_be_bytes(*pair));
            *pair = before.to_be_bytes();
        }
        return Ok(());
    }
    let mut before = 0_u8;
    for byte in &mut *row {
        before = before.wrapping_add(*byte);
        *byte = before;
    }
    if depth == 32 {
        if floats.len() != row.len() {
            *floats = filled(0, row.len())?;
        }
        floats.copy_from_slice(row);
        let part = row.len() / 4;
        for (first, column) in floats.chunks_exact(part.max(1)).zip(0..4) {
            row.iter_mut().skip(column).step_by(4).zip(first).for_each(|(to, from)| *to = *from);
        }
    }
    Ok(())
}

/// Bits as bytes. Ink is 1.
fn spread(row: &[u8], bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.extend(
        row.iter().flat_map(|byte| (0..8).map(move |bit| if byte << bit & 0x80 == 0 { u8::MAX } else { 0 })),
    );
}
