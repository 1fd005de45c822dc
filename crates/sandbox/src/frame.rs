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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::protocol::{Answer, MAX_ANSWER, MAX_ORDER};
    use crate::{Capabilities, Effort, Order};
    use proptest::prelude::*;

    /// Bytes that end somewhere, and the largest buffer that anybody offered to fill.
    struct Watched<'a> {
        bytes: &'a [u8],
        largest: usize,
    }

    impl Read for Watched<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.largest = self.largest.max(buffer.len());
            self.bytes.read(buffer)
        }
    }

    #[track_caller]
    fn check(bytes: &[u8], most: usize, expected: &str) {
        let error = read::<Order>(&mut &*bytes, most).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }

    #[test]
    fn what_is_no_frame_is_refused_with_its_reason() {
        check(b"", 9, "the other side is gone");
        check(b"\x01\0\0", 9, "the other side is gone");
        check(b"\x05\0\0\0{", 9, "the other side is gone");
        check(b"\x0a\0\0\0{        }", 9, "a frame of 10 bytes, more than 9");
        check(b"\xff\xff\xff\xff", 9, "a frame of 4294967295 bytes, more than 9");
        check(b"\x02\0\0\0{}", 9, "a frame that makes no sense: missing field");
        check(b"\x01\0\0\0\xff", 9, "a frame that makes no sense");
        assert!(
            encode(&"long", 5)
                .is_err_and(|error| matches!(error, FrameError::TooLong { length: 6, most: 5 }))
        );
    }

    #[test]
    fn a_length_without_bytes_reserves_little() {
        let mut watched = Watched { bytes: b"few", largest: 0 };
        assert!(matches!(read_bytes(&mut watched, 64 << 20), Err(FrameError::Closed)));
        assert!(watched.largest <= 256 << 10, "{}", watched.largest);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_frame_or_an_error(length in 0..300_u32, body in prop::collection::vec(any::<u8>(), 0..300)) {
            let bytes = [&length.to_le_bytes()[..], &body].concat();
            let _ = read::<Answer>(&mut &*bytes, MAX_ANSWER);
            let _ = read::<Capabilities>(&mut &*bytes, MAX_ANSWER);
            let _ = read::<Order>(&mut &*body, MAX_ORDER);
        }

        #[test]
        fn no_length_reserves_more_than_the_bound(prefix in any::<[u8; 4]>(), body in prop::collection::vec(any::<u8>(), 0..64)) {
            let bytes = [&prefix[..], &body].concat();
            let mut watched = Watched { bytes: &bytes, largest: 0 };
            let _ = read::<Answer>(&mut watched, MAX_ANSWER);
            prop_assert!(watched.largest <= 256 << 10);
        }

        #[test]
        fn what_is_said_is_heard(sizes in prop::collection::vec(any::<u32>(), 0..50), quality in any::<u8>()) {
            let order = Order { effort: Effort::Reduced, ..Order::new(&sizes, quality) };
            let frame = encode(&order, MAX_ORDER).unwrap();
            prop_assert_eq!(read::<Order>(&mut &*frame, MAX_ORDER).unwrap(), order);
        }
    }
}
