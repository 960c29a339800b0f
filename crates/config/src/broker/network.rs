//! Listeners, connections and their limits.

use super::{CLUSTERS, NO_THREAD_POOLS, SASL};
use crate::setting::{LIST, STRING, Setting, Status, int, list, long, string, unset};

pub(super) const SETTINGS: &[Setting] = &[
    list("listeners", "PLAINTEXT://:9092").not_empty().per_broker().high(
        "Where this node listens: `NAME://host:port` items. An empty host is every interface; port 0 takes a \
         free one. A name that is no security protocol needs an entry in `listener.security.protocol.map`.",
    ),
    unset("advertised.listeners", LIST).not_empty().high(
        "The addresses that clients and other nodes are told, by listener name. Unset, they are those of \
         `listeners`.",
    ),
    string(
        "listener.security.protocol.map",
        "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    )
    .per_broker()
    .low("Which security protocol each listener name speaks, as `NAME:PROTOCOL` items."),
    unset("inter.broker.listener.name", STRING).medium(
        "The listener that brokers use among themselves. Unset, `security.inter.broker.protocol` names it; to \
         set both is an error.",
    ),
    string("security.inter.broker.protocol", "PLAINTEXT")
        .one_of(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
        .medium("The security protocol that brokers use among themselves."),
    int("socket.send.buffer.bytes", 102_400)
        .high("Size of a socket's send buffer; -1 leaves it to the system."),
    int("socket.receive.buffer.bytes", 102_400)
        .high("Size of a socket's receive buffer; -1 leaves it to the system."),
    int("socket.request.max.bytes", 104_857_600)
        .min(1)
        .high("The largest request that is read; a larger one closes its connection."),
    int("socket.listen.backlog.size", 50)
        .min(1)
        .medium("Connections that may wait to be accepted; the system may allow fewer."),
    int("max.connections", i32::MAX).min(0).cluster_wide().medium(
        "Connections that the node holds at once. With the prefix `listener.name.NAME.` the limit counts that \
         listener's alone.",
    ),
    int("max.connections.per.ip", i32::MAX)
        .min(0)
        .cluster_wide()
        .medium("Connections that one address may hold. 0 admits only what `max.connections.per.ip.overrides` names."),
    string("max.connections.per.ip.overrides", "")
        .cluster_wide()
        .medium("Other limits for some addresses or host names, as `address:limit` items."),
    int("max.connection.creation.rate", i32::MAX).min(0).cluster_wide().medium(
        "Connections that are accepted each second, on average. With the prefix `listener.name.NAME.` the rate \
         is that listener's.",
    ),
    long("connections.max.idle.ms", 600_000)
        .medium("How long a connection may carry nothing before it is closed. Negative means for ever."),
    long("queued.max.request.bytes", -1)
        .medium("Memory that requests in flight may take together. Not positive, `ottla.request.memory.bytes` holds."),
    int("queued.max.requests", 500)
        .min(1)
        .status(Status::Moot("requests in flight are bounded by their bytes and per connection"))
        .high("Requests that may wait to be handled before connections are no longer read."),
    int("num.network.threads", 3)
        .min(1)
        .cluster_wide()
        .status(NO_THREAD_POOLS)
        .high("Threads that read requests and write answers, for each listener."),
    int("connection.failed.authentication.delay.ms", 100)
        .min(0)
        .status(SASL)
        .low("How long the connection of a client that failed to authenticate is held before it is closed."),
    long("connections.max.reauth.ms", 0)
        .status(SASL)
        .medium("How long an authentication is good for; 0 is for ever."),
    int("controller.socket.timeout.ms", 30_000)
        .status(CLUSTERS)
        .medium("How long a node waits for the controller on the network."),
];
