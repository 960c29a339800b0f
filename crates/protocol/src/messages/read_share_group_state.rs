//! ReadShareGroupState (key 84): a partition's leader loads what a share group has done there (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The partitions to load.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 84, versions = "0", flexible = "0+")]
pub struct ReadShareGroupStateRequest {
    pub group_id: Str,
    pub topics: Vec<ReadStateData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReadStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition. The leader's epoch fences leaders before it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// The state of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 84, versions = "0", flexible = "0+")]
pub struct ReadShareGroupStateResponse {
    pub results: Vec<ReadStateResult>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReadStateResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// One partition: where the group starts, and what became of the records after that.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResult {
    pub partition: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub state_epoch: i32,
    pub start_offset: i64,
    pub state_batches: Vec<StateBatch>,
    pub unknown_tags: UnknownTags,
}

/// A run of records in the same state.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_state: i8,
    pub delivery_count: i16,
    pub unknown_tags: UnknownTags,
}
