//! GIF: the first frame, in its place on the logical screen, or another where that is blank.
//! Knows nothing of what becomes of the picture.

use super::frames::{self, Afterwards, Layering, Place};
use super::raster::{admit, filled, without_idle_alpha};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Limits, Picture, Pixels, Reason, Source};
use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, Frame, MemoryLimit};
use std::io::Read;
use std::num::NonZeroU64;

pub(crate) const FORMAT: Format = Format {
    name: "GIF",
    mime_types: &["image/gif"],
    extensions: &["gif"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"GIF87a")], &[(0, b"GIF89a")]]),
    decode,
};

fn fault(error: &DecodingError) -> Fault {
    let reason = match error {
        DecodingError::OutOfMemory => Reason::OutOfMemory,
        DecodingError::MemoryLimit => Reason::TooLarge,
        _ => Reason::Corrupt,
    };
    reason.says(format!("GIF: {error}"))
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(
        NonZeroU64::new(order.limits.max_memory).unwrap_or(NonZeroU64::MIN),
    ));
    options.allow_unknown_blocks(true);
    let mut decoder =
        options.read_info(with_palette(source.bytes(order.limits)?)).map_err(|error| fault(&error))?;
    let (screen_width, screen_height) = (decoder.width(), decoder.height());
    let global = decoder.global_palette().map(<[u8]>::to_vec);

    let mut frame = decoder
        .next_frame_info()
        .map_err(|error| fault(&error))?
        .cloned()
        .ok_or_else(|| Reason::NoPicture.says("GIF: no frame"))?;
    // A frame that reaches over the edge makes the screen larger, as browsers do for the first one.
    let width = screen_width.max(frame.left.saturating_add(frame.width));
    let height = screen_height.max(frame.top.saturating_add(frame.height));
    // Four bytes for the screen, one for the frame's indices.
    let size = admit(order.limits, (width.into(), height.into()), 5)?;

    let mut indices = filled(0_u8, usize::from(frame.width).saturating_mul(frame.height.into()))?;
    let cut_short = decoder.read_into_buffer(&mut indices).err();
    let next = if cut_short.is_none() { next(&mut decoder) } else { None };
    let animated = next.is_some();
    let palette = frame.palette.take().or_else(|| global.clone()).unwrap_or_default();

    let mut screen = filled(0_u8, size.pixels.saturating_mul(4))?;
    draw(&mut screen, usize::from(width), &frame, &palette, &indices);
    drop(indices);
    let mut screen = Pixels::Rgba8(screen);
    let last = place(&frame);
    let mut film = Film { decoder, next, global, limits: order.limits, screen: (size.width, size.height) };
    frames::Canvas { pixels: &mut screen, size: film.screen, last }.tell(order.limits, || film.next());
    let pixels = if let Pixels::Rgba8(rgba) = screen { without_idle_alpha(rgba) } else { screen };
    let mut picture = Picture::new(pixels, size.width, size.height);
    picture.animated = animated;
    picture.warnings.extend(cut_short.map(|error| format!("only in part: {error}")));
    Ok(picture)
}

fn next<R: Read>(decoder: &mut Decoder<R>) -> Option<Frame<'static>> {
    decoder.next_frame_info().ok().flatten().cloned()
}

fn place(frame: &Frame<'_>) -> Place {
    Place {
        left: frame.left.into(),
        top: frame.top.into(),
        width: frame.width.into(),
        height: frame.height.into(),
        afterwards: match frame.dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Afterwards::Stays,
            DisposalMethod::Background => Afterwards::Cleared,
            DisposalMethod::Previous => Afterwards::Undone,
        },
    }
}

/// The frames after the first.
struct Film<'a, R: Read> {
    decoder: Decoder<R>,
    next: Option<Frame<'static>>,
    global: Option<Vec<u8>>,
    limits: &'a Limits,
    screen: (u32, u32),
}

impl<R: Read> Film<'_, R> {
    /// None where there is none, or none that is whole and fits beside the screen.
    fn next(&mut self) -> Option<frames::Frame> {
        let mut frame = self.next.take()?;
        let place = place(&frame);
        let area = place.width.saturating_mul(place.height);
        // The screen and the frame, four bytes each, and its indices.
        admit(self.limits, self.screen, 9).ok()?;
        if area > self.screen.0.saturating_mul(self.screen.1) {
            return None;
        }
        let mut indices = filled(0_u8, area as usize).ok()?;
        self.decoder.read_into_buffer(&mut indices).ok()?;
        let palette = frame.palette.take().or_else(|| self.global.clone()).unwrap_or_default();
        let mut rgba = filled(0_u8, indices.len().saturating_mul(4)).ok()?;
        let alone = Frame { left: 0, top: 0, ..frame };
        draw(&mut rgba, usize::from(alone.width), &alone, &palette, &indices);
        self.next = next(&mut self.decoder);
        Some(frames::Frame { pixels: Pixels::Rgba8(rgba), place, layering: Layering::Over })
    }
}

/// The file, with a ramp of greys for a global palette if it has none: frames without a palette of their own are
/// legal and every viewer shows them in something.
fn with_palette(file: &[u8]) -> Box<dyn Read + '_> {
    /// Signature and logical screen descriptor.
    const HEADER_LEN: usize = 13;
    /// There is a global palette, and it has 256 entries.
    const FULL_PALETTE: u8 = 0x87;
    let Some((header, rest)) = file.split_first_chunk::<HEADER_LEN>() else {
        return Box::new(file);
    };
    let mut header = *header;
    if header[10] & 0x80 != 0 {
        return Box::new(file);
    }
    header[10] |= FULL_PALETTE;
    let ramp: Vec<u8> = (0..=u8::MAX).flat_map(|grey| [grey; 3]).collect();
    Box::new(std::io::Cursor::new(header).chain(std::io::Cursor::new(ramp)).chain(rest))
}

/// Puts a frame on the screen. The transparent index leaves the screen as it was, which is empty.
fn draw(screen: &mut [u8], screen_width: usize, frame: &Frame<'_>, palette: &[u8], indices: &[u8]) {
    let (colors, _) = palette.as_chunks::<3>();
    let (pixels, _) = screen.as_chunks_mut::<4>();
    let rows = pixels.chunks_exact_mut(screen_width.max(1)).skip(usize::from(frame.top));
    for (row, indices) in rows.zip(indices.chunks_exact(usize::from(frame.width).max(1))) {
        for (pixel, index) in row.iter_mut().skip(usize::from(frame.left)).zip(indices) {
            if frame.transparent != Some(*index) {
                let [red, green, blue] = colors.get(usize::from(*index)).copied().unwrap_or_default();
                *pixel = [red, green, blue, u8::MAX];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pixels;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    /// A screen of 2 × 1 without a palette, and one frame of one pixel, whose index is 255, at `left`.
    fn file(left: u8, rest: &[u8]) -> Vec<u8> {
        let screen = b"GIF89a\x02\0\x01\0\0\0\0";
        let frame = [0x2c, left, 0, 0, 0, 1, 0, 1, 0, 0, 8, 4, 0x00, 0xff, 0x05, 0x04, 0];
        [screen.as_slice(), &frame, rest].concat()
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<(Pixels, bool), Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER);
        assert_eq!(
            got.map(|picture| (picture.pixels, picture.animated)).map_err(|fault| fault.reason),
            wanted
        );
    }

    #[test]
    fn a_frame_stands_in_its_place_in_greys_if_nobody_gave_colours() {
        check(&file(1, b";"), Ok((Pixels::Rgba8(vec![0, 0, 0, 0, 255, 255, 255, 255]), false)));
        let two = file(1, &file(0, b";")[13..]);
        check(&two, Ok((Pixels::Rgba8(vec![0, 0, 0, 0, 255, 255, 255, 255]), true)));
    }

    #[test]
    fn what_is_no_gif_or_has_no_frame_says_so() {
        check(b"GIF89a", Err(Reason::Corrupt));
        check(&file(1, b"")[..13], Err(Reason::Corrupt));
        check(b"GIF89a\x02\0\x01\0\0\0\0;", Err(Reason::Corrupt));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(rest in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode(&Source::from_bytes(&file(0, &rest).as_slice()), &ORDER);
            let _ = decode(&Source::from_bytes(&[b"GIF89a".as_slice(), &rest].concat().as_slice()), &ORDER);
        }
    }
}
