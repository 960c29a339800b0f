//! OffsetCommit (key 8): a group notes how far it has read.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The next offsets to read, from a member of the group or, without one, from whoever cares for it by hand.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 8, versions = "2..=10", flexible = "8+")]
pub struct OffsetCommitRequest {
    pub group_id: Str,
    #[field(default = -1)]
    pub generation_id_or_member_epoch: i32,
    pub member_id: Str,
    #[field(versions = "7+")]
    pub group_instance_id: Option<Str>,
    #[field(versions = "2..=4", default = -1, ignorable)]
    pub retention_time_ms: i64,
    pub topics: Vec<OffsetCommitRequestTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic; since version 10 the topic goes by its id (KIP-848).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetCommitRequestTopic {
    #[field(versions = "2..=9", ignorable)]
    pub name: Str,
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetCommitRequestPartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition, its offset, and a note of the client's own.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    #[field(versions = "6+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    #[field(default = "")]
    pub committed_metadata: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 8, versions = "2..=10", flexible = "8+")]
pub struct OffsetCommitResponse {
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetCommitResponseTopic>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetCommitResponseTopic {
    #[field(versions = "2..=9", ignorable)]
    pub name: Str,
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetCommitResponsePartition>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetCommitResponsePartition {
    pub partition_index: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
