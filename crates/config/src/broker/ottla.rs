//! Settings that only Ottla has.

use crate::setting::{INT, Setting, boolean, int, long, unset};

pub(super) const SETTINGS: &[Setting] = &[
    boolean("ottla.durable", true).high(
        "Whether every acknowledgement waits until its records are on disk and would survive a power loss. \
         `false` acknowledges from the page cache, as Apache Kafka does, and then `log.flush.interval.messages` \
         and `log.flush.interval.ms` say when to sync.",
    ),
    long("ottla.wal.size.bytes", 256 << 20).min(16 << 20).medium(
        "Size of the write-ahead log that each log directory recycles. A larger one takes longer bursts; a \
         restart after a crash reads all of it.",
    ),
    long("ottla.disk.reserve.bytes", 64 << 20).min(0).medium(
        "Space that each log directory keeps for its own needs. When less than a fourth of it is left on the disk it is \
         given up, so that metadata, checkpoints, retention and a clean stop still work, and produce requests are \
         refused until there is room for it again. 0 keeps none.",
    ),
    long("ottla.request.memory.bytes", 256 << 20).min(1 << 20).high(
        "Memory that all requests in flight may take together as they arrive, and as much again for what is made of \
         them. When it is used up, connections are not read, or large requests not begun, until some of it is free \
         again; one address has half of it at most. A positive `queued.max.request.bytes` takes its place.",
    ),
    int("ottla.connection.requests.max", 64)
        .between(1, 10_000)
        .medium("Requests of one connection that may be in flight; the next ones wait in its socket."),
    int("ottla.connection.stall.ms", 30_000).min(1).medium(
        "How long a request may stop arriving in its middle, or an answer stop leaving, before the connection \
         is closed.",
    ),
    unset("ottla.threads", INT)
        .between(1, 1_024)
        .medium("Threads that serve connections. Unset, there is one for each core that the process may use."),
];
