//! JPEG XL: lossy and lossless, with alpha, inks and spot colours, one frame of an animation; of a file that is cut
//! short, what there is.
//! Knows nothing of what becomes of the picture. A preview frame is left alone: no encoder we know of writes any.

mod layout;

use super::raster::{admit, guarded};
use super::{Format, Kind, Order, Signature, frames};
use crate::memory::over_the_limit;
use crate::{Fault, Limits, Orientation, Picture, Reason, Source};
use jxl::api::{
    AlphaMode, Event, JxlBasicInfo, JxlDecoder, JxlDecoderOptions, JxlOutputBuffer, ProfileLevel,
};
use jxl::error::Error;
use layout::Layout;

pub(crate) const FORMAT: Format = Format {
    name: "JPEG XL",
    mime_types: &["image/jxl"],
    extensions: &["jxl"],
    kind: Kind::Image,
    // A bare codestream, and a container.
    signature: Signature::Magic(&[&[(0, b"\xff\x0a")], &[(0, b"\0\0\0\x0cJXL \r\n\x87\n")]]),
    decode,
};

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    guarded(Reason::Corrupt, || decode_trusting(file, order.limits))
}

fn decode_trusting(mut rest: &[u8], limits: &Limits) -> Result<Picture, Fault> {
    let mut decoder = JxlDecoder::new(options(limits));
    advance(&mut decoder, &mut rest, None)?;
    let (Some(info), Some(profile)) = (decoder.basic_info().cloned(), decoder.embedded_color_profile())
    else {
        return Err(Reason::Corrupt.says("JPEG XL: no header"));
    };
    let (width, height) = stored_size(&info)?;
    let layout = Layout::of(&info, profile);
    let working = WORKING_BYTES.saturating_mul(3_u64.saturating_add(info.extra_channels.len() as u64));
    let working = if info.uses_original_profile { working } else { working / 2 };
    let size = admit(limits, (width, height), layout.bytes_per_pixel().saturating_add(working))?;
    decoder.set_pixel_format(layout.format(&info)).map_err(|error| fault(&error))?;

    let mut room = layout.room(size.pixels)?;
    let cut_short = next_frame(&mut decoder, &mut rest, &mut room.buffer(height as usize))?;
    let mut pixels = layout.pixels(room)?;
    let with_another = working.saturating_add(layout.bytes_per_pixel().saturating_mul(2));
    if info.animation.is_some() && cut_short.is_none() && admit(limits, (width, height), with_another).is_ok()
    {
        frames::pass_blank(&mut pixels, (width, height), limits, || {
            let mut room = layout.room(size.pixels).ok()?;
            let cut = next_frame(&mut decoder, &mut rest, &mut room.buffer(height as usize)).ok()?;
            layout.pixels(room).ok().filter(|_| cut.is_none())
        });
    }
    let mut picture = Picture::new(pixels, width, height);
    picture.orientation = Orientation::from_exif(info.orientation as u32);
    picture.color = decoder.output_color_profile().map(layout::color_space).unwrap_or_default();
    picture.animated = info.animation.is_some();
    picture.warnings.extend(cut_short.map(|fault| format!("only in part: {}", fault.detail)));
    Ok(picture)
}

fn options(limits: &Limits) -> JxlDecoderOptions {
    let mut options = JxlDecoderOptions::default();
    // The pipeline turns the small picture, which costs less.
    options.adjust_orientation = false;
    options.alpha_mode = AlphaMode::Unpremultiplied;
    // Level 10 has inks and floats. What a file of any level may cost is said by the limits.
    options.max_profile_level = ProfileLevel::Main10;
    let most = limits.max_memory.saturating_sub(limits.max_memory / 4) / (WORKING_BYTES / 2);
    options.sample_limit = usize::try_from(most).ok();
    // An embedded profile may announce up to 256 MiB, which the crate reserves; it has no option for less.
    options
}

/// What the decoder keeps of a sample of a lossless picture: a number of 32 bits. Of a lossy one, which it draws group by
/// group, it is less than half (measured: 1.2 bytes, and 4 with several passes).
const WORKING_BYTES: u64 = 4;

fn fault(error: &Error) -> Fault {
    match error {
        Error::ImageSizeTooLarge(..) => over_the_limit(format!("JPEG XL: {error}")),
        Error::OutOfMemory(_) | Error::ImageOutOfMemory(..) => {
            Reason::OutOfMemory.says(format!("JPEG XL: {error}"))
        }
        error => Reason::Corrupt.says(format!("JPEG XL: {error}")),
    }
}

fn stored_size(info: &JxlBasicInfo) -> Result<(u32, u32), Fault> {
    let side = |length: usize| {
        u32::try_from(length)
            .map_err(|_| Reason::TooLarge.says(format!("JPEG XL: a side of {length} pixels")))
    };
    Ok((side(info.size.0)?, side(info.size.1)?))
}

/// On to whatever comes next.
fn advance(
    decoder: &mut JxlDecoder,
    rest: &mut &[u8],
    buffer: Option<&mut JxlOutputBuffer<'_>>,
) -> Result<Event, Fault> {
    let event =
        decoder.process(rest, buffer.map(std::slice::from_mut), None).map_err(|error| fault(&error))?;
    match event {
        Event::NeedMoreInput { .. } => Err(Reason::Corrupt.says("JPEG XL: cut short")),
        event => Ok(event),
    }
}

/// Draws the next frame that is shown; says what ended it early if some of it is there.
fn next_frame(
    decoder: &mut JxlDecoder,
    rest: &mut &[u8],
    buffer: &mut JxlOutputBuffer<'_>,
) -> Result<Option<Fault>, Fault> {
    loop {
        match advance(decoder, rest, Some(buffer)) {
            Ok(Event::FrameComplete { .. }) => return Ok(None),
            Ok(Event::Complete) => return Err(Reason::NoPicture.says("JPEG XL: no frame is shown")),
            Ok(_) => {}
            Err(fault) => {
                return match decoder.flush_pixels(std::slice::from_mut(buffer), None) {
                    Ok(true) => Ok(Some(fault)),
                    Ok(false) | Err(_) => Err(fault),
                };
            }
        }
    }
}
