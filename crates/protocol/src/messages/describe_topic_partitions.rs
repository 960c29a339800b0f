//! DescribeTopicPartitions (key 75): topics with their partitions, page by page (KIP-966).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Which topics, how many partitions at most, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 75, versions = "0", flexible = "0+")]
pub struct DescribeTopicPartitionsRequest {
    pub topics: Vec<TopicRequest>,
    #[field(default = 2000)]
    pub response_partition_limit: i32,
    pub cursor: Option<Cursor>,
    pub unknown_tags: UnknownTags,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicRequest {
    pub name: Str,
    pub unknown_tags: UnknownTags,
}

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Cursor {
    pub topic_name: Str,
    pub partition_index: i32,
    pub unknown_tags: UnknownTags,
}

/// One page, and where the next begins.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 75, versions = "0", flexible = "0+")]
pub struct DescribeTopicPartitionsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    pub next_cursor: Option<Cursor>,
    pub unknown_tags: UnknownTags,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeTopicPartitionsResponseTopic {
    pub error_code: i16,
    #[field(default = "")]
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub is_internal: bool,
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    #[field(default = i32::MIN)]
    pub topic_authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

/// One partition: leader, replicas, and those that could still become leader though they are not in sync.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeTopicPartitionsResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    #[field(default = -1)]
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
    pub offline_replicas: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
