//! A partition leaves remote storage (KIP-405).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// How far the deletion has come.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 2, versions = "0", flexible = "0+")]
pub struct RemotePartitionDeleteMetadataRecord {
    pub topic_id_partition: TopicIdPartitionEntry,
    pub broker_id: i32,
    pub event_timestamp_ms: i64,
    pub remote_partition_delete_state: i8,
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
