//! DescribeShareGroupOffsets (key 90): where share groups read on (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Which groups, and of which partitions.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 90, versions = "0..=1", flexible = "0+")]
pub struct DescribeShareGroupOffsetsRequest {
    pub groups: Vec<DescribeShareGroupOffsetsRequestGroup>,
    pub unknown_tags: UnknownTags,
}

/// One group, and which of its topics; null stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeShareGroupOffsetsRequestGroup {
    pub group_id: Str,
    #[field(default = Vec::new())]
    pub topics: Option<Vec<DescribeShareGroupOffsetsRequestTopic>>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeShareGroupOffsetsRequestTopic {
    pub topic_name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// The start offsets.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 90, versions = "0..=1", flexible = "0+")]
pub struct DescribeShareGroupOffsetsResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribeShareGroupOffsetsResponseGroup>,
    pub unknown_tags: UnknownTags,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeShareGroupOffsetsResponseGroup {
    pub group_id: Str,
    pub topics: Vec<DescribeShareGroupOffsetsResponseTopic>,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeShareGroupOffsetsResponseTopic {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<DescribeShareGroupOffsetsResponsePartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition: the first offset that is not done with, and how many records are behind it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeShareGroupOffsetsResponsePartition {
    pub partition_index: i32,
    pub start_offset: i64,
    pub leader_epoch: i32,
    #[field(versions = "1+", default = -1, ignorable)]
    pub lag: i64,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
