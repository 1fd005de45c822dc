//! The one thread that starts workers. Knows nothing of what they are for.
//!
//! A worker asks the kernel to kill it when its parent dies, and to the kernel the parent is the thread that
//! started it. Callers' threads come and go; this one lives as long as the pool.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

struct Start {
    command: Command,
    reply: SyncSender<io::Result<Child>>,
}

/// The thread, and the way to it.
pub(super) struct Starter {
    // Taken when it is dropped: the thread ends when nobody can ask any more.
    requests: Option<SyncSender<Start>>,
    thread: Option<JoinHandle<()>>,
}

impl Starter {
    pub(super) fn new() -> io::Result<Self> {
        // A request is answered within a millisecond or so; there is no point in a queue.
        let (requests, inbox) = mpsc::sync_channel(0);
        let thread = thread::Builder::new().name("tintype-starter".to_owned()).spawn(move || run(&inbox))?;
        Ok(Self { requests: Some(requests), thread: Some(thread) })
    }

    /// Starts a process whose parent is the starter's thread.
    pub(super) fn start(&self, command: Command) -> io::Result<Child> {
        let gone = || io::Error::other("the thread that starts workers is gone");
        let (reply, answer) = mpsc::sync_channel(1);
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.send(Start { command, reply }).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}

fn run(inbox: &Receiver<Start>) {
    for Start { mut command, reply } in inbox {
        if let Err(mpsc::SendError(Ok(mut orphan))) = reply.send(command.spawn()) {
            // The caller is gone: nobody else would ever wait for the child.
            let _ = orphan.kill();
            let _ = orphan.wait();
        }
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
