//! The limits of connections as the listeners count by them.

use std::collections::HashMap;
use std::net::ToSocketAddrs;
use std::sync::Arc;

use ottla_config::{ConnectionLimits, ListenerLimits};
use ottla_net::{ConnectionLimitsConfig, ListenerLimitsConfig};

/// Finds the addresses of the hosts that have limits of their own, which may wait for the network.
pub(crate) fn resolve(config: &ConnectionLimits) -> ConnectionLimitsConfig {
    let mut overrides = HashMap::new();
    for (host, &limit) in &config.per_address_overrides {
        match (host.as_str(), 0).to_socket_addrs() {
            Ok(addresses) => overrides.extend(addresses.map(|address| (address.ip(), limit))),
            Err(error) => {
                tracing::warn!(
                    "max.connections.per.ip.overrides: {host} has no address ({error}); it is left out"
                );
            }
        }
    }
    let of_listener = |(name, &ListenerLimits { total_max, per_second_max }): (&String, &ListenerLimits)| {
        (Arc::from(name.as_str()), ListenerLimitsConfig { total: total_max, per_second: per_second_max })
    };
    ConnectionLimitsConfig {
        total: config.total_max,
        per_address: config.per_address_max,
        overrides,
        per_second: config.per_second_max,
        listeners: config.listeners.iter().map(of_listener).collect(),
    }
}
