//! AlterReplicaLogDirs (key 34): replicas move between the log directories of their broker (KIP-113).

use crate::{Fields, Message, Str, UnknownTags};

/// Which replicas of this broker shall lie in which directory.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 34, versions = "1..=2", flexible = "2+")]
pub struct AlterReplicaLogDirsRequest {
    pub dirs: Vec<AlterReplicaLogDir>,
    pub unknown_tags: UnknownTags,
}

/// A directory and what shall lie in it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterReplicaLogDir {
    pub path: Str,
    pub topics: Vec<AlterReplicaLogDirTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterReplicaLogDirTopic {
    pub name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// Whether the moves began.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 34, versions = "1..=2", flexible = "2+")]
pub struct AlterReplicaLogDirsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AlterReplicaLogDirTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterReplicaLogDirTopicResult {
    pub topic_name: Str,
    pub partitions: Vec<AlterReplicaLogDirPartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterReplicaLogDirPartitionResult {
    pub partition_index: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
