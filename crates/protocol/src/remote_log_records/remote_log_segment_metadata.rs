//! A segment that is on its way to remote storage (KIP-405).

use bytes::Bytes;
use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The segment: its offsets, its timestamps, its epochs and its size.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0", flexible = "0+")]
pub struct RemoteLogSegmentMetadataRecord {
    pub remote_log_segment_id: RemoteLogSegmentIdEntry,
    pub start_offset: i64,
    pub end_offset: i64,
    pub broker_id: i32,
    pub max_timestamp_ms: i64,
    pub event_timestamp_ms: i64,
    pub segment_leader_epochs: Vec<SegmentLeaderEpochEntry>,
    pub segment_size_in_bytes: i32,
    pub custom_metadata: Option<Bytes>,
    pub remote_log_segment_state: i8,
    #[field(tag = 0)]
    pub txn_index_empty: bool,
    pub unknown_tags: UnknownTags,
}

/// A segment by its id.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct RemoteLogSegmentIdEntry {
    pub topic_id_partition: TopicIdPartitionEntry,
    pub id: Uuid,
    pub unknown_tags: UnknownTags,
}

/// A partition by its topic's id and name.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicIdPartitionEntry {
    pub name: Str,
    pub id: Uuid,
    pub partition: i32,
    pub unknown_tags: UnknownTags,
}

/// Where a leader's epoch begins within the segment.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct SegmentLeaderEpochEntry {
    pub leader_epoch: i32,
    pub offset: i64,
    pub unknown_tags: UnknownTags,
}
