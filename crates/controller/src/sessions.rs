//! Which brokers were heard lately. Soft state: a new controller gives everybody a whole session.

use std::collections::BTreeMap;

use ottla_types::{BrokerId, Offset, Timestamp};

#[derive(Clone, Copy, Debug)]
struct Session {
    expires: Timestamp,
    /// This controller has heard of the broker itself, not only read of it in the log.
    was_heard: bool,
    metadata_offset: Offset,
    /// Where the log ended when the broker's controlled shutdown was last changed by a record.
    shutdown_offset: Option<Offset>,
}

/// The sessions of brokers that are not fenced.
#[derive(Debug)]
pub(crate) struct Sessions {
    timeout_ms: i64,
    by_broker: BTreeMap<BrokerId, Session>,
}

impl Sessions {
    pub(crate) fn new(timeout_ms: i64) -> Self {
        Self { timeout_ms, by_broker: BTreeMap::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.by_broker.clear();
    }

    /// Hears of a broker.
    pub(crate) fn touch(&mut self, now: Timestamp, broker: BrokerId, metadata_offset: Offset) {
        let expires = now.plus_ms(self.timeout_ms);
        let shutdown_offset = self.by_broker.get(&broker).and_then(|session| session.shutdown_offset);
        self.by_broker.insert(broker, Session { expires, was_heard: true, metadata_offset, shutdown_offset });
    }

    /// Gives a broker that the log says is alive a whole session to be heard in.
    pub(crate) fn expect(&mut self, now: Timestamp, broker: BrokerId) {
        let expires = now.plus_ms(self.timeout_ms);
        let metadata_offset = Offset::NONE;
        self.by_broker
            .insert(broker, Session { expires, was_heard: false, metadata_offset, shutdown_offset: None });
    }

    pub(crate) fn remove(&mut self, broker: BrokerId) {
        self.by_broker.remove(&broker);
    }

    /// Whether another process cannot be the same broker. What the log says of a broker is no sign of life:
    /// after a crash of the whole node it is the broker's former life, and the new one must not wait until
    /// that has expired.
    pub(crate) fn is_alive(&self, now: Timestamp, broker: BrokerId) -> bool {
        self.by_broker.get(&broker).is_some_and(|session| session.was_heard && now < session.expires)
    }

    /// Remembers that everybody must follow the log to `offset` before the broker may stop.
    pub(crate) fn shut_down_after(&mut self, broker: BrokerId, offset: Offset) {
        if let Some(session) = self.by_broker.get_mut(&broker) {
            session.shutdown_offset = Some(offset);
        }
    }

    /// Whether all brokers that are heard have followed the log far enough for `broker` to stop.
    pub(crate) fn may_shut_down(&self, broker: BrokerId) -> bool {
        let needed = self.by_broker.get(&broker).and_then(|session| session.shutdown_offset);
        needed.is_none_or(|needed| {
            self.by_broker
                .iter()
                .filter(|(id, _)| **id != broker)
                .all(|(_, other)| other.metadata_offset >= needed)
        })
    }

    /// Forgets one broker that was not heard in time, the one that fell silent first, and names it.
    pub(crate) fn take_expired(&mut self, now: Timestamp) -> Option<BrokerId> {
        let (&broker, session) = self.by_broker.iter().min_by_key(|(_, session)| session.expires)?;
        if now < session.expires {
            return None;
        }
        self.by_broker.remove(&broker);
        Some(broker)
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.by_broker.values().map(|session| session.expires).min()
    }
}
