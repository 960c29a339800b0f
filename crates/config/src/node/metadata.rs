//! The metadata log and who agrees on it.

use crate::endpoint::{self, Address, Voter};
use crate::values::Values;

/// The controllers of the cluster. Empty on both counts, the node is one by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuorumConfig {
    /// The fixed set of voters, if the older way is used.
    pub voters: Vec<Voter>,
    /// Where to ask for the quorum.
    pub bootstrap: Vec<Address>,
}

impl QuorumConfig {
    pub(super) fn read(values: &Values) -> Self {
        let voters = values.list("controller.quorum.voters");
        let bootstrap = values.list("controller.quorum.bootstrap.servers");
        Self {
            voters: voters.iter().filter_map(|item| endpoint::voter(item)).collect(),
            bootstrap: bootstrap.iter().filter_map(|item| endpoint::address(item)).collect(),
        }
    }
}

/// The metadata log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataConfig {
    /// Size at which a segment is closed.
    pub segment_bytes: u32,
    /// Age at which a segment is closed.
    pub segment_ms: i64,
    /// Bytes of log after which a snapshot is written.
    pub snapshot_bytes: i64,
    /// Time after which a snapshot is written if anything changed. `None`: only the size counts.
    pub snapshot_ms: Option<i64>,
    /// How large log and snapshots may grow; negative is without limit.
    pub retention_bytes: i64,
    /// How long log and snapshots are kept; negative is for ever.
    pub retention_ms: i64,
    /// The largest batch.
    pub batch_bytes_max: u32,
    /// How long a file that is no longer needed stays on disk.
    pub delete_delay_ms: i64,
    /// How often an idle controller writes a record that says nothing. `None`: never.
    pub idle_ms_max: Option<i64>,
}

impl MetadataConfig {
    pub(super) fn read(values: &Values) -> Self {
        let internal = values.optional_whole("internal.metadata.log.segment.bytes");
        let segment_bytes = internal.and_then(|bytes| u32::try_from(bytes).ok()).filter(|&bytes| bytes > 0);
        let batch_bytes = values.whole("internal.metadata.max.batch.size.in.bytes");
        let positive = |key| Some(values.whole(key)).filter(|&time| time > 0);
        Self {
            segment_bytes: segment_bytes.unwrap_or_else(|| values.number("metadata.log.segment.bytes")),
            segment_ms: values.whole("metadata.log.segment.ms"),
            snapshot_bytes: values.whole("metadata.log.max.record.bytes.between.snapshots"),
            snapshot_ms: positive("metadata.log.max.snapshot.interval.ms"),
            retention_bytes: values.whole("metadata.max.retention.bytes"),
            retention_ms: values.whole("metadata.max.retention.ms"),
            batch_bytes_max: u32::try_from(batch_bytes).unwrap_or(0).max(1),
            delete_delay_ms: values.whole("internal.metadata.delete.delay.millis").max(0),
            idle_ms_max: positive("metadata.max.idle.interval.ms"),
        }
    }
}
