//! ConsumerGroupPartitionMetadataKey

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 4, versions = "0")]
pub struct ConsumerGroupPartitionMetadataKey {
    pub group_id: Str,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 4, versions = "0", flexible = "0+")]
pub struct ConsumerGroupPartitionMetadataValue {
    pub topics: Vec<TopicMetadata>,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicMetadata {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub num_partitions: i32,
    pub partition_metadata: Vec<PartitionMetadata>,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionMetadata {
    pub partition: i32,
    pub racks: Vec<Str>,
    pub unknown_tags: UnknownTags,
}
