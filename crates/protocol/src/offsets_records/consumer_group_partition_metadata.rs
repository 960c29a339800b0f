//! The topics of a consumer group, as they were when it was assigned. No longer written.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 4, versions = "0")]
pub struct ConsumerGroupPartitionMetadataKey {
    pub group_id: Str,
}

/// Its topics.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 4, versions = "0", flexible = "0+")]
pub struct ConsumerGroupPartitionMetadataValue {
    pub topics: Vec<TopicMetadata>,
    pub unknown_tags: UnknownTags,
}

/// One topic and how many partitions it had.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicMetadata {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub num_partitions: i32,
    pub partition_metadata: Vec<PartitionMetadata>,
    pub unknown_tags: UnknownTags,
}

/// One partition and the racks of its replicas.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionMetadata {
    pub partition: i32,
    pub racks: Vec<Str>,
    pub unknown_tags: UnknownTags,
}
