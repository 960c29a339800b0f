//! Metadata (key 3): where the cluster's brokers and the leaders of partitions are.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Which topics; null stands for all. May create them on the way.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 3, versions = "0..=13", flexible = "9+")]
pub struct MetadataRequest {
    #[field(nullable = "1+", default = Vec::new())]
    pub topics: Option<Vec<MetadataRequestTopic>>,
    #[field(versions = "4+", default = true)]
    pub allow_auto_topic_creation: bool,
    #[field(versions = "8..=10")]
    pub include_cluster_authorized_operations: bool,
    #[field(versions = "8+")]
    pub include_topic_authorized_operations: bool,
    pub unknown_tags: UnknownTags,
}

/// A topic: its name or, since version 10, its id (KIP-516).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct MetadataRequestTopic {
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    #[field(nullable = "10+", default = "")]
    pub name: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// The brokers and the topics.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 3, versions = "0..=13", flexible = "9+")]
pub struct MetadataResponse {
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    pub brokers: Vec<MetadataResponseBroker>,
    #[field(versions = "2+", ignorable)]
    pub cluster_id: Option<Str>,
    #[field(versions = "1+", default = -1, ignorable)]
    pub controller_id: i32,
    pub topics: Vec<MetadataResponseTopic>,
    #[field(versions = "8..=10", default = i32::MIN)]
    pub cluster_authorized_operations: i32,
    #[field(versions = "13+", ignorable)]
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}

/// One broker.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct MetadataResponseBroker {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    #[field(versions = "1+", ignorable)]
    pub rack: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// One topic and its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct MetadataResponseTopic {
    pub error_code: i16,
    #[field(nullable = "12+", default = "")]
    pub name: Option<Str>,
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    #[field(versions = "1+", ignorable)]
    pub is_internal: bool,
    pub partitions: Vec<MetadataResponsePartition>,
    #[field(versions = "8+", default = i32::MIN)]
    pub topic_authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

/// One partition: leader, replicas, and those of them in sync and offline.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct MetadataResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    #[field(versions = "7+", default = -1, ignorable)]
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    #[field(versions = "5+", ignorable)]
    pub offline_replicas: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
