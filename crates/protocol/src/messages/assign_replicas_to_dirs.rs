//! AssignReplicasToDirs (key 73): a broker says in which log directory its replicas lie (KIP-858).

use ottla_types::Uuid;

use crate::{Fields, Message, UnknownTags};

/// Which replicas have moved to which directory.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 73, versions = "0", flexible = "0+")]
pub struct AssignReplicasToDirsRequest {
    pub broker_id: i32,
    #[field(default = -1)]
    pub broker_epoch: i64,
    pub directories: Vec<DirectoryData>,
    pub unknown_tags: UnknownTags,
}

/// A directory and what lies in it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DirectoryData {
    pub id: Uuid,
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    pub unknown_tags: UnknownTags,
}

/// Whether the controller knows now.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 73, versions = "0", flexible = "0+")]
pub struct AssignReplicasToDirsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub directories: Vec<DirectoryResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one directory.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DirectoryResult {
    pub id: Uuid,
    pub topics: Vec<TopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResult {
    pub partition_index: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
