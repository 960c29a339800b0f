//! ListPartitionReassignments (key 46): which partitions are on the move (KIP-455).

use crate::{Fields, Message, Str, UnknownTags};

/// Which partitions are of interest; null stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 46, versions = "0", flexible = "0+")]
pub struct ListPartitionReassignmentsRequest {
    #[field(default = 60_000)]
    pub timeout_ms: i32,
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ListPartitionReassignmentsTopics {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// The moves.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 46, versions = "0", flexible = "0+")]
pub struct ListPartitionReassignmentsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub topics: Vec<OngoingTopicReassignment>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic that move.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OngoingTopicReassignment {
    pub name: Str,
    pub partitions: Vec<OngoingPartitionReassignment>,
    pub unknown_tags: UnknownTags,
}

/// One partition: its replicas, those to come and those to go.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OngoingPartitionReassignment {
    pub partition_index: i32,
    pub replicas: Vec<i32>,
    pub adding_replicas: Vec<i32>,
    pub removing_replicas: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
