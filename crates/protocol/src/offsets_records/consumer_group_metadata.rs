//! A consumer group (KIP-848).

use crate::{Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 3, versions = "0")]
pub struct ConsumerGroupMetadataKey {
    pub group_id: Str,
}

/// Its epoch, and a hash of the topics that it reads.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 3, versions = "0", flexible = "0+")]
pub struct ConsumerGroupMetadataValue {
    pub epoch: i32,
    #[field(tag = 0)]
    pub metadata_hash: i64,
    pub unknown_tags: UnknownTags,
}
