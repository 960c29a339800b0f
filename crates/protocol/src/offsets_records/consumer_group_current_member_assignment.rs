//! What a member of a consumer group has now (KIP-848).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 8, versions = "0")]
pub struct ConsumerGroupCurrentMemberAssignmentKey {
    pub group_id: Str,
    pub member_id: Str,
}

/// Its epochs, its state, what it has, and what it must first give up.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 8, versions = "0", flexible = "0+")]
pub struct ConsumerGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub assigned_partitions: Vec<TopicPartitions>,
    pub partitions_pending_revocation: Vec<TopicPartitions>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    #[field(tag = 0, default = Vec::new())]
    pub assignment_epochs: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}
