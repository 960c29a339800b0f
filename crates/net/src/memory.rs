//! The budget for requests in flight: from the claim of a frame's size until its reply is written.
//!
//! The *claimed* size of a frame is counted before its first byte beyond the header is stored, although the
//! buffer itself grows only with what arrives. Counting claims means that every frame that was let in can be
//! completed, so half-received frames never wait for each other's memory. What a claim costs a liar is
//! bounded twice: no address may hold more than its share, and a frame that stalls is closed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Counts the bytes of requests in flight, in all and by address.
#[derive(Debug)]
pub struct RequestMemory {
    limit_bytes: usize,
    share_bytes: usize,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    used_bytes: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A part of the budget; dropping it gives it back.
#[derive(Debug)]
pub struct Reservation {
    memory: Arc<RequestMemory>,
    address: IpAddr,
    bytes: usize,
}

impl RequestMemory {
    /// A budget of `limit_bytes`, of which one address holds at most `share_bytes`. A single request is let
    /// in even if it is larger than the share, provided that its address holds nothing else.
    #[must_use]
    pub fn new(limit_bytes: usize, share_bytes: usize) -> Arc<Self> {
        assert!(share_bytes <= limit_bytes, "an address cannot hold more than there is");
        Arc::new(Self { limit_bytes, share_bytes, state: Mutex::default(), freed: Notify::new() })
    }

    /// Takes `bytes` if they are free now.
    #[must_use]
    pub fn try_reserve(self: &Arc<Self>, address: IpAddr, bytes: usize) -> Option<Reservation> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let held = state.by_address.get(&address).copied().unwrap_or(0);
        let fits_share = held == 0 || held + bytes <= self.share_bytes;
        let fits_all = state.used_bytes == 0 || state.used_bytes + bytes <= self.limit_bytes;
        if !(fits_share && fits_all) {
            return None;
        }
        state.used_bytes += bytes;
        *state.by_address.entry(address).or_insert(0) += bytes;
        Some(Reservation { memory: Arc::clone(self), address, bytes })
    }

    /// Takes `bytes`, waiting until they are free.
    pub async fn reserve(self: &Arc<Self>, address: IpAddr, bytes: usize) -> Reservation {
        loop {
            // Registered before the look, so that what is freed in between is not missed.
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if let Some(reservation) = self.try_reserve(address, bytes) {
                return reservation;
            }
            freed.await;
        }
    }

    /// The bytes in use now.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).used_bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.memory.state.lock().unwrap_or_else(PoisonError::into_inner);
        let was_scarce = state.used_bytes > self.memory.share_bytes.min(self.memory.limit_bytes / 2);
        state.used_bytes -= self.bytes;
        if let Some(held) = state.by_address.get_mut(&self.address) {
            *held -= self.bytes;
            if *held == 0 {
                state.by_address.remove(&self.address);
            }
        }
        drop(state);
        // Nobody can be waiting while both bounds are far: the common case pays for no wake-up.
        if was_scarce {
            self.memory.freed.notify_waiters();
        }
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

    #[tokio::test]
    async fn a_waiter_is_woken_when_room_is_made() {
        let memory = RequestMemory::new(100, 100);
        let held = memory.try_reserve(HERE, 100).unwrap();
        let waiter = tokio::spawn({
            let memory = Arc::clone(&memory);
            async move { memory.reserve(THERE, 50).await.bytes }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(held);
        assert_eq!(waiter.await.unwrap(), 50);
    }
}
