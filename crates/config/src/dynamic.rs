//! What may change while a node runs, typed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::endpoint;
use crate::key::{self, Key};
use crate::topic_config::{TopicConfig, TopicValues};
use crate::value::Value;
use crate::values::Values;

/// Everything about a node that may change while it runs, as of one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicConfig {
    /// How many connections, from whom, how fast.
    pub connections: ConnectionLimits,
    /// What holds for a topic with no settings of its own.
    pub topics: Arc<TopicConfig>,
    /// How long a partition remembers an idempotent producer that writes nothing.
    pub producer_id_expiration_ms: i64,
    /// Whether a partition checks with the coordinator before it takes part in a transaction.
    pub verifies_transactions: bool,
    /// Logs of one directory that are recovered at once.
    pub recoveries_max: usize,
    /// The work of compaction.
    pub cleaner: CleanerConfig,
    /// Limits of replication, in bytes per second.
    pub throttles: Throttles,
}

/// Limits of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections at once.
    pub total_max: usize,
    /// Connections at once from one address.
    pub per_address_max: usize,
    /// Other limits for some addresses or host names.
    pub per_address_overrides: BTreeMap<String, usize>,
    /// New connections per second.
    pub per_second_max: u32,
    /// Limits of single listeners, by name in capitals.
    pub listeners: BTreeMap<String, ListenerLimits>,
}

/// Limits of one listener's connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListenerLimits {
    /// Connections at once.
    pub total_max: Option<usize>,
    /// New connections per second.
    pub per_second_max: Option<u32>,
}

/// The work of compaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CleanerConfig {
    /// Logs that are compacted at once.
    pub threads: usize,
    /// Bytes read and written per second.
    pub bytes_per_second_max: f64,
    /// Memory for keys.
    pub dedupe_buffer_bytes: u64,
    /// Memory to read and write through.
    pub io_buffer_bytes: u32,
    /// How full the memory for keys may get.
    pub load_factor_max: f64,
    /// Rest when nothing needs compaction.
    pub backoff_ms: i64,
}

/// Limits in bytes per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttles {
    /// What leaders send to throttled replicas.
    pub leader: i64,
    /// What throttled replicas fetch.
    pub follower: i64,
    /// What moves between directories read and write.
    pub directory_moves: i64,
}

impl DynamicConfig {
    pub(crate) fn read(values: &Values, topics: &TopicValues) -> Self {
        Self {
            connections: ConnectionLimits::read(values),
            topics: Arc::new(TopicConfig::read(topics)),
            producer_id_expiration_ms: values.whole("producer.id.expiration.ms"),
            verifies_transactions: values.boolean("transaction.partition.verification.enable"),
            recoveries_max: values.number("num.recovery.threads.per.data.dir"),
            cleaner: CleanerConfig {
                threads: values.number("log.cleaner.threads"),
                bytes_per_second_max: values.real("log.cleaner.io.max.bytes.per.second"),
                dedupe_buffer_bytes: u64::try_from(values.whole("log.cleaner.dedupe.buffer.size"))
                    .unwrap_or(0),
                io_buffer_bytes: values.number("log.cleaner.io.buffer.size"),
                load_factor_max: values.real("log.cleaner.io.buffer.load.factor"),
                backoff_ms: values.whole("log.cleaner.backoff.ms"),
            },
            throttles: Throttles {
                leader: values.whole("leader.replication.throttled.rate"),
                follower: values.whole("follower.replication.throttled.rate"),
                directory_moves: values.whole("replica.alter.log.dirs.io.max.bytes.per.second"),
            },
        }
    }
}

impl ConnectionLimits {
    fn read(values: &Values) -> Self {
        let mut listeners: BTreeMap<String, ListenerLimits> = BTreeMap::new();
        for (key, given) in values.given() {
            let Key::Listener { name, setting } = key::look_up(key) else { continue };
            let Value::Whole(limit) = given.value else { continue };
            match setting.key {
                "max.connections" => limits(&mut listeners, name).total_max = usize::try_from(limit).ok(),
                "max.connection.creation.rate" => {
                    limits(&mut listeners, name).per_second_max = u32::try_from(limit).ok();
                }
                _ => {}
            }
        }
        Self {
            total_max: values.number("max.connections"),
            per_address_max: values.number("max.connections.per.ip"),
            per_address_overrides: connection_overrides(&values.text("max.connections.per.ip.overrides"))
                .unwrap_or_default(),
            per_second_max: values.number("max.connection.creation.rate"),
            listeners,
        }
    }
}

fn limits<'a>(all: &'a mut BTreeMap<String, ListenerLimits>, name: &str) -> &'a mut ListenerLimits {
    all.entry(name.to_uppercase()).or_default()
}

/// Reads `address:limit` items; the last colon counts, so that an IPv6 address needs no brackets.
///
/// # Errors
/// Says which item is wrong.
pub(crate) fn connection_overrides(text: &str) -> Result<BTreeMap<String, usize>, String> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| {
            let pair = item.rsplit_once(':');
            let read = pair.and_then(|(host, limit)| {
                let host = host.trim();
                let limit = limit.trim().parse::<i32>().ok()?;
                (!host.is_empty() && host.chars().all(endpoint::is_host_letter))
                    .then(|| usize::try_from(limit).ok().map(|limit| (host.to_owned(), limit)))?
            });
            read.ok_or_else(|| format!("{item:?} must be `address:limit`, with a limit of at least 0"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_overrides_are_addresses_and_limits() {
        let found = connection_overrides("host-1:100, 127.0.0.1:200,::1:3").expect("it is right");
        let expected = [("127.0.0.1", 200), ("::1", 3), ("host-1", 100)];
        assert!(found.iter().map(|(host, &limit)| (host.as_str(), limit)).eq(expected));
        assert!(connection_overrides("").expect("nothing is right too").is_empty());
        for bad in ["a", "a:", ":1", "a:-1", "a b:1", "a:x"] {
            assert!(connection_overrides(bad).unwrap_err().contains("address:limit"), "{bad}");
        }
    }
}
