//! What there is of a file that is cut short or damaged: the blocks that can be read, in the order they lie in.
//! A writer that dies leaves its table of offsets empty, so blocks are not looked for by that table.

use super::kind::AsVersioned;
use exr::block::UncompressedBlock;
use exr::block::reader::Reader;
use exr::error::Result;
use exr::image::read::layers::ChannelsReader;
use exr::image::{AnyChannels, FlatSamples};
use exr::math::Vec2;
use exr::meta::MetaData;
use exr::meta::header::Header;
use exr::prelude::ReadChannels;

/// Bytes of one place in the table of offsets, which lies behind the headers.
const OFFSET: usize = 8;
const LARGEST_LEVEL: Vec2<usize> = Vec2(0, 0);

/// The channels of the first flat layer, zero where blocks are missing, and words about what is missing.
/// Nothing when no block is whole although the file is as long as it says: then it is not cut but something else.
pub(super) fn what_there_is(file: &[u8]) -> Option<(AnyChannels<FlatSamples>, String)> {
    let mut source = AsVersioned::new(file);
    let reader = Reader::read_from_buffered(&mut source, false).ok()?;
    let meta = reader.meta_data().clone();
    let (layer, header) = meta.headers.iter().enumerate().find(|(_, header)| !header.deep)?;
    let wanted = exr::prelude::read().no_deep_data().largest_resolution_level().all_channels();
    let mut channels = wanted.create_channels_reader(header).ok()?;
    // Behind a chunk that makes no sense nobody knows where the next one begins.
    let chunks = reader.all_chunks(false).ok()?.map_while(Result::ok);
    let read = chunks
        .filter(|chunk| chunk.layer_index == layer)
        .filter_map(|chunk| UncompressedBlock::decompress_chunk(chunk, &meta, false).ok())
        .filter(|block| block.index.level == LARGEST_LEVEL)
        .filter_map(|block| channels.read_block(header, block).ok())
        .count();
    let said = format!("cut short or damaged: {read} of {} blocks", blocks(header));
    let ends_early = || blocks_beyond(file, &meta) > 0;
    (read > 0 || ends_early()).then(|| (channels.into_channels(), said))
}

fn blocks(header: &Header) -> usize {
    header.blocks_increasing_y_order().filter(|tile| tile.location.level_index == LARGEST_LEVEL).count()
}

/// How many blocks should begin beyond the end of the file.
fn blocks_beyond(file: &[u8], meta: &MetaData) -> usize {
    let mut source = AsVersioned::new(file);
    if MetaData::read_from_buffered(&mut source, false).is_err() {
        return 0;
    }
    let wanted = meta.headers.iter().map(|header| header.chunk_count).fold(0, usize::saturating_add);
    let (offsets, _) = file.get(source.position()..).unwrap_or_default().as_chunks::<OFFSET>();
    let within = |offset: &&[u8; OFFSET]| u64::from_le_bytes(**offset) < file.len() as u64;
    wanted.saturating_sub(offsets.iter().take(wanted).filter(within).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use exr::image::{Encoding, Image, Layer, SpecificChannels};
    use exr::meta::header::LayerAttributes;
    use exr::prelude::WritableImage;
    use std::io::Cursor;

    /// Eight blocks of sixteen rows each.
    fn sound() -> Vec<u8> {
        let pixels = |at: Vec2<usize>| (at.x() as f32, at.y() as f32, 1.0_f32);
        let channels = SpecificChannels::rgb(pixels);
        let layer = Layer::new((32, 128), LayerAttributes::named("one"), Encoding::SMALL_LOSSLESS, channels);
        let mut file = Cursor::new(Vec::new());
        Image::from_layer(layer).write().non_parallel().to_buffered(&mut file).unwrap();
        file.into_inner()
    }

    fn table_at(file: &[u8]) -> usize {
        let mut source = AsVersioned::new(file);
        MetaData::read_from_buffered(&mut source, false).unwrap();
        source.position()
    }

    /// What is said of a file after something has happened to it.
    #[track_caller]
    fn check(happens: impl FnOnce(&mut Vec<u8>, usize), wanted: Option<&str>) {
        let mut file = sound();
        let table = table_at(&file);
        happens(&mut file, table);
        let said = what_there_is(&file).map(|(_, said)| said);
        assert_eq!(said.as_deref(), wanted);
    }

    #[test]
    fn what_there_is_of_damaged_files() {
        check(|_, _| (), Some("cut short or damaged: 8 of 8 blocks"));
        check(|file, table| file[table..table + 64].fill(0), Some("cut short or damaged: 8 of 8 blocks"));
        check(|file, _| file.truncate(file.len() - 1), Some("cut short or damaged: 7 of 8 blocks"));
        check(|file, table| file.truncate(table + 64 + 20), Some("cut short or damaged: 0 of 8 blocks"));
        check(|file, table| file.truncate(table + 20), None);
        check(|file, table| file[table + 64..].fill(0xff), None);
        check(|file, _| file.truncate(20), None);
    }
}
