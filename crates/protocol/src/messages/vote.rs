//! Vote (key 52): an election in the metadata quorum (KIP-595).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// A candidate asks for a vote or, to begin with, whether it would get one (KIP-996).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 52, versions = "0..=2", flexible = "0+")]
pub struct VoteRequest {
    pub cluster_id: Option<Str>,
    #[field(versions = "1+", default = -1, ignorable)]
    pub voter_id: i32,
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

/// The candidate, its epoch, and how far its log goes.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    pub replica_epoch: i32,
    pub replica_id: i32,
    #[field(versions = "1+", ignorable)]
    pub replica_directory_id: Uuid,
    #[field(versions = "1+", ignorable)]
    pub voter_directory_id: Uuid,
    pub last_offset_epoch: i32,
    pub last_offset: i64,
    #[field(versions = "2+")]
    pub pre_vote: bool,
    pub unknown_tags: UnknownTags,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 52, versions = "0..=2", flexible = "0+")]
pub struct VoteResponse {
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

/// Whether the vote was given, and the leader and epoch that the voter knows.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResult {
    pub partition_index: i32,
    pub error_code: i16,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub vote_granted: bool,
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
