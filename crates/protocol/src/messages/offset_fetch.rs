//! OffsetFetch (key 9): how far groups have read.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// One group and its topics; since version 8 several groups (KIP-709). Null topics stand for all.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 9, versions = "1..=10", flexible = "6+")]
pub struct OffsetFetchRequest {
    #[field(versions = "1..=7")]
    pub group_id: Str,
    #[field(versions = "1..=7", nullable = "2..=7", default = Vec::new())]
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    #[field(versions = "8+")]
    pub groups: Vec<OffsetFetchRequestGroup>,
    #[field(versions = "7+")]
    pub require_stable: bool,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic, up to version 7.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchRequestTopic {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// One group and its topics, since version 8.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchRequestGroup {
    pub group_id: Str,
    #[field(versions = "9+", ignorable)]
    pub member_id: Option<Str>,
    #[field(versions = "9+", default = -1, ignorable)]
    pub member_epoch: i32,
    #[field(default = Vec::new())]
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic, since version 8; since version 10 the topic goes by its id.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchRequestTopics {
    #[field(versions = "8..=9", ignorable)]
    pub name: Str,
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// The offsets.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 9, versions = "1..=10", flexible = "6+")]
pub struct OffsetFetchResponse {
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    #[field(versions = "1..=7")]
    pub topics: Vec<OffsetFetchResponseTopic>,
    #[field(versions = "2..=7", ignorable)]
    pub error_code: i16,
    #[field(versions = "8+")]
    pub groups: Vec<OffsetFetchResponseGroup>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic, up to version 7.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchResponseTopic {
    pub name: Str,
    pub partitions: Vec<OffsetFetchResponsePartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition and its offset; -1 if there is none.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchResponsePartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    #[field(versions = "5+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    #[field(default = "")]
    pub metadata: Option<Str>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

/// One group, since version 8.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchResponseGroup {
    pub group_id: Str,
    pub topics: Vec<OffsetFetchResponseTopics>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic, since version 8.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchResponseTopics {
    #[field(versions = "8..=9", ignorable)]
    pub name: Str,
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetFetchResponsePartitions>,
    pub unknown_tags: UnknownTags,
}

/// One partition and its offset, since version 8; -1 if there is none.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct OffsetFetchResponsePartitions {
    pub partition_index: i32,
    pub committed_offset: i64,
    #[field(default = -1)]
    pub committed_leader_epoch: i32,
    #[field(default = "")]
    pub metadata: Option<Str>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
