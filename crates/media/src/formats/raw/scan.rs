//! The last resort: JPEGs wherever they lie.
//! Knows how a JPEG begins and nothing of what is around it.

use super::about::About;
use super::window::Window;

/// Cameras put previews in front of sensor data, which is most of the file.
const MOST_SCANNED: u64 = 32 << 20;
const PIECE: u64 = 1 << 20;
/// A start needs this many bytes.
const START: [u8; 3] = [0xFF, 0xD8, 0xFF];
/// Places that look like a start: noise has one in 16 million bytes.
const MOST_STARTS: usize = 256;

/// Notes every JPEG near the front that can be looked at. Where one ends is left to its decoder.
pub(super) fn scan<'a>(file: Window<'a>, about: &mut About<'a>) {
    let (mut at, mut starts) = (0_u64, 0_usize);
    while at < file.len().min(MOST_SCANNED) && starts < MOST_STARTS {
        // The last two bytes of a piece are looked at again with the next, for a start that lies across.
        let len = PIECE.min(file.len().saturating_sub(at)) as usize;
        let Some(piece) = file.bytes(at, len) else { break };
        for (place, _) in piece.windows(START.len()).enumerate().filter(|(_, bytes)| *bytes == START) {
            starts = starts.saturating_add(1);
            if let Some(jpeg) = file.part(at.saturating_add(place as u64), MOST_SCANNED)
                && starts <= MOST_STARTS
            {
                let len = jpeg.len();
                about.jpeg(jpeg, len);
            }
        }
        at = at.saturating_add(PIECE.saturating_sub(2));
    }
}
