//! Ctrl-C and its like: the first asks, the second ends; who does not obey within a second is ended too.
//! Knows nothing of what is being stopped.

use anyhow::{Context, Result};
use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

/// Exit status of an interrupted command: 128 and the number of SIGINT, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// How long a graceful end may take. Work may be killed at any moment without harm, so nothing is lost after that.
const PATIENCE: Duration = Duration::from_millis(900);

/// Whether somebody wants the command to end. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<State>);

#[derive(Default)]
struct State {
    asked: AtomicBool,
    graceful: AtomicUsize,
}

/// While one of these lives, the first signal only asks.
pub(crate) struct Graceful(Arc<State>);

impl Drop for Graceful {
    fn drop(&mut self) {
        self.0.graceful.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Stop {
    /// Listens to SIGINT, SIGTERM and SIGHUP from now on.
    pub(crate) fn listen() -> Result<Self> {
        let stop = Self::default();
        let state = stop.0.clone();
        let runtime =
            Builder::new_current_thread().enable_all().build().context("start listening to signals")?;
        let signals = {
            let _inside = runtime.enter();
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal)
        };
        let [interrupt, terminate, hangup] = signals;
        let signals = [interrupt?, terminate?, hangup?];
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || obey(&runtime, signals, &state))
            .context("start listening to signals")?;
        Ok(stop)
    }

    /// Whether somebody wants the command to end.
    pub(crate) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// From now on the caller looks at [`Self::asked`] several times a second.
    pub(crate) fn gracefully(&self) -> Graceful {
        self.0.graceful.fetch_add(1, Ordering::SeqCst);
        Graceful(self.0.clone())
    }
}

fn obey(runtime: &Runtime, mut signals: [Signal; 3], state: &State) {
    runtime.block_on(async {
        any(&mut signals).await;
        state.asked.store(true, Ordering::SeqCst);
        if state.graceful.load(Ordering::SeqCst) > 0 {
            tokio::select! {
                () = any(&mut signals) => {}
                () = sleep(PATIENCE) => {}
            }
        }
    });
    process::exit(INTERRUPTED.into());
}

async fn any([interrupt, terminate, hangup]: &mut [Signal; 3]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}
