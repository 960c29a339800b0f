//! TxnOffsetCommit (key 28): commits a group's offsets with a transaction (KIP-98).

use crate::{Fields, Message, Str, UnknownTags};

/// Offsets that will hold when the transaction commits. Since version 3 with the member, so that one that was
/// fenced cannot commit (KIP-447).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 28, versions = "0..=5", flexible = "3+")]
pub struct TxnOffsetCommitRequest {
    pub transactional_id: Str,
    pub group_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    #[field(versions = "3+", default = -1)]
    pub generation_id: i32,
    #[field(versions = "3+")]
    pub member_id: Str,
    #[field(versions = "3+")]
    pub group_instance_id: Option<Str>,
    pub topics: Vec<TxnOffsetCommitRequestTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TxnOffsetCommitRequestTopic {
    pub name: Str,
    pub partitions: Vec<TxnOffsetCommitRequestPartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition, its offset, and a note of the client's own.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TxnOffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    #[field(versions = "2+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    #[field(default = "")]
    pub committed_metadata: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 28, versions = "0..=5", flexible = "3+")]
pub struct TxnOffsetCommitResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<TxnOffsetCommitResponseTopic>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TxnOffsetCommitResponseTopic {
    pub name: Str,
    pub partitions: Vec<TxnOffsetCommitResponsePartition>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TxnOffsetCommitResponsePartition {
    pub partition_index: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
