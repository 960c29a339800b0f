//! What a member of a consumer group is to have (KIP-848).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 7, versions = "0")]
pub struct ConsumerGroupTargetAssignmentMemberKey {
    pub group_id: Str,
    pub member_id: Str,
}

/// Its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 7, versions = "0", flexible = "0+")]
pub struct ConsumerGroupTargetAssignmentMemberValue {
    pub topic_partitions: Vec<TopicPartition>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartition {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
