//! The limits of connections as the listeners count by them.

use std::collections::HashMap;
use std::net::ToSocketAddrs;

use ottla_config::ConnectionLimits;
use ottla_net::ConnectionLimitsConfig;

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
    ConnectionLimitsConfig { total: config.total_max, per_address: config.per_address_max, overrides }
}
