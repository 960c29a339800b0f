//! How many connections there may be: in all, from one address, and how fast new ones may come.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Kafka's limits on connections, under their own names.
#[derive(Clone, Debug)]
pub struct ConnectionLimitsConfig {
    /// `max.connections`.
    pub total: usize,
    /// `max.connections.per.ip`.
    pub per_address: usize,
    /// `max.connections.per.ip.overrides`, names already resolved.
    pub overrides: HashMap<IpAddr, usize>,
}

/// Counts connections against the limits.
#[derive(Debug)]
pub struct ConnectionLimits {
    config: ConnectionLimitsConfig,
    state: Mutex<State>,
    closed: Notify,
}

#[derive(Debug, Default)]
struct State {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Place {
    limits: Arc<ConnectionLimits>,
    address: IpAddr,
}

impl ConnectionLimits {
    /// Starts counting.
    #[must_use]
    pub fn new(config: ConnectionLimitsConfig) -> Arc<Self> {
        Arc::new(Self { config, state: Mutex::default(), closed: Notify::new() })
    }

    /// How many there are now.
    #[must_use]
    pub fn open(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// Waits until one more connection may be accepted. Kafka leaves those beyond `max.connections` in the
    /// listen queue instead of turning them away, and so does this.
    pub(crate) async fn room(&self) {
        loop {
            let mut closed = std::pin::pin!(self.closed.notified());
            closed.as_mut().enable();
            if self.open() < self.config.total {
                return;
            }
            closed.await;
        }
    }

    /// Takes a place, or says what the limit for that address is.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, usize> {
        let limit = self.config.overrides.get(&address).copied().unwrap_or(self.config.per_address);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let held = state.by_address.entry(address).or_insert(0);
        if *held >= limit {
            if *held == 0 {
                state.by_address.remove(&address);
            }
            return Err(limit);
        }
        *held += 1;
        state.total += 1;
        Ok(Place { limits: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.limits.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.total -= 1;
        if let Some(held) = state.by_address.get_mut(&self.address) {
            *held -= 1;
            if *held == 0 {
                state.by_address.remove(&self.address);
            }
        }
        drop(state);
        self.limits.closed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_limit_and_some_have_their_own() {
        let special = IpAddr::from([127, 0, 0, 9]);
        let limits = ConnectionLimits::new(ConnectionLimitsConfig {
            total: 10,
            per_address: 1,
            overrides: HashMap::from([(special, 0)]),
        });
        let place = limits.take(IpAddr::from([127, 0, 0, 1])).unwrap();
        assert_eq!(limits.take(IpAddr::from([127, 0, 0, 1])).unwrap_err(), 1);
        assert_eq!(limits.take(special).unwrap_err(), 0);
        assert_eq!(limits.open(), 1);
        drop(place);
        assert_eq!(limits.open(), 0);
        assert!(limits.take(IpAddr::from([127, 0, 0, 1])).is_ok());
    }
}
