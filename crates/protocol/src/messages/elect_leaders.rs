//! ElectLeaders (key 43): elects preferred leaders or, at the price of data, replicas out of sync (KIP-460).

use crate::{Fields, Message, Str, UnknownTags};

/// Which partitions to elect leaders for; null stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 43, versions = "0..=2", flexible = "2+")]
pub struct ElectLeadersRequest {
    #[field(versions = "1+")]
    pub election_type: i8,
    #[field(default = Vec::new())]
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    #[field(default = 60_000)]
    pub timeout_ms: i32,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartitions {
    pub topic: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// What became of each election.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 43, versions = "0..=2", flexible = "2+")]
pub struct ElectLeadersResponse {
    pub throttle_time_ms: i32,
    #[field(versions = "1+")]
    pub error_code: i16,
    pub replica_election_results: Vec<ReplicaElectionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReplicaElectionResult {
    pub topic: Str,
    pub partition_result: Vec<PartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResult {
    pub partition_id: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
