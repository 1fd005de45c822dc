//! The sensor's values, binned to pixels: each pixel is the mean of a cell in which all three colours occur.
//! Knows filter arrays and levels; knows nothing of colour spaces.
//!
//! A thumbnail is far smaller than the sensor, so nothing is interpolated: cells of 2 × 2 (Bayer) or 3 × 3 (X-Trans) lose
//! nothing that could be seen, and larger cells lower noise as well.

use rawler::RawImage;
use rawler::rawimage::{RawImageData, RawPhotometricInterpretation};
use tintype_media::{Fault, Reason};

/// Which colour a value is of. White pixels, and colours that are none of the three, are left out.
const LEFT_OUT: u8 = 3;
/// Sides of cells that are tried, until each cell has all colours: Bayer has 2, X-Trans 3, others up to 6.
const SIDES: [usize; 4] = [2, 3, 4, 6];
/// The filter arrays' own patterns repeat after at most so many; 12 is a multiple of all that rawler knows but 8.
const PATTERN: usize = 48;

/// A picture as the sensor saw it, and how to read it.
pub(crate) struct Sensor<'a> {
    image: &'a RawImage,
    filters: Filters,
    /// The part to show: left, top, columns, rows.
    area: (usize, usize, usize, usize),
}

/// How colours lie on the sensor.
enum Filters {
    /// All three at each place.
    None,
    /// One at each place, all of the same colour.
    Grey,
    /// One at each place, by this pattern; cells of `side` have all of them.
    Pattern { colors: Vec<[u8; PATTERN]>, side: usize },
}

/// Pixels of linear light in the camera's own colours, each 0 to 1.
pub(crate) struct Small {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) light: Vec<[f32; 3]>,
}

impl<'a> Sensor<'a> {
    pub(crate) fn of(image: &'a RawImage) -> Result<Self, Fault> {
        if image.fuji_rotation_width.is_some() {
            return Err(Reason::Unsupported.says("RAW: a sensor that stands on its corner"));
        }
        let (filters, area) = (Filters::of(image)?, area(image));
        let values = image.width.saturating_mul(image.height).saturating_mul(image.cpp);
        let there = match &image.data {
            RawImageData::Integer(values) => values.len(),
            RawImageData::Float(values) => values.len(),
        };
        if there < values || area.2 == 0 || area.3 == 0 {
            return Err(Reason::Corrupt.says("RAW: fewer values than the size says"));
        }
        Ok(Self { image, filters, area })
    }

    /// Columns and rows of the part to show.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.area.2 as u32, self.area.3 as u32)
    }

    /// The picture in cells as large as leave the long edge at least `least_edge`.
    pub(crate) fn binned(&self, least_edge: u32) -> Result<Small, Fault> {
        let side = match self.filters {
            Filters::Pattern { side, .. } => side,
            Filters::None | Filters::Grey => 1,
        };
        let (left, top, columns, rows) = self.area;
        let times = (columns.max(rows) / side / (least_edge as usize).max(1)).max(1);
        let cell = side * times;
        let (width, height) = ((columns / cell).max(1), (rows / cell).max(1));
        let mut light = Vec::new();
        light
            .try_reserve_exact(width * height)
            .map_err(|_| Reason::OutOfMemory.says(format!("no memory for {width} × {height} pixels")))?;
        for y in 0..height {
            for x in 0..width {
                light.push(self.mean((left + x * cell, top + y * cell), cell));
            }
        }
        Ok(Small { width: width as u32, height: height as u32, light })
    }

    /// The means of the three colours in the cell that begins here.
    fn mean(&self, (left, top): (usize, usize), cell: usize) -> [f32; 3] {
        let mut sums = [(0.0_f32, 0.0_f32); 3];
        let (right, bottom) = ((left + cell).min(self.image.width), (top + cell).min(self.image.height));
        for y in top..bottom {
            for x in left..right {
                for plane in 0..self.image.cpp.min(3) {
                    let color = self.filters.color((x, y), plane);
                    if let Some((sum, count)) = sums.get_mut(usize::from(color)) {
                        *sum += self.level((x, y), plane);
                        *count += 1.0;
                    }
                }
            }
        }
        let means = sums.map(|(sum, count)| if count > 0.0 { sum / count } else { 0.0 });
        match self.filters {
            Filters::Grey => [means[0]; 3],
            Filters::None | Filters::Pattern { .. } => means,
        }
    }

    /// One value between black and white.
    fn level(&self, (x, y): (usize, usize), plane: usize) -> f32 {
        let RawImage { width, cpp, blacklevel, whitelevel, .. } = self.image;
        let at = (y * width + x) * cpp + plane;
        let value = match &self.image.data {
            RawImageData::Integer(values) => f32::from(values[at]),
            RawImageData::Float(values) => values[at],
        };
        let cell = (y % blacklevel.height.max(1)) * blacklevel.width.max(1) + x % blacklevel.width.max(1);
        let black =
            blacklevel.levels.get(cell * blacklevel.cpp + plane.min(blacklevel.cpp.saturating_sub(1)));
        let black = black.or(blacklevel.levels.first()).map_or(0.0, |level| level.as_f32());
        let white = whitelevel.0.get(plane).or(whitelevel.0.first()).map_or(65535.0, |level| *level as f32);
        ((value - black) / (white - black).max(1e-6)).clamp(0.0, 1.0)
    }
}

impl Filters {
    fn of(image: &RawImage) -> Result<Self, Fault> {
        match (&image.photometric, image.cpp) {
            (RawPhotometricInterpretation::Cfa(config), 1) => {
                let color = |row: usize, column: usize| match config.cfa.cfa_color_at(row, column) as u8 {
                    color @ 0..=2 => color,
                    // Fujifilm has two kinds of green.
                    7 => 1,
                    _ => LEFT_OUT,
                };
                let colors = (0..PATTERN).map(|row| std::array::from_fn(|column| color(row, column)));
                let colors: Vec<[u8; PATTERN]> = colors.collect();
                let side = SIDES.into_iter().find(|side| all_cells_have_all(&colors, *side));
                let side = side.ok_or_else(|| Reason::Unsupported.says("RAW: filters of other colours"))?;
                Ok(Self::Pattern { colors, side })
            }
            (RawPhotometricInterpretation::Cfa(_), _) | (RawPhotometricInterpretation::LinearRaw, 3) => {
                Ok(Self::None)
            }
            (RawPhotometricInterpretation::LinearRaw | RawPhotometricInterpretation::BlackIsZero, 1) => {
                Ok(Self::Grey)
            }
            (_, planes) => Err(Reason::Unsupported.says(format!("RAW: {planes} values for each pixel"))),
        }
    }

    fn color(&self, (x, y): (usize, usize), plane: usize) -> u8 {
        match self {
            Self::None => plane as u8,
            Self::Grey => 0,
            Self::Pattern { colors, .. } => colors[y % PATTERN][x % PATTERN],
        }
    }
}

/// Wherever a cell of this side begins.
fn all_cells_have_all(colors: &[[u8; PATTERN]], side: usize) -> bool {
    let starts = || 0..PATTERN - side;
    starts().all(|top| {
        starts().all(|left| {
            let mut has = [false; 4];
            for row in &colors[top..top + side] {
                row[left..left + side].iter().for_each(|color| has[usize::from(*color)] = true);
            }
            has[..3] == [true; 3]
        })
    })
}

/// The camera's crop, or what light falls on, or all; within the values that there are.
fn area(image: &RawImage) -> (usize, usize, usize, usize) {
    let whole = (0, 0, image.width, image.height);
    let chosen = image.crop_area.or(image.active_area).map(|area| (area.p.x, area.p.y, area.d.w, area.d.h));
    let fits = |area: &(usize, usize, usize, usize)| {
        area.2 > 0
            && area.3 > 0
            && area.0.checked_add(area.2).is_some_and(|right| right <= image.width)
            && area.1.checked_add(area.3).is_some_and(|bottom| bottom <= image.height)
    };
    chosen.filter(fits).unwrap_or(whole)
}
