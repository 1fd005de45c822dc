//! Photographs that are shown far smaller than they are. Pages are drawn from every pixel of them, though most of those
//! show nothing: so smaller ones are put into their places in the file before.
//! Knows where in the file each is and how large it is shown; of JPEGs only that there is a smaller one.

use crate::Limits;
use crate::formats::jpeg;
use hayro::hayro_syntax::content::Instruction;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro::kurbo::{Affine, Rect};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Mul;

/// What has fewer pixels is decoded in the time that it takes to ask.
const LEAST_PIXELS: u64 = 1 << 16;

/// The same of what has a mask, which it costs some time to lay over an image of another size.
const LEAST_MASKED_PIXELS: u64 = 1 << 20;

/// How many places may be saved, one within the other. Viewers need not know more than 28 (PDF 1.7, annex C).
const MOST_SAVED: usize = 1000;

/// Other bytes for a part of a file.
pub(super) struct Patch {
    start: usize,
    bytes: Vec<u8>,
}

impl Patch {
    /// Puts them there.
    pub(super) fn apply(&self, file: &mut [u8]) {
        let end = self.start.saturating_add(self.bytes.len());
        if let Some(part) = file.get_mut(self.start..end) {
            part.copy_from_slice(&self.bytes);
        }
    }
}

/// Where on the page the square of one by one lies into which images are drawn. None where nobody knows: in patterns,
/// masks and letters.
pub(super) type Place = Option<Affine>;

/// The place that is in force in a content, and those that were saved.
pub(super) struct Places {
    pub(super) now: Place,
    saved: Vec<Place>,
    are_lost: bool,
}

impl Places {
    pub(super) fn new(now: Place) -> Self {
        Self { now, saved: Vec::new(), are_lost: false }
    }

    /// What an instruction changes.
    pub(super) fn step(&mut self, instruction: &Instruction<'_, '_>) {
        let operator: &[u8] = instruction.operator;
        match operator {
            b"q" if self.saved.len() < MOST_SAVED => self.saved.push(self.now),
            b"q" => self.are_lost = true,
            b"Q" => self.now = self.saved.pop().unwrap_or(self.now),
            b"cm" => self.now = self.now.zip(matrix(instruction.operands())).map(|(now, own)| now.mul(own)),
            _ => {}
        }
        self.now = self.now.filter(|_| !self.are_lost);
    }
}

fn matrix<'a, 'b: 'a>(numbers: impl Iterator<Item = &'a Object<'b>>) -> Place {
    let numbers = numbers.filter_map(|number| match number {
        Object::Number(number) => Some(number.as_f64()),
        _ => None,
    });
    numbers.collect::<Vec<_>>().try_into().ok().map(Affine::new)
}

/// Where a drawing within a drawing lies.
pub(super) fn within(place: Place, drawing: &Dict<'_>) -> Place {
    match drawing.get::<[f32; 6]>("Matrix") {
        Some(own) => place.map(|place| place.mul(Affine::new(own.map(f64::from)))),
        None => place,
    }
}

/// How many columns and rows an image has at this place.
pub(super) fn extent(place: Place) -> (u32, u32) {
    let Some([across, across_down, down_across, down, ..]) = place.map(Affine::as_coeffs) else {
        return (u32::MAX, u32::MAX);
    };
    let pixels = |x: f64, y: f64| x.hypot(y).ceil() as u32;
    (pixels(across, across_down), pixels(down_across, down))
}

/// A photograph in the file.
struct Photograph {
    len: usize,
    /// Columns and rows, as the page says.
    size: (u32, u32),
    /// Columns and rows where it is shown largest; none of what lies beside the page.
    shown: (u32, u32),
}

/// How large photographs are shown.
pub(super) struct Photographs<'f> {
    file: &'f [u8],
    canvas: Rect,
    /// By where in the file they begin.
    all: BTreeMap<usize, Photograph>,
}

impl<'f> Photographs<'f> {
    /// None so far; of a page that was read from `file`, and is shown in so many columns and rows.
    pub(super) fn of(file: &'f [u8], (width, height): (u32, u32)) -> Self {
        Self { file, canvas: Rect::new(0.0, 0.0, width.into(), height.into()), all: BTreeMap::new() }
    }

    /// Whether there are none so far, beside the page neither.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Notes that an image is shown at this place.
    pub(super) fn note(&mut self, (image, size): (&Stream<'_>, (u32, u32)), place: Place) -> Option<()> {
        let least = least_pixels(image.dict())?;
        if u64::from(size.0).saturating_mul(size.1.into()) < least {
            return None;
        }
        // What is encrypted lies somewhere else.
        let Cow::Borrowed(jpeg) = image.raw_data() else { return None };
        let start = jpeg.as_ptr().addr().checked_sub(self.file.as_ptr().addr())?;
        self.file.get(start..start.checked_add(jpeg.len())?)?;
        let known = self.all.entry(start).or_insert(Photograph { len: jpeg.len(), size, shown: (0, 0) });
        let lies = |place: Affine| place.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
        if place.is_none_or(|place| lies(place).overlaps(self.canvas)) {
            let (columns, rows) = extent(place);
            known.shown = (known.shown.0.max(columns), known.shown.1.max(rows));
        }
        Some(())
    }

    /// Smaller ones for those that are shown far smaller.
    pub(super) fn smaller(self, limits: &Limits) -> Vec<Patch> {
        let Self { file, all, .. } = self;
        let shown = all.into_iter().filter(|(_, photograph)| photograph.shown != (0, 0));
        let patches = shown.filter_map(|(start, photograph)| {
            let jpeg = file.get(start..start.checked_add(photograph.len)?)?;
            let mut bytes = jpeg::smaller(jpeg, photograph.size, photograph.shown, limits)?;
            // What follows the end of a JPEG is nobody's.
            (bytes.len() <= jpeg.len()).then(|| bytes.resize(jpeg.len(), 0))?;
            Some(Patch { start, bytes })
        });
        patches.collect()
    }
}

/// From how many pixels on an image is worth it. None of those round whose JPEG something is packed, or of whose very
/// samples something depends: colours by number, colours that are not there, and colours with their transparency
/// multiplied in.
fn least_pixels(image: &Dict<'_>) -> Option<u64> {
    let is = |name: &Name<'_>, words: [&[u8]; 2]| words.contains(&&**name);
    let is_jpeg = |name: &Name<'_>| is(name, [b"DCTDecode", b"DCT"]);
    let only_jpeg = match image.get::<Object<'_>>("Filter") {
        Some(Object::Name(filter)) => is_jpeg(&filter),
        Some(Object::Array(filters)) => {
            let mut filters = filters.iter::<Name<'_>>();
            filters.next().is_some_and(|filter| is_jpeg(&filter)) && filters.next().is_none()
        }
        _ => false,
    };
    let space = image.get::<Array<'_>>("ColorSpace").and_then(|space| space.iter::<Name<'_>>().next());
    let is_indexed = space.is_some_and(|space| is(&space, [b"Indexed", b"I"]));
    let is_keyed = image.get::<Array<'_>>("Mask").is_some();
    let mask = image.get::<Stream<'_>>("SMask");
    let is_multiplied = mask.is_some_and(|mask| mask.dict().contains_key("Matte"));
    if !only_jpeg || is_indexed || is_keyed || is_multiplied || image.contains_key("DecodeParms") {
        return None;
    }
    let is_masked = ["Mask", "SMask"].iter().any(|key| image.contains_key(key));
    Some(if is_masked { LEAST_MASKED_PIXELS } else { LEAST_PIXELS })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)] // a test that panics has done its work
    use super::super::{cost, first, first_page, transform};
    use super::*;
    use crate::formats::Order;
    use crate::formats::testing::NO_FONTS;
    use crate::{Effort, Extras, Pixels};
    use hayro::hayro_syntax::Pdf;
    use std::sync::Arc;
    use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

    const SIZE: (u32, u32) = (400, 300);
    const LARGE: (u32, u32) = (1200, 900);
    const LIMITS: Limits = Limits { max_pixels: 1 << 21, max_memory: 1 << 26 };
    static ORDER: Order<'_> = Order {
        edge: 100,
        smallest_edge: 100,
        limits: &LIMITS,
        fonts: &NO_FONTS,
        effort: Effort::Full,
        extras: Extras::NONE,
    };

    /// Waves and a slope: large ones stay, and of small ones an even colour.
    fn jpeg(size: (u32, u32), subsampling: Subsamp) -> Vec<u8> {
        let wave = |at: u32, length: f32| (127.5 + 127.5 * (at as f32 / length).sin()) as u8;
        let pixels: Vec<u8> = (0..size.1)
            .flat_map(|y| (0..size.0).flat_map(move |x| [wave(x, 60.0), wave(y, 40.0), wave(x * y, 2.0)]))
            .collect();
        let (width, height, format) = (size.0 as usize, size.1 as usize, PixelFormat::RGB);
        let image = Image { pixels: pixels.as_slice(), width, pitch: width * 3, height, format };
        let mut compressor = Compressor::new().unwrap();
        compressor.set_subsamp(subsampling).unwrap();
        compressor.compress_to_vec(image).unwrap()
    }

    /// A page of 100 × 100 points with this content. It may draw the photograph `/I`, whose words these are, the drawing
    /// `/F` of it at half the size, and the pattern `/P` of it. Objects 8 and 9 are masks, the other one with a colour that
    /// is multiplied in.
    fn file(content: &str, keys: &str, (jpeg, (width, height)): (&[u8], (u32, u32))) -> Vec<u8> {
        let image = format!(
            "<</Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8/Filter/DCTDecode{keys}"
        );
        let drawing = "/Resources<</XObject<</I 5 0 R>>>>";
        let mask = "<</Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray";
        let streams: [(String, &[u8]); 6] = [
            ("<<".to_owned(), content.as_bytes()),
            (image, jpeg),
            (format!("<</Subtype/Form/BBox[0 0 1 1]/Matrix[.5 0 0 .5 0 0]{drawing}"), b"/I Do"),
            (
                format!("<</PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9{drawing}"),
                b"9 0 0 9 0 0 cm /I Do",
            ),
            (mask.to_owned(), &[255, 128, 64, 255]),
            (format!("{mask}/Matte[0 0 0]"), &[255, 128, 64, 255]),
        ];
        let mut file = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
            2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
            3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R\
            /Resources<</XObject<</I 5 0 R/F 6 0 R>>/Pattern<</P 7 0 R>>>>>>endobj\n"
            .to_vec();
        for (number, (words, body)) in (4..).zip(streams) {
            file.extend(format!("{number} 0 obj{words}/Length {}>>stream\n", body.len()).into_bytes());
            file.extend(body);
            file.extend(b"\nendstream endobj\n");
        }
        file.extend(b"trailer<</Root 1 0 R>>\n%%EOF\n");
        file
    }

    /// Columns and rows of the photograph that is put into the place of the other.
    fn smaller(file: &[u8]) -> Option<(u32, u32)> {
        let file = Arc::new(file.to_vec());
        let pdf = Pdf::new(Arc::clone(&file)).unwrap();
        let page = first(&pdf).unwrap();
        let at = (transform(page, (100, 100)), Photographs::of(&file, (100, 100)));
        let patches = cost::check(page, at, &LIMITS).unwrap().smaller(&LIMITS);
        let header = patches.first().map(|patch| turbojpeg::read_header(&patch.bytes).unwrap());
        header.map(|header| (header.width as u32, header.height as u32))
    }

    #[track_caller]
    fn check(content: &str, keys: &str, expected: Option<(u32, u32)>) {
        let jpeg = jpeg(SIZE, Subsamp::Sub2x2);
        let file = file(content, &format!("/ColorSpace/DeviceRGB{keys}"), (&jpeg, SIZE));
        assert_eq!(smaller(&file), expected, "{content} {keys}");
    }

    #[test]
    fn the_least_that_serves_takes_its_place() {
        check("100 0 0 75 0 0 cm /I Do", "", Some((100, 75)));
        check("99 0 0 76 0 0 cm /I Do", "", None);
        check("50 0 0 37 0 0 cm /I Do", "", Some((50, 38)));
        check("0 50 -37 0 50 0 cm /I Do", "", Some((50, 38)));
        check("101 0 0 75 0 0 cm /I Do", "", None);
        check("q 9 0 0 9 0 0 cm /I Do Q 90 0 0 70 0 0 cm /I Do", "", Some((100, 75)));
        check("q 9 0 0 9 0 0 cm Q 90 0 0 70 0 0 cm q q Q /I Do", "", Some((100, 75)));
        check("100 0 0 75 0 0 cm /F Do", "", Some((50, 38)));
        check("q 9 0 0 9 0 0 cm /F Do Q 9 0 0 9 0 0 cm /F Do", "", Some((50, 38)));
    }

    #[test]
    fn where_it_is_not_known_how_large_it_is_shown_it_stays() {
        check("q 9 0 0 9 0 0 cm /F Do Q 12 0 0 12 0 0 cm /F Do", "", None);
        check("/Pattern cs /P scn 0 0 90 90 re f", "", None);
        check("q 9 0 0 9 0 0 cm /I Do Q /Pattern cs /P scn 0 0 90 90 re f", "", None);
        check("9 0 0 cm /I Do", "", None);
        check(&format!("9 0 0 9 0 0 cm {} /I Do", "q ".repeat(MOST_SAVED + 1)), "", None);
    }

    #[test]
    fn what_is_not_seen_is_left_alone() {
        check("9 0 0 9 200 0 cm /I Do", "", None);
        check("9 0 0 9 0 -20 cm /I Do", "", None);
        // A drawing that lay beside the page is looked at again where it does not.
        check("q 9 0 0 9 200 0 cm /F Do Q q 300 0 0 300 0 0 cm /F Do Q 9 0 0 9 0 0 cm /I Do", "", None);
    }

    #[test]
    fn samples_that_something_depends_on_stay() {
        for keys in [
            "/ColorSpace[/Indexed/DeviceRGB 255 5 0 R]",
            "/Mask[0 1 0 1 0 1]",
            "/DecodeParms<</ColorTransform 0>>",
            "/Filter[/DCTDecode/DCTDecode]",
            "/Width 399",
        ] {
            check("9 0 0 9 0 0 cm /I Do", keys, None);
        }
        check("9 0 0 9 0 0 cm /I Do", "/Filter[/DCT]", Some((50, 38)));
    }

    #[test]
    fn what_has_a_mask_must_be_larger() {
        let large = jpeg(LARGE, Subsamp::Sub2x2);
        let of_large = |mask| smaller(&file("90 0 0 70 0 0 cm /I Do", mask, (&large, LARGE)));
        assert_eq!(of_large("/ColorSpace/DeviceRGB/SMask 8 0 R"), Some((150, 113)));
        assert_eq!(of_large("/ColorSpace/DeviceRGB/SMask 9 0 R"), None);
        check("9 0 0 9 0 0 cm /I Do", "/SMask 8 0 R", None);
    }

    fn drawn(file: Vec<u8>) -> Vec<u8> {
        match first_page(file, &ORDER).unwrap().pixels {
            Pixels::Rgb8(rgb) => rgb,
            other => panic!("{other:?}"),
        }
    }

    /// With words for its filter that say nothing, the photograph stays as it is.
    #[track_caller]
    fn check_looks(content: &str, keys: &str, (size, subsampling): ((u32, u32), Subsamp)) {
        let jpeg = jpeg(size, subsampling);
        let [small, whole] =
            ["", "/DecodeParms<<>>"].map(|more| file(content, &format!("{keys}{more}"), (&jpeg, size)));
        assert!(smaller(&small).is_some() && smaller(&whole).is_none(), "{content}");
        let (small, whole) = (drawn(small), drawn(whole));
        let differences = small.iter().zip(&whole).map(|(one, other)| u32::from(one.abs_diff(*other)));
        let mean = f64::from(differences.sum::<u32>()) / whole.len() as f64;
        assert!(mean < 1.5, "{content} {keys} differs by {mean:.2}");
        assert!(whole.iter().any(|number| *number < 100), "{content} {keys}: nothing to be seen");
    }

    #[test]
    fn it_looks_the_same() {
        check_looks("80 0 0 60 10 10 cm /I Do", "/ColorSpace/DeviceRGB", (SIZE, Subsamp::Sub2x2));
        check_looks("0 60 -40 0 80 10 cm /I Do", "/ColorSpace/DeviceRGB", (SIZE, Subsamp::None));
        check_looks("30 10 -10 30 50 10 cm /I Do", "/ColorSpace/DeviceRGB", (SIZE, Subsamp::Sub2x1));
        check_looks(
            "80 0 0 60 10 10 cm /I Do",
            "/ColorSpace/DeviceRGB/Decode[1 0 1 0 1 0]",
            (SIZE, Subsamp::None),
        );
        check_looks("80 0 0 60 10 10 cm /I Do", "/ColorSpace/DeviceGray", (SIZE, Subsamp::Gray));
        check_looks(
            "80 0 0 60 10 10 cm /I Do",
            "/ColorSpace[/CalGray<</WhitePoint[1 1 1]/Gamma 2.2>>]",
            (SIZE, Subsamp::Gray),
        );
        check_looks("80 0 0 60 10 10 cm /I Do", "/ColorSpace/DeviceRGB/SMask 8 0 R", (LARGE, Subsamp::None));
    }
}
