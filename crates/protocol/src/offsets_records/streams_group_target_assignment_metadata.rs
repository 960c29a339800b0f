//! The assignment that a streams group is on its way to (KIP-1071).

use crate::{Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 20, versions = "0")]
pub struct StreamsGroupTargetAssignmentMetadataKey {
    pub group_id: Str,
}

/// For which epoch of the group it was computed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 20, versions = "0", flexible = "0+")]
pub struct StreamsGroupTargetAssignmentMetadataValue {
    pub assignment_epoch: i32,
    #[field(tag = 0)]
    pub assignment_timestamp: i64,
    pub unknown_tags: UnknownTags,
}
