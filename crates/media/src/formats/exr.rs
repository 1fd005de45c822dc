//! `OpenEXR`: the first flat layer, its data placed in the display window. Of a file that is cut short, what there is.
//! Knows nothing of what becomes of the picture. Deep data are beyond the decoder used.

mod b44;
mod chroma;
mod cut;
mod kind;

use super::raster::{Admitted, admit, filled, guarded};
use super::tone::clipped;
use super::{Format, Kind, Order, Signature};
use crate::tone::Tone;
use crate::{Fault, Limits, Picture, Pixels, Reason, Source};
use exr::error::Error;
use exr::image::{AnyChannel, AnyChannels, FlatSamples};
use exr::math::Vec2;
use exr::meta::MetaData;
use exr::meta::attribute::IntegerBounds;
use exr::meta::header::Header;
use exr::prelude::{ReadChannels, ReadLayers};
use kind::AsVersioned;

pub(crate) const FORMAT: Format = Format {
    name: "OpenEXR",
    mime_types: &["image/x-exr"],
    extensions: &["exr"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, &[0x76, 0x2f, 0x31, 0x01])]]),
    decode,
};

fn fault(error: &Error) -> Fault {
    let reason = match error {
        Error::NotSupported(_) => Reason::Unsupported,
        Error::Invalid(_) | Error::Io(_) | Error::Aborted => Reason::Corrupt,
    };
    reason.says(format!("EXR: {error}"))
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    guarded(Reason::Corrupt, || decode_trusting(source, order))
}

fn decode_trusting(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let mut reader = AsVersioned::new(file);
    let headers = MetaData::read_from_buffered(&mut reader, false).map_err(|error| fault(&error))?.headers;
    let Some(header) = headers.iter().find(|header| !header.deep) else {
        return Err(Reason::Unsupported.says("EXR: only deep data"));
    };
    let display = header.shared_attributes.display_window;
    let size = admit_all(order.limits, header, display)?;
    if headers.len() == 1 && chroma::is_in(header) {
        let channels = chroma::read(file, reader.position(), header)?;
        let Vec2(width, height) = header.layer_size;
        let origin = header.own_attributes.layer_position;
        let planes = Planes { color: channels.each_ref(), alpha: None, origin, width, height };
        return Ok(Picture::new(planes.place(size, display)?, size.width, size.height));
    }
    let (channels, warning) = match whole(file) {
        Ok(channels) => (channels, None),
        Err(error) => {
            let (channels, words) = cut::what_there_is(file).ok_or_else(|| fault(&error))?;
            (channels, Some(words))
        }
    };
    let planes =
        Planes::of(&channels, header).ok_or_else(|| Reason::NoPicture.says("EXR: no channel to show"))?;
    let mut picture = Picture::new(planes.place(size, display)?, size.width, size.height);
    picture.warnings.extend(warning);
    Ok(picture)
}

/// The channels of the first flat layer of a sound file.
fn whole(file: &[u8]) -> exr::error::Result<AnyChannels<FlatSamples>> {
    let image = exr::prelude::read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .from_buffered(AsVersioned::new(file))?;
    Ok(image.layer_data.channel_data)
}

/// Lets the display window in, and the data window with all its channels, which may be larger.
fn admit_all(limits: &Limits, header: &Header, display: IntegerBounds) -> Result<Admitted, Fault> {
    let channels = &header.channels.list;
    let bytes = channels
        .iter()
        .map(|channel| channel.sample_type.bytes_per_sample() as u64)
        .fold(0, u64::saturating_add);
    let bytes = if chroma::is_in(header) { chroma::bytes_per_pixel(header) } else { bytes };
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let Vec2(width, height) = header.layer_size;
    admit(limits, (side(width), side(height)), bytes.saturating_add(8))?;
    let Vec2(width, height) = display.size;
    admit(limits, (side(width), side(height)), 8)
}

/// The channels that make a picture, wherever the data window lies.
struct Planes<'a> {
    color: [&'a FlatSamples; 3],
    alpha: Option<&'a FlatSamples>,
    origin: Vec2<i32>,
    width: usize,
    height: usize,
}

impl<'a> Planes<'a> {
    fn of(channels: &'a AnyChannels<FlatSamples>, header: &Header) -> Option<Self> {
        let whole = |channel: &&AnyChannel<FlatSamples>| channel.sampling == Vec2(1, 1);
        let channels: Vec<_> = channels.list.iter().filter(whole).collect();
        let named = |name: &str| {
            let exact = channels.iter().find(|channel| channel.name.to_string().eq_ignore_ascii_case(name));
            let in_layer = || {
                let last =
                    |full: &str| full.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(name));
                channels.iter().find(|channel| last(&channel.name.to_string()))
            };
            exact.or_else(in_layer).map(|channel| &channel.sample_data)
        };
        let color = match [named("R"), named("G"), named("B")] {
            [Some(red), Some(green), Some(blue)] => [red, green, blue],
            // Luminance alone, or whatever there is: depth, a mask.
            _ => [named("Y").or_else(|| named("R")).or_else(|| Some(&channels.first()?.sample_data))?; 3],
        };
        let Vec2(width, height) = header.layer_size;
        let origin = header.own_attributes.layer_position;
        Some(Self { color, alpha: named("A"), origin, width, height })
    }

    /// Pixels of the display window. What the data window does not cover is empty.
    fn place(&self, size: Admitted, display: IntegerBounds) -> Result<Pixels, Fault> {
        let tone = Tone::of((0..self.width.saturating_mul(self.height)).map(|index| self.light(index).0));
        let has_alpha = self.alpha.is_some();
        let samples = if has_alpha { 4_usize } else { 3 };
        let mut out = filled(0_u16, size.pixels.saturating_mul(samples))?;
        let offset = |data: i32, display: i32| i64::from(data).saturating_sub(i64::from(display));
        let (left, top) =
            (offset(self.origin.0, display.position.0), offset(self.origin.1, display.position.1));
        for (y, row) in out.chunks_exact_mut((size.width as usize).saturating_mul(samples)).enumerate() {
            let Some(data_y) = inside(y, top, self.height) else { continue };
            for (x, pixel) in row.chunks_exact_mut(samples).enumerate() {
                let Some(data_x) = inside(x, left, self.width) else { continue };
                let (light, alpha) = self.light(data_y.saturating_mul(self.width).saturating_add(data_x));
                let alpha = alpha.map(|alpha| (alpha * f32::from(u16::MAX)).round() as u16);
                let shown = clipped(tone.bent(light)).into_iter().chain(alpha);
                pixel.iter_mut().zip(shown).for_each(|(to, level)| *to = level);
            }
        }
        Ok(if has_alpha { Pixels::Rgba16(out) } else { Pixels::Rgb16(out) })
    }

    /// One pixel's light and alpha. Colours are stored multiplied by alpha; what has light but no alpha glows, and
    /// stays as it is.
    fn light(&self, index: usize) -> ([f32; 3], Option<f32>) {
        let light = self.color.map(|samples| sample(samples, index));
        let alpha = self.alpha.map(|samples| sample(samples, index).clamp(0.0, 1.0));
        match alpha {
            Some(alpha) if alpha > 0.0 => (light.map(|level| level / alpha), Some(alpha)),
            alpha => (light, alpha),
        }
    }
}

/// Where in the data a column or row of the display lies.
fn inside(at: usize, offset: i64, len: usize) -> Option<usize> {
    let place = i64::try_from(at).ok()?.checked_sub(offset)?;
    usize::try_from(place).ok().filter(|place| *place < len)
}

fn sample(samples: &FlatSamples, index: usize) -> f32 {
    match samples {
        FlatSamples::F16(samples) => samples.get(index).map_or(0.0, |sample| sample.to_f32()),
        FlatSamples::F32(samples) => samples.get(index).copied().unwrap_or(0.0),
        FlatSamples::U32(samples) => samples.get(index).map_or(0.0, |sample| *sample as f32),
    }
}
