//! The assignment that a consumer group is on its way to (KIP-848).

use crate::{Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 6, versions = "0")]
pub struct ConsumerGroupTargetAssignmentMetadataKey {
    pub group_id: Str,
}

/// For which epoch of the group it was computed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 6, versions = "0", flexible = "0+")]
pub struct ConsumerGroupTargetAssignmentMetadataValue {
    pub assignment_epoch: i32,
    #[field(tag = 0)]
    pub assignment_timestamp: i64,
    pub unknown_tags: UnknownTags,
}
