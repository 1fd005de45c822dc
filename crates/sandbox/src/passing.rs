//! A descriptor that travels beside bytes over a Unix socket.
//! Knows nothing of what the bytes mean.

use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recv, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Sends all of `bytes`, and `descriptor` with the first of them. Never waits: a reader that has left so much unread
/// that there is no room is the error `WouldBlock`.
pub(crate) fn send(socket: impl AsFd, bytes: &[u8], descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let descriptors = [descriptor];
    beside.push(SendAncillaryMessage::ScmRights(&descriptors));
    let mut sent = 0;
    while sent < bytes.len() {
        match sendmsg(&socket, &[IoSlice::new(&bytes[sent..])], &mut beside, send_flags()) {
            Ok(count) => {
                sent += count;
                beside.clear();
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Receives into the front of `buffer`, and the descriptor beside it if there is one. No bytes: the end.
pub(crate) fn receive(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let count = loop {
        match recvmsg(&socket, &mut [IoSliceMut::new(buffer)], &mut beside, receive_flags()) {
            Ok(received) => break received.bytes,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    };
    let descriptor = beside.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok((count, descriptor))
}

/// A worker that is gone is an error to the caller, not a signal to a host program that may not ignore it.
fn send_flags() -> SendFlags {
    #[cfg(target_vendor = "apple")]
    return SendFlags::DONTWAIT;
    #[cfg(not(target_vendor = "apple"))]
    SendFlags::NOSIGNAL.union(SendFlags::DONTWAIT)
}

/// What is in a socket to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    Nothing,
    Bytes,
    /// The other end is closed, and nothing more will come.
    End,
}

/// Looks without taking anything and without waiting.
pub(crate) fn unread(socket: impl AsFd) -> io::Result<Unread> {
    let mut first = [0_u8; 1];
    match recv(&socket, &mut first, RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Ok((_, 0)) => Ok(Unread::End),
        Ok(_) => Ok(Unread::Bytes),
        Err(rustix::io::Errno::AGAIN) => Ok(Unread::Nothing),
        Err(error) => Err(error.into()),
    }
}

fn receive_flags() -> RecvFlags {
    #[cfg(target_vendor = "apple")]
    return RecvFlags::empty();
    #[cfg(not(target_vendor = "apple"))]
    RecvFlags::CMSG_CLOEXEC
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use rustix::fs::fstat;
    use std::fs::File;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_descriptor_arrives_with_the_first_bytes() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let file = File::open("/dev/null").unwrap();
        send(&ours, b"hello", file.as_fd()).unwrap();
        drop(ours);
        let mut buffer = [0; 3];
        let (count, descriptor) = receive(&theirs, &mut buffer).unwrap();
        assert_eq!(&buffer[..count], b"hel");
        assert_eq!(fstat(descriptor.unwrap()).unwrap().st_rdev, fstat(&file).unwrap().st_rdev);
        assert!(matches!(receive(&theirs, &mut buffer), Ok((2, None))));
        assert!(matches!(receive(&theirs, &mut buffer), Ok((0, None))));
    }

    #[test]
    fn a_reader_that_reads_nothing_is_an_error_and_no_wait() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let file = File::open("/dev/null").unwrap();
        let error = loop {
            if let Err(error) = send(&ours, &[0; 10_000], file.as_fd()) {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn what_is_unread_is_seen_and_stays() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let file = File::open("/dev/null").unwrap();
        assert_eq!(unread(&theirs).unwrap(), Unread::Nothing);
        send(&ours, b"x", file.as_fd()).unwrap();
        drop(ours);
        assert_eq!(unread(&theirs).unwrap(), Unread::Bytes);
        assert!(matches!(receive(&theirs, &mut [0; 9]), Ok((1, Some(_)))));
        assert_eq!(unread(&theirs).unwrap(), Unread::End);
    }

    #[test]
    fn a_reader_that_is_gone_is_an_error_and_no_signal() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let file = File::open("/dev/null").unwrap();
        assert_eq!(send(&ours, b"hello", file.as_fd()).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
