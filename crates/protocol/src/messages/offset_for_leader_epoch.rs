//! OffsetForLeaderEpoch (key 23): where a leader's epoch ended, so that a log that went astray can be cut (KIP-101).

use crate::{Fields, Message, Str, UnknownTags};

/// The epochs in question.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 23, versions = "2..=4", flexible = "4+")]
pub struct OffsetForLeaderEpochRequest {
    #[field(versions = "3+", default = -2, ignorable)]
    pub replica_id: i32,
    pub topics: Vec<OffsetForLeaderTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetForLeaderTopic {
    pub topic: Str,
    pub partitions: Vec<OffsetForLeaderPartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition and the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetForLeaderPartition {
    pub partition: i32,
    #[field(default = -1)]
    pub current_leader_epoch: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// Where those epochs ended.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 23, versions = "2..=4", flexible = "4+")]
pub struct OffsetForLeaderEpochResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetForLeaderTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetForLeaderTopicResult {
    pub topic: Str,
    pub partitions: Vec<EpochEndOffset>,
    pub unknown_tags: UnknownTags,
}

/// One partition: the largest epoch up to the one asked for, and the offset after its last record.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct EpochEndOffset {
    pub error_code: i16,
    pub partition: i32,
    #[field(default = -1)]
    pub leader_epoch: i32,
    #[field(default = -1)]
    pub end_offset: i64,
    pub unknown_tags: UnknownTags,
}
