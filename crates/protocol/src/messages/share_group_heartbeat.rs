//! ShareGroupHeartbeat (key 76): how a member takes part in a share group (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// A member joins, stays and leaves with this one request: its epoch says which.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 76, versions = "1", flexible = "1+")]
pub struct ShareGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub rack_id: Option<Str>,
    pub subscribed_topic_names: Option<Vec<Str>>,
    pub unknown_tags: UnknownTags,
}

/// The member's epoch, when to call again and, if it changed, what to read.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 76, versions = "1", flexible = "1+")]
pub struct ShareGroupHeartbeatResponse {
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

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
