//! A segment in remote storage, as a snapshot of the metadata has it (KIP-405).

use bytes::Bytes;
use ottla_types::Uuid;

use crate::{Fields, Message, UnknownTags};

/// The segment, whose partition is known from where the snapshot lies.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 3, versions = "0", flexible = "0+")]
pub struct RemoteLogSegmentMetadataSnapshotRecord {
    pub segment_id: Uuid,
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

/// Where a leader's epoch begins within the segment.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct SegmentLeaderEpochEntry {
    pub leader_epoch: i32,
    pub offset: i64,
    pub unknown_tags: UnknownTags,
}
