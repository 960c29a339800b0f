//! The assignment that a share group is on its way to (KIP-932).

use crate::{Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 12, versions = "0")]
pub struct ShareGroupTargetAssignmentMetadataKey {
    pub group_id: Str,
}

/// For which epoch of the group it was computed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 12, versions = "0", flexible = "0+")]
pub struct ShareGroupTargetAssignmentMetadataValue {
    pub assignment_epoch: i32,
    #[field(tag = 0)]
    pub assignment_timestamp: i64,
    pub unknown_tags: UnknownTags,
}
