//! The scrub sheet: a film's pictures side by side in one, for whoever moves a pointer over it.
//! Knows tiles and where each lies; nothing of films.

use crate::canvas::Canvas;
use crate::memory::filled;
use crate::{Fault, Limits, Picture, Subject, encode, resize};

/// What sheet is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrub {
    /// The most pictures on it.
    pub frames: u32,
    /// Longest edge of each, in pixels.
    pub edge: u32,
}

/// A finished sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrubSheet {
    /// Columns of pixels.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
    /// A whole WebP file.
    pub webp: Vec<u8>,
    /// How many pictures are side by side; the next follow below, from the left again.
    pub columns: u32,
    /// From when on each is shown, in milliseconds from the start of the film, ascending. As many as there are pictures.
    pub starts_ms: Vec<u64>,
}

/// One picture of a sheet: small already, so that many fit into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    canvas: Canvas,
    start_ms: u64,
}

impl Tile {
    /// The tile of a picture that is shown from `start_ms` on.
    pub fn of(picture: &Picture, start_ms: u64, (scrub, limits): (Scrub, &Limits)) -> Result<Self, Fault> {
        let canvas = picture.canvas(scrub.edge, limits, &mut Vec::new())?;
        Ok(Self { canvas, start_ms })
    }

    /// From when on it is shown, in milliseconds from the start of the film.
    pub fn start_ms(&self) -> u64 {
        self.start_ms
    }
}

/// The sheet of these tiles. What does not move has one: `shown`, the picture that stands for it.
pub(crate) fn of(tiles: &[Tile], shown: &Canvas, (scrub, quality): (Scrub, u8)) -> Result<ScrubSheet, Fault> {
    let only;
    let tiles = match tiles {
        [] => {
            let size = resize::shape((shown.width, shown.height), scrub.edge);
            only = [Tile { canvas: resize::smaller(shown, size)?, start_ms: 0 }];
            &only
        }
        tiles => tiles,
    };
    Sheet::of(tiles).finish(quality)
}

/// A sheet on its way.
struct Sheet<'t> {
    /// All of one shape.
    tiles: Vec<&'t Tile>,
    columns: u32,
    rows: u32,
}

impl<'t> Sheet<'t> {
    /// As wide as high, in tiles. A film whose pictures change their shape keeps those of the first.
    fn of(tiles: &'t [Tile]) -> Self {
        let shape = |tile: &Tile| (tile.canvas.width, tile.canvas.height, tile.canvas.channels);
        let first = tiles.first().map(shape);
        let tiles: Vec<&Tile> = tiles.iter().filter(|tile| Some(shape(tile)) == first).collect();
        let count = tiles.len() as u32;
        let columns = count.isqrt().saturating_add(u32::from(count.isqrt().pow(2) < count)).max(1);
        Self { tiles, columns, rows: count.div_ceil(columns).max(1) }
    }

    fn finish(&self, quality: u8) -> Result<ScrubSheet, Fault> {
        let Some(first) = self.tiles.first().map(|tile| &tile.canvas) else {
            return Err(crate::Reason::NoPicture.says("a sheet without pictures"));
        };
        let width = first.width.saturating_mul(self.columns);
        let height = first.height.saturating_mul(self.rows);
        let mut samples = filled(0_u16, width, height, first.channels.count())?;
        for (place, tile) in self.tiles.iter().enumerate() {
            paste(&mut samples, &tile.canvas, (place, self.columns as usize));
        }
        let sheet = Canvas { width, height, channels: first.channels, samples };
        let starts_ms = self.tiles.iter().map(|tile| tile.start_ms).collect();
        Ok(ScrubSheet {
            width,
            height,
            webp: encode::webp(&sheet, quality, Subject::Scene)?,
            columns: self.columns,
            starts_ms,
        })
    }
}

/// Copies a tile into its place of a sheet that has so many columns of its shape.
fn paste(sheet: &mut [u16], tile: &Canvas, (place, columns): (usize, usize)) {
    let row = (tile.width as usize).saturating_mul(tile.channels.count()).max(1);
    let (down, across) = (place.checked_div(columns).unwrap_or(0), place.checked_rem(columns).unwrap_or(0));
    let first = down.saturating_mul(tile.height as usize);
    let of_sheet = sheet.chunks_exact_mut(row.saturating_mul(columns.max(1))).skip(first);
    for (to, from) in of_sheet.zip(tile.samples.chunks_exact(row)) {
        if let Some(to) = to.chunks_exact_mut(row).nth(across) {
            to.copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::Channels;

    /// Tiles of one colour each, wider than they are high.
    fn tiles(count: u16) -> Vec<Tile> {
        let tile = |number: u16| Tile {
            canvas: Canvas { width: 6, height: 4, channels: Channels::Rgb, samples: vec![number * 1000; 72] },
            start_ms: u64::from(number) * 500,
        };
        (1..=count).map(tile).collect()
    }

    #[track_caller]
    fn check(count: u16, columns: u32, size: (u32, u32)) {
        let tiles = tiles(count);
        let made = of(&tiles, &tiles[0].canvas, (Scrub { frames: 99, edge: 6 }, 85)).unwrap();
        assert_eq!((made.columns, (made.width, made.height)), (columns, size));
        assert_eq!(made.starts_ms.len(), usize::from(count));
    }

    #[test]
    fn a_sheet_is_about_as_wide_as_high_in_tiles() {
        check(1, 1, (6, 4));
        check(2, 2, (12, 4));
        check(3, 2, (12, 8));
        check(4, 2, (12, 8));
        check(5, 3, (18, 8));
        check(10, 4, (24, 12));
    }

    #[test]
    fn each_tile_lies_in_its_place_and_what_is_left_is_black() {
        let tiles = tiles(5);
        let mut samples = vec![0; 18 * 8 * 3];
        for (place, tile) in tiles.iter().enumerate() {
            paste(&mut samples, &tile.canvas, (place, 3));
        }
        let at = |x: usize, y: usize| samples[(y * 18 + x) * 3];
        assert_eq!([at(0, 0), at(5, 3), at(6, 0), at(17, 3)], [1000, 1000, 2000, 3000]);
        assert_eq!([at(0, 4), at(11, 7), at(12, 4), at(17, 7)], [4000, 5000, 0, 0]);
    }

    #[test]
    fn what_does_not_move_has_one_tile_and_other_shapes_are_left_out() {
        let shown = Canvas { width: 60, height: 40, channels: Channels::Rgb, samples: vec![9; 7200] };
        let made = of(&[], &shown, (Scrub { frames: 9, edge: 30 }, 85)).unwrap();
        assert_eq!((made.width, made.height, made.starts_ms), (30, 20, vec![0]));
        let mut mixed = tiles(3);
        mixed[1].canvas = shown;
        let made = of(&mixed, &mixed[0].canvas, (Scrub { frames: 9, edge: 30 }, 85)).unwrap();
        assert_eq!(made.starts_ms, [500, 1500]);
    }
}
