//! ListOffsets (key 2): which offset belongs to a time.

use crate::{Fields, Message, Str, UnknownTags};

/// Asks for the first record at or after a time, or for one of the places that negative times stand for: the
/// end (-1), the start (-2), the record with the largest timestamp (-3), and places of tiered logs (-4, -5,
/// -6).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 2, versions = "1..=11", flexible = "6+")]
pub struct ListOffsetsRequest {
    pub replica_id: i32,
    #[field(versions = "2+")]
    pub isolation_level: i8,
    pub topics: Vec<ListOffsetsTopic>,
    #[field(versions = "10+", ignorable)]
    pub timeout_ms: i32,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ListOffsetsTopic {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition and the time.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ListOffsetsPartition {
    pub partition_index: i32,
    #[field(versions = "4+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    pub timestamp: i64,
    pub unknown_tags: UnknownTags,
}

/// The offsets.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 2, versions = "1..=11", flexible = "6+")]
pub struct ListOffsetsResponse {
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    pub topics: Vec<ListOffsetsTopicResponse>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ListOffsetsTopicResponse {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartitionResponse>,
    pub unknown_tags: UnknownTags,
}

/// One partition: the offset, and the timestamp and epoch of the record there.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ListOffsetsPartitionResponse {
    pub partition_index: i32,
    pub error_code: i16,
    #[field(default = -1)]
    pub timestamp: i64,
    #[field(default = -1)]
    pub offset: i64,
    #[field(versions = "4+", default = -1)]
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}
