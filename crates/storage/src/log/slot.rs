//! A place where one thread leaves an answer and one future finds it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The side that answers.
#[derive(Debug)]
pub(super) struct Slot<T>(Mutex<State<T>>);

#[derive(Debug)]
enum State<T> {
    Empty,
    Awaited(Waker),
    Filled(T),
    Taken,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Empty)))
    }

    /// Leaves the answer and wakes whoever waits for it. A second answer is ignored.
    pub(super) fn fill(&self, answer: T) {
        let mut state = self.lock();
        if matches!(*state, State::Filled(_) | State::Taken) {
            return;
        }
        let before = std::mem::replace(&mut *state, State::Filled(answer));
        drop(state);
        if let State::Awaited(waker) = before {
            waker.wake();
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Filled(answer) => Poll::Ready(answer),
            State::Taken => panic!("a future is not polled after it was ready"),
            State::Empty | State::Awaited(_) => {
                *state = State::Awaited(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that is there or will be in the slot.
#[derive(Debug)]
pub(super) enum Answer<T> {
    Ready(Option<T>),
    Later(Arc<Slot<T>>),
}

impl<T> Answer<T> {
    pub(super) fn ready(answer: T) -> Self {
        Self::Ready(Some(answer))
    }
}

impl<T> Unpin for Answer<T> {}

impl<T> Future for Answer<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match self.get_mut() {
            Self::Ready(answer) => {
                Poll::Ready(answer.take().expect("a future is not polled after it was ready"))
            }
            Self::Later(slot) => slot.poll(context),
        }
    }
}
