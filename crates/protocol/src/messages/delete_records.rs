//! DeleteRecords (key 21): moves up where a partition begins (KIP-107).

use crate::{Fields, Message, Str, UnknownTags};

/// Below which offsets the records may go.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 21, versions = "0..=2", flexible = "2+")]
pub struct DeleteRecordsRequest {
    pub topics: Vec<DeleteRecordsTopic>,
    pub timeout_ms: i32,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteRecordsTopic {
    pub name: Str,
    pub partitions: Vec<DeleteRecordsPartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition and its new first offset; -1 stands for the high watermark.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteRecordsPartition {
    pub partition_index: i32,
    pub offset: i64,
    pub unknown_tags: UnknownTags,
}

/// Where the partitions begin now.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 21, versions = "0..=2", flexible = "2+")]
pub struct DeleteRecordsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DeleteRecordsTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteRecordsTopicResult {
    pub name: Str,
    pub partitions: Vec<DeleteRecordsPartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition. The low watermark is the lowest start among all its replicas.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteRecordsPartitionResult {
    pub partition_index: i32,
    pub low_watermark: i64,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
