//! WriteShareGroupState (key 85): a partition's leader stores what a share group has done there (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 85, versions = "0..=1", flexible = "0+")]
pub struct WriteShareGroupStateRequest {
    pub group_id: Str,
    pub topics: Vec<WriteStateData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct WriteStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition: where the group starts, and what became of the records after that.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition: i32,
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    #[field(versions = "1+", default = -1, ignorable)]
    pub delivery_complete_count: i32,
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

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 85, versions = "0..=1", flexible = "0+")]
pub struct WriteShareGroupStateResponse {
    pub results: Vec<WriteStateResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct WriteStateResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResult {
    pub partition: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
