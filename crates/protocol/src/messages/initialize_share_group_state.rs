//! InitializeShareGroupState (key 83): the group coordinator has the share coordinator begin with partitions
//! (KIP-932).
//! (KIP-932).
//! (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The partitions and where the group starts in each.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 83, versions = "0", flexible = "0+")]
pub struct InitializeShareGroupStateRequest {
    pub group_id: Str,
    pub topics: Vec<InitializeStateData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct InitializeStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition: i32,
    pub state_epoch: i32,
    pub start_offset: i64,
    pub unknown_tags: UnknownTags,
}

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 83, versions = "0", flexible = "0+")]
pub struct InitializeShareGroupStateResponse {
    pub results: Vec<InitializeStateResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct InitializeStateResult {
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
