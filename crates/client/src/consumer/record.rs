//! Records as they come from the cluster.

use bytes::Bytes;
use ottla_protocol::records::TimestampType;
use ottla_types::{LeaderEpoch, Offset, Timestamp, TopicPartition};

use crate::producer::Header;

/// A record that was read. Key, value and headers share the memory of the answer that they came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRecord {
    /// Where it lies.
    pub partition: TopicPartition,
    /// Its place there.
    pub offset: Offset,
    /// The epoch of the leader that appended it.
    pub leader_epoch: LeaderEpoch,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// Whose clock that comes from.
    pub timestamp_type: TimestampType,
    /// What it is about.
    pub key: Option<Bytes>,
    /// What it says; `None` is a tombstone where a topic is compacted.
    pub value: Option<Bytes>,
    /// What goes with it.
    pub headers: Vec<Header>,
}
