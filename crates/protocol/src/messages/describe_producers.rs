//! DescribeProducers (key 61): who writes to a partition (KIP-664).

use crate::{Fields, Message, Str, UnknownTags};

/// The partitions to look into.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 61, versions = "0", flexible = "0+")]
pub struct DescribeProducersRequest {
    pub topics: Vec<TopicRequest>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicRequest {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// Their producers.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 61, versions = "0", flexible = "0+")]
pub struct DescribeProducersResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<TopicResponse>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicResponse {
    pub name: Str,
    pub partitions: Vec<PartitionResponse>,
    pub unknown_tags: UnknownTags,
}

/// One partition and its producers.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResponse {
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub active_producers: Vec<ProducerState>,
    pub unknown_tags: UnknownTags,
}

/// One producer: its last batch and, if it has one, where its open transaction begins.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ProducerState {
    pub producer_id: i64,
    pub producer_epoch: i32,
    #[field(default = -1)]
    pub last_sequence: i32,
    #[field(default = -1)]
    pub last_timestamp: i64,
    pub coordinator_epoch: i32,
    #[field(default = -1)]
    pub current_txn_start_offset: i64,
    pub unknown_tags: UnknownTags,
}
