//! A published offset that others wait for: how far a partition is durable, or replicated.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use ottla_types::Offset;

/// An offset that one owner moves and anybody reads or waits for, on any runtime or none.
///
/// Reading is one atomic load. An advance wakes those waiters whose offset it reaches and nobody else.
pub struct Watermark {
    /// Written only under the lock of `waiting`, so that no waiter registers between an advance and its wake-ups.
    offset: AtomicI64,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Who waits, by the offset waited for and then by arrival; the waker is there from the first poll on.
    waiters: BTreeMap<Waiter, Option<Waker>>,
    /// Who waited for something that a truncation has taken away since, and where the log ended after it.
    in_vain: BTreeMap<Waiter, Offset>,
    arrivals: u64,
    failure: Option<Arc<io::Error>>,
}

/// One who waits, distinct from all others.
type Waiter = (Offset, u64);

/// Why an offset will not be reached.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unreachable {
    /// The directory went offline: what was written there can no longer become durable.
    #[error("the log directory is offline: {0}")]
    Offline(Arc<io::Error>),
    /// The log was truncated below the offset while somebody waited for it.
    #[error("the log was truncated to {to}")]
    Truncated {
        /// Where the log ended after the truncation.
        to: Offset,
    },
}

impl Watermark {
    /// A watermark that stands at `offset`.
    #[must_use]
    pub fn new(offset: Offset) -> Arc<Self> {
        Arc::new(Self { offset: AtomicI64::new(offset.0), waiting: Mutex::default() })
    }

    /// Where it stands.
    #[must_use]
    pub fn offset(&self) -> Offset {
        Offset(self.offset.load(Ordering::Acquire))
    }

    /// Moves it forward and wakes whom that satisfies. An offset that it has already passed changes nothing.
    pub fn advance(&self, to: Offset) {
        let mut waiting = self.lock();
        if to <= self.offset() || waiting.failure.is_some() {
            return;
        }
        self.offset.store(to.0, Ordering::Release);
        let still_waiting = waiting.waiters.split_off(&(to.next(), 0));
        let satisfied = std::mem::replace(&mut waiting.waiters, still_waiting);
        drop(waiting);
        wake(satisfied);
    }

    /// Moves it back, where it stands higher: the log was truncated. Who waits for more than `to` waits in vain,
    /// even if other records take those offsets later.
    pub fn retreat(&self, to: Offset) {
        let mut waiting = self.lock();
        if to < self.offset() {
            self.offset.store(to.0, Ordering::Release);
        }
        let cut = waiting.waiters.split_off(&(to.next(), 0));
        waiting.in_vain.extend(cut.keys().map(|waiter| (*waiter, to)));
        drop(waiting);
        wake(cut);
    }

    /// Ends all waiting, now and from now on: the watermark will not move forward any more.
    pub fn fail(&self, error: &Arc<io::Error>) {
        let mut waiting = self.lock();
        waiting.failure.get_or_insert_with(|| Arc::clone(error));
        let all = waiting.waiters.values_mut().filter_map(Option::take).collect::<Vec<_>>();
        drop(waiting);
        all.into_iter().for_each(Waker::wake);
    }

    /// Resolves when the watermark stands at `offset` or above. The waiting begins with this call, not with the
    /// first poll: neither an advance nor a truncation in between is missed.
    #[must_use]
    pub fn reached(self: &Arc<Self>, offset: Offset) -> Reached {
        let mut waiting = self.lock();
        if self.offset() >= offset {
            return Reached { watermark: Arc::clone(self), waiter: None };
        }
        waiting.arrivals += 1;
        let waiter = (offset, waiting.arrivals);
        waiting.waiters.insert(waiter, None);
        Reached { watermark: Arc::clone(self), waiter: Some(waiter) }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing under this lock can panic half-way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waiters: BTreeMap<Waiter, Option<Waker>>) {
    waiters.into_values().flatten().for_each(Waker::wake);
}

impl fmt::Debug for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watermark").field(&self.offset().0).finish()
    }
}

/// The wait for an offset; see [`Watermark::reached`].
#[derive(Debug)]
pub struct Reached {
    watermark: Arc<Watermark>,
    /// `None` once the offset was reached or given up.
    waiter: Option<Waiter>,
}

impl Future for Reached {
    type Output = Result<(), Unreachable>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(waiter) = this.waiter else { return Poll::Ready(Ok(())) };
        let mut waiting = this.watermark.lock();
        let outcome = if let Some(to) = waiting.in_vain.remove(&waiter) {
            Err(Unreachable::Truncated { to })
        } else if !waiting.waiters.contains_key(&waiter) {
            Ok(())
        } else if let Some(error) = waiting.failure.clone() {
            waiting.waiters.remove(&waiter);
            Err(Unreachable::Offline(error))
        } else {
            waiting.waiters.insert(waiter, Some(context.waker().clone()));
            return Poll::Pending;
        };
        this.waiter = None;
        Poll::Ready(outcome)
    }
}

impl Drop for Reached {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            let mut waiting = self.watermark.lock();
            waiting.waiters.remove(&waiter);
            waiting.in_vain.remove(&waiter);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;
    use std::thread;

    use super::*;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll(wait: &mut Reached, wakes: &Arc<Wakes>) -> Poll<Result<(), Unreachable>> {
        Pin::new(wait).poll(&mut Context::from_waker(&Waker::from(Arc::clone(wakes))))
    }

    #[test]
    fn an_advance_wakes_only_those_it_satisfies() {
        let mark = Watermark::new(Offset(5));
        let (near, far) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
        let (mut wait_near, mut wait_far) = (mark.reached(Offset(7)), mark.reached(Offset(8)));
        assert!(poll(&mut wait_near, &near).is_pending() && poll(&mut wait_far, &far).is_pending());
        assert!(matches!(poll(&mut mark.reached(Offset(5)), &far), Poll::Ready(Ok(()))));
        mark.advance(Offset(7));
        mark.advance(Offset(6));
        assert_eq!(mark.offset(), Offset(7));
        assert_eq!((near.0.load(Ordering::SeqCst), far.0.load(Ordering::SeqCst)), (1, 0));
        assert!(matches!(poll(&mut wait_near, &near), Poll::Ready(Ok(()))));
        assert!(poll(&mut wait_far, &far).is_pending());
    }

    #[test]
    fn a_wait_for_truncated_records_fails_even_if_others_take_their_offsets() {
        let mark = Watermark::new(Offset(5));
        let wakes = Arc::default();
        let (mut kept, mut lost) = (mark.reached(Offset(6)), mark.reached(Offset(9)));
        mark.retreat(Offset(6));
        mark.advance(Offset(20));
        assert!(matches!(poll(&mut kept, &wakes), Poll::Ready(Ok(()))));
        let outcome = poll(&mut lost, &wakes);
        assert!(matches!(outcome, Poll::Ready(Err(Unreachable::Truncated { to: Offset(6) }))));
        mark.retreat(Offset(3));
        assert_eq!(mark.offset(), Offset(3));
    }

    #[test]
    fn a_failure_ends_waiting_but_takes_nothing_back_that_was_reached() {
        let mark = Watermark::new(Offset(5));
        let wakes = Arc::<Wakes>::default();
        let mut wait = mark.reached(Offset(7));
        assert!(poll(&mut wait, &wakes).is_pending());
        mark.fail(&Arc::new(io::Error::other("broken")));
        mark.advance(Offset(9));
        assert_eq!(wakes.0.load(Ordering::SeqCst), 1);
        assert!(matches!(poll(&mut wait, &wakes), Poll::Ready(Err(Unreachable::Offline(_)))));
        let mut later = mark.reached(Offset(6));
        assert!(matches!(poll(&mut later, &wakes), Poll::Ready(Err(Unreachable::Offline(_)))));
        assert!(matches!(poll(&mut mark.reached(Offset(5)), &wakes), Poll::Ready(Ok(()))));
    }

    #[test]
    fn a_dropped_wait_leaves_nothing_behind() {
        let mark = Watermark::new(Offset(0));
        drop((mark.reached(Offset(1)), mark.reached(Offset(2))));
        let lost = mark.reached(Offset(3));
        mark.retreat(Offset(0));
        drop(lost);
        let waiting = mark.lock();
        assert!(waiting.waiters.is_empty() && waiting.in_vain.is_empty());
    }

    #[test]
    fn a_wait_on_one_thread_ends_with_the_advance_on_another() {
        struct Unpark(thread::Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let mark = Watermark::new(Offset(0));
        let advancing = Arc::clone(&mark);
        let other = thread::spawn(move || (1..=1000).for_each(|offset| advancing.advance(Offset(offset))));
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        for offset in 1..=1000 {
            let mut wait = mark.reached(Offset(offset));
            while Pin::new(&mut wait).poll(&mut Context::from_waker(&waker)).is_pending() {
                thread::park();
            }
        }
        other.join().unwrap();
    }
}
