//! What a JPEG 2000 codestream will cost its decoder beside the pixels: it makes tables of blocks, layers and tiles as
//! large as the headers say. Knows markers; knows nothing of pixels.

use super::super::cursor::Cursor;

/// What the headers of the file and of its tiles say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Structure {
    /// How many planes.
    pub(super) components: u64,
    /// Whether the end is there.
    pub(super) whole: bool,
    tiles: u64,
    tile: (u64, u64),
    layers: u64,
    styles: Vec<Style>,
}

/// How planes are cut into blocks.
#[derive(Debug, PartialEq, Eq)]
struct Style {
    levels: u32,
    block: (u32, u32),
    /// Of each resolution, the smallest first, as exponents.
    precincts: Vec<(u32, u32)>,
}

/// Measured in the decoder's sources: a block has 72 bytes and, in each of two trees, up to three nodes of 64.
const BLOCK_BYTES: u64 = 512;
/// A range of segments.
const LAYER_BYTES: u64 = 24;
/// Two trees' roots, a range and a place in the order of packets.
const PRECINCT_BYTES: u64 = 384;
/// A tile, and of each plane the steps of its quantisation, up to 97.
const TILE_BYTES: u64 = 256;
const TILE_COMPONENT_BYTES: u64 = 800;

impl Structure {
    pub(super) fn read(file: &[u8]) -> Option<Self> {
        let stream = codestream(file)?;
        let mut cursor = Cursor::new(stream);
        let mut found = Self::default();
        let mut end_of_tile_part = stream.len();
        while let Some(marker) = cursor.array().map(u16::from_be_bytes) {
            let at = stream.len().saturating_sub(cursor.rest().len());
            match marker {
                // Nothing belongs to these.
                START | 0xff30..=0xff3f => continue,
                END => {
                    found.whole = true;
                    break;
                }
                START_OF_DATA => {
                    cursor = Cursor::at(stream, end_of_tile_part);
                    continue;
                }
                _ => {}
            }
            let Some(segment) = segment(&mut cursor) else { break };
            if marker == START_OF_TILE {
                end_of_tile_part = tile_part_end(segment, at.saturating_sub(2)).unwrap_or(stream.len());
            }
            found.note(marker, segment);
        }
        (found.components > 0 && !found.styles.is_empty()).then_some(found)
    }

    /// Takes down what a segment says that costs memory. One that is broken says nothing: the decoder finds that too.
    fn note(&mut self, marker: u16, segment: &[u8]) {
        match marker {
            SIZE => drop(self.note_size(segment)),
            STYLE => drop(self.note_style(segment)),
            STYLE_OF_COMPONENT => {
                let index = if self.components < 257 { 1 } else { 2 };
                if let Some(style) = segment.get(index..).and_then(Style::of_component) {
                    self.styles.push(style);
                }
            }
            _ => {}
        }
    }

    fn note_size(&mut self, segment: &[u8]) -> Option<()> {
        let mut cursor = Cursor::at(segment, 2);
        let mut pair = || Some((u64::from(cursor.u32_be()?), u64::from(cursor.u32_be()?)));
        let (end, start, tile, tiles_start) = (pair()?, pair()?, pair()?, pair()?);
        let tiles = |end: u64, start: u64, tile: u64| end.saturating_sub(start).div_ceil(tile.max(1));
        self.tiles = tiles(end.0, tiles_start.0, tile.0).saturating_mul(tiles(end.1, tiles_start.1, tile.1));
        let image = (end.0.saturating_sub(start.0), end.1.saturating_sub(start.1));
        self.tile = (tile.0.min(image.0), tile.1.min(image.1));
        self.components = u64::from(cursor.array().map(u16::from_be_bytes)?);
        Some(())
    }

    fn note_style(&mut self, segment: &[u8]) -> Option<()> {
        let (flags, rest) = segment.split_first()?;
        let [_order, high, low, _transform, style @ ..] = rest else { return None };
        self.layers = self.layers.max(u16::from_be_bytes([*high, *low]).into());
        self.styles.push(Style::read(flags & 1 == 1, style)?);
        Some(())
    }

    /// Memory that the decoder takes beside the pixels, at most.
    pub(super) fn table_bytes(&self) -> u64 {
        let of_component =
            self.styles.iter().map(|style| style.bytes(self.tile, self.layers)).max().unwrap_or(0);
        let of_tile = TILE_BYTES.saturating_add(self.components.saturating_mul(TILE_COMPONENT_BYTES));
        let tiles = self.tiles.saturating_mul(of_tile);
        self.components.saturating_mul(of_component).saturating_add(tiles)
    }
}

impl Style {
    fn of_component(segment: &[u8]) -> Option<Self> {
        let (flags, style) = segment.split_first()?;
        Self::read(flags & 1 == 1, style)
    }

    fn read(with_precincts: bool, style: &[u8]) -> Option<Self> {
        let [levels, width, height, _coding, _wavelet, precincts @ ..] = style else { return None };
        let exponent = |stored: u8| u32::from(stored & 0xf).saturating_add(2);
        let sizes = |size: &u8| (u32::from(size & 0xf), u32::from(size >> 4));
        let precincts = if with_precincts { precincts.iter().map(sizes).collect() } else { Vec::new() };
        Some(Self { levels: u32::from(*levels), block: (exponent(*width), exponent(*height)), precincts })
    }

    /// What one component of a tile takes, all resolutions together.
    fn bytes(&self, tile: (u64, u64), layers: u64) -> u64 {
        let block = BLOCK_BYTES.saturating_add(layers.saturating_mul(LAYER_BYTES));
        (0..=self.levels.min(MOST_LEVELS)).fold(0, |sum, resolution| {
            let (bands, smaller) = if resolution == 0 { (1, 0) } else { (3, 1) };
            let shift = self.levels.saturating_sub(resolution).saturating_add(smaller).min(63);
            // Beyond the largest exponent there is no need to be exact: one precinct holds all.
            let precinct = self.precincts.get(resolution as usize).copied().unwrap_or((15, 15));
            let precinct = (precinct.0.saturating_sub(smaller), precinct.1.saturating_sub(smaller));
            let band = (tile.0 >> shift, tile.1 >> shift);
            let precincts = cells(band, precinct).saturating_mul(PRECINCT_BYTES);
            let cell = (self.block.0.min(precinct.0), self.block.1.min(precinct.1));
            let blocks = cells(band, cell).saturating_mul(block);
            precincts.saturating_add(blocks).saturating_mul(bands).saturating_add(sum)
        })
    }
}

/// How many cells of so many columns and rows, as exponents, a band can touch.
fn cells(band: (u64, u64), cell: (u32, u32)) -> u64 {
    (band.0 >> cell.0).saturating_add(2).saturating_mul((band.1 >> cell.1).saturating_add(2))
}

const START: u16 = 0xff4f;
const SIZE: u16 = 0xff51;
const STYLE: u16 = 0xff52;
const STYLE_OF_COMPONENT: u16 = 0xff53;
const START_OF_TILE: u16 = 0xff90;
const START_OF_DATA: u16 = 0xff93;
const END: u16 = 0xffd9;

/// What the standard allows, and the decoder checks.
const MOST_LEVELS: u32 = 32;

/// The bytes of a marker's segment, without their length.
fn segment<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let len = cursor.array().map(u16::from_be_bytes)?;
    cursor.take(usize::from(len.checked_sub(2)?))
}

/// Where the tile part that began at `start` ends; nothing if it goes on to the end.
fn tile_part_end(segment: &[u8], start: usize) -> Option<usize> {
    let len = Cursor::at(segment, 2).u32_be()?;
    (len > 0).then(|| start.saturating_add(len as usize))
}

/// The codestream in the boxes of a JP2 file, the last if there are several, as the decoder has it; or the file itself.
fn codestream(file: &[u8]) -> Option<&[u8]> {
    if file.starts_with(&START.to_be_bytes()) {
        return Some(file);
    }
    let mut cursor = Cursor::new(file);
    let mut found = None;
    while let (Some(len), Some(kind)) = (cursor.u32_be(), cursor.array::<4>()) {
        let len = match len {
            0 => cursor.rest().len(),
            1 => {
                let [high, low] = [cursor.u32_be()?, cursor.u32_be()?];
                usize::try_from(u64::from(high) << 32 | u64::from(low)).ok()?.saturating_sub(16)
            }
            len => (len as usize).saturating_sub(8),
        };
        let content = cursor.take(len.min(cursor.rest().len()))?;
        if kind == *b"jp2c" {
            found = Some(content);
        }
    }
    found
}
