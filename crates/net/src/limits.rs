//! How many connections there may be: in all, by listener and from one address, and how fast new ones may come.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Seconds over which the rate of new connections is an average: so many seconds' worth may come at once. Kafka counts
/// eleven windows of a second, of which the last is still open.
const RATE_SECONDS: f64 = 10.0;
/// The longest that one connection is kept waiting for the sake of a rate: one of Kafka's windows.
const DELAY_MAX: Duration = Duration::from_secs(1);

/// Kafka's limits on connections, under their own names.
#[derive(Clone, Debug)]
pub struct ConnectionLimitsConfig {
    /// `max.connections`.
    pub total: usize,
    /// `max.connections.per.ip`.
    pub per_address: usize,
    /// `max.connections.per.ip.overrides`, names already resolved.
    pub overrides: HashMap<IpAddr, usize>,
    /// `max.connection.creation.rate`.
    pub per_second: u32,
    /// The limits of single listeners, by the names that the listeners have.
    pub listeners: HashMap<Arc<str>, ListenerLimitsConfig>,
}

/// The limits of one listener, beside those that hold for all of them together.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListenerLimitsConfig {
    /// `listener.name.NAME.max.connections`.
    pub total: Option<usize>,
    /// `listener.name.NAME.max.connection.creation.rate`.
    pub per_second: Option<u32>,
}

impl Default for ConnectionLimitsConfig {
    /// No limits.
    fn default() -> Self {
        Self {
            total: usize::MAX,
            per_address: usize::MAX,
            overrides: HashMap::new(),
            per_second: u32::MAX,
            listeners: HashMap::new(),
        }
    }
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
    pace: Pace,
    by_listener: HashMap<Arc<str>, Counted>,
    by_address: HashMap<IpAddr, usize>,
}

/// The connections of one listener. There are as many as there are listeners, so none is ever forgotten.
#[derive(Debug, Default)]
struct Counted {
    open: usize,
    pace: Pace,
}

/// How fast connections have come: each one adds, and time takes away at the rate that is allowed.
#[derive(Debug, Default)]
struct Pace {
    level: f64,
    at: Option<Instant>,
}

impl Pace {
    /// Counts one connection; how long it must wait.
    fn record(&mut self, now: Instant, per_second: u32) -> Duration {
        let rate = f64::from(per_second);
        let since = self.at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.at = Some(now);
        let burst = rate * RATE_SECONDS;
        let level = (self.level - since.as_secs_f64() * rate).max(0.0) + 1.0;
        // Nobody waits longer for what is over, so it need not be remembered.
        self.level = level.min(burst + rate.max(1.0));
        if self.level <= burst {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64((self.level - burst) / rate)
            .map_or(DELAY_MAX, |delay| delay.min(DELAY_MAX))
    }
}

/// A connection's place; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Place {
    limits: Arc<ConnectionLimits>,
    listener: Arc<str>,
    address: IpAddr,
}

impl ConnectionLimits {
    /// Starts counting.
    #[must_use]
    pub fn new(config: ConnectionLimitsConfig) -> Arc<Self> {
        let state = State {
            config,
            total: 0,
            pace: Pace::default(),
            by_listener: HashMap::new(),
            by_address: HashMap::new(),
        };
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
    pub(crate) async fn room(&self, listener: &str) {
        loop {
            let mut relaxed = std::pin::pin!(self.relaxed.notified());
            relaxed.as_mut().enable();
            if self.has_room(listener) {
                return;
            }
            relaxed.await;
        }
    }

    fn has_room(&self, listener: &str) -> bool {
        let state = self.state();
        let of_listener = state.config.listeners.get(listener).and_then(|limits| limits.total);
        let open = state.by_listener.get(listener).map_or(0, |counted| counted.open);
        state.total < state.config.total && of_listener.is_none_or(|limit| open < limit)
    }

    /// Counts a connection that was accepted just now. Before it is served, and before another is accepted, so much
    /// time must pass.
    pub(crate) fn accepted(&self, listener: &Arc<str>) -> Duration {
        let now = Instant::now();
        let mut state = self.state();
        let State { config, pace, by_listener, .. } = &mut *state;
        let of_all = pace.record(now, config.per_second);
        let limit = config.listeners.get(listener).and_then(|limits| limits.per_second);
        let counted = by_listener.entry(Arc::clone(listener)).or_default();
        of_all.max(counted.pace.record(now, limit.unwrap_or(u32::MAX)))
    }

    /// Takes a place, or says what the limit for that address is.
    pub(crate) fn take(self: &Arc<Self>, listener: &Arc<str>, address: IpAddr) -> Result<Place, usize> {
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
        state.by_listener.entry(Arc::clone(listener)).or_default().open += 1;
        Ok(Place { limits: Arc::clone(self), listener: Arc::clone(listener), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.limits.state();
        state.total -= 1;
        if let Some(counted) = state.by_listener.get_mut(&self.listener) {
            counted.open -= 1;
        }
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

    fn name(name: &str) -> Arc<str> {
        Arc::from(name)
    }

    #[test]
    fn each_address_has_its_limit_and_some_have_their_own() {
        let special = IpAddr::from([127, 0, 0, 9]);
        let limits = ConnectionLimits::new(ConnectionLimitsConfig {
            total: 10,
            per_address: 1,
            overrides: HashMap::from([(special, 0)]),
            ..ConnectionLimitsConfig::default()
        });
        let (here, listener) = (IpAddr::from([127, 0, 0, 1]), name("A"));
        let place = limits.take(&listener, here).unwrap();
        assert_eq!(limits.take(&listener, here).unwrap_err(), 1);
        assert_eq!(limits.take(&listener, special).unwrap_err(), 0);
        assert_eq!(limits.open(), 1);
        drop(place);
        assert_eq!(limits.open(), 0);
        assert!(limits.take(&listener, here).is_ok());
        limits.set_config(ConnectionLimitsConfig { per_address: 0, ..ConnectionLimitsConfig::default() });
        assert_eq!(limits.take(&listener, here).unwrap_err(), 0);
    }

    #[test]
    fn a_listener_that_is_full_leaves_the_others_alone() {
        let own = ListenerLimitsConfig { total: Some(1), per_second: None };
        let limits = ConnectionLimits::new(ConnectionLimitsConfig {
            total: 3,
            listeners: HashMap::from([(name("A"), own)]),
            ..ConnectionLimitsConfig::default()
        });
        let here = IpAddr::from([127, 0, 0, 1]);
        let place = limits.take(&name("A"), here).unwrap();
        assert_eq!((limits.has_room("A"), limits.has_room("B")), (false, true));
        let _others = [limits.take(&name("B"), here).unwrap(), limits.take(&name("B"), here).unwrap()];
        drop(place);
        assert!(limits.has_room("A") && limits.has_room("B"));
        let _last = limits.take(&name("B"), here).unwrap();
        assert!(!limits.has_room("A") && !limits.has_room("B"), "all listeners together are full");
    }

    /// How long each of so many connections waits, when the next comes as soon as the one before is let in.
    async fn delays(limits: &ConnectionLimits, listener: &str, count: usize) -> Vec<Duration> {
        let mut delays = Vec::new();
        for _ in 0..count {
            let delay = limits.accepted(&name(listener));
            tokio::time::sleep(delay).await;
            delays.push(delay);
        }
        delays
    }

    #[tokio::test(start_paused = true)]
    async fn connections_beyond_the_rate_wait_for_their_turn() {
        let limits = ConnectionLimits::new(ConnectionLimitsConfig {
            per_second: 4,
            ..ConnectionLimitsConfig::default()
        });
        let delays = delays(&limits, "A", 60).await;
        assert!(
            delays[..40].iter().all(Duration::is_zero),
            "ten seconds' worth may come at once: {delays:?}"
        );
        let waited: Duration = delays[40..].iter().sum();
        assert!((4.9..5.1).contains(&waited.as_secs_f64()), "then 20 take 5 seconds: {waited:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(self::delays(&limits, "B", 4).await.iter().all(Duration::is_zero), "time has made room");
        assert!(!limits.accepted(&name("A")).is_zero(), "for all listeners together");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_one_listener_holds_for_it_alone_and_nobody_waits_for_ever() {
        let own = ListenerLimitsConfig { total: None, per_second: Some(0) };
        let limits = ConnectionLimits::new(ConnectionLimitsConfig {
            listeners: HashMap::from([(name("A"), own)]),
            ..ConnectionLimitsConfig::default()
        });
        assert_eq!(delays(&limits, "A", 3).await, [DELAY_MAX; 3]);
        assert_eq!(delays(&limits, "B", 3).await, [Duration::ZERO; 3]);
        limits.set_config(ConnectionLimitsConfig::default());
        assert_eq!(delays(&limits, "A", 3).await, [Duration::ZERO; 3], "the rate was raised");
    }
}
