//! One file in, thumbnails of every wanted size out.
//! Knows the order of the steps and nothing of how any is done.

use crate::canvas::{Canvas, Channels};
use crate::formats::{Format, Order, sniff};
use crate::libwebp::Image;
use crate::sheet::{self, Scrub, ScrubSheet};
use crate::{
    ColorSpace, Fault, Film, Fonts, Orientation, Picture, Pixels, Reason, Source, color, encode, orient,
    placeholder, resize,
};

/// Raised by any change that alters the bytes of thumbnails: part of every recipe.
pub const ENGINE_VERSION: u32 = 6;

/// What may be spent on one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most pixels a decoded picture may have.
    pub max_pixels: u64,
    /// The most memory, in bytes, that buffers of one file may take together.
    pub max_memory: u64,
}

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// The right picture.
    #[default]
    Full,
    /// Something is better than nothing: an embedded preview or a coarse scale, after the full way cost too much.
    Reduced,
}

/// What is wanted beside thumbnails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extras {
    /// A sheet of a film's pictures.
    pub scrub: Option<Scrub>,
    /// Of sound without a cover, a drawing of how loud it is.
    pub waveform: bool,
}

impl Extras {
    /// Nothing.
    pub const NONE: Self = Self { scrub: None, waveform: false };
}

/// Which thumbnails are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Longest edges in pixels, in any order.
    pub sizes: Vec<u32>,
    /// WebP quality, 0 to 100.
    pub quality: u8,
    /// How hard to try.
    pub effort: Effort,
    /// What is wanted beside them.
    pub extras: Extras,
}

/// Where the time goes, told to whoever holds a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading and decoding.
    Decode,
    /// Resizing, colour, turning upright.
    Resize,
    /// Encoding.
    Encode,
}

/// One finished thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The size it was asked for, its longest edge unless the source is smaller.
    pub size: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// A whole WebP file.
    pub webp: Vec<u8>,
}

/// What was learnt about the source on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Name of the format, from the table.
    pub format: &'static str,
    /// The format's registered MIME type.
    pub mime_type: &'static str,
    /// Columns, after orientation.
    pub width: u32,
    /// Rows, after orientation.
    pub height: u32,
    /// Duration in milliseconds, where there is one.
    pub duration_ms: Option<u64>,
    /// Pages, where there are any.
    pub pages: Option<u32>,
    /// More than one frame.
    pub animated: bool,
    /// What is known of a film beside its pictures.
    pub film: Option<Film>,
    /// `ThumbHash` of the picture: about 25 bytes that unfold to a blurred placeholder.
    pub thumbhash: Vec<u8>,
    /// Whether another worker may make a better picture of it: this one is small.
    pub stopgap: bool,
    /// What was wrong though there is a picture.
    pub warnings: Vec<String>,
}

/// All thumbnails of one source, and its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// One for each wanted size, largest first.
    pub thumbnails: Vec<Thumbnail>,
    /// The scrub sheet, if one was wanted.
    pub sheet: Option<ScrubSheet>,
    /// What was learnt on the way.
    pub facts: Facts,
}

/// A table of formats, the limits they work under, and what they write with.
pub struct Engine<'a> {
    /// The formats it opens.
    pub formats: &'static [&'static Format],
    /// What each file may cost.
    pub limits: Limits,
    /// The machine's fonts.
    pub fonts: &'a Fonts,
}

impl Engine<'_> {
    /// One file in, thumbnails of every wanted size out. `entering` is told each stage as it begins.
    pub fn render(
        &self,
        source: &Source<'_>,
        wanted: &Wanted,
        entering: &mut dyn FnMut(Stage),
    ) -> Result<Rendition, Fault> {
        let Some(format) = sniff(self.formats, source) else {
            return Err(Reason::UnknownFormat.says("no known signature"));
        };
        entering(Stage::Decode);
        let (edge, smallest_edge) = (wanted.largest(), wanted.smallest());
        let (limits, fonts) = (&self.limits, self.fonts);
        let order =
            Order { edge, smallest_edge, limits, fonts, effort: wanted.effort, extras: wanted.extras };
        let picture = (format.decode)(source, &order)?;
        let mut facts = Facts::of(format, &picture);

        entering(Stage::Resize);
        let mut light = Light { picture: &picture, order: &order, last: None, warnings: Vec::new() };
        let sheet = match wanted.extras.scrub {
            Some(scrub) => Some(sheet::of(&picture.tiles, light.last()?, (scrub, wanted.quality))?),
            None => None,
        };

        let mut thumbnails: Vec<Thumbnail> = Vec::with_capacity(wanted.sizes.len());
        for size in wanted.largest_first() {
            entering(Stage::Resize);
            let (width, height) = picture.orientation.upright_size(picture.shape(size));
            let (quality, subject) = (wanted.quality, picture.subject);
            let webp = match (thumbnails.last(), picture.drawn_for((width, height))) {
                (Some(last), _) if (last.width, last.height) == (width, height) => last.webp.clone(),
                (_, Some(drawn)) => {
                    entering(Stage::Encode);
                    encode::webp_of(&drawn, quality, subject)?
                }
                (_, None) => {
                    let canvas = light.at((width, height))?;
                    entering(Stage::Encode);
                    encode::webp(canvas, quality, subject)?
                }
            };
            thumbnails.push(Thumbnail { size, width, height, webp });
        }
        let drawn = thumbnails.last().and_then(|last| picture.drawn_for((last.width, last.height)));
        facts.thumbhash = match (&light.last, drawn) {
            (None, Some(drawn)) => placeholder::thumbhash_of(&drawn)?,
            _ => placeholder::thumbhash(light.last()?)?,
        };
        facts.warnings.append(&mut light.warnings);
        Ok(Rendition { thumbnails, sheet, facts })
    }
}

/// A picture in light, at the size that was needed last. What was drawn for its very size may never need it.
struct Light<'a> {
    picture: &'a Picture,
    order: &'a Order<'a>,
    last: Option<Canvas>,
    warnings: Vec<String>,
}

impl Light<'_> {
    /// The last one; where there is none, at the largest size that is wanted.
    fn last(&mut self) -> Result<&Canvas, Fault> {
        let last = match self.last.take() {
            Some(last) => last,
            None => self.picture.canvas(self.order.edge, self.order.limits, &mut self.warnings)?,
        };
        Ok(self.last.insert(last))
    }

    /// Made smaller from the last.
    fn at(&mut self, size: (u32, u32)) -> Result<&Canvas, Fault> {
        let last = self.last()?;
        if (last.width, last.height) != size {
            let smaller = resize::smaller(last, size)?;
            self.last = Some(smaller);
        }
        self.last()
    }
}

impl Wanted {
    /// Thumbnails of these sizes and quality, the right ones, and nothing beside them.
    pub fn new(sizes: &[u32], quality: u8) -> Self {
        Self { sizes: sizes.to_vec(), quality, effort: Effort::Full, extras: Extras::NONE }
    }

    /// The longest edge anybody wants. With no sizes there is still the placeholder to make.
    fn largest(&self) -> u32 {
        self.sizes.iter().copied().max().unwrap_or(placeholder::EDGE)
    }

    fn smallest(&self) -> u32 {
        self.sizes.iter().copied().min().unwrap_or(placeholder::EDGE)
    }

    fn largest_first(&self) -> Vec<u32> {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        sizes
    }
}

impl Picture {
    /// The picture at the largest size that is wanted: upright, in light.
    pub(crate) fn canvas(
        &self,
        edge: u32,
        limits: &Limits,
        warnings: &mut Vec<String>,
    ) -> Result<Canvas, Fault> {
        let (from, to) = ((self.width, self.height), self.shape(edge));
        resize::admit(limits, from)?;
        let meaning = color::Meaning::of(&self.color, &self.pixels, warnings);
        let small = resize::fit(&self.pixels, &meaning.reading, resize::Sizes { from, to })?;
        orient::upright(meaning.to_srgb(small)?, self.orientation)
    }

    /// What was drawn for this very size, and so is what would come back from light.
    fn drawn_for(&self, (width, height): (u32, u32)) -> Option<Image<'_>> {
        let as_it_is = (width, height) == (self.width, self.height)
            && self.color == ColorSpace::Srgb
            && self.orientation == Orientation::UPRIGHT;
        match &self.pixels {
            Pixels::Rgb8(numbers) if as_it_is => {
                Some(Image { width, height, channels: Channels::Rgb, numbers })
            }
            _ => None,
        }
    }

    /// Columns and rows, as stored, of a thumbnail of this size: true to the full picture, never larger than what
    /// was decoded.
    fn shape(&self, size: u32) -> (u32, u32) {
        let (width, height) = resize::shape(self.full_size, size);
        (width.min(self.width), height.min(self.height))
    }
}

impl Facts {
    fn of(format: &Format, picture: &Picture) -> Self {
        let own_size = || picture.orientation.upright_size(picture.full_size);
        let (width, height) = picture.stands_for.unwrap_or_else(own_size);
        let usual = format.mime_types.first().copied().unwrap_or("application/octet-stream");
        Self {
            format: format.name,
            mime_type: picture.mime_type.unwrap_or(usual),
            width,
            height,
            duration_ms: picture.duration_ms,
            pages: picture.pages,
            animated: picture.animated,
            film: picture.film.clone(),
            thumbhash: Vec::new(),
            stopgap: picture.stopgap,
            warnings: picture.warnings.clone(),
        }
    }
}
