//! CreateTopics (key 19): creates topics (KIP-4).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The topics wanted; can be a mere trial.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 19, versions = "2..=7", flexible = "5+")]
pub struct CreateTopicsRequest {
    pub topics: Vec<CreatableTopic>,
    #[field(default = 60_000)]
    pub timeout_ms: i32,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

/// One topic: so many partitions and replicas, or brokers chosen by hand, and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatableTopic {
    pub name: Str,
    pub num_partitions: i32,
    pub replication_factor: i16,
    pub assignments: Vec<CreatableReplicaAssignment>,
    pub configs: Vec<CreatableTopicConfig>,
    pub unknown_tags: UnknownTags,
}

/// The brokers of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatableReplicaAssignment {
    pub partition_index: i32,
    pub broker_ids: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// One setting of the topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatableTopicConfig {
    pub name: Str,
    #[field(default = "")]
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// What became of each topic.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 19, versions = "2..=7", flexible = "5+")]
pub struct CreateTopicsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<CreatableTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one topic; since version 5 with what it came to be (KIP-525).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatableTopicResult {
    pub name: Str,
    #[field(versions = "7+", ignorable)]
    pub topic_id: Uuid,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    #[field(versions = "5+", tag = 0, ignorable)]
    pub topic_config_error_code: i16,
    #[field(versions = "5+", default = -1, ignorable)]
    pub num_partitions: i32,
    #[field(versions = "5+", default = -1, ignorable)]
    pub replication_factor: i16,
    #[field(versions = "5+", default = Vec::new(), ignorable)]
    pub configs: Option<Vec<CreatableTopicConfigs>>,
    pub unknown_tags: UnknownTags,
}

/// One setting as it holds for the new topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatableTopicConfigs {
    pub name: Str,
    #[field(default = "")]
    pub value: Option<Str>,
    pub read_only: bool,
    #[field(default = -1)]
    pub config_source: i8,
    pub is_sensitive: bool,
    pub unknown_tags: UnknownTags,
}
