//! Whose turn it is: so many at a time, the higher priority first, then whoever came first.
//! Knows nothing of what is done in a turn.

use super::{Priority, RenderError, lock};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long a caller that waits may take to notice that it was cancelled.
pub(super) const CANCEL_TICK: Duration = Duration::from_millis(50);

/// A place in the queue: the highest priority first, then the earliest arrival.
type Place = (Reverse<Priority>, u64);

struct Queue {
    free: usize,
    arrivals: u64,
    waiting: BTreeMap<Place, Arc<Condvar>>,
    called: BTreeSet<Place>,
}

/// So many turns at a time.
pub(super) struct Turns(Mutex<Queue>);

/// One turn; it passes to the next in the queue when it is dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    pub(super) fn new(at_a_time: usize) -> Self {
        let queue = Queue { free: at_a_time, arrivals: 0, waiting: BTreeMap::new(), called: BTreeSet::new() };
        Self(Mutex::new(queue))
    }

    /// Waits for a turn, or until `cancelled`.
    pub(super) fn wait(
        &self,
        priority: Priority,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Turn<'_>, RenderError> {
        let (place, bell) = {
            let mut queue = lock(&self.0);
            if queue.free > 0 {
                queue.free -= 1;
                return Ok(Turn(self));
            }
            queue.arrivals += 1;
            let place = (Reverse(priority), queue.arrivals);
            let bell = Arc::new(Condvar::new());
            queue.waiting.insert(place, Arc::clone(&bell));
            (place, bell)
        };
        loop {
            let queue = lock(&self.0);
            let (mut queue, _) = bell
                .wait_timeout_while(queue, CANCEL_TICK, |queue| !queue.called.contains(&place))
                .unwrap_or_else(PoisonError::into_inner);
            if queue.called.remove(&place) {
                return Ok(Turn(self));
            }
            drop(queue);
            if cancelled() {
                self.leave(place);
                return Err(RenderError::Cancelled);
            }
        }
    }

    /// Gives up a place; a turn that was called for it meanwhile goes to the next.
    fn leave(&self, place: Place) {
        let mut queue = lock(&self.0);
        if queue.called.remove(&place) {
            queue.pass_on();
        } else {
            queue.waiting.remove(&place);
        }
    }
}

impl Queue {
    fn pass_on(&mut self) {
        match self.waiting.pop_first() {
            Some((place, bell)) => {
                self.called.insert(place);
                bell.notify_one();
            }
            None => self.free += 1,
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.0).pass_on();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use std::sync::mpsc;
    use std::thread;

    fn waiting(turns: &Turns) -> usize {
        lock(&turns.0).waiting.len()
    }

    /// One turn is taken; callers arrive one after the other; the order in which they are served is `served`.
    #[track_caller]
    fn check(arrivals: &[(Priority, &'static str)], served: &[&str]) {
        let turns = Turns::new(1);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            let first = turns.wait(Priority::Bulk, &|| false).unwrap();
            for (index, &(priority, name)) in arrivals.iter().enumerate() {
                let (turns, sender) = (&turns, sender.clone());
                scope.spawn(move || {
                    let _turn = turns.wait(priority, &|| false).unwrap();
                    sender.send(name).unwrap();
                });
                while waiting(turns) <= index {
                    thread::yield_now();
                }
            }
            drop(first);
        });
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), served);
        assert_eq!(lock(&turns.0).free, 1, "every turn came back");
    }

    #[test]
    fn the_highest_priority_first_then_whoever_came_first() {
        use Priority::{Asked, Bulk, Visible};
        check(&[(Bulk, "a"), (Bulk, "b"), (Bulk, "c")], &["a", "b", "c"]);
        check(&[(Bulk, "a"), (Visible, "b"), (Asked, "c"), (Visible, "d")], &["b", "d", "c", "a"]);
    }

    #[test]
    fn who_gives_up_waiting_leaves_the_turn_to_others() {
        let turns = Turns::new(1);
        let first = turns.wait(Priority::Bulk, &|| false).unwrap();
        assert_eq!(turns.wait(Priority::Bulk, &|| true).err(), Some(RenderError::Cancelled));
        assert_eq!(waiting(&turns), 0);
        drop(first);
        assert!(turns.wait(Priority::Bulk, &|| true).is_ok(), "a free turn needs no waiting");
    }

    #[test]
    fn a_turn_called_for_one_who_leaves_goes_to_the_next() {
        let turns = Turns::new(1);
        let place = (Reverse(Priority::Bulk), 7);
        lock(&turns.0).free = 0;
        lock(&turns.0).called.insert(place);
        turns.leave(place);
        assert_eq!(lock(&turns.0).free, 1);
    }
}
