//! For which partitions a share group has state (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 15, versions = "0")]
pub struct ShareGroupStatePartitionMetadataKey {
    pub group_id: Str,
}

/// The partitions whose state is there, those whose state is about to be, and topics whose state is about to
/// go.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 15, versions = "0", flexible = "0+")]
pub struct ShareGroupStatePartitionMetadataValue {
    pub initializing_topics: Vec<TopicPartitionsInfo>,
    pub initialized_topics: Vec<TopicPartitionsInfo>,
    pub deleting_topics: Vec<TopicInfo>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartitionsInfo {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicInfo {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub unknown_tags: UnknownTags,
}
