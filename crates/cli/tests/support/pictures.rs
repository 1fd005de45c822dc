//! Small pictures that are made, not copied: the same for the same number.
//! Knows one simple format; nothing of what the pictures are for.

use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

/// Edges of a picture: noise of this size keeps a worker busy for some 20 ms, and its thumbnails take some 60 kB.
const EDGES: (usize, usize) = (320, 240);

/// A picture of coarse noise, another one for each motif.
pub(crate) fn noise(motif: u64) -> Vec<u8> {
    let (width, height) = EDGES;
    let mut bytes = format!("P6 {width} {height} 255\n").into_bytes();
    let mut state = motif.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for place in 0..width * height * 3 {
        if place % 7 == 0 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }
        bytes.push((state >> (place % 7 * 8)) as u8 / 2 + 64);
    }
    bytes
}

/// With a time of its own, long ago: what is fresh would be left for later.
pub(crate) fn write(path: &Path, bytes: &[u8], moment: usize) {
    fs::write(path, bytes).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000 + moment as u64);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// A folder with so many pictures.
pub(crate) fn fill(folder: &Path, count: usize) {
    fs::create_dir_all(folder).unwrap();
    for motif in 0..count {
        write(&folder.join(format!("{motif:03}.ppm")), &noise(motif as u64), motif);
    }
}
