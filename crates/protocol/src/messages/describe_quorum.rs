//! DescribeQuorum (key 55): the state of the metadata quorum (KIP-595, KIP-836).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Asks the leader of the quorum.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 55, versions = "0..=2", flexible = "0+")]
pub struct DescribeQuorumRequest {
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic; in practice the metadata log alone.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicData {
    pub topic_name: Str,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    pub unknown_tags: UnknownTags,
}

/// The quorum.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 55, versions = "0..=2", flexible = "0+")]
pub struct DescribeQuorumResponse {
    pub error_code: i16,
    #[field(versions = "2+", default = "", ignorable)]
    pub error_message: Option<Str>,
    pub topics: Vec<TopicQuorum>,
    #[field(versions = "2+")]
    pub nodes: Vec<Node>,
    pub unknown_tags: UnknownTags,
}

/// The answer for one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicQuorum {
    pub topic_name: Str,
    pub partitions: Vec<PartitionQuorum>,
    pub unknown_tags: UnknownTags,
}

/// The leader, its epoch, the high watermark, and all who follow.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionQuorum {
    pub partition_index: i32,
    pub error_code: i16,
    #[field(versions = "2+", default = "", ignorable)]
    pub error_message: Option<Str>,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub high_watermark: i64,
    pub current_voters: Vec<ReplicaState>,
    pub observers: Vec<ReplicaState>,
    pub unknown_tags: UnknownTags,
}

/// A voter or an observer, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReplicaState {
    pub replica_id: i32,
    #[field(versions = "2+")]
    pub replica_directory_id: Uuid,
    pub log_end_offset: i64,
    #[field(versions = "1+", default = -1, ignorable)]
    pub last_fetch_timestamp: i64,
    #[field(versions = "1+", default = -1, ignorable)]
    pub last_caught_up_timestamp: i64,
    pub unknown_tags: UnknownTags,
}

/// A voter and where it can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Node {
    pub node_id: i32,
    pub listeners: Vec<Listener>,
    pub unknown_tags: UnknownTags,
}

/// One of its listeners.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}
