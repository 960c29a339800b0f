//! BeginQuorumEpoch (key 53): a new leader of the metadata quorum makes itself known (KIP-595).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Tells a voter who leads in which epoch, and where the leader can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 53, versions = "0..=1", flexible = "1+")]
pub struct BeginQuorumEpochRequest {
    pub cluster_id: Option<Str>,
    #[field(versions = "1+", default = -1, ignorable)]
    pub voter_id: i32,
    pub topics: Vec<TopicData>,
    #[field(versions = "1+", ignorable)]
    pub leader_endpoints: Vec<LeaderEndpoint>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic; in practice the metadata log alone.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicData {
    pub topic_name: Str,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// The leader and its epoch.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    #[field(versions = "1+", ignorable)]
    pub voter_directory_id: Uuid,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// Where the leader can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct LeaderEndpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

/// What the voter knows itself.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 53, versions = "0..=1", flexible = "1+")]
pub struct BeginQuorumEpochResponse {
    pub error_code: i16,
    pub topics: Vec<TopicResult>,
    #[field(versions = "1+", tag = 0)]
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

/// The answer for one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicResult {
    pub topic_name: Str,
    pub partitions: Vec<PartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The leader and the epoch that the voter knows.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResult {
    pub partition_index: i32,
    pub error_code: i16,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// Where that leader can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}
