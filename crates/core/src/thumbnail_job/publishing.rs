//! Syncs and publishes one batch at a time on a thread of its own: workers stay busy while a slow disk syncs, and
//! what they make meanwhile becomes the next, larger batch.
//! Knows files to publish; nothing of rows.

use super::batch::{Batch, staged_files};
use crate::error::Result;
use crate::jobs::{JobError, JobResult};
use crate::store::{Staged, ThumbnailStore};
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread::Scope,
    time::Duration,
};

/// The thread that publishes, and the batch it has in hand.
pub(super) struct Publisher {
    batches: SyncSender<Vec<Staged>>,
    published: Receiver<Result<()>>,
    in_hand: Option<Batch>,
}

impl Publisher {
    /// Starts the thread; it ends when the publisher is dropped.
    pub(super) fn start<'s>(scope: &'s Scope<'s, '_>, store: &'s dyn ThumbnailStore) -> Self {
        let (batches, orders) = sync_channel::<Vec<Staged>>(1);
        let (done, published) = sync_channel(1);
        scope.spawn(move || {
            for files in orders {
                if done.send(store.publish(&files)).is_err() {
                    return;
                }
            }
        });
        Self { batches, published, in_hand: None }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.in_hand.is_none()
    }

    /// The batch in hand.
    pub(super) fn in_hand(&self) -> Option<&Batch> {
        self.in_hand.as_ref()
    }

    /// Begins to publish a batch. Only when idle.
    pub(super) fn publish(&mut self, batch: Batch) -> JobResult<()> {
        self.batches.send(staged_files(&batch)).map_err(|_| ended())?;
        self.in_hand = Some(batch);
        Ok(())
    }

    /// The batch that has become durable, waiting so long for it. Its rows may be written now.
    pub(super) fn published(&mut self, wait: Duration) -> JobResult<Option<Batch>> {
        if self.is_idle() {
            return Ok(None);
        }
        match self.published.recv_timeout(wait) {
            Ok(published) => {
                published?;
                Ok(self.in_hand.take())
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }
}

fn ended() -> JobError {
    JobError::Failed("the publishing thread ended before its work did".to_owned())
}
