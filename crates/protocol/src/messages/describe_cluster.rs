//! DescribeCluster (key 60): the brokers or, since version 1, the controllers of the cluster (KIP-700, KIP-919).

use crate::{Fields, Message, Str, UnknownTags};

/// Which kind of node is wanted, and whether fenced brokers and permissions too.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 60, versions = "0..=2", flexible = "0+")]
pub struct DescribeClusterRequest {
    pub include_cluster_authorized_operations: bool,
    #[field(versions = "1+", default = 1)]
    pub endpoint_type: i8,
    #[field(versions = "2+")]
    pub include_fenced_brokers: bool,
    pub unknown_tags: UnknownTags,
}

/// The cluster's id, its controller and its nodes.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 60, versions = "0..=2", flexible = "0+")]
pub struct DescribeClusterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    #[field(versions = "1+", default = 1)]
    pub endpoint_type: i8,
    pub cluster_id: Str,
    #[field(default = -1)]
    pub controller_id: i32,
    pub brokers: Vec<DescribeClusterBroker>,
    #[field(default = i32::MIN)]
    pub cluster_authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeClusterBroker {
    pub broker_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    #[field(versions = "2+")]
    pub is_fenced: bool,
    pub unknown_tags: UnknownTags,
}
