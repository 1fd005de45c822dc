//! The worker's end of the pipe: enter the jail, say what it can, then one file after another.
//! Knows nothing of pictures; the caller's `render` does.

use crate::limits::Terms;
use crate::protocol::{Announced, AnnouncedSheet, Announcement, Answer, MAX_ANSWER, MAX_ORDER};
use crate::{
    Capabilities, Fault, FormatInfo, JailStep, Level, Order, PROTOCOL_VERSION, Reason, Rendition, allocator,
    frame,
    jail::{self, Jail},
    passing, probe,
};
use rustix::fs::fstat;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use std::fs::File;
use std::io::{self, Read, Write};
use std::mem;
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::time::Duration;

/// What a worker says of itself.
pub struct About {
    /// The engine's version, part of every recipe.
    pub engine: String,
    /// The formats it opens.
    pub formats: Vec<FormatInfo>,
    /// How many files of fonts it has.
    pub font_files: u32,
}

/// One file to render.
pub struct Task<'a> {
    /// The source, open for reading at any place.
    pub file: &'a File,
    /// Its length in bytes.
    pub len: u64,
    /// What is wanted from it.
    pub order: &'a Order,
    /// What may be spent on it.
    pub terms: &'a Terms,
}

/// What the command line asks of a worker's executable.
enum Role {
    Serve(Terms),
    Probe,
    Attempt(String, Terms),
}

/// The argument before the terms.
pub(crate) const SERVE: &str = "--serve";
/// The argument that asks for a try at every wall.
pub(crate) const PROBE: &str = "--probe";
/// The argument before one wall's name and the terms.
pub(crate) const ATTEMPT: &str = "--attempt";

impl Role {
    fn from_arguments(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<_> = arguments.collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match words[..] {
            [SERVE, terms] => Ok(Self::Serve(parse_terms(terms)?)),
            [PROBE] => Ok(Self::Probe),
            [ATTEMPT, name, terms] => Ok(Self::Attempt(name.to_owned(), parse_terms(terms)?)),
            _ => Err("started by tintype, not by people; try --probe, or `tintype doctor`".to_owned()),
        }
    }
}

pub(crate) fn parse_terms(json: &str) -> Result<Terms, String> {
    serde_json::from_str(json).map_err(|error| format!("terms {json:?}: {error}"))
}

/// A worker's whole life. `main` returns what this returns.
///
/// To be called first of all: it closes every descriptor but the three standard streams.
/// Enters the jail, then calls `render` for each file that arrives until the parent closes the pipe. A panic or
/// an abort in `render` ends the process, and that is meant: the parent sees it and starts another.
pub fn serve(about: About, render: impl FnMut(&Task<'_>) -> Result<Rendition, Fault>) -> ExitCode {
    let ended = match Role::from_arguments(std::env::args().skip(1)) {
        Ok(Role::Serve(terms)) => serve_orders(about, &terms, render),
        Ok(Role::Probe) => probe::coordinate(),
        Ok(Role::Attempt(name, terms)) => return probe::attempt(&name, &terms),
        Err(why) => Err(why),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn serve_orders(
    about: About,
    terms: &Terms,
    mut render: impl FnMut(&Task<'_>) -> Result<Rendition, Fault>,
) -> Result<(), String> {
    allocator::keep_between_files();
    terms.manners.take_on();
    let mut pipe = Pipe(io::stdin());
    pipe.notice_idleness();
    let Jail { steps, peak_memory } = jail::enter(terms);
    pipe.say(&capabilities(about, steps)).map_err(|error| format!("say hello: {error}"))?;
    while let Some((order, source)) = pipe.next_order()? {
        jail::allow_cpu_for_one_file(terms).map_err(|error| format!("allow CPU time: {error}"))?;
        let answer = answer(&order, source, terms, &mut render).map(|mut rendition| {
            rendition.metrics.peak_memory = peak_memory.bytes();
            rendition
        });
        pipe.answer(answer).map_err(|error| format!("answer: {error}"))?;
    }
    Ok(())
}

fn capabilities(about: About, jail_steps: Vec<JailStep>) -> Capabilities {
    Capabilities {
        protocol: PROTOCOL_VERSION,
        engine: about.engine,
        formats: about.formats,
        font_files: about.font_files,
        jail: Level::of(&jail_steps).word().to_owned(),
        jail_steps,
    }
}

fn answer(
    order: &Order,
    source: OwnedFd,
    terms: &Terms,
    render: &mut impl FnMut(&Task<'_>) -> Result<Rendition, Fault>,
) -> Result<Rendition, Fault> {
    let file = File::from(source);
    let stat = fstat(&file).map_err(|error| Reason::Io.says(format!("length of the source: {error}")))?;
    let len = u64::try_from(stat.st_size).unwrap_or(0);
    render(&Task { file: &file, len, order, terms })
}

/// Standard input: a socket both ways. Read and written past the standard library's buffer, which could take
/// bytes that a descriptor travels with.
struct Pipe(io::Stdin);

/// A worker that has waited so long for an order is idle: in a batch the next one comes within milliseconds. To wake
/// so often, for a few microseconds, is no burden.
const IDLE: Duration = Duration::from_secs(2);

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::io::read(&self.0, &mut *buffer) {
                // The parent was stopped in the middle of an order.
                Err(rustix::io::Errno::AGAIN) => {}
                ended => return Ok(ended?),
            }
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(&self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pipe {
    /// From now on a wait is interrupted after [`IDLE`]. To be called outside the jail, which has no such call.
    fn notice_idleness(&self) {
        // Where this fails, an idle worker keeps its memory, and nothing else is different.
        let _ = set_socket_timeout(&self.0, Timeout::Recv, Some(IDLE));
    }

    fn say(&mut self, capabilities: &Capabilities) -> Result<(), String> {
        let frame = frame::encode(capabilities, MAX_ANSWER).map_err(|error| error.to_string())?;
        self.write_all(&frame).map_err(|error| error.to_string())
    }

    /// The next order and its source; nothing when the parent is done.
    fn next_order(&mut self) -> Result<Option<(Order, OwnedFd)>, String> {
        let mut prefix = [0; frame::PREFIX];
        let (mut got, source) = self.receive(&mut prefix)?;
        if got == 0 {
            return Ok(None);
        }
        while got < prefix.len() {
            match self.receive(&mut prefix[got..])? {
                (0, _) => return Ok(None),
                (more, _) => got += more,
            }
        }
        let order = frame::read_body(self, prefix, MAX_ORDER).map_err(|error| format!("order: {error}"))?;
        let source = source.ok_or("an order without a source")?;
        Ok(Some((order, source)))
    }

    fn receive(&self, buffer: &mut [u8]) -> Result<(usize, Option<OwnedFd>), String> {
        let mut rested = false;
        loop {
            match passing::receive(&self.0, buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Once is enough: a worker that waits allocates nothing.
                    if !mem::replace(&mut rested, true) {
                        allocator::give_back();
                    }
                }
                ended => return ended.map_err(|error| format!("receive an order: {error}")),
            }
        }
    }

    /// Everything in one write: each write would wake the parent once.
    fn answer(&mut self, answer: Result<Rendition, Fault>) -> Result<(), String> {
        let (header, files) = match answer {
            Ok(Rendition { thumbnails, sheet, facts, metrics }) => {
                let announced = thumbnails
                    .iter()
                    .map(|thumbnail| Announced {
                        size: thumbnail.size,
                        width: thumbnail.width,
                        height: thumbnail.height,
                        length: thumbnail.webp.len() as u64,
                    })
                    .collect();
                let announced_sheet = sheet.as_ref().map(|sheet| AnnouncedSheet {
                    width: sheet.width,
                    height: sheet.height,
                    length: sheet.webp.len() as u64,
                    tiles: sheet.tiles.clone(),
                });
                let announcement =
                    Announcement { thumbnails: announced, sheet: announced_sheet, facts, metrics };
                let thumbnails = thumbnails.into_iter().map(|thumbnail| thumbnail.webp);
                let files = thumbnails.chain(sheet.map(|sheet| sheet.webp)).collect();
                (Answer::Done(Box::new(announcement)), files)
            }
            Err(fault) => (Answer::Failed(fault), Vec::new()),
        };
        let mut bytes = frame::encode(&header, MAX_ANSWER).map_err(|error| error.to_string())?;
        for file in &files {
            bytes.extend_from_slice(file);
        }
        self.write_all(&bytes).map_err(|error| error.to_string())
    }
}

/// CPU time this thread has used: the clock by which a worker tells what each stage cost.
pub fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}
