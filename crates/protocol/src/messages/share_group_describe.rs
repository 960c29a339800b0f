//! ShareGroupDescribe (key 77): looks into share groups (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Which groups to describe.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 77, versions = "1", flexible = "1+")]
pub struct ShareGroupDescribeRequest {
    pub group_ids: Vec<Str>,
    pub include_authorized_operations: bool,
    pub unknown_tags: UnknownTags,
}

/// The groups.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 77, versions = "1", flexible = "1+")]
pub struct ShareGroupDescribeResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
    pub unknown_tags: UnknownTags,
}

/// One group, its epochs and its members.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribedGroup {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub group_epoch: i32,
    pub assignment_epoch: i32,
    pub assignor_name: Str,
    pub members: Vec<Member>,
    #[field(default = i32::MIN)]
    pub authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

/// One member: where it runs, what it reads and what it has.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Member {
    pub member_id: Str,
    pub rack_id: Option<Str>,
    pub member_epoch: i32,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    pub assignment: Assignment,
    pub unknown_tags: UnknownTags,
}

/// Partitions that a member has.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Assignment {
    pub topic_partitions: Vec<TopicPartitions>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
