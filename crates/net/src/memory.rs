//! The budget for requests in flight: their frames, and what is made of them.
//!
//! A *frame* counts from the claim of its size until its request is answered. The claimed size is counted before the
//! first byte beyond the header is stored, although the buffer itself grows only with what arrives. Counting claims
//! means that every frame that was let in can be completed, so half-received frames never wait for each other's
//! memory. What a claim costs a liar is bounded twice: no address may hold more than its share, and a frame that
//! stalls is closed.
//!
//! What is *made* of a request, its decoded form and its reply, is known only afterwards. So it is counted then, and a
//! large request starts only while less than the limit has been made: it may be passed by one request for each
//! thread, whose own size is bounded, and whoever holds some needs no more of it to finish. An address of which nothing
//! large is under way is never kept waiting by others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Counts the bytes of requests in flight, in all and by address.
#[derive(Debug)]
pub struct RequestMemory {
    limit_bytes: usize,
    share_bytes: usize,
    state: Mutex<State>,
    /// So much has been made that somebody may have to wait. Kept beside the state, so that nobody needs the lock to
    /// learn what is nearly always so.
    is_scarce: AtomicBool,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    all: Held,
    by_address: HashMap<IpAddr, Held>,
    /// Those who wait for something to be freed.
    waiting: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    frames: usize,
    made: usize,
}

/// A part of the budget; dropping it gives it back.
#[derive(Debug)]
pub struct Reservation {
    memory: Arc<RequestMemory>,
    address: IpAddr,
    held: Held,
}

/// Counts somebody who waits, for as long as it lives.
struct Waiting<'a>(&'a RequestMemory);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

impl RequestMemory {
    /// A budget of `limit_bytes`, of which one address holds at most `share_bytes`; both once for frames and once for
    /// what is made of them. A single request is let in even if it is larger than the share, provided that its
    /// address holds nothing else.
    #[must_use]
    pub fn new(limit_bytes: usize, share_bytes: usize) -> Arc<Self> {
        assert!(share_bytes <= limit_bytes, "an address cannot hold more than there is");
        Arc::new(Self {
            limit_bytes,
            share_bytes,
            state: Mutex::default(),
            is_scarce: AtomicBool::new(false),
            freed: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a frame's `bytes` if they are free now.
    #[must_use]
    pub fn try_reserve(self: &Arc<Self>, address: IpAddr, bytes: usize) -> Option<Reservation> {
        let mut state = self.state();
        let frames = state.by_address.get(&address).map_or(0, |held| held.frames);
        let fits_share = frames == 0 || frames + bytes <= self.share_bytes;
        let fits_all = state.all.frames == 0 || state.all.frames + bytes <= self.limit_bytes;
        if !(fits_share && fits_all) {
            return None;
        }
        let held = Held { frames: bytes, made: 0 };
        state.add(address, held);
        Some(Reservation { memory: Arc::clone(self), address, held })
    }

    /// Takes a frame's `bytes`, waiting until they are free.
    pub async fn reserve(self: &Arc<Self>, address: IpAddr, bytes: usize) -> Reservation {
        self.wait_for(|memory| memory.try_reserve(address, bytes)).await
    }

    /// Whether something large may be made for this address now.
    pub(crate) fn has_room(&self, address: IpAddr) -> bool {
        if !self.is_scarce.load(Ordering::Relaxed) {
            return true;
        }
        let state = self.state();
        let made = state.by_address.get(&address).map_or(0, |held| held.made);
        made == 0 || made < self.share_bytes && state.all.made < self.limit_bytes
    }

    fn made(&self, address: IpAddr, bytes: usize) {
        let mut state = self.state();
        state.add(address, Held { frames: 0, made: bytes });
        self.is_scarce.store(state.all.made >= self.share_bytes, Ordering::Relaxed);
    }

    /// Waits until something large may be made for this address.
    pub(crate) async fn room(self: &Arc<Self>, address: IpAddr) {
        self.wait_for(|memory| memory.has_room(address).then_some(())).await;
    }

    async fn wait_for<T>(self: &Arc<Self>, mut look: impl FnMut(&Arc<Self>) -> Option<T>) -> T {
        loop {
            // Both before the look, so that what is freed in between is not missed.
            self.state().waiting += 1;
            let _waiting = Waiting(self);
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if let Some(found) = look(self) {
                return found;
            }
            freed.await;
        }
    }

    /// The bytes in use now: frames, and what was made of them.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        let state = self.state();
        state.all.frames + state.all.made
    }

    fn give_back(&self, address: IpAddr, freed: Held) {
        if freed == Held::default() {
            return;
        }
        let mut state = self.state();
        state.all.frames -= freed.frames;
        state.all.made -= freed.made;
        if let Some(held) = state.by_address.get_mut(&address) {
            held.frames -= freed.frames;
            held.made -= freed.made;
            if *held == Held::default() {
                state.by_address.remove(&address);
            }
        }
        if freed.made > 0 {
            self.is_scarce.store(state.all.made >= self.share_bytes, Ordering::Relaxed);
        }
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.freed.notify_waiters();
        }
    }
}

impl State {
    fn add(&mut self, address: IpAddr, more: Held) {
        let of_address = self.by_address.entry(address).or_default();
        for held in [&mut self.all, of_address] {
            held.frames += more.frames;
            held.made += more.made;
        }
    }
}

impl Reservation {
    /// Counts memory that has been taken beside the frame.
    pub fn made(&mut self, bytes: usize) {
        self.held.made += bytes;
        self.memory.made(self.address, bytes);
    }

    pub(crate) fn made_bytes(&self) -> usize {
        self.held.made
    }

    /// The request is answered: what remains is a reply that takes `bytes` of its own.
    pub(crate) fn answered(&mut self, bytes: usize) {
        self.memory.made(self.address, bytes);
        let freed = std::mem::replace(&mut self.held, Held { frames: 0, made: bytes });
        self.memory.give_back(self.address, freed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.memory.give_back(self.address, self.held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    #[test]
    fn an_address_cannot_take_more_than_its_share() {
        let memory = RequestMemory::new(100, 40);
        let first = memory.try_reserve(HERE, 30).unwrap();
        assert!(memory.try_reserve(HERE, 20).is_none());
        assert!(memory.try_reserve(THERE, 40).is_some());
        drop(first);
        assert!(memory.try_reserve(HERE, 40).is_some());
        assert_eq!(memory.used_bytes(), 0);
    }

    #[test]
    fn a_request_larger_than_the_share_is_let_in_alone() {
        let memory = RequestMemory::new(100, 40);
        let large = memory.try_reserve(HERE, 90).unwrap();
        assert!(memory.try_reserve(HERE, 1).is_none());
        assert!(memory.try_reserve(THERE, 11).is_none());
        drop(large);
        assert!(memory.try_reserve(THERE, 11).is_some());
    }

    #[test]
    fn what_is_made_of_requests_counts_until_the_reply_is_gone() {
        let memory = RequestMemory::new(100, 40);
        let mut first = memory.try_reserve(HERE, 10).unwrap();
        first.made(30);
        assert!(memory.has_room(HERE), "less than the share has been made");
        first.made(20);
        assert!(!memory.has_room(HERE) && memory.has_room(THERE));
        let mut second = memory.try_reserve(THERE, 10).unwrap();
        second.made(50);
        assert!(memory.has_room(IpAddr::V4(std::net::Ipv4Addr::BROADCAST)), "it has made nothing yet");
        let mut third = memory.try_reserve(IpAddr::V4(std::net::Ipv4Addr::BROADCAST), 1).unwrap();
        third.made(1);
        assert!(!memory.has_room(IpAddr::V4(std::net::Ipv4Addr::BROADCAST)), "all have made too much");
        drop(third);
        assert!(memory.try_reserve(HERE, 30).is_some(), "frames are counted for themselves");
        first.answered(5);
        assert!(memory.has_room(HERE));
        assert_eq!(memory.used_bytes(), 5 + 60);
        drop((first, second));
        assert_eq!(memory.used_bytes(), 0);
    }

    /// Waits for what `wait` waits for, while `free` frees something.
    async fn freed<T: Send + 'static>(
        wait: impl Future<Output = T> + Send + 'static,
        free: impl FnOnce(),
    ) -> T {
        let waiter = tokio::spawn(wait);
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        free();
        waiter.await.unwrap()
    }

    #[tokio::test]
    async fn a_waiter_is_woken_when_room_is_made() {
        let memory = RequestMemory::new(100, 100);
        let held = memory.try_reserve(HERE, 100).unwrap();
        let waiting = Arc::clone(&memory);
        let claim = freed(async move { waiting.reserve(THERE, 50).await }, || drop(held)).await;
        assert_eq!(claim.held.frames, 50);
    }

    /// Little is held, and yet too much for a large frame of the same address.
    #[tokio::test]
    async fn a_waiter_for_much_is_woken_when_little_is_freed() {
        let memory = RequestMemory::new(100, 50);
        let held = memory.try_reserve(HERE, 10).unwrap();
        let waiting = Arc::clone(&memory);
        let claim = freed(async move { waiting.reserve(HERE, 45).await }, || drop(held)).await;
        assert_eq!(claim.held.frames, 45);
    }

    #[tokio::test]
    async fn a_large_request_waits_until_replies_are_gone() {
        let memory = RequestMemory::new(100, 50);
        let mut reply = memory.try_reserve(HERE, 10).unwrap();
        reply.answered(60);
        let waiting = Arc::clone(&memory);
        freed(async move { waiting.room(HERE).await }, || drop(reply)).await;
        assert_eq!(memory.state().waiting, 0);
    }
}
