//! A streams group (KIP-1071).

use crate::{Fields, Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 17, versions = "0")]
pub struct StreamsGroupMetadataKey {
    pub group_id: Str,
}

/// Its epoch, a hash of its topics, and the settings of its last assignment.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 17, versions = "0", flexible = "0+")]
pub struct StreamsGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
    #[field(tag = 0, default = -1)]
    pub validated_topology_epoch: i32,
    #[field(tag = 1, default = Vec::new())]
    pub last_assignment_configs: Option<Vec<LastAssignmentConfig>>,
    pub unknown_tags: UnknownTags,
}

/// One of those settings.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct LastAssignmentConfig {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}
