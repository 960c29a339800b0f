//! OffsetDelete (key 47): a group forgets how far it has read (KIP-496).

use crate::{Fields, Message, Str};

/// The partitions to forget.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 47, versions = "0")]
pub struct OffsetDeleteRequest {
    pub group_id: Str,
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetDeleteRequestTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetDeleteRequestPartition {
    pub partition_index: i32,
}

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 47, versions = "0")]
pub struct OffsetDeleteResponse {
    pub error_code: i16,
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetDeleteResponseTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetDeleteResponsePartition {
    pub partition_index: i32,
    pub error_code: i16,
}
