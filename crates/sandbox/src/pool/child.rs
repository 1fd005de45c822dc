//! One running worker as its parent sees it: a pipe to talk over, a stream of complaints, a process to bury.
//! Knows nothing of queues or of other workers, and trusts nothing that this one says.

use super::last_words::{LastWords, one_line};
use super::turns::CANCEL_TICK;
use super::verdict::{Death, End};
use crate::frame::{self, FrameError};
use crate::limits::Terms;
use crate::passing::{self, Unread};
use crate::protocol::{Announced, AnnouncedSheet, Announcement, Answer, MAX_ANSWER};
use crate::{Capabilities, Fault, Manners, Order, Rendition, ScrubSheet, Thumbnail, serve};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// One running worker. Dropping it ends the process.
pub(super) struct Worker {
    child: Child,
    pipe: File,
    complaints: Complaints,
    /// How many files it was given.
    pub(super) served: u32,
    /// How much it yields.
    pub(super) manners: Manners,
}

/// Why a worker is of no use to a file that it has not seen.
#[derive(Debug)]
pub(super) struct Unfit(pub(super) &'static str);

/// When to stop waiting for a worker.
pub(super) struct Watch<'a> {
    pub(super) started: Instant,
    pub(super) at_most: Duration,
    pub(super) cancelled: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// How long the next wait may be, or why there is none.
    fn next_wait(&self) -> Result<Duration, End> {
        if (self.cancelled)() {
            return Err(End::Cancelled);
        }
        let left = self.at_most.saturating_sub(self.started.elapsed());
        if left.is_zero() { Err(End::Overran) } else { Ok(left.min(CANCEL_TICK)) }
    }
}

impl Worker {
    /// Starts the process through `start`. It has not said anything yet.
    pub(super) fn start(
        path: &Path,
        terms: &Terms,
        start: impl FnOnce(Command) -> io::Result<Child>,
    ) -> io::Result<Self> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, socket_flags(), None)?;
        let mut command = Command::new(path);
        command
            .arg(serve::SERVE)
            .arg(serde_json::to_string(terms)?)
            .env_clear()
            .stdin(theirs)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Not in the terminal's group: Ctrl-C there is for the parent, which lets its files finish.
            .process_group(0);
        let mut child = start(command)?;
        let complaints = Complaints::new(child.stderr.take())?;
        Ok(Self { child, pipe: ours.into(), complaints, served: 0, manners: terms.manners })
    }

    /// What it says of itself when it has started.
    pub(super) fn greeting(&mut self, watch: &Watch<'_>) -> Result<Capabilities, End> {
        self.listen(watch, |from| frame::read(from, MAX_ANSWER))
    }

    /// Hands over one file. Where that fails, the worker has not seen it, and it is not the file's fault.
    ///
    /// A worker that has been taken over may have written answers in advance: one of them would be taken for this
    /// file's. It may also leave its orders unread: waiting for room would be waiting for ever.
    pub(super) fn hand_over(&mut self, source: BorrowedFd<'_>, order: &[u8]) -> Result<(), Unfit> {
        match passing::unread(&self.pipe) {
            Ok(Unread::Nothing) => {}
            Ok(Unread::Bytes) => return Err(Unfit("it spoke before it was asked")),
            Ok(Unread::End) | Err(_) => return Err(Unfit("it ended before it was asked")),
        }
        self.served += 1;
        self.complaints.words.forget();
        passing::send(&self.pipe, order, source).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => Unfit("it does not read its orders"),
            _ => Unfit("it ended before it was asked"),
        })
    }

    /// Waits for what becomes of the file it was handed.
    pub(super) fn answer(
        &mut self,
        order: &Order,
        watch: &Watch<'_>,
    ) -> Result<Result<Rendition, Fault>, End> {
        match self.listen(watch, |from| frame::read(from, MAX_ANSWER))? {
            Answer::Failed(fault) => Ok(Err(Fault { detail: one_line(&fault.detail), ..fault })),
            Answer::Done(announcement) => {
                announcement.check(order).map_err(End::Nonsense)?;
                self.listen(watch, |from| receive_thumbnails(*announcement, from)).map(Ok)
            }
        }
    }

    fn listen<T>(
        &mut self,
        watch: &Watch<'_>,
        read: impl FnOnce(&mut Listener<'_>) -> Result<T, FrameError>,
    ) -> Result<T, End> {
        let mut listener = Listener { pipe: &self.pipe, complaints: &mut self.complaints, watch, end: None };
        let heard = read(&mut listener);
        let end = listener.end.take();
        heard.map_err(|error| match (end, error) {
            (Some(end), _) => end,
            (None, FrameError::Closed | FrameError::Io(_)) => End::Gone,
            (None, error @ (FrameError::TooLong { .. } | FrameError::Garbage(_))) => {
                End::Nonsense(error.to_string())
            }
        })
    }

    /// Whether the process is still there.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// A process that ends closes its streams a moment before its status can be had. There is nothing to wait on
    /// for that moment but time.
    fn ends_before(&mut self, until: Instant) -> bool {
        while self.is_alive() {
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Ends the process and finds out how it died, with its last words.
    pub(super) fn bury(mut self, mut end: End, started: Instant) -> Death {
        let elapsed = started.elapsed();
        if end == End::Gone {
            let until = Instant::now() + LAST_BREATH;
            self.complaints.hear_to_the_end(until);
            if !self.ends_before(until) {
                end = End::Nonsense("it closed its pipe and stayed".to_owned());
            }
        }
        let _ = self.child.kill();
        let status = self.child.wait().unwrap_or_default();
        self.complaints.hear();
        Death { end, status, last_words: self.complaints.words.text(), elapsed }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both are harmless when the process was buried already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bytes that an announcement, which was checked, has promised.
pub(crate) fn receive_thumbnails(
    announcement: Announcement,
    from: &mut impl Read,
) -> Result<Rendition, FrameError> {
    let Announcement { thumbnails: announced, sheet, mut facts, metrics } = announcement;
    let mut thumbnails = Vec::with_capacity(announced.len());
    for thumbnail in announced {
        let Announced { size, width, height, length } = thumbnail;
        let webp = receive_webp(length, from, || format!("thumbnail {size}"))?;
        thumbnails.push(Thumbnail { size, width, height, webp });
    }
    let sheet = match sheet {
        Some(AnnouncedSheet { width, height, length, tiles }) => {
            let webp = receive_webp(length, from, || "the scrub sheet".to_owned())?;
            Some(ScrubSheet { width, height, webp, tiles })
        }
        None => None,
    };
    facts.format = one_line(&facts.format);
    facts.mime_type = one_line(&facts.mime_type);
    if let Some(film) = &mut facts.film {
        film.codec = one_line(&film.codec);
    }
    facts.warnings.truncate(MOST_WARNINGS);
    for warning in &mut facts.warnings {
        *warning = one_line(warning);
    }
    Ok(Rendition { thumbnails, sheet, facts, metrics })
}

/// One file of a length that `Announcement::check` has held against its limit.
fn receive_webp(length: u64, from: &mut impl Read, what: impl Fn() -> String) -> Result<Vec<u8>, FrameError> {
    let webp = frame::read_bytes(from, length as usize)?;
    if is_webp(&webp) { Ok(webp) } else { Err(FrameError::Garbage(format!("{} is no WebP file", what()))) }
}

/// Nobody reads more of one file, and a picture with more complaints than that is still a picture.
const MOST_WARNINGS: usize = 100;

/// Whether bytes begin as every WebP file does: whatever else a worker sends must not be stored and served as one.
fn is_webp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")
}

/// The pipe, read with an eye on the clock, on the caller and on the worker's complaints.
struct Listener<'a> {
    pipe: &'a File,
    complaints: &'a mut Complaints,
    watch: &'a Watch<'a>,
    /// Why reading stopped, when it was not the worker's doing.
    end: Option<End>,
}

impl Read for Listener<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let wait = self.watch.next_wait().map_err(|end| {
                self.end = Some(end);
                io::ErrorKind::TimedOut
            })?;
            if self.complaints.poll_with(self.pipe.as_fd(), wait)? {
                return self.pipe.read(buffer);
            }
        }
    }
}

/// Standard error of a worker, drained so that the worker never waits for a reader.
struct Complaints {
    /// Nothing once the worker has closed it.
    stream: Option<ChildStderr>,
    words: LastWords,
}

/// How long a worker that closed its pipe may take to end by itself. Longer than it takes a process of a
/// gigabyte to give back its memory.
const LAST_BREATH: Duration = Duration::from_secs(1);

impl Complaints {
    fn new(stream: Option<ChildStderr>) -> io::Result<Self> {
        if let Some(stream) = &stream {
            rustix::io::ioctl_fionbio(stream, true)?;
        }
        Ok(Self { stream, words: LastWords::default() })
    }

    /// Waits for either stream; keeps what is complained; whether the pipe has something to read.
    fn poll_with(&mut self, pipe: BorrowedFd<'_>, wait: Duration) -> io::Result<bool> {
        let mut streams = vec![PollFd::from_borrowed_fd(pipe, PollFlags::IN)];
        streams.extend(self.stream.iter().map(|stream| PollFd::new(stream, PollFlags::IN)));
        wait_for(&mut streams, wait)?;
        let readable = !streams[0].revents().is_empty();
        let complained = streams.get(1).is_some_and(|stream| !stream.revents().is_empty());
        if complained {
            self.hear();
        }
        Ok(readable)
    }

    /// Reads what is there, but not for ever: a worker that never stops talking must not stop the clock.
    fn hear(&mut self) {
        const MOST_READS: usize = 16;
        let mut buffer = [0; 4 << 10];
        for _ in 0..MOST_READS {
            let Some(stream) = &mut self.stream else { return };
            match stream.read(&mut buffer) {
                Ok(0) => self.stream = None,
                Ok(count) => self.words.hear(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.stream = None,
            }
        }
    }

    /// Listens until the worker closes the stream, which it does by ending.
    fn hear_to_the_end(&mut self, until: Instant) {
        while let Some(stream) = &self.stream {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || wait_for(&mut [PollFd::new(stream, PollFlags::IN)], left).is_err() {
                return;
            }
            self.hear();
        }
    }
}

/// poll(2); an interruption by a signal counts as nothing heard.
fn wait_for(streams: &mut [PollFd<'_>], wait: Duration) -> io::Result<()> {
    let timeout = Timespec {
        tv_sec: wait.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: wait.subsec_nanos().into(),
    };
    match poll(streams, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Only the worker gets the other end, and as its standard input: nothing else that is started meanwhile.
fn socket_flags() -> SocketFlags {
    #[cfg(target_vendor = "apple")]
    return SocketFlags::empty();
    #[cfg(not(target_vendor = "apple"))]
    SocketFlags::CLOEXEC
}
