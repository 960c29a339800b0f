//! How much is measured: the long form for figures, the short form to see that everything runs.

use std::time::Duration;

const MIB: u64 = 1 << 20;

/// Amounts and times of the workloads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// How much memory is touched before a turn.
    pub(crate) touched_bytes: u64,
    /// Acknowledged before a producer's interval begins: a virtual machine compiles what it runs often.
    pub(crate) produce_warm_up_bytes: u64,
    /// Acknowledged in a producer's intervals. With the warm-up it stays below the amount of dirty memory at which
    /// Linux makes writers wait for the disk, on a machine with 16 GB.
    pub(crate) produce_bytes: u64,
    /// The same for the workload that goes on beyond it.
    pub(crate) sustained_bytes: u64,
    /// How many intervals of a producer or consumer follow each other: what varies in spite of the same node shows.
    pub(crate) intervals: u32,
    /// What lies in the topic that consumers read.
    pub(crate) consume_bytes: u64,
    /// What lies in the log that a restart finds, if there is one.
    pub(crate) restart_bytes: Option<u64>,
    /// What a stock client sends or reads.
    pub(crate) stock_bytes: u64,
    /// What the generator sends before a stock client does.
    pub(crate) stock_warm_up_bytes: u64,
    /// Where an interval is a time: what runs before it.
    pub(crate) warm_up: Duration,
    /// Where an interval is a time: its length.
    pub(crate) measured: Duration,
    /// How long small requests come from producers that wait, before an open loop.
    pub(crate) latency_warm_up: Duration,
    /// What of an open loop does not count.
    pub(crate) latency_lead: Duration,
    /// How long latencies are measured.
    pub(crate) latency: Duration,
    /// How long a node that has just started is left alone before its memory is read.
    pub(crate) idle: Duration,
    /// No amount may take longer than this.
    pub(crate) limit: Duration,
}

impl Scale {
    pub(crate) const LONG: Self = Self {
        touched_bytes: 4096 * MIB,
        produce_warm_up_bytes: 1024 * MIB,
        produce_bytes: 1536 * MIB,
        intervals: 3,
        sustained_bytes: 6144 * MIB,
        consume_bytes: 2048 * MIB,
        restart_bytes: Some(1024 * MIB),
        stock_bytes: 1024 * MIB,
        stock_warm_up_bytes: 512 * MIB,
        warm_up: Duration::from_secs(3),
        measured: Duration::from_secs(6),
        latency_warm_up: Duration::from_secs(6),
        latency_lead: Duration::from_secs(1),
        latency: Duration::from_secs(8),
        idle: Duration::from_secs(3),
        limit: Duration::from_secs(300),
    };

    pub(crate) const SHORT: Self = Self {
        touched_bytes: MIB,
        produce_warm_up_bytes: 4 * MIB,
        produce_bytes: 16 * MIB,
        intervals: 1,
        sustained_bytes: 32 * MIB,
        consume_bytes: 32 * MIB,
        restart_bytes: None,
        stock_bytes: 8 * MIB,
        stock_warm_up_bytes: 2 * MIB,
        warm_up: Duration::from_millis(200),
        measured: Duration::from_millis(500),
        latency_warm_up: Duration::from_millis(100),
        latency_lead: Duration::from_millis(100),
        latency: Duration::from_millis(500),
        idle: Duration::from_millis(100),
        limit: Duration::from_secs(120),
    };
}
