//! AlterPartitionReassignments (key 45): partitions move to other brokers (KIP-455).

use crate::{Fields, Message, Str, UnknownTags};

/// Starts the move of partitions, or cancels it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 45, versions = "0..=1", flexible = "0+")]
pub struct AlterPartitionReassignmentsRequest {
    #[field(default = 60_000)]
    pub timeout_ms: i32,
    #[field(versions = "1+", default = true)]
    pub allow_replication_factor_change: bool,
    pub topics: Vec<ReassignableTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReassignableTopic {
    pub name: Str,
    pub partitions: Vec<ReassignablePartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition and its new replicas; none cancels a move.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReassignablePartition {
    pub partition_index: i32,
    pub replicas: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 45, versions = "0..=1", flexible = "0+")]
pub struct AlterPartitionReassignmentsResponse {
    pub throttle_time_ms: i32,
    #[field(versions = "1+", default = true, ignorable)]
    pub allow_replication_factor_change: bool,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub responses: Vec<ReassignableTopicResponse>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReassignableTopicResponse {
    pub name: Str,
    pub partitions: Vec<ReassignablePartitionResponse>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReassignablePartitionResponse {
    pub partition_index: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
