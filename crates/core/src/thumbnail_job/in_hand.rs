//! Which contents somebody in this process is making thumbnails of: two jobs never work on the same one at once.
//! Knows names and waiting, nothing else. By CAS ID, because that is what files are called by: a content that is cleaned
//! away and comes back has another key, and the same files.

use crate::cas::CasId;
use std::{
    collections::HashSet,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// How often a waiter asks whether it is still wanted.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// The contents in hand.
#[derive(Clone, Default)]
pub(crate) struct InHand(Arc<(Mutex<HashSet<CasId>>, Condvar)>);

/// One content held; let go when dropped.
pub(crate) struct Held {
    all: InHand,
    content: CasId,
}

impl InHand {
    /// Takes a content, waiting while somebody else has it. `None` when `cancelled` says so first.
    pub(crate) fn take(&self, content: &CasId, cancelled: &dyn Fn() -> bool) -> Option<Held> {
        let (contents, let_go) = &*self.0;
        let mut contents = contents.lock().unwrap_or_else(PoisonError::into_inner);
        while !contents.insert(content.clone()) {
            if cancelled() {
                return None;
            }
            contents = let_go.wait_timeout(contents, ASK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
        }
        Some(Held { all: self.clone(), content: content.clone() })
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
        let [one, two] = ["1", "2"].map(|digit| digit.repeat(16).parse().expect("hex"));
        let held = in_hand.take(&one, &|| false);
        assert!(held.is_some() && in_hand.take(&two, &|| false).is_some());
        assert!(in_hand.take(&one, &|| true).is_none(), "held already, and nobody wants to wait");
        drop(held);
        assert!(in_hand.take(&one, &|| true).is_some());
    }
}
