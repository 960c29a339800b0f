//! A share group (KIP-932).

use crate::{Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 11, versions = "0")]
pub struct ShareGroupMetadataKey {
    pub group_id: Str,
}

/// Its epoch, and a hash of the topics that it reads.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 11, versions = "0", flexible = "0+")]
pub struct ShareGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
    pub unknown_tags: UnknownTags,
}
