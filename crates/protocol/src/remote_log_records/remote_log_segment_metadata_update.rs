//! What became of a segment in remote storage (KIP-405).

use bytes::Bytes;
use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The segment was copied, or is being deleted, or is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 1, versions = "0", flexible = "0+")]
pub struct RemoteLogSegmentMetadataUpdateRecord {
    pub remote_log_segment_id: RemoteLogSegmentIdEntry,
    pub broker_id: i32,
    pub event_timestamp_ms: i64,
    pub custom_metadata: Option<Bytes>,
    pub remote_log_segment_state: i8,
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
