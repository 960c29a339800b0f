//! How many connections there may be: in all, from one address, and how fast new ones may come.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    state: Mutex<State>,
    /// Connections were closed, or the limits raised.
    relaxed: Notify,
}

#[derive(Debug)]
struct State {
    config: ConnectionLimitsConfig,
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
        let state = State { config, total: 0, by_address: HashMap::new() };
        Arc::new(Self { state: Mutex::new(state), relaxed: Notify::new() })
    }

    /// Puts other limits in force, for the connections that come from now on.
    pub fn set_config(&self, config: ConnectionLimitsConfig) {
        self.state().config = config;
        self.relaxed.notify_waiters();
    }

    /// How many there are now.
    #[must_use]
    pub fn open(&self) -> usize {
        self.state().total
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one more connection may be accepted. Kafka leaves those beyond `max.connections` in the
    /// listen queue instead of turning them away, and so does this.
    pub(crate) async fn room(&self) {
        loop {
            let mut relaxed = std::pin::pin!(self.relaxed.notified());
            relaxed.as_mut().enable();
            if self.has_room() {
                return;
            }
            relaxed.await;
        }
    }

    fn has_room(&self) -> bool {
        let state = self.state();
        state.total < state.config.total
    }

    /// Takes a place, or says what the limit for that address is.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, usize> {
        let mut state = self.state();
        let config = &state.config;
        let limit = config.overrides.get(&address).copied().unwrap_or(config.per_address);
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
        let mut state = self.limits.state();
        state.total -= 1;
        if let Some(held) = state.by_address.get_mut(&self.address) {
            *held -= 1;
            if *held == 0 {
                state.by_address.remove(&self.address);
            }
        }
        drop(state);
        self.limits.relaxed.notify_waiters();
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
        limits.set_config(ConnectionLimitsConfig { total: 10, per_address: 0, overrides: HashMap::new() });
        assert_eq!(limits.take(IpAddr::from([127, 0, 0, 1])).unwrap_err(), 0);
    }
}
