//! ConsumerGroupHeartbeat (key 68): how a member takes part in a consumer group (KIP-848).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// A member joins, stays and leaves with this one request: its epoch says which. What has not changed since
/// the last heartbeat is null.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 68, versions = "0..=1", flexible = "0+")]
pub struct ConsumerGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    #[field(default = -1)]
    pub rebalance_timeout_ms: i32,
    pub subscribed_topic_names: Option<Vec<Str>>,
    #[field(versions = "1+")]
    pub subscribed_topic_regex: Option<Str>,
    pub server_assignor: Option<Str>,
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// The member's epoch, when to call again and, if it changed, what to read.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 68, versions = "0..=1", flexible = "0+")]
pub struct ConsumerGroupHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub member_id: Option<Str>,
    pub member_epoch: i32,
    pub heartbeat_interval_ms: i32,
    pub assignment: Option<Assignment>,
    pub unknown_tags: UnknownTags,
}

/// What the member is to read.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Assignment {
    pub topic_partitions: Vec<TopicPartitions>,
    pub unknown_tags: UnknownTags,
}
