//! Which contents somebody in this process is making thumbnails of: two jobs never work on the same one at once.
//! Knows keys and waiting, nothing else.

use std::{
    collections::HashSet,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// How often a waiter asks whether it is still wanted.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// The contents in hand.
#[derive(Clone, Default)]
pub(crate) struct InHand(Arc<(Mutex<HashSet<i64>>, Condvar)>);

/// One content held; let go when dropped.
pub(crate) struct Held {
    all: InHand,
    content: i64,
}

impl InHand {
    /// Takes a content, waiting while somebody else has it. `None` when `cancelled` says so first.
    pub(crate) fn take(&self, content: i64, cancelled: &dyn Fn() -> bool) -> Option<Held> {
        let (contents, let_go) = &*self.0;
        let mut contents = contents.lock().unwrap_or_else(PoisonError::into_inner);
        while !contents.insert(content) {
            if cancelled() {
                return None;
            }
            contents = let_go.wait_timeout(contents, ASK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
        }
        Some(Held { all: self.clone(), content })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (contents, let_go) = &*self.all.0;
        contents.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.content);
        let_go.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_held_by_one_at_a_time() {
        let in_hand = InHand::default();
        let held = in_hand.take(1, &|| false);
        assert!(held.is_some() && in_hand.take(2, &|| false).is_some());
        assert!(in_hand.take(1, &|| true).is_none(), "held already, and nobody wants to wait");
        drop(held);
        assert!(in_hand.take(1, &|| true).is_some());
    }
}
