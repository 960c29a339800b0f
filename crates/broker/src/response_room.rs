//! How much a response may grow, where a few bytes of the request may ask for much.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a response may take before its request has to wait for its turn among the large ones.
const SMALL_BYTES: usize = 1 << 20;

/// Requests with large responses that are served at the same time.
const LARGE_REQUESTS_MAX: usize = 2;

/// The turns that all such requests of a broker wait for.
pub(crate) fn turns() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(LARGE_REQUESTS_MAX))
}

/// Counts the bytes of one response while it is made. Clones count together.
///
/// Requests whose responses become large are served a few at a time, so that what they take together is bounded,
/// however many clients ask.
#[derive(Clone)]
pub(crate) struct ResponseRoom {
    inner: Rc<Inner>,
}

struct Inner {
    bytes_max: usize,
    taken: Cell<usize>,
    turns: Arc<Semaphore>,
    /// The turn among the large requests, kept until the response is encoded.
    turn: RefCell<Option<OwnedSemaphorePermit>>,
}

impl ResponseRoom {
    pub(crate) fn new(bytes_max: usize, turns: Arc<Semaphore>) -> Self {
        let inner = Inner { bytes_max, taken: Cell::new(0), turns, turn: RefCell::default() };
        Self { inner: Rc::new(inner) }
    }

    /// Counts a part of the response; `false` if there is no room for it. Then the response need not be completed,
    /// for it will not be sent.
    pub(crate) async fn take(&self, bytes: usize) -> bool {
        let taken = self.inner.taken.get().saturating_add(bytes);
        self.inner.taken.set(taken);
        if taken > SMALL_BYTES {
            self.take_turn().await;
        }
        !self.is_exceeded()
    }

    /// Waits until this is one of the large requests that are served now.
    pub(crate) async fn take_turn(&self) {
        if self.inner.turn.borrow().is_some() {
            return;
        }
        // It is never closed.
        let turn = Arc::clone(&self.inner.turns).acquire_owned().await.ok();
        *self.inner.turn.borrow_mut() = turn;
    }

    /// Whether the response is too large to be sent.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.inner.taken.get() > self.inner.bytes_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_large_response_waits_for_its_turn_and_ends_at_its_limit() {
        let turns = Arc::new(Semaphore::new(1));
        let room = ResponseRoom::new(3 << 20, Arc::clone(&turns));
        assert!(room.take(SMALL_BYTES).await);
        assert_eq!(turns.available_permits(), 1, "small so far");
        assert!(room.take(1).await);
        assert_eq!(turns.available_permits(), 0);
        let other = ResponseRoom::new(3 << 20, Arc::clone(&turns));
        let turn = tokio::task::LocalSet::new();
        turn.run_until(async {
            let waiting = tokio::task::spawn_local({
                let other = other.clone();
                async move { other.take(2 << 20).await }
            });
            tokio::task::yield_now().await;
            assert!(!waiting.is_finished());
            assert!(!room.take(2 << 20).await && room.is_exceeded());
            drop(room);
            assert!(waiting.await.unwrap());
        })
        .await;
    }
}
