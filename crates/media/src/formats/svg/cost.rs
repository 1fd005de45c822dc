//! What drawing a tree takes, in memory and in work, reckoned before a pixel is touched.
//! Knows how resvg draws: a canvas for every group with a mask, a filter or an opacity, of up to five times the
//! picture's sides, and everything anew for each place where it is used. Draws nothing itself.
//!
//! All numbers are floats, in which a billion billions is no overflow.

use crate::{Fault, Limits, Reason};
use resvg::tiny_skia::{Path as Outline, PathSegment, Rect, Transform};
use resvg::usvg::filter::{Filter, Kind};
use resvg::usvg::{ClipPath, Group, Image, ImageKind, Mask, Node, Paint, Path, Pattern, Stroke, Tree};

/// Most work for one picture, in units that were measured, drawing by drawing, at 0.3 to 1.7 ns: at most some 20 of the
/// 30 seconds that a file has by default, and refused before they begin rather than cut off in the end.
const MOST_WORK: f64 = 12e9;

/// How much larger than the picture resvg makes a group's canvas at most, on each side.
const MOST_TIMES: f64 = 5.0;
/// Pixels around a group for soft edges.
const AROUND: f64 = 4.0;
const PIXEL_BYTES: f64 = 4.0;
/// What a pixel of a group's canvas takes, cleared and laid upon the one below; of a mask; of a clip.
const LAYER_WORK: f64 = 15.0;
const MASK_WORK: f64 = 20.0;
const CLIP_WORK: f64 = 10.0;
/// What drawing one path takes however small it is, in pixels' work.
const PATH_WORK: f64 = 100.0;
/// What one segment of an outline takes in work, and in bytes: it is transformed, widened to a stroke and cut up.
const SEGMENT_WORK: f64 = 40.0;
const SEGMENT_BYTES: f64 = 200.0;
/// More dashes than these the library does not draw.
const MOST_DASHES: f64 = 1e6;
/// What a dash takes: it is a path with two ends.
const DASH_WORK: f64 = 200.0;
const DASH_BYTES: f64 = 600.0;
/// What decoding and placing an image takes for each of its pixels.
const IMAGE_WORK: f64 = 10.0;
const IMAGE_BYTES: f64 = 8.0;

/// Refuses a picture of this size that needs more than the limits.
pub(super) fn admit(tree: &Tree, (width, height): (u32, u32), limits: &Limits) -> Result<(), Fault> {
    let canvas = Canvas { width: width.into(), height: height.into() };
    let scale =
        Transform::from_scale(width as f32 / tree.size().width(), height as f32 / tree.size().height());
    let Cost { memory, work } = canvas.group(tree.root(), scale);
    if work > MOST_WORK {
        let times = work / MOST_WORK;
        return Err(
            Reason::TooLarge.says(format!("SVG: drawing it is {times:.1} times as much work as is allowed"))
        );
    }
    limits.admit_bytes((memory + canvas.area() * 2.0 * PIXEL_BYTES) as u64)
}

/// Bytes at the worst moment, and pixels' work in all.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cost {
    memory: f64,
    work: f64,
}

impl Cost {
    /// Both, one after the other.
    fn then(self, next: Self) -> Self {
        Self { memory: self.memory.max(next.memory), work: self.work + next.work }
    }

    /// While so much is held.
    fn holding(self, memory: f64) -> Self {
        Self { memory: self.memory + memory, work: self.work }
    }

    fn work(work: f64) -> Self {
        Self { memory: 0.0, work }
    }
}

/// What is drawn upon: nothing beyond it costs anything but its own arithmetic.
#[derive(Clone, Copy)]
struct Canvas {
    width: f64,
    height: f64,
}

impl Canvas {
    fn area(self) -> f64 {
        self.width * self.height
    }

    /// The largest canvas for a group within this one.
    fn most(self) -> Self {
        Self { width: self.width * MOST_TIMES, height: self.height * MOST_TIMES }
    }

    /// As much of a box as lies on a canvas, wherever.
    fn part(self, bounds: Rect, transform: Transform) -> Self {
        let Some(bounds) = bounds.transform(transform) else { return self };
        let side = |side: f32, most: f64| (f64::from(side).ceil() + AROUND).min(most);
        Self { width: side(bounds.width(), self.width), height: side(bounds.height(), self.height) }
    }

    fn group(self, group: &Group, transform: Transform) -> Cost {
        let transform = transform.pre_concat(group.transform());
        if !group.should_isolate() {
            return self.children(group, transform);
        }
        let layer = self.most().part(group.layer_bounding_box().to_rect(), transform);
        let bytes = layer.area() * PIXEL_BYTES;
        let mut cost = layer.within(self).children(group, transform);
        for filter in group.filters() {
            cost = cost.then(layer.filter(filter, transform));
        }
        if let Some(clip) = group.clip_path() {
            cost = cost.then(layer.clip(clip, transform));
        }
        if let Some(mask) = group.mask() {
            cost = cost.then(layer.mask(mask, self, transform));
        }
        cost.then(Cost::work(layer.area() * LAYER_WORK)).holding(bytes)
    }

    /// A layer, as a canvas whose groups may be as large as those of the picture itself.
    fn within(self, picture: Self) -> Self {
        let side = |side: f64, whole: f64| side.max(whole).min(whole * MOST_TIMES);
        Self { width: side(self.width, picture.width), height: side(self.height, picture.height) }
    }

    fn children(self, group: &Group, transform: Transform) -> Cost {
        let costs = group.children().iter().map(|node| match node {
            Node::Group(group) => self.group(group, transform),
            Node::Path(path) => self.path(path, transform),
            Node::Image(image) => self.image(image, transform),
            Node::Text(text) => self.group(text.flattened(), transform),
        });
        costs.fold(Cost::default(), Cost::then)
    }

    fn path(self, path: &Path, transform: Transform) -> Cost {
        if !path.is_visible() {
            return Cost::default();
        }
        let covered = self.part(path.stroke_bounding_box(), transform).area();
        let segments = path.data().len() as f64;
        let mut cost = Cost { memory: segments * SEGMENT_BYTES, work: PATH_WORK + segments * SEGMENT_WORK };
        if let Some(fill) = path.fill() {
            cost = cost.then(Cost::work(covered)).then(self.paint(fill.paint(), transform));
        }
        if let Some(stroke) = path.stroke() {
            cost = cost.then(Cost::work(covered)).then(self.paint(stroke.paint(), transform));
            let dashes = dashes(stroke, path.data());
            cost = cost.then(Cost { memory: dashes * DASH_BYTES, work: dashes * DASH_WORK });
        }
        cost
    }

    fn paint(self, paint: &Paint, transform: Transform) -> Cost {
        match paint {
            Paint::Pattern(pattern) => self.pattern(pattern, transform),
            Paint::Color(_) | Paint::LinearGradient(_) | Paint::RadialGradient(_) => Cost::default(),
        }
    }

    /// A pattern has a canvas as large as one of its tiles, wherever that ends.
    fn pattern(self, pattern: &Pattern, transform: Transform) -> Cost {
        let (across, down) = transform.pre_concat(pattern.transform()).get_scale();
        let tile = Self {
            width: f64::from(pattern.rect().width()) * f64::from(across),
            height: f64::from(pattern.rect().height()) * f64::from(down),
        };
        let content = tile.within(self).children(pattern.root(), Transform::from_scale(across, down));
        content.then(Cost::work(tile.area())).holding(tile.area() * PIXEL_BYTES)
    }

    fn image(self, image: &Image, transform: Transform) -> Cost {
        if let ImageKind::SVG(tree) = image.kind() {
            let drawn = self.group(tree.root(), transform);
            return drawn.then(Cost::work(self.area() * LAYER_WORK)).holding(self.area() * PIXEL_BYTES);
        }
        let pixels = f64::from(image.size().width()) * f64::from(image.size().height());
        Cost { memory: pixels * IMAGE_BYTES, work: pixels * IMAGE_WORK + self.area() }
    }

    fn clip(self, clip: &ClipPath, transform: Transform) -> Cost {
        let cost = self.children(clip.root(), transform.pre_concat(clip.transform()));
        let other = clip.clip_path().map_or(Cost::default(), |other| self.clip(other, transform));
        cost.then(other).then(Cost::work(self.area() * CLIP_WORK)).holding(self.area() * (PIXEL_BYTES + 1.0))
    }

    fn mask(self, mask: &Mask, picture: Self, transform: Transform) -> Cost {
        let cost = self.within(picture).children(mask.root(), transform);
        let other = mask.mask().map_or(Cost::default(), |other| self.mask(other, picture, transform));
        cost.then(other).then(Cost::work(self.area() * MASK_WORK)).holding(self.area() * (PIXEL_BYTES + 2.0))
    }

    /// Every step's result is kept until the last, and one or two more while a step is taken.
    fn filter(self, filter: &Filter, transform: Transform) -> Cost {
        let steps = filter.primitives();
        let work = steps.iter().map(|step| self.step(step.kind(), transform));
        let kept = (steps.len() as f64 + 4.0) * self.area() * PIXEL_BYTES;
        work.fold(Cost::default(), Cost::then).holding(kept)
    }

    /// Per pixel, in pixels' work; measured one by one.
    fn step(self, kind: &Kind, transform: Transform) -> Cost {
        let per_pixel = match kind {
            Kind::Image(image) => {
                let drawn = self.children(image.root(), transform);
                return drawn.then(Cost::work(self.area() * 5.0));
            }
            Kind::Morphology(step) => {
                self.morphology((step.radius_x().get(), step.radius_y().get()), transform)
            }
            Kind::ConvolveMatrix(step) => {
                let matrix = step.matrix();
                10.0 + f64::from(matrix.columns()) * f64::from(matrix.rows()) * 3.0
            }
            Kind::Turbulence(step) => 20.0 + f64::from(step.num_octaves()) * 60.0,
            Kind::GaussianBlur(_) | Kind::DropShadow(_) => 60.0,
            Kind::DiffuseLighting(_) | Kind::SpecularLighting(_) => 40.0,
            Kind::Merge(merge) => 5.0 + merge.inputs().len() as f64 * 5.0,
            Kind::Blend(_)
            | Kind::ColorMatrix(_)
            | Kind::ComponentTransfer(_)
            | Kind::Composite(_)
            | Kind::DisplacementMap(_)
            | Kind::Flood(_)
            | Kind::Offset(_)
            | Kind::Tile(_) => 15.0,
        };
        Cost::work(self.area() * per_pixel)
    }

    /// Every pixel looks at all its neighbours within the radii.
    fn morphology(self, radii: (f32, f32), transform: Transform) -> f64 {
        let (across, down) = transform.get_scale();
        let window = |radius: f32, scale: f32, side: f64| (f64::from(radius * scale) * 2.0 + 1.0).min(side);
        10.0 + window(radii.0, across, self.width) * window(radii.1, down, self.height) * 2.0
    }
}

/// How many dashes a stroke falls into.
fn dashes(stroke: &Stroke, outline: &Outline) -> f64 {
    let Some(dashes) = stroke.dasharray() else { return 0.0 };
    let period = f64::from(dashes.iter().sum::<f32>()) / dashes.len() as f64;
    (length(outline) / period).clamp(0.0, MOST_DASHES)
}

/// The length of an outline, or more: of a curve, that of the lines between its points.
fn length(outline: &Outline) -> f64 {
    let mut length = 0.0;
    let (mut begun, mut at) = ((0.0, 0.0), (0.0, 0.0));
    for segment in outline.segments() {
        let points: &[_] = match segment {
            PathSegment::MoveTo(point) => {
                begun = (point.x, point.y);
                at = begun;
                continue;
            }
            PathSegment::LineTo(point) => &[(point.x, point.y)],
            PathSegment::QuadTo(one, point) => &[(one.x, one.y), (point.x, point.y)],
            PathSegment::CubicTo(one, two, point) => &[(one.x, one.y), (two.x, two.y), (point.x, point.y)],
            PathSegment::Close => &[begun],
        };
        for &point in points {
            length += f64::from((point.0 - at.0).hypot(point.1 - at.1));
            at = point;
        }
    }
    length
}
