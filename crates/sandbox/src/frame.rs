//! A frame: four bytes of length, little-endian, then that much JSON.
//! Knows nothing of sockets or of what is said; holds every length against a limit before it reserves memory.

use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, io, io::Read};

/// Bytes of the length before each frame.
pub(crate) const PREFIX: usize = 4;

/// Why a frame could not be had.
#[derive(Debug)]
pub(crate) enum FrameError {
    /// The other side is gone: no more bytes, or not all of them.
    Closed,
    /// Reading failed.
    Io(io::Error),
    /// Longer than this side takes.
    TooLong { length: usize, most: usize },
    /// Not the JSON that was expected.
    Garbage(String),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the other side is gone"),
            Self::Io(error) => write!(f, "read: {error}"),
            Self::TooLong { length, most } => write!(f, "a frame of {length} bytes, more than {most}"),
            Self::Garbage(why) => write!(f, "a frame that makes no sense: {why}"),
        }
    }
}

impl From<io::Error> for FrameError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                Self::Closed
            }
            _ => Self::Io(error),
        }
    }
}

/// The frame that says `value`, no longer than `most` bytes of JSON.
pub(crate) fn encode(value: &impl Serialize, most: usize) -> Result<Vec<u8>, FrameError> {
    let mut frame = vec![0; PREFIX];
    serde_json::to_writer(&mut frame, value).map_err(|error| FrameError::Garbage(error.to_string()))?;
    let length = frame.len() - PREFIX;
    let prefix =
        u32::try_from(length).ok().filter(|_| length <= most).ok_or(FrameError::TooLong { length, most })?;
    frame[..PREFIX].copy_from_slice(&prefix.to_le_bytes());
    Ok(frame)
}

/// The next frame.
pub(crate) fn read<T: DeserializeOwned>(from: &mut impl Read, most: usize) -> Result<T, FrameError> {
    let mut prefix = [0; PREFIX];
    from.read_exact(&mut prefix)?;
    read_body(from, prefix, most)
}

/// The rest of a frame whose length has been read already.
pub(crate) fn read_body<T: DeserializeOwned>(
    from: &mut impl Read,
    prefix: [u8; PREFIX],
    most: usize,
) -> Result<T, FrameError> {
    let length = u32::from_le_bytes(prefix) as usize;
    if length > most {
        return Err(FrameError::TooLong { length, most });
    }
    let body = read_bytes(from, length)?;
    serde_json::from_slice(&body).map_err(|error| FrameError::Garbage(error.to_string()))
}

/// The next `length` bytes. Memory beyond the first piece is reserved only as bytes arrive, so a length that
/// is announced and never sent costs nothing.
pub(crate) fn read_bytes(from: &mut impl Read, length: usize) -> Result<Vec<u8>, FrameError> {
    /// Holds every usual thumbnail, so that those are read without growing.
    const FIRST_PIECE: usize = 256 << 10;
    let mut bytes = Vec::with_capacity(length.min(FIRST_PIECE));
    let got = from.take(length as u64).read_to_end(&mut bytes)?;
    if got < length {
        return Err(FrameError::Closed);
    }
    Ok(bytes)
}
